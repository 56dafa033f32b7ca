"""Edges of blocks: what is one, its name, its order, its shortcut and its gate."""

from __future__ import annotations

import pytest
import torch
from small_nets import AddAfter, Net, TwoConvolutions, conv
from torch import nn
from torch.nn import functional
from understanding import understand

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
