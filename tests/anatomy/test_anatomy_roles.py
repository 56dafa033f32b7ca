"""Edges of places: the stage of a layer, its name, and where the strides are."""

from __future__ import annotations

import pytest
from small_nets import AddAfter, BottleneckBlock, Net, ShortcutFirst, TwoConvolutions, conv
from subjects import split
from torch import nn
from torch.nn import functional
from understanding import understand

from resnet_inspect.anatomy.compare import compare_anatomies

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


class PoolsTwice(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        return self.pool(self.pool(x))


def test_a_second_call_in_a_row_of_a_module_without_weights_is_named_as_one():
    names = [layer.name for layer in understand(nn.Sequential(conv(3, 8), PoolsTwice(), nn.ReLU())).operations]
    assert names == ["0", "1.pool", "1.pool#2", "2"]


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
    found = compare_anatomies(between, within)
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
