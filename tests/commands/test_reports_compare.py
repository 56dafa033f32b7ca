from __future__ import annotations

import dataclasses

import pytest
from torch import nn

import resnet_inspect as ri
from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.commands.compare.report import compare_report
from resnet_inspect.errors import ModelRunError
from resnet_inspect.pipeline import Subject, examine
from resnet_inspect.rendering.report import ModelRef
from resnet_inspect.tracing.recorder import trace

V1, V1_5 = ri.RunOptions(version="v1"), ri.RunOptions(version="v1.5")


def versions(name):
    return ri.compare(name, name, V1, V1_5)


def subject(net):
    traced = trace(net, (1, 3, 8, 8))
    return Subject(ModelRef("net", None), traced, dissect(traced))


def test_v1_and_v1_5():
    report = versions("resnet50")
    assert not report.identical
    assert report.verdict[0] == (
        "v1 → v1.5: in the first block of stages 2, 3, 4 the stride moves from conv1 (1×1) to conv2 (3×3); "
        "+231,211,008 MACs, +5.99 %"
    )
    assert (report.stride_placement.left, report.stride_placement.right) == ("v1", "v1.5")
    assert (report.left.name, report.right.name) == ("resnet50 (v1)", "resnet50 (v1.5)")
    assert (report.left.depth, report.right.depth) == (50, 50)
    assert report.weights_interchangeable
    assert "320 entries" in report.weights
    assert "but compute different outputs" in report.weights


def test_back_again():
    report = ri.compare("resnet50", "resnet50_v1")
    assert report.verdict[0] == (
        "v1.5 → v1: in the first block of stages 2, 3, 4 the stride moves from conv2 (3×3) to conv1 (1×1); "
        "−231,211,008 MACs, −5.65 %"
    )


@pytest.mark.parametrize("name", ["resnet50", "resnet101", "resnet152"])
def test_the_versions_differ_by_the_same_at_every_depth(name):
    totals = versions(name).totals
    assert (totals.macs.delta, totals.params.delta) == (231_211_008, 0)


@pytest.mark.parametrize(
    ("left", "right"), [("resnet50", "resnet34"), ("resnet18", "resnet18_a"), ("resnet50_v1", "resnet50_caffe")]
)
def test_totals_are_true(left, right, examine):
    totals = ri.compare(left, right).totals
    ours, theirs = examine(left).anatomy.totals, examine(right).anatomy.totals
    assert dataclasses.astuple(totals.params) == (ours.params, theirs.params, theirs.params - ours.params)
    assert dataclasses.astuple(totals.macs) == (ours.macs, theirs.macs, theirs.macs - ours.macs)
    assert totals.macs.percent == pytest.approx(100 * (theirs.macs / ours.macs - 1))


def test_nothing_has_no_percentage():
    net = nn.Sequential(nn.ReLU(), nn.MaxPool2d(2))
    assert compare_report(subject(net), subject(net)).totals.macs.percent is None


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "plain34", "resnet20_cifar"])
def test_basic_blocks_have_no_versions(name):
    report = versions(name)
    assert report.identical
    assert any("the v1 / v1.5 distinction does not apply here" in line for line in report.verdict)
    assert (report.stride_placement.left, report.stride_placement.right) == (None, None)
    assert report.weights.endswith("weights load with strict=True and compute the same")


def test_identical():
    report = ri.compare("resnet50", {"base": "resnet50", "name": "mine"})
    assert (report.identical, report.changes, report.only_left, report.only_right) == (True, (), (), ())
    assert report.weights_interchangeable


def test_other_names_are_identical_and_their_weights_are_not_interchangeable():
    conv, fc = nn.Conv2d(3, 4, 3), nn.Linear(36 * 4, 2)
    named = nn.Sequential()
    for name, module in (("conv", conv), ("flatten", nn.Flatten()), ("fc", fc)):
        named.add_module(name, module)
    report = compare_report(subject(nn.Sequential(conv, nn.Flatten(), fc)), subject(named))
    assert report.identical
    assert not report.weights_interchangeable
    assert report.weights == (
        "same state_dict under other names (4 entries; 0.weight is conv.weight): renamed, weights of either load into "
        "the other with strict=True, and compute the same"
    )


def test_other_names_and_other_strides():
    class Net(nn.Sequential):
        pass

    net = Net()
    net.add_module("conv", nn.Conv2d(3, 4, 3, stride=2, padding=1))
    report = compare_report(subject(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1))), subject(net))
    assert report.weights.endswith("but compute different outputs")


def test_names_map_one_to_one_between_libraries():
    transformers = pytest.importorskip("transformers")
    theirs = subject_of(
        transformers.ResNetForImageClassification(transformers.ResNetConfig(depths=[1, 2], hidden_sizes=[8, 16])), 32
    )
    ours = subject_of(
        ri.build(ri.load({"block": "bottleneck", "stage_blocks": [1, 2], "stage_widths": [2, 4], "num_classes": 2})), 32
    )
    report = compare_report(ours, theirs)
    keys = {key.left: key.right for key in report.key_names}
    assert list(keys) == [name for name, _ in ours.trace.state_dict]
    assert sorted(keys.values()) == sorted(name for name, _ in theirs.trace.state_dict)
    assert all(
        dict(ours.trace.state_dict)[left] == dict(theirs.trace.state_dict)[right] for left, right in keys.items()
    )
    assert keys["layer2.0.downsample.1.running_var"] == (
        "resnet.encoder.stages.1.layers.0.shortcut.normalization.running_var"
    )
    assert [pair.left for pair in report.layer_names if pair.weighted] == [
        layer.name for layer in ours.anatomy.layers if layer.weighted
    ]


def subject_of(net, size):
    traced = trace(net, (1, 3, size, size))
    return Subject(ModelRef("net", None), traced, dissect(traced))


def test_layers_without_a_partner_have_no_names_on_the_other_side():
    report = ri.compare("resnet18", "resnet34")
    assert {pair.left for pair in report.layer_names}.isdisjoint(report.only_left)
    assert {pair.right for pair in report.layer_names}.isdisjoint(report.only_right)
    assert "layer1.2.conv1.weight" not in {key.right for key in report.key_names}
    assert {key.left for key in report.key_names} == {key.right for key in report.key_names}
    assert len(report.key_names) == len(examined_keys("resnet18"))


def examined_keys(name):
    return examine(name).trace.state_dict


def test_entries_of_another_shape_are_no_partners():
    report = ri.compare("resnet18", {"base": "resnet18", "num_classes": 10})
    keys = {key.left for key in report.key_names}
    assert {name for name, _ in examined_keys("resnet18")} - keys == {"fc.weight", "fc.bias"}


def test_a_module_that_stands_for_two_on_the_other_side_has_no_partner():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 3)

        def forward(self, x):
            return self.conv(self.conv(x))

    report = compare_report(subject(Twice()), subject(nn.Sequential(nn.Conv2d(3, 3, 3), nn.Conv2d(3, 3, 3))))
    assert [(pair.left, pair.right) for pair in report.layer_names] == [("conv", "0"), ("conv#2", "1")]
    assert report.key_names == ()


def test_parameters_that_nothing_reads_are_a_difference():
    class Spare(nn.Sequential):
        def forward(self, x):
            return self[0](x)

    report = compare_report(subject(Spare(nn.Conv2d(3, 4, 3))), subject(Spare(nn.Conv2d(3, 4, 3), nn.Linear(2, 2))))
    assert (report.changes, report.identical, report.totals.params.delta) == ((), False, 6)


def test_another_depth():
    report = ri.compare("resnet18", "resnet34")
    assert "depth 18 → 34: 18 = 1 + 2·(2+2+2+2) + 1, 34 = 1 + 2·(3+4+6+3) + 1" in report.verdict
    assert "stage3: 2 → 6 blocks" in report.verdict
    assert not report.weights_interchangeable
    assert "strict=True fails: 96 keys only on the right" in report.weights


def test_another_option():
    report = ri.compare("resnet34_a", "resnet34")
    assert "shortcuts: zero-pad → projection in 3 blocks" in report.verdict
    assert report.only_right == tuple(f"layer{layer}.0.downsample.0" for layer in (2, 3, 4))


def test_anti_aliasing_moves_the_stride_into_a_pool():
    report = ri.compare("resnet50", "resnetaa50")
    assert report.verdict[0] == (
        "v1.5 → other: in the first block of stages 2, 3, 4 the stride moves from conv2 (3×3) to aa (2×2)"
    )
    assert report.only_left == ()
    assert report.only_right == tuple(f"layer{layer}.0.aa" for layer in (2, 3, 4))
    assert {change.path for change in report.changes} == {
        "maxpool", *(f"layer{layer}.0.conv2" for layer in (2, 3, 4))
    }  # fmt: skip
    assert report.weights_interchangeable


def test_convolutions_are_held_against_convolutions_and_pools_against_pools():
    report = ri.compare("resnet50", {"base": "resnet50", "avg_down": True})
    assert report.only_right == tuple(f"layer{layer}.0.downsample.0" for layer in (2, 3, 4))
    moved = {(change.path, change.right_path, change.field) for change in report.changes if change.field == "stride"}
    assert moved == {(f"layer{layer}.0.downsample.0", f"layer{layer}.0.downsample.1", "stride") for layer in (2, 3, 4)}
    assert {change.field for change in report.changes} == {"stride", "input_shape"}


def test_another_shape_of_a_tensor():
    report = ri.compare("resnet18", {"base": "resnet18", "num_classes": 10})
    assert "2 keys of a different shape (fc.weight, fc.bias)" in report.weights


def test_another_input_is_not_another_network():
    report = ri.compare("resnet18", "resnet18", right_run=ri.RunOptions(input_shape=(1, 3, 192, 256)))
    assert "the inputs differ: 3×224×224 and 3×192×256" in report.verdict
    assert not report.identical
    assert {change.field for change in report.changes} == {"input_shape", "output_shape", "macs"}
    assert report.weights.endswith("weights load with strict=True and compute the same")


def test_another_batch_is_named_as_such():
    report = ri.compare("resnet18", "resnet18", right_run=ri.RunOptions(input_shape=(2, 3, 224, 224)))
    assert report.verdict[0] == "the inputs differ: 1×3×224×224 and 2×3×224×224"


@pytest.mark.parametrize(
    "right", [{"base": "resnet50", "input_size": [192, 192]}, {"base": "resnet50", "stage_strides": [1, 2, 2, 1]}]
)
def test_a_moved_stride_has_its_price_only_where_nothing_else_differs(right):
    verdict = ri.compare("resnet50_v1", right).verdict
    assert verdict[0].startswith("v1 → v1.5: in the first block of stages 2, 3")
    assert not any("MACs" in line for line in verdict)


def test_a_layer_without_a_partner_is_in_the_verdict():
    report = ri.compare("resnet50", {"base": "resnet50", "stem_pool": "none"})
    assert report.verdict == ("only on the left: maxpool",)
    assert report.weights.endswith("but compute different outputs")


def test_a_side_that_does_not_run():
    """Its pool has no padding, and one pixel is too few for it."""
    with pytest.raises(ModelRunError, match="resnet50_nopad cannot be compared: the forward failed in maxpool"):
        ri.compare(
            "resnet50",
            {"base": "resnet50", "name": "resnet50_nopad", "stem_pool_padding": 0},
            right_run=ri.RunOptions(input_shape=(1, 3, 2, 2)),
        )


def test_two_sides_without_a_stride_placement_may_lack_it_for_two_reasons():
    left, right = nn.Conv2d(3, 4, 3), "resnet18"
    verdict = ri.compare(left, right).verdict
    assert verdict[-2] == "left: there are no blocks, so there is no v1 or v1.5"
    assert verdict[-1].startswith("right: the v1 / v1.5 distinction does not apply here")
    assert ri.compare(left, left).verdict == ("there are no blocks, so there is no v1 or v1.5",)
