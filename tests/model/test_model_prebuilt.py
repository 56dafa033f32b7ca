"""A layer filled from a blank is the layer that torch's constructor makes."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch
from torch import nn

from resnet_inspect.model.layers import batch_norm, conv1d, conv2d, group_norm, linear
from resnet_inspect.model.prebuilt import prebuilt

PAIRS = {
    "convolution": (lambda: conv2d(6, 8, 3, stride=2, dilation=2, groups=2), (nn.Conv2d, 6, 8, 3, 2, 2, 2, 2, False)),
    "with a bias": (lambda: conv2d(3, 5, 1, bias=True), (nn.Conv2d, 3, 5, 1, 1, 0, 1, 1, True)),
    "one axis": (lambda: conv1d(5), (nn.Conv1d, 1, 1, 5, 1, 2, 1, 1, False)),
    "linear": (lambda: linear(7, 3), (nn.Linear, 7, 3)),
    "batch norm": (lambda: batch_norm(9), (nn.BatchNorm2d, 9)),
    "group norm": (lambda: group_norm(64), (nn.GroupNorm, 32, 64)),
}
of_each = pytest.mark.parametrize("name", PAIRS)


def constructed(kind, *arguments):
    return kind(*arguments, device="meta")


def described(value):
    """A tensor by what it is; anything else by itself."""
    if isinstance(value, dict):
        return type(value), {name: described(item) for name, item in value.items()}
    if isinstance(value, torch.Tensor):
        return type(value), value.shape, value.dtype, value.device, value.requires_grad
    return value


@of_each
@pytest.mark.parametrize("turn", ["first", "again"])
def test_it_has_the_attributes_that_the_constructor_gives(name, turn):
    make, arguments = PAIRS[name]
    if turn == "again":
        make()
    expected = constructed(*arguments)
    assert {key: described(value) for key, value in vars(make()).items()} == {
        key: described(value) for key, value in vars(expected).items()
    }
    assert repr(make()) == repr(expected)


@of_each
def test_two_of_a_kind_share_nothing_that_can_change(name):
    make, _ = PAIRS[name]
    one, two = vars(make()), vars(make())
    changeable = (dict, set, list, torch.Tensor)
    shared = [key for key in one if isinstance(one[key], changeable) and one[key] is two[key]]
    inside = [
        key
        for group in ("_parameters", "_buffers")
        for key, tensor in one[group].items()
        if tensor is not None and tensor is two[group][key]
    ]
    assert shared == inside == []


def test_a_hook_on_one_is_not_on_the_next():
    first = conv2d(3, 4, 1)
    first.register_forward_hook(lambda *_: None)
    first.weight.requires_grad_(requires_grad=False)
    second = conv2d(3, 4, 1)
    assert not second._forward_hooks
    assert second.weight.requires_grad


@contextmanager
def default_dtype(dtype):
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def test_the_default_type_of_the_moment_counts():
    single = batch_norm(5)
    with default_dtype(torch.float64):
        double = batch_norm(5)
    assert (single.weight.dtype, double.weight.dtype, double.running_mean.dtype) == (
        torch.float32,
        torch.float64,
        torch.float64,
    )
    assert double.num_batches_tracked.dtype == torch.int64


def test_other_arguments_make_another_layer():
    assert prebuilt(nn.Conv2d, 3, 4, 1).weight.shape == (4, 3, 1, 1)
    assert prebuilt(nn.Conv2d, 3, 4, 3).weight.shape == (4, 3, 3, 3)


def test_layers_are_of_the_class_that_is_asked_for():
    class Own(nn.Conv2d):
        pass

    assert type(conv2d(3, 4, 1)) is nn.Conv2d
    assert type(conv2d(3, 4, 1, kind=Own)) is Own
