from __future__ import annotations

import pytest
from each import for_each
from torch import nn

import resnet_inspect as ri
from resnet_inspect.commands.blocks import blocks_report
from resnet_inspect.configs.variants import variant_names
from resnet_inspect.rendering.report import ModelRef, render

ALL_LATER = ("stage2 (conv3_x): block 1", "stage3 (conv4_x): block 1", "stage4 (conv5_x): block 1")


def used(name):
    return [(kind.shortcut, kind.channels_change, kind.stride, kind.count) for kind in ri.blocks(name).kinds]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        (
            "resnet50",
            [
                ("projection", True, (1, 1), 1),
                ("identity", False, (1, 1), 12),
                ("projection", True, (2, 2), 3),
            ],
        ),
        ("resnet34", [("identity", False, (1, 1), 13), ("projection", True, (2, 2), 3)]),
        ("resnet34_a", [("identity", False, (1, 1), 13), ("zero-pad", True, (2, 2), 3)]),
        ("resnet34_c", [("projection", False, (1, 1), 13), ("projection", True, (2, 2), 3)]),
        ("plain34", [("none", False, (1, 1), 13), ("none", True, (2, 2), 3)]),
        ("resnet20_cifar", [("identity", False, (1, 1), 7), ("zero-pad", True, (2, 2), 2)]),
    ],
)
def test_kinds(name, kinds):
    assert used(name) == kinds


@for_each("name", variant_names())
def test_every_block_is_of_one_kind(name, examine):
    anatomy = examine(name).anatomy
    report, blocks = blocks_report(ModelRef(name, None), anatomy), anatomy.blocks
    assert sum(kind.count for kind in report.kinds) == report.total == len(blocks)
    for kind in report.kinds:
        example = next(block for block in blocks if block.name == kind.example)
        assert (kind.params, kind.macs) == (example.params, example.macs)
        assert (kind.input_shape, kind.output_shape) == (example.input_shape, example.output_shape)
        branches = (kind.shared, kind.main, kind.shortcut_layers, kind.attention, kind.joined)
        everything = (*example.main, *example.shortcut_layers, *example.attention)
        assert sum(map(len, branches)) == len(everything)


def test_the_kinds_of_resnet50():
    first, rest, later = ri.blocks("resnet50").kinds
    assert first.title == "bottleneck, projection shortcut: channels change, stride 1"
    assert first.used == ("stage1 (conv2_x): block 1",)
    assert rest.title == "bottleneck, identity shortcut: same channels, stride 1"
    assert rest.used == (
        "stage1 (conv2_x): blocks 2–3",
        "stage2 (conv3_x): blocks 2–4",
        "stage3 (conv4_x): blocks 2–6",
        "stage4 (conv5_x): blocks 2–3",
    )
    assert later.title == "bottleneck, projection shortcut: channels change, stride 2"
    assert later.used == ALL_LATER
    assert [layer.name for layer in later.main if layer.weighted] == ["conv1", "conv2", "conv3"]
    assert [layer.stride for layer in later.main if layer.weighted] == [(1, 1), (2, 2), (1, 1)]
    assert [(layer.name, layer.op, layer.stride) for layer in later.shortcut_layers] == [
        ("downsample.0", "conv2d", (2, 2)),
        ("downsample.1", "batch_norm", None),
    ]
    assert later.joined == ("add", "relu")
    assert later.example == "layer2.0"


def operations(layers):
    return [layer.name if layer.weighted else layer.op for layer in layers]


def test_a_preactivation_projection_branches_off_after_the_activation():
    first, rest, later = ri.blocks("resnetv2_50").kinds
    assert operations(first.shared) == ["batch_norm", "relu"]
    assert operations(first.main)[0] == "conv1"
    assert operations(first.shortcut_layers) == ["downsample.conv"]
    assert rest.shared == ()
    assert operations(rest.main)[:3] == ["batch_norm", "relu", "conv1"]
    assert later.joined == rest.joined == ("add",)


def test_what_an_anti_aliased_block_is_made_of():
    later = ri.blocks("resnetblur50").kinds[-1]
    windows = [(layer.name, layer.op, layer.stride, layer.weighted) for layer in later.main if layer.kernel]
    assert windows == [
        ("conv1", "conv2d", (1, 1), True),
        ("conv2", "conv2d", (1, 1), True),
        ("aa", "conv2d", (2, 2), False),
        ("conv3", "conv2d", (1, 1), True),
    ]


def test_what_a_gate_and_a_pooled_projection_are_made_of():
    later = ri.blocks("seresnet152d").kinds[2]
    assert operations(later.attention) == ["mean", "se.fc1", "relu", "se.fc2", "sigmoid"]
    assert [(layer.name, layer.op, layer.stride) for layer in later.shortcut_layers] == [
        ("downsample.0", "avg_pool2d", (2, 2)),
        ("downsample.1", "conv2d", (1, 1)),
        ("downsample.2", "batch_norm", None),
    ]


def test_dilated_blocks_are_of_other_kinds():
    report = ri.blocks({"base": "resnet18", "output_stride": 16})
    assert [(kind.title, kind.count) for kind in report.kinds] == [
        ("basic, identity shortcut: same channels, stride 1", 4),
        ("basic, projection shortcut: channels change, stride 2", 2),
        ("basic, projection shortcut: channels change, stride 1, dilation 2", 1),
        ("basic, identity shortcut: same channels, stride 1, dilation 2", 1),
    ]
    first = report.kinds[2]
    assert [layer.dilation for layer in first.main if layer.weighted] == [(1, 1), (2, 2)]
    assert "│ stride 1, pad 2, dilation 2 → 512×14×14" in render(report)


def test_the_drawings_say_what_is_shared_and_what_is_fixed():
    above, below = render(ri.blocks("resnetv2_50")).split("1. bottleneck")[1].split("├╌", maxsplit=1)
    assert "│ batch_norm, relu" in above
    assert "conv1" not in above
    assert below.index("conv1 1×1") < below.index("batch_norm, relu")
    assert "aa conv2d 3×3, fixed kernel" in render(ri.blocks("resnetblur50"))


def test_stage_1_of_resnet34_starts_with_an_identity_block():
    identity, projection = ri.blocks("resnet34").kinds
    assert identity.used[0] == "stage1 (conv2_x): blocks 1–3"
    assert projection.used == ALL_LATER


def test_v1_has_the_same_kinds_with_another_stride():
    later = ri.blocks("resnet50", ri.RunOptions(version="v1")).kinds[2]
    assert [layer.stride for layer in later.main if layer.weighted] == [(2, 2), (1, 1), (1, 1)]


def test_a_plain_block_joins_nothing():
    kind = ri.blocks("plain18").kinds[0]
    assert kind.joined == ()
    assert kind.title == "basic, no shortcut: same channels, stride 1"
    assert [layer.op for layer in kind.main] == ["conv2d", "batch_norm", "relu", "conv2d", "batch_norm", "relu"]


def test_a_small_input_makes_no_other_kinds():
    """Where a map has one pixel a stride of 2 shrinks nothing, but it is still there."""
    run = ri.RunOptions(input_shape=(1, 3, 16, 16))
    small = ri.blocks("resnet50", run)
    assert [kind.title for kind in small.kinds] == [kind.title for kind in ri.blocks("resnet50").kinds]


class Product(nn.Module):
    """A highway block: what the gate lets through, and of the input what it does not."""

    def __init__(self):
        super().__init__()
        self.a, self.b = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(2))

    def forward(self, x):
        return self.a(x).relu() * self.b(x).relu() + x


class Denoise(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(2))

    def forward(self, x):
        return x - self.b(self.a(x).relu())


class Enlarge(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(2))

    def forward(self, x):
        wide = nn.functional.interpolate(x, scale_factor=2)
        return wide + self.b(self.a(wide).relu())


def test_layers_side_by_side_are_said_to_be():
    (kind,) = ri.blocks(nn.Sequential(Product(), nn.ReLU())).kinds
    assert (kind.kind, kind.side_by_side) == ("3x3-3x3", True)
    said = "some layers of its main branch are parallel"
    assert said in render(ri.blocks(nn.Sequential(Product(), nn.ReLU())))
    assert said not in render(ri.blocks(nn.Sequential(Denoise(), nn.ReLU())))


def test_a_difference_is_drawn_as_one():
    report = ri.blocks(nn.Sequential(Denoise(), nn.ReLU()))
    (kind,) = report.kinds
    assert (kind.joined, [layer.name for layer in kind.main if layer.weighted]) == (("sub",), ["a", "b"])
    assert ("⊖" in render(report), "⊕" in render(report)) == (True, False)


def test_a_block_that_grows_has_no_stride():
    (kind,) = ri.blocks(nn.Sequential(Enlarge(), nn.ReLU())).kinds
    assert (kind.stride, kind.title.rpartition(", ")[2]) == ((), "H and W grow")
