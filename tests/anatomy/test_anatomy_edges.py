"""Edges at which a small slip in the reading of the data flow would show in nothing else."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, is_dataclass
from importlib import import_module
from pkgutil import iter_modules

import pytest
import torch
from small_nets import AddAfter, BottleneckBlock, Net, ShortcutFirst, TwoConvolutions, conv
from subjects import split
from torch import nn
from torch.nn import functional

import resnet_inspect.anatomy
from resnet_inspect.anatomy.compare import compare
from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.trace.recorder import trace


def understand(net, shape=(1, 3, 32, 32)):
    traced = trace(net, shape)
    assert traced.failure is None
    return dissect(traced)


# --- blocks ---


class OneConvolution(nn.Module):
    def __init__(self, channels=8):
        super().__init__()
        self.a = conv(channels, channels)

    def forward(self, x):
        return x + self.a(x)


class Context(nn.Module):
    """A convolution, and beside it a linear layer that sees the whole image."""

    def __init__(self):
        super().__init__()
        self.a, self.whole = conv(8, 4), nn.Linear(8, 4)

    def forward(self, x):
        near, whole = self.a(x), self.whole(x.mean((2, 3)))
        return torch.cat([near, whole[:, :, None, None].expand_as(near)], 1)


class Sum(nn.Module):
    def forward(self, left, right):
        return left + right


class Loose(nn.Module):
    """A block whose parts have no module around them but the network."""

    def __init__(self):
        super().__init__()
        self.stem, self.a, self.b, self.plus = conv(3, 8), conv(8, 8), conv(8, 8), Sum()

    def forward(self, x):
        x = self.stem(x)
        return self.plus(x, self.b(self.a(x)))


class Interleaved(nn.Module):
    """Two blocks side by side; the one that begins first ends last."""

    def __init__(self):
        super().__init__()
        self.near, self.far = TwoConvolutions(), TwoConvolutions()

    def forward(self, x):
        near = self.near.a(x)
        far = self.far.main(x) + x
        return torch.cat([self.near.b(functional.relu(near)) + x, far], 1)


class LongSkip(nn.Module):
    """Two blocks, as many layers outside of them, and a skip over all."""

    def __init__(self, outside):
        super().__init__()
        self.blocks = nn.Sequential(AddAfter(), AddAfter())
        self.rest = nn.Sequential(*(conv(8, 8) for _ in range(outside)))

    def forward(self, x):
        return x + self.rest(self.blocks(x))


def test_a_convolution_and_an_addition_are_a_block():
    assert [(block.kind, block.name) for block in understand(Net(OneConvolution())).blocks] == [("3x3", "body.0")]


def test_a_linear_layer_between_blocks_does_not_make_its_module_one():
    anatomy = understand(Net(AddAfter(), Context(), AddAfter()))
    assert [block.name for block in anatomy.blocks] == ["body.0", "body.2"]


def test_a_block_without_a_module_has_no_name():
    (block,) = understand(Loose()).blocks
    assert (block.name, block.kind, block.shortcut) == ("", "basic", "identity")


def test_a_block_of_modules_that_only_begin_alike_has_no_name():
    class Dashed(nn.Module):
        def __init__(self):
            super().__init__()
            self.add_module("a-b", nn.Sequential(conv(3, 3), nn.ReLU()))
            self.a = nn.ModuleDict({"conv": conv(3, 3), "plus": Sum()})

        def forward(self, x):
            return self.a["plus"](x, self.a["conv"](getattr(self, "a-b")(x)))

    assert [block.name for block in understand(Dashed()).blocks] == [""]


def test_blocks_come_in_the_order_in_which_they_begin():
    anatomy = understand(Net(Interleaved(), out=16))
    begins = [anatomy.operations[block.main[0]].name for block in anatomy.blocks]
    assert begins == ["body.0.near.a", "body.0.far.a"]


@pytest.mark.parametrize(("outside", "blocks"), [(3, 2), (4, 1)])
def test_a_skip_over_blocks_is_a_block_where_they_hold_no_more_than_half_of_the_layers(outside, blocks):
    assert len(understand(Net(LongSkip(outside))).blocks) == blocks


class Upsampled(nn.Module):
    """A decoder's block: both sides enlarge, one of them by repeating pixels."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.ConvTranspose2d(8, 8, 2, 2), conv(8, 8)

    def forward(self, x):
        return functional.relu(self.b(self.a(x)) + functional.interpolate(x, scale_factor=2))


class Product(nn.Module):
    """Two maps of one size, multiplied."""

    def __init__(self, left, right):
        super().__init__()
        self.a, self.b, self.left, self.right = conv(8, 8), conv(8, 8), left, right

    def forward(self, x):
        return self.left(self.a(x)) * self.right(self.b(x)) + x


def test_a_shortcut_that_repeats_pixels_is_no_identity():
    (block,) = understand(Net(Upsampled())).blocks
    assert (block.shortcut, block.output_shape) == ("other", (1, 8, 64, 64))


def test_a_shortcut_with_an_activation_of_its_own_is_an_identity():
    class Activated(TwoConvolutions):
        def forward(self, x):
            return self.main(x) + functional.relu(x)

    (block,) = understand(Net(Activated())).blocks
    assert block.shortcut == "identity"


@pytest.mark.parametrize(
    ("left", "right", "gates"),
    [
        (nn.Sigmoid(), nn.ReLU(), ["body.0.a"]),
        (nn.ReLU(), nn.Sigmoid(), ["body.0.b"]),
        (nn.Sigmoid(), nn.Sigmoid(), []),
        (nn.ReLU(), nn.ReLU(), []),
    ],
    ids=["left", "right", "both", "neither"],
)
def test_of_two_maps_alike_the_one_that_a_gates_activation_made_is_the_gate(left, right, gates):
    anatomy = understand(Net(Product(left, right)))
    assert [layer.name for layer in anatomy.layers if layer.role == "attention"] == gates


# --- places and names ---


class CallsForNothing(TwoConvolutions):
    def forward(self, x):
        a = functional.relu(self.a(x))
        a.amax()
        return functional.relu(x + self.b(a))


class CallsTwice(nn.Module):
    """One convolution twice, with nothing in between."""

    def __init__(self):
        super().__init__()
        self.a = conv(8, 8)

    def forward(self, x):
        return functional.relu(x + self.a(self.a(x)))


class TwoReaders(nn.Module):
    """What stands between two blocks is read by both that follow."""

    def __init__(self):
        super().__init__()
        self.stem, self.first, self.between = conv(3, 8), AddAfter(), conv(8, 8)
        self.near, self.far = AddAfter(), nn.Sequential(conv(8, 16, 3, 2), AddAfter(16))

    def forward(self, x):
        x = self.between(self.first(self.stem(x)))
        return self.near(x).mean((2, 3)), self.far(x).mean((2, 3))


class EndsForNothing(nn.Module):
    """What it runs last, one thing after the other, reaches no output."""

    def __init__(self):
        super().__init__()
        self.stem, self.block = conv(3, 8), AddAfter()

    def forward(self, x):
        x = self.block(self.stem(x))
        x.mean((2, 3)).exp().abs()
        return x


def test_what_runs_for_nothing_at_the_end_is_unused_from_its_beginning():
    unused = [layer for layer in understand(EndsForNothing()).operations if layer.role == "unused"]
    assert [(layer.op, layer.stage) for layer in unused] == [("mean", "head"), ("exp", "head"), ("abs", "head")]


def test_a_stage_ends_with_the_last_layer_that_is_of_use():
    class Peeks(Net):
        def forward(self, x):
            x = super().forward(x)
            x.mean(1)
            return x

    assert understand(Peeks(AddAfter())).head.output_shape == (1, 10)


def test_what_runs_for_nothing_inside_the_first_block_is_unused_there():
    anatomy = understand(Net(CallsForNothing(), AddAfter()))
    (unused,) = (layer for layer in anatomy.operations if layer.role == "unused")
    assert (unused.op, unused.stage) == ("amax", "stage1")


def test_a_second_call_in_a_row_is_named_as_one():
    anatomy = understand(Net(CallsTwice()))
    assert [layer.name for layer in anatomy.layers] == ["stem", "body.0.a", "body.0.a#2", "fc"]


def test_a_second_call_in_a_row_of_a_module_without_weights_is_named_as_one():
    pool = nn.MaxPool2d(2)
    names = [layer.name for layer in understand(nn.Sequential(conv(3, 8), pool, pool, nn.ReLU())).operations]
    assert names == ["0", "1", "1#2", "3"]


def test_a_convolution_that_pads_by_itself_has_the_name_of_its_module():
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, padding_mode="reflect"), nn.ReLU())
    names = {layer.op: layer.name for layer in understand(net).operations}
    assert (names["conv2d"], names["relu"]) == ("0", "1")
    assert {name for op, name in names.items() if "pad" in op} <= {f"0:{op}" for op in names}


def test_places_are_named_as_in_the_paper(examine):
    anatomy = examine("resnet18").anatomy
    names = [(block.name, block.paper_name) for block in anatomy.blocks]
    assert names == [(f"layer{i}.{j}", f"conv{i + 1}_{j + 1}") for i in range(1, 5) for j in range(2)]
    outside = [(layer.name, layer.paper_name) for layer in anatomy.layers if layer.block is None]
    assert outside == [("conv1", "conv1"), ("maxpool", "conv2_x"), ("avgpool", "average pool"), ("fc", "fc")]


def test_what_leads_to_two_blocks_is_with_the_first_of_them():
    anatomy = understand(TwoReaders())
    assert [block.name for block in anatomy.blocks] == ["first", "near", "far.1"]
    stages = {block.name: block.stage for block in anatomy.blocks}
    assert stages["near"] != stages["far.1"]
    between = next(layer for layer in anatomy.layers if layer.name == "between")
    assert (between.stage, between.role) == (stages["near"], "main")


def test_what_stands_between_stages_is_not_compared_with_the_block_behind_it():
    between = understand(Net(AddAfter(), conv(8, 16, 3, 2), AddAfter(16), out=16))
    within = understand(Net(AddAfter(), ShortcutFirst(8, 16, 2), out=16))
    assert [layer.stage for layer in between.layers if layer.name == "body.1"] == ["stage2"]
    found = compare(between, within)
    assert (found.only_left, found.only_right) == (("body.1",), ("body.1.shortcut",))


# --- strides ---


class Shrinks(nn.Module):
    """Its shape is set by interpolation, which has no window."""

    def __init__(self, size):
        super().__init__()
        self.size, self.a, self.b, self.shortcut = size, conv(8, 8), conv(8, 8), conv(8, 8, 1)

    def to_size(self, x):
        return functional.interpolate(x, size=self.size)

    def forward(self, x):
        return functional.relu(self.b(self.to_size(self.a(x))) + self.shortcut(self.to_size(x)))


class StridesTwice(BottleneckBlock):
    """The first 1x1 strides, and a pool behind it as well."""

    def __init__(self):
        super().__init__(8, (2, 1, 1))
        self.shortcut = conv(8, 8, 1, 4)

    def forward(self, x):
        main = functional.avg_pool2d(functional.relu(self.a(x)), 2)
        return functional.relu(self.c(functional.relu(self.b(main))) + self.shortcut(x))


@pytest.mark.parametrize(
    ("size", "stride"), [((32, 32), (1, 1)), ((16, 8), (2, 4)), ((17, 13), (2, 2)), ((64, 64), ()), ((64, 16), ())]
)
def test_where_no_window_tells_the_stride_the_sizes_do(size, stride):
    block = understand(Net(Shrinks(size))).blocks[0]
    assert (block.output_shape, block.stride) == ((1, 8, *size), stride)


def test_what_comes_out_without_pixels_has_no_stride_to_tell():
    class Empty(nn.Module):
        def __init__(self):
            super().__init__()
            self.block, self.last = AddAfter(3), nn.Conv2d(3, 3, 1)

        def forward(self, x):
            return functional.interpolate(self.block(x), scale_factor=0.5)[:, :, :0]

    head = understand(Empty()).head
    assert (head.output_shape, head.stride) == ((1, 3, 0, 16), (1, 2))


def test_a_pool_behind_the_3x3_is_said_to_stand_there():
    text = understand(split.resnest()).placement.text
    assert "no convolution strides; a pool after the 3×3 convolution does (2.0.conv2.pool)" in text


def test_a_pool_that_strides_behind_a_strided_convolution_is_judged_too():
    placement = understand(Net(StridesTwice())).placement
    assert placement.version == "other"
    assert "not always in the same place: before the 3×3 in body.0:avg_pool2d; v1 in body.0.a" in placement.text


# --- reach ---


class Resized(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = conv(3, 8), conv(8, 8)

    def forward(self, x):
        return self.b(functional.interpolate(self.a(x), scale_factor=2))


@pytest.mark.parametrize(("made", "axes"), [(nn.Conv1d, 1), (nn.Conv2d, 2), (nn.Conv3d, 3)])
def test_what_keeps_the_size_keeps_the_reach_whatever_the_number_of_axes(made, axes):
    net = nn.Sequential(made(3, 4, 3, 2, 1), nn.ReLU(), made(4, 4, 3, 1, 1))
    found = [(layer.receptive_field, layer.total_stride) for layer in understand(net, (1, 3, *(9,) * axes)).operations]
    assert found == [((3,) * axes, (2,) * axes)] * 2 + [((7,) * axes, (2,) * axes)]


def test_what_changes_the_size_without_a_window_has_no_reach():
    a, _, b = understand(Resized()).operations
    assert (a.receptive_field, b.receptive_field, b.total_stride) == ((3, 3), (), None)


# --- what is not counted ---


class Learned(nn.Module):
    """Raises the image to a learned power."""

    def __init__(self, *shape):
        super().__init__()
        self.power = nn.Parameter(torch.ones(shape))

    def forward(self, x):
        return x**self.power


@pytest.mark.parametrize(
    ("shape", "unmeasured"),
    [((1, 8, 1, 1), ()), ((1, 1, 1, 1), ()), ((8, 32, 32), ("pow",)), ((8, 1, 32), ("pow",)), ((32, 32), ("pow",))],
)
def test_a_parameter_is_a_matrix_if_two_axes_have_a_length(shape, unmeasured):
    assert understand(Net(Learned(*shape))).unmeasured == unmeasured


# --- values ---

VALUES = [
    kind
    for module in iter_modules(resnet_inspect.anatomy.__path__)
    for kind in vars(import_module(f"resnet_inspect.anatomy.{module.name}")).values()
    if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == f"resnet_inspect.anatomy.{module.name}"
]


@pytest.mark.parametrize("kind", VALUES, ids=[kind.__name__ for kind in VALUES])
def test_values_do_not_change(kind):
    value = object.__new__(kind)
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(kind)[0].name, None)
    assert kind.__name__ == "Anatomy" or not hasattr(value, "__dict__")


def test_the_module_of_a_layer_is_not_written_out():
    hidden = {
        f"{kind.__name__}.{field.name}"
        for kind in VALUES
        for field in fields(kind)
        if not field.metadata.get("json", True)
    }
    assert hidden == {
        "Layer.module",
        "Block.main",
        "Block.shortcut_layers",
        "Block.attention",
        "Block.fork",
        "Block.in_a_row",
        "Block.follows",
        "Depth.way",
        "Pair.modules",
    }
