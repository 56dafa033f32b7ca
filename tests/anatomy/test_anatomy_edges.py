"""Edges of reach and of what is not counted, and values that do not change."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, is_dataclass
from importlib import import_module
from pkgutil import iter_modules

import pytest
import torch
from small_nets import Net, conv
from torch import nn
from torch.nn import functional
from understanding import understand

import resnet_inspect.anatomy

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
        "Block.is_chain",
        "Block.follows",
        "Depth.path",
        "Pair.modules",
    }
