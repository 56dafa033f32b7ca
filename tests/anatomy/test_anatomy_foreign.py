"""Networks in other people's styles: stages, blocks, roles, depth, shortcuts and stride placement."""

from __future__ import annotations

from collections import Counter

import pytest
from foreign_nets import LETTERS, SUBJECTS
from subjects import detectron, kuangliu, mobile, odd, openmmlab, skips, split, unlike
from torch import nn

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.commands.blocks import blocks_report
from resnet_inspect.commands.count import count_report
from resnet_inspect.commands.layers.report import layers_report
from resnet_inspect.commands.layers.selection import LayerSelection
from resnet_inspect.commands.stages import stages_report
from resnet_inspect.rendering.report import ModelRef
from resnet_inspect.tracing.recorder import trace

NAMELESS = ModelRef("net", None)

each_subject = pytest.mark.parametrize(("net", "known"), SUBJECTS.values(), ids=SUBJECTS.keys())


def run(net):
    traced = trace(net, (1, 3, 64, 64) if isinstance(net, detectron.Backbone | openmmlab.ResNet) else _shape(net))
    assert traced.failure is None
    return traced


def _shape(net):
    return (1, 3, 16, 16) if isinstance(net, kuangliu.Net) else (1, 3, 32, 32)


@each_subject
def test_facts(net, known):
    anatomy = dissect(run(net))
    depth = anatomy.depth
    assert depth.depth == known.depth
    assert (depth.shortcut, depth.attention, depth.parallel) == (known.on_shortcuts, known.in_gates, known.parallel)
    assert tuple(stage.blocks for stage in anatomy.stages) == known.stages
    assert tuple(dict.fromkeys(block.kind for block in anatomy.blocks)) == known.kinds
    assert "".join(LETTERS[block.shortcut] for block in anatomy.blocks) == known.shortcuts
    assert anatomy.placement.version == known.version
    assert anatomy.placement.layers == known.strided


@each_subject
def test_it_adds_up(net, known):
    del known
    traced = run(net)
    anatomy = dissect(traced)
    operations, blocks, depth = anatomy.operations, anatomy.blocks, anatomy.depth
    assert sum(layer.macs for layer in operations) == sum(layer.macs for layer in anatomy.layers) == anatomy.totals.macs
    never_read = {parameter.name for parameter in traced.parameters}.difference(*(op.parameters for op in traced.ops))
    unread = sum(parameter.size for parameter in traced.parameters if parameter.name in never_read)
    assert sum(layer.params for layer in operations) + unread == anatomy.totals.params
    assert {name.rpartition(".")[0] for name in never_read} == set(anatomy.uncalled)
    assert depth.depth + depth.shortcut + depth.attention + depth.parallel == depth.weighted
    for block in blocks:
        inside = [operations[number] for number in (*block.main, *block.shortcut_layers, *block.attention)]
        assert len({layer.name for layer in inside}) == len(inside)
        assert (sum(layer.params for layer in inside), sum(layer.macs for layer in inside)) == (
            block.params,
            block.macs,
        )
        assert {(layer.stage, layer.block) for layer in inside} == {(block.stage, block.index)}
    places = Counter((layer.stage, layer.block) for layer in operations if layer.block is not None)
    assert len(places) == len(blocks)
    parts = [part for part in (anatomy.stem, *anatomy.stages, anatomy.head) if part]
    assert anatomy.parts == tuple(parts)
    for column in ("params", "macs"):
        assert sum(getattr(part, column) for part in parts) == (
            sum(getattr(layer, column) for layer in operations) if parts else 0
        )


@each_subject
def test_every_report_has_something_to_say(net, known):
    """Also of networks without blocks: they still have their layers, and a depth."""
    traced = run(net)
    anatomy = dissect(traced)
    layers = layers_report(NAMELESS, traced, anatomy, LayerSelection(everything=True))
    assert {layer.name for layer in anatomy.operations} <= {layer.name for layer in layers.layers}
    counted = count_report(NAMELESS, anatomy)
    assert (counted.depth.depth, sum(row.counted for row in counted.rows)) == (known.depth, known.depth)
    drawn = blocks_report(NAMELESS, anatomy)
    assert (drawn.total, sum(kind.count for kind in drawn.kinds)) == (sum(known.stages), sum(known.stages))
    assert len(stages_report(NAMELESS, anatomy).rows) >= len(known.stages)


@pytest.mark.parametrize("name", ["VGG", "DenseNet", "Inception", "U-Net", "MobileNetV1"])
def test_a_net_without_residual_blocks_is_said_to_have_none(name):
    anatomy = dissect(run(SUBJECTS[name][0]))
    assert (anatomy.blocks, anatomy.stem, anatomy.stages, anatomy.head) == ((), None, (), None)
    assert anatomy.placement.text == "there are no blocks, so there is no v1 or v1.5"
    assert {layer.role for layer in anatomy.operations} == {"main"}
    assert len(anatomy.layers) >= anatomy.depth.weighted


def test_what_the_data_flow_does_not_decide_is_said_to_be_unknown():
    placement = dissect(run(SUBJECTS["added to a part"][0])).placement
    assert placement.version is None
    assert placement.text.startswith("unknown: tensors are added (body.0:add)")


def test_many_undecided_additions_are_not_all_named():
    placement = dissect(run(odd.Net(odd.PartlyAdded(), *(odd.PartlyAdded(12) for _ in range(3)), out=12))).placement
    assert "(body.0:add, body.1:add, body.2:add, …)" in placement.text


def test_a_backbone_has_no_head():
    anatomy = dissect(run(detectron.Backbone(stride_in_1x1=False)))
    assert anatomy.head is None
    assert anatomy.depth.formula == "13 = 1 + 3·(2+2)"


@pytest.mark.parametrize("early", [True, False])
def test_an_auxiliary_head_is_head_wherever_it_runs(early):
    anatomy = dissect(run(skips.Auxiliary(early=early)))
    heads = {layer.name for layer in anatomy.layers if layer.role == "head"}
    assert heads == {"aux.0", "aux.2", "head"}


def test_what_stands_outside_the_blocks_of_a_mobile_net():
    anatomy = dissect(run(mobile.flat()))
    assert [layer.name for layer in anatomy.layers if layer.stage == "stem"] == ["0.0.0.0", "0.0.1.0"]
    assert [layer.name for layer in anatomy.layers if layer.stage == "head"] == ["0.7.0", "1", "3"]


def test_what_stands_between_stages_is_with_the_one_that_it_leads_to():
    layer = next(layer for layer in dissect(run(unlike.convnext())).layers if layer.name == "2.1")
    assert (layer.stage, layer.block, layer.role) == ("stage2", None, "main")


def test_a_pool_in_front_of_the_3x3():
    """ResNeSt's ``avd_first``."""

    def middle(channels, stride, first):
        del first
        pool = nn.AvgPool2d(3, stride, 1) if stride > 1 else nn.Identity()
        return nn.Sequential(pool, split.conv(channels, channels))

    placement = dissect(run(split.net(middle))).placement
    assert (placement.version, placement.layers) == ("other", ("2.0.conv2.0",))
    assert "a pool between the first 1×1 and the 3×3 convolution does (2.0.conv2.0)" in placement.text


def test_what_a_gate_weighs_is_no_gate():
    """The sum of SKNet's branches makes the gate, and both branches are weighed by it."""
    anatomy = dissect(run(split.sknet()))
    for layer in anatomy.layers:
        if layer.weighted and ".conv2." in layer.name:
            expected = "attention" if layer.name.endswith(("squeeze", "choose")) else "main"
            assert layer.role == expected


@pytest.mark.parametrize("net", [unlike.convnext(), odd.Net(odd.Positioned())], ids=["scale", "position"])
def test_what_is_learned_entry_by_entry_is_no_product_of_matrices(net):
    assert dissect(run(net)).unmeasured == ()


def test_the_words_where_no_3x3_stands_between():
    text = dissect(run(mobile.Nested(5))).placement.text
    assert text == "v1.5: the convolution between the two 1×1 strides (blocks.1.0.conv.1.0)"


@pytest.mark.parametrize(
    ("made", "norm", "shape"), [(nn.Conv3d, nn.BatchNorm3d, (1, 3, 4, 8, 8)), (nn.Conv1d, nn.BatchNorm1d, (1, 3, 32))]
)
@pytest.mark.parametrize(("bottleneck", "kind"), [(False, "basic"), (True, "bottleneck")])
def test_other_numbers_of_axes(made, norm, shape, bottleneck, kind):
    (block,) = dissect(trace(odd.Volume(made, norm, bottleneck=bottleneck), shape)).blocks
    assert (block.kind, block.shortcut) == (kind, "identity")


def test_control_flow_that_asks_for_values():
    """A tensor on meta has none: the run ends there; on a real device it goes on."""
    net = odd.Net(odd.Chooses())
    on_meta = trace(net, (1, 3, 8, 8))
    assert on_meta.failure is not None
    assert dissect(on_meta).blocks == ()
    anatomy = dissect(trace(net, (1, 3, 8, 8), device="cpu"))
    assert [(block.name, block.shortcut) for block in anatomy.blocks] == [("body.0", "identity")]
