"""Roles come from the data flow: the same answers in whatever style a network is written."""

from __future__ import annotations

import gated_nets as gates
import pytest
import small_nets as nets
from gated_nets import Gated
from small_nets import AddAfter, BottleneckBlock, InvertedResidual, Net, NoShortcut, PreActivation, table_block
from torch import nn
from understanding import understand

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.tracing.recorder import trace


def names(anatomy, role):
    """Of the weighted layers in a role."""
    return [layer.name for layer in anatomy.layers if layer.role == role and layer.weighted]


BASIC = ("basic", "identity")
PROJECTED = ("basic", "projection")

# style: network, depth, (kind, shortcut) of each block, blocks of each stage, layers on shortcuts
STYLES = {
    "x added after": (Net(AddAfter(), AddAfter()), 6, [BASIC, BASIC], [2], []),
    "x added before": (Net(nets.AddBefore(), nets.AddBefore()), 6, [BASIC, BASIC], [2], []),
    "added in place": (Net(nets.AddInPlace(), nets.AddInPlace()), 6, [BASIC, BASIC], [2], []),
    "added by a function": (Net(nets.AddFunction(), AddAfter()), 6, [BASIC, BASIC], [2], []),
    "shortcut runs first": (
        Net(nets.ShortcutFirst(8, 16, 2), AddAfter(16), out=16),
        6,
        [PROJECTED, BASIC],
        [2],
        ["body.0.shortcut"],
    ),
    "containers that sum": (
        Net(table_block(8, 8, 1), table_block(8, 8, 1), table_block(8, 16, 2), out=16),
        8,
        [BASIC, BASIC, PROJECTED],
        [2, 1],
        ["body.2.0.parts.1"],
    ),
    "containers that sum, in stages": (
        Net(
            nn.Sequential(table_block(8, 8, 1), table_block(8, 8, 1)),
            nn.Sequential(table_block(8, 8, 1)),
        ),
        8,
        [BASIC] * 3,
        [2, 1],
        [],
    ),
    "stages of modules": (
        Net(nn.Sequential(AddAfter(), AddAfter()), nn.Sequential(AddAfter())),
        8,
        [BASIC] * 3,
        [2, 1],
        [],
    ),
    "flat, so stages by shape": (
        Net(AddAfter(), AddAfter(), nets.ShortcutFirst(8, 16, 2), AddAfter(16), out=16),
        10,
        [BASIC, BASIC, PROJECTED, BASIC],
        [2, 2],
        ["body.2.shortcut"],
    ),
    "v2, projection behind the pre-activation": (
        Net(PreActivation(8, 8), PreActivation(8, 16, 2), PreActivation(16, 16), out=16),
        8,
        [BASIC, PROJECTED, BASIC],
        [1, 2],
        ["body.1.shortcut"],
    ),
    "zero-padding of a slice": (
        Net(AddAfter(), nets.SlicedZeroPad(8, 16, 2), out=16),
        6,
        [BASIC, ("basic", "zero-pad")],
        [1, 1],
        [],
    ),
    "zeros joined to a pool": (Net(nets.PooledZeroPad(8, 16, 2), out=16), 4, [("basic", "zero-pad")], [1], []),
    "plain": (Net(NoShortcut(), NoShortcut()), 6, [("basic", "none")] * 2, [2], []),
    "bottlenecks": (
        Net(BottleneckBlock(8, (1, 1, 1)), BottleneckBlock(8, (1, 2, 1))),
        8,
        [("bottleneck", "identity"), ("bottleneck", "projection")],
        [1, 1],
        ["body.1.shortcut"],
    ),
    "residual where it can be": (
        Net(InvertedResidual(8, 8), InvertedResidual(8, 16, 2), InvertedResidual(16, 16), out=16),
        11,
        [("bottleneck", "identity"), ("bottleneck", "none"), ("bottleneck", "identity")],
        [1, 2],
        [],
    ),
    "two branches alike": (
        Net(nets.Tie(8), nets.Tie(8)),
        4,
        [("3x3", "projection")] * 2,
        [2],
        ["body.0.b", "body.1.b"],
    ),
    "additions inside the main branch": (Net(nets.SplitAndAdd(8)), 5, [("3x3-3x3-1x1", "identity")], [1], []),
    "blocks that return tuples": (nets.TupleNet(), 6, [BASIC, BASIC], [2], []),
    "one block called twice": (nets.SharedBlock(), 6, [BASIC, BASIC], [2], []),
    "a blur with a fixed kernel": (Net(nets.Blurred(8, 16), out=16), 4, [PROJECTED], [1], ["body.0.shortcut"]),
    "no blocks": (nets.Vgg(), 4, [], [], []),
    "joined, not added": (Net(nets.Dense(8, 4), nets.Dense(12, 4), out=16), 4, [], [], []),
}


@pytest.mark.parametrize(("net", "depth", "blocks", "stages", "shortcuts"), STYLES.values(), ids=STYLES.keys())
def test_every_style_is_understood(net, depth, blocks, stages, shortcuts):
    anatomy = understand(net)
    assert anatomy.depth.depth == depth
    assert [(block.kind, block.shortcut) for block in anatomy.blocks] == blocks
    assert [stage.blocks for stage in anatomy.stages] == stages
    assert names(anatomy, "shortcut") == shortcuts
    assert anatomy.depth.shortcut == len(shortcuts)
    assert anatomy.depth.attention == anatomy.depth.parallel == 0


@pytest.mark.parametrize("net", [style[0] for style in STYLES.values()], ids=STYLES.keys())
def test_parts_add_up_and_names_differ_in_every_style(net):
    anatomy = understand(net)
    called = [layer.name for layer in anatomy.operations]
    assert len(set(called)) == len(called)
    assert sum(layer.params for layer in anatomy.operations) == anatomy.totals.params
    assert sum(layer.macs for layer in anatomy.operations) == anatomy.totals.macs
    parts = [part for part in (anatomy.stem, *anatomy.stages, anatomy.head) if part]
    if anatomy.blocks:
        assert sum(part.params for part in parts) == anatomy.totals.params
        assert sum(part.macs for part in parts) == anatomy.totals.macs


# --- gates ---


@pytest.mark.parametrize(
    ("gate", "layers"),
    [
        (gates.SqueezeExcitation(8), ["body.0.gate.fc1", "body.0.gate.fc2"]),
        (gates.LinearSqueezeExcitation(8), ["body.0.gate.fc1", "body.0.gate.fc2"]),
        (gates.EfficientChannelAttention(), ["body.0.gate.conv"]),
    ],
    ids=["SE", "SE of linear layers, gate first", "ECA"],
)
@pytest.mark.parametrize("block", [Gated, gates.GatedPlain], ids=["residual", "plain"])
def test_a_gate_is_attention(gate, layers, block):
    anatomy = understand(Net(block(8, gate), block(8, nn.Identity())))
    assert names(anatomy, "attention") == layers
    assert anatomy.depth.attention == len(layers)
    assert anatomy.depth.depth == 6
    assert [found.kind for found in anatomy.blocks] == ["basic", "basic"]
    multiplication = next(layer for layer in anatomy.operations if layer.op == "mul")
    assert multiplication.role == "main"


def test_everything_that_only_makes_the_gate_is_attention():
    anatomy = understand(Net(Gated(8, gates.SqueezeExcitation(8))))
    assert [layer.op for layer in anatomy.operations if layer.role == "attention"] == [
        "adaptive_avg_pool2d",
        "conv2d",
        "relu",
        "conv2d",
        "sigmoid",
    ]


# --- particular operations ---


def test_what_follows_the_addition_is_in_the_block():
    block = understand(Net(AddAfter())).blocks[0]
    assert block.name == "body.0"
    assert block.params == 2 * 8 * 8 * 9
    assert block.macs == block.params * 32 * 32


def test_a_pre_activation_is_in_its_block():
    anatomy = understand(Net(PreActivation(8, 8), PreActivation(8, 16, 2), out=16))
    assert [layer.op for layer in anatomy.operations if layer.block is not None][:2] == ["batch_norm", "relu"]
    inside = {anatomy.operations[number].name for number in anatomy.blocks[1].main}
    assert {"body.1.bn1", "body.1:relu", "body.1.conv1", "body.1.bn2", "body.1.conv2"} <= inside


def test_two_equal_branches_main_is_the_first_operand():
    anatomy = understand(Net(nets.Tie(8)))
    assert names(anatomy, "main") == ["body.0.a"]


def test_the_second_call_of_a_module_has_its_macs_and_not_its_parameters():
    anatomy = understand(nets.SharedBlock())
    first, second = anatomy.blocks
    assert (first.params, second.params) == (1152, 0)
    assert first.macs == second.macs > 0
    layers = [layer.name for layer in anatomy.layers]
    assert {"block.a", "block.a#2", "block.b", "block.b#2"} <= set(layers)


def test_modules_that_do_nothing_are_reported():
    anatomy = understand(nets.WithUnused())
    assert anatomy.uncalled == ("never",)
    assert [layer.name for layer in anatomy.operations if layer.role == "unused"] == ["aside"]
    assert anatomy.depth.depth == anatomy.depth.weighted == 6
    read = sum(layer.params for layer in anatomy.operations)
    assert anatomy.totals.params == read + 3 * 4 + 4


def test_unused_operations_before_the_first_block_and_behind_the_last():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = AddAfter(3)

        def forward(self, x):
            x.mean()
            y = self.block(x)
            y.mean()
            return y

    anatomy = understand(Odd())
    means = [(layer.role, layer.stage) for layer in anatomy.operations if layer.op == "mean"]
    assert means == [("unused", "stem"), ("unused", "head")]
    assert len(anatomy.blocks) == 1


def test_a_blur_is_a_pooling_layer():
    anatomy = understand(Net(nets.Blurred(8, 16), out=16))
    blur = next(layer for layer in anatomy.layers if layer.name == "body.0.blur")
    assert (blur.weighted, blur.pooling, blur.strided, blur.macs, blur.params) == (False, True, True, 0, 0)
    assert anatomy.blocks[0].stride == (2, 2)


def test_without_blocks_there_is_no_stem_and_no_head():
    anatomy = understand(nets.Vgg())
    assert (anatomy.stem, anatomy.stages, anatomy.head) == (None, (), None)
    assert {layer.stage for layer in anatomy.operations} == {None}
    assert anatomy.depth.formula == "4 = 4"
    assert anatomy.placement.version is None
    assert "no blocks" in anatomy.placement.text


def test_layers_off_the_longest_path_are_told_apart():
    table = nets.CAddTable(nn.Sequential(nets.conv(8, 8), nets.conv(8, 8)), nets.conv(8, 8), nn.Identity())
    depth = understand(Net(table)).depth
    assert (depth.depth, depth.weighted, depth.parallel) == (4, 5, 1)


def test_a_forward_that_fails_is_understood_as_far_as_it_went():
    traced = trace(Net(AddAfter(), AddAfter(16)), (1, 3, 32, 32))
    assert traced.failure is not None
    anatomy = dissect(traced)
    assert anatomy.output_shape is None
    assert [block.name for block in anatomy.blocks] == ["body.0"]


@pytest.mark.parametrize(
    ("strides", "version", "words"),
    [
        ([(2, 1, 1), (2, 1, 1)], "v1", "v1: the first 1×1 convolution strides"),
        ([(1, 2, 1), (1, 1, 1)], "v1.5", "v1.5: the 3×3 convolution strides"),
        ([(1, 1, 2)], "other", "neither v1 nor v1.5"),
        ([(2, 1, 1), (1, 2, 1)], "other", "not always in the same place"),
        ([(2, 2, 1)], "other", "not always in the same place"),
        ([(1, 1, 1)], None, "no bottleneck strides in this network"),
    ],
)
def test_placement(strides, version, words):
    anatomy = understand(Net(*(BottleneckBlock(8, each) for each in strides)))
    assert anatomy.placement.version == version
    assert words in anatomy.placement.text
    letters = [f"body.{i}.{'abc'[j]}" for i, each in enumerate(strides) for j in range(3) if each[j] > 1]
    assert list(anatomy.placement.layers) == letters
    assert all(name in anatomy.placement.text for name in letters)
