from __future__ import annotations

import pytest
from each import for_each
from torch import nn

import resnet_inspect as ri
from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.commands.layers.report import layers_report
from resnet_inspect.commands.layers.selection import LayerSelection
from resnet_inspect.configs.variants import variant_names
from resnet_inspect.errors import PartialRunWarning, RequestError
from resnet_inspect.rendering.report import ModelRef
from resnet_inspect.tracing.recorder import trace


def rows(name, **selection):
    return ri.layers(name, selection=LayerSelection(**selection)).layers


def frozen(**fields):
    return {field: frozenset(values) for field, values in fields.items()}


def test_weighted_and_pooling_layers_are_the_rows():
    found = rows("resnet34")
    assert [layer.op for layer in found].count("conv2d") == 36
    assert {layer.op for layer in found} == {"conv2d", "linear", "max_pool2d", "adaptive_avg_pool2d"}
    assert len(found) == 39


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (frozen(stages=["stem"]), ["conv1", "maxpool"]),
        (frozen(stages=["head"]), ["avgpool", "fc"]),
        (frozen(stages=["stage2"], blocks=[1]), ["layer2.0.conv1", "layer2.0.conv2", "layer2.0.downsample.0"]),
        (frozen(blocks=["conv3_1"]), ["layer2.0.conv1", "layer2.0.conv2", "layer2.0.downsample.0"]),
        (
            frozen(blocks=["layer2.1", "conv5_2"], roles=["main"]),
            ["layer2.1.conv1", "layer2.1.conv2", "layer4.1.conv1", "layer4.1.conv2"],
        ),
        (frozen(stages=["layer3"], blocks=["2"]), ["layer3.1.conv1", "layer3.1.conv2"]),
        (frozen(roles=["shortcut"]), ["layer2.0.downsample.0", "layer3.0.downsample.0", "layer4.0.downsample.0"]),
        (frozen(stages=["stage1"], roles=["shortcut"]), []),
        (frozen(stages=["stem", "head"], roles=["head"]), ["avgpool", "fc"]),
    ],
)
def test_selection(selection, expected):
    assert [layer.name for layer in rows("resnet18", **selection)] == expected


@pytest.mark.parametrize(
    ("name", "selection", "message"),
    [
        (
            "resnet50",
            frozen(roles=["nonsense"]),
            "role 'nonsense' is not a role: choose from stem, main, shortcut, attention, head, unused",
        ),
        (
            "resnet50",
            frozen(roles=["attention"]),
            "resnet50 has no layer whose role is attention; its roles: stem, main, shortcut, head",
        ),
        (
            "resnet50",
            frozen(roles=["main", "attention"]),
            "resnet50 has no layer whose role is attention; its roles: stem, main, shortcut, head",
        ),
        (
            "resnet18_a",
            frozen(roles=["shortcut"]),
            "resnet18_a has no layer whose role is shortcut, but other operations, which --all shows; "
            "its roles: stem, main, head",
        ),
        ("resnet50", frozen(stages=["conv9_x"]), "resnet50 has no conv9_x (stage8); its stages: stem, stage1"),
        ("resnet50", frozen(stages=["9"]), "resnet50 has no stage9; its stages: stem, stage1"),
        ("resnet50", frozen(stages=["stage9"]), "resnet50 has no stage9; its stages: stem, stage1, stage2, stage3, stage4, head"),
        (
            "resnet50",
            frozen(blocks=[7]),
            "resnet50 has no block 7; its blocks: 1 to 3 in stage1, 1 to 4 in stage2, 1 to 6 in stage3, 1 to 3 in stage4",
        ),
        ("resnet50", frozen(stages=["stage2"], blocks=[5]), "resnet50 has no block 5 in stage2; its blocks: 1 to 4 in stage2"),
        ("resnet50", frozen(blocks=["conv9_1"]), "resnet50 has no block conv9_1; its blocks: 1 to 3 in stage1, 1 to 4 in stage2"),
        ("resnet50", frozen(stages=["stage1"], blocks=["layer2.0"]), "resnet50 has no block layer2.0 (conv3_1) in stage1; its blocks: 1 to 3"),
        (
            "resnet50",
            frozen(stages=["stage4", "stage2"], blocks=[1, 5]),
            "resnet50 has no block 5 in stage2 or stage4; its blocks: 1 to 4 in stage2, 1 to 3 in stage4",
        ),
        ("resnet50", frozen(stages=["head"], blocks=[1]), "resnet50 has no block 1 in head; its blocks: none"),
        ("resnet50", frozen(blocks=[-1]), "block -1: blocks are counted from 1"),
        ("resnet50", frozen(blocks=[0]), "block 0: blocks are counted from 1"),
        ("resnet50", frozen(blocks=["x"]), "block 'x' is not a block: write 1 for the first one of a stage, conv3_1 or layer2.0"),
        ("resnet50", frozen(blocks=["conv1_1"]), "block 'conv1_1' is not a block"),
        ("resnet50_caffe", frozen(stages=["stage1", "stage3"], blocks=[5], roles=["head"]), None),
        ("resnet50", frozen(stages=["stage1"], blocks=[1], roles=["shortcut"]), None),
        ("se_resnet50", frozen(roles=["attention"]), None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("everything", [False, True])
def test_what_a_network_does_not_have_is_an_error_that_lists_what_it_has(name, selection, message, everything):
    if everything and name == "resnet18_a":
        assert rows(name, everything=True, **selection)
    elif message is None:
        rows(name, everything=everything, **selection)
    else:
        with pytest.raises(RequestError) as caught:
            rows(name, everything=everything, **selection)
        assert str(caught.value).startswith(message)


def test_a_network_without_blocks_has_none_to_choose():
    traced = trace(nn.Sequential(nn.Conv2d(3, 3, 1)), (1, 3, 8, 8))
    anatomy = dissect(traced, name="net")
    selection = LayerSelection(blocks=frozenset({1}))
    with pytest.raises(RequestError, match=r"^net has no block 1; its blocks: none$"):
        layers_report(ModelRef("net", None), traced, anatomy, selection)


def test_a_selection_leaves_the_sums_alone():
    whole = ri.layers("resnet18")
    part = ri.layers("resnet18", selection=LayerSelection(**frozen(stages=["stem"])))
    assert (part.totals, part.depth, part.stages) == (whole.totals, whole.depth, whole.stages)
    assert part.selection.partial
    assert not whole.selection.partial


@for_each("name", [name for name in variant_names() if name != "resnet1202_cifar"])
def test_everything_has_a_row_for_every_module_and_operation(name, examine):
    subject = examine(name)
    selection = LayerSelection(everything=True)
    found = layers_report(ModelRef(name, None), subject.trace, subject.anatomy, selection).layers
    names = [layer.name for layer in found]
    assert len(set(names)) == len(names)
    modules = {module.path for module in subject.trace.modules if module.path}
    assert modules <= set(names)
    assert [layer for layer in found if layer.op is not None] == list(subject.anatomy.operations)
    assert sum(layer.params for layer in found) == subject.anatomy.totals.params
    assert sum(layer.macs for layer in found) == subject.anatomy.totals.macs


def test_a_module_stands_before_its_operations():
    names = [layer.name for layer in rows("resnet18", everything=True)]
    assert names[4:8] == ["layer1", "layer1.0", "layer1.0.conv1", "layer1.0.bn1"]
    place = names.index("layer2.0.downsample")
    assert names[place + 1] == "layer2.0.downsample.0"


def test_the_roles_of_modules():
    roles = {layer.name: layer.role for layer in rows("resnet18", everything=True)}
    assert roles["layer2.0"] == "main"
    assert roles["layer2.0.downsample"] == "shortcut"
    assert roles["layer1"] == "main"
    assert roles["conv1"] == "stem"
    assert roles["fc"] == "head"


class ShortcutFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.shortcut, self.main = nn.Conv2d(3, 3, 1), nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1))

    def forward(self, x):
        beside = self.shortcut(x)
        return self.main(x) + beside


def test_a_block_that_begins_with_its_shortcut_is_main():
    traced = trace(nn.Sequential(ShortcutFirst()), (1, 3, 8, 8))
    found = layers_report(ModelRef("net", None), traced, dissect(traced), LayerSelection(everything=True)).layers
    assert [(layer.name, layer.role) for layer in found] == [
        ("0", "main"),
        ("0.shortcut", "shortcut"),
        ("0.main", "main"),
        ("0.main.0", "main"),
        ("0.main.1", "main"),
        ("0:add", "main"),
    ]


def test_a_failed_forward_is_shown_as_far_as_it_went():
    config = {"base": "resnet18", "stem_pool_padding": 0}
    with pytest.warns(PartialRunWarning, match="custom: the forward failed in maxpool"):
        report = ri.layers(config, ri.RunOptions(input_shape=(1, 3, 2, 2)))
    assert report.failure.module == "maxpool"
    assert [layer.name for layer in report.layers] == ["conv1"]
    assert report.output_shape is None
    wanted = LayerSelection(**frozen(stages=["stage9"], blocks=[5], roles=["attention"]))
    with pytest.warns(PartialRunWarning):
        part = ri.layers(config, ri.RunOptions(input_shape=(1, 3, 2, 2)), selection=wanted)
    assert (part.failure, part.layers) == (report.failure, ()), "what did not run is not known to be missing"
