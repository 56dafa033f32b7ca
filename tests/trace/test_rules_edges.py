"""The edges of the rules: sizes of 0 and 1, first and last axes, windows that just fit, and the operators of three axes."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from rule_answers import rule_answer, torch_answer

from resnet_inspect.trace.rule import Ran
from resnet_inspect.trace.rules import RULES

aten = torch.ops.aten


def floats(*shape):
    return torch.ones(shape)


IMAGE = floats(2, 3, 4, 5)
SMALL_POOLS = list(product(range(1, 8), (1, 2, 3), (1, 2, 3, 4), (0, 1), (False, True)))


@pytest.mark.parametrize("pool", [aten.max_pool1d.default, aten.max_pool2d.default])
def test_every_small_pool_is_as_torchs(pool):
    axes = 1 if pool is aten.max_pool1d.default else 2
    answered = 0
    for size, kernel, stride, padding, ceil in SMALL_POOLS:
        args = [floats(1, 1, *(size,) * axes), [kernel] * axes, [stride] * axes, [padding] * axes, [1] * axes, ceil]
        answer = rule_answer(pool, args)
        answered += answer is not None
        assert answer in (None, torch_answer(pool, args)), args[1:]
    assert answered > len(SMALL_POOLS) // 2


@pytest.mark.parametrize(
    ("start", "end", "shape"),
    [
        (0, -1, (120,)),
        (0, 1, (6, 4, 5)),
        (1, 2, (2, 12, 5)),
        (2, 3, (2, 3, 20)),
        (-4, -1, (120,)),
        (-4, -3, (6, 4, 5)),
        (-2, -1, (2, 3, 20)),
        (-3, 2, (2, 12, 5)),
    ],
)
def test_flatten_takes_every_axis_from_either_end(start, end, shape):
    args = [IMAGE, start, end]
    answer = rule_answer(aten.flatten.using_ints, args)
    assert answer is not None
    assert answer == torch_answer(aten.flatten.using_ints, args)
    assert answer[0] == shape


@pytest.mark.parametrize(("start", "end"), [(-5, 1), (0, 4), (4, 4), (2, 1), (-1, -5)])
def test_flatten_leaves_axes_that_are_not_there_to_torch(start, end):
    assert rule_answer(aten.flatten.using_ints, [IMAGE, start, end]) is None


def test_flattening_one_axis_is_left_to_torch_which_gives_the_tensor_itself():
    assert rule_answer(aten.flatten.using_ints, [IMAGE, 1, 1]) is None


VECTOR = floats(3)
DECLINED = {
    "batch norm of one axis": ("batch_norm.default", [VECTOR, None, None, VECTOR, VECTOR, False, 0.1, 1e-5, True]),
    "a sum whose left side is shorter": ("add.Tensor", [floats(2, 3), floats(2, 4)]),
    "a sum whose left side is longer": ("add.Tensor", [floats(2, 4), floats(2, 3)]),
    "a pool of nothing": ("max_pool2d.default", [floats(0, 3, 4, 4), [2, 2]]),
    "a pool of no channels": ("max_pool2d.default", [floats(1, 0, 4, 4), [2, 2]]),
    "an adaptive pool of two axes over three": ("adaptive_avg_pool2d.default", [floats(1, 2, 3, 4, 5), [1, 1]]),
    "an adaptive pool of two axes over one": ("adaptive_avg_pool2d.default", [floats(2, 4), [1, 1]]),
    "a bias that is too long": ("linear.default", [floats(2, 4), floats(5, 4), floats(6)]),
    "a bias that is too short": ("linear.default", [floats(2, 4), floats(5, 4), floats(4)]),
    "no features": ("linear.default", [floats(2, 0), floats(5, 0)]),
}


def overload(name):
    packet, variant = name.split(".")
    return getattr(getattr(aten, packet), variant)


@pytest.mark.parametrize("what", DECLINED)
def test_what_is_not_plain_is_left_to_torch(what):
    name, args = DECLINED[what]
    assert rule_answer(overload(name), args) is None


ONES = {
    "a linear layer of one feature": ("linear.default", [floats(1, 1), floats(1, 1)], (1, 1)),
    "a pool of one pixel": ("max_pool2d.default", [floats(1, 1, 1, 1), [1, 1]], (1, 1, 1, 1)),
    "an adaptive pool of one pixel": ("adaptive_avg_pool2d.default", [floats(1, 1, 1, 1), [1, 1]], (1, 1, 1, 1)),
    "a batch norm of one value": (
        "batch_norm.default",
        [floats(1, 1), floats(1), floats(1), floats(1), floats(1), False, 0.1, 1e-5, True],
        (1, 1),
    ),
    "a leaky activation with its slope": ("leaky_relu.default", [IMAGE, 0.2], (2, 3, 4, 5)),
    "a clipped activation with its bounds": ("hardtanh.default", [IMAGE, 0.0, 6.0], (2, 3, 4, 5)),
}


@pytest.mark.parametrize("what", ONES)
def test_sizes_of_one_and_further_arguments_are_answered(what):
    name, args, shape = ONES[what]
    answer = rule_answer(overload(name), args)
    assert answer == torch_answer(overload(name), args)
    assert answer is not None
    assert answer[0] == shape


def measured(name, args, weight=None):
    func = overload(name)
    output = func(*args)
    first = output[0] if isinstance(output, tuple) else output
    return RULES[func].geometry(Ran(args, tuple(first.shape), weight))


CUBE = floats(1, 1, 4, 5, 6)


@pytest.mark.parametrize(
    ("name", "args", "kernel"),
    [
        ("max_pool1d_with_indices.default", [floats(1, 1, 9), [2], [3], [1]], (2,)),
        ("max_pool2d_with_indices.default", [floats(1, 1, 9, 9), [2, 3], [3, 3], [1, 1]], (2, 3)),
        ("max_pool3d_with_indices.default", [CUBE, [2, 3, 4], [3, 3, 3], [1, 1, 1]], (2, 3, 4)),
    ],
)
def test_pools_that_also_say_where_have_a_window_for_every_axis(name, args, kernel):
    window = measured(name, args).window
    axes = len(kernel)
    assert (window.kernel, window.stride, window.padding, window.dilation) == (
        kernel,
        (3,) * axes,
        (1,) * axes,
        (1,) * axes,
    )


@pytest.mark.parametrize(
    ("name", "axes"),
    [("conv_transpose1d.default", 1), ("conv_transpose2d.input", 2), ("conv_transpose3d.input", 3)],
)
def test_transposed_convolutions_have_a_window_for_every_axis(name, axes):
    args = [floats(1, 4, *(5,) * axes), floats(4, 6, *(3,) * axes), None, [2] * axes, [1] * axes]
    window = measured(name, args, 1).window
    assert (window.kernel, window.stride, window.padding, window.dilation) == (
        (3,) * axes,
        (2,) * axes,
        (1,) * axes,
        (1,) * axes,
    )


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize(("word", "padding"), [("same", 2), ("valid", 0)])
def test_padding_by_name_is_for_every_axis(axes, word, padding):
    args = [floats(1, 2, *(9,) * axes), floats(4, 2, *(3,) * axes), None, [1] * axes, word, [2] * axes]
    window = measured(f"conv{axes}d.padding", args, 1).window
    assert (window.padding, window.dilation, window.kernel) == ((padding,) * axes, (2,) * axes, (3,) * axes)
