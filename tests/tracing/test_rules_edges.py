"""The edges of the rules: sizes of 0 and 1, first and last axes, windows that just fit, and the operators of three axes."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from rule_answers import rule_answer, torch_answer

from resnet_inspect.tracing.geometry import ExecutedOp
from resnet_inspect.tracing.operator_rules import OPERATOR_RULES

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
    "a convolution of two axes over three": ("conv2d.default", [floats(1, 2, 4, 4, 4), floats(3, 2, 1, 1, 1)]),
    "a convolution of two axes over one": ("conv2d.default", [floats(1, 2, 4), floats(3, 2, 1)]),
    "a convolution of two axes over three, its kernel of two": (
        "conv2d.default",
        [floats(1, 2, 4, 4, 4), floats(3, 2, 1, 1)],
    ),
    "a convolution of two axes over one image": ("conv2d.default", [floats(2, 2, 4), floats(3, 2, 1, 1)]),
    "a convolution of two axes over numbers": ("conv2d.default", [VECTOR, VECTOR]),
    "a convolution whose dilation is negative": (
        "conv2d.default",
        [floats(1, 2, 4, 4), floats(3, 2, 3, 3), None, [1, 1], [0, 0], [-1, -1]],
    ),
    "an adaptive pool of two axes to three": ("adaptive_avg_pool2d.default", [floats(1, 2, 4, 4), [1, 1, 1]]),
    "too few features": ("linear.default", [floats(2, 3), floats(5, 4)]),
    "a pool of two axes over three": ("max_pool2d.default", [floats(1, 2, 4, 4, 4), [2, 2]]),
    "a linear layer with a kernel": ("linear.default", [floats(2, 4), floats(5, 4, 1)]),
    "no features": ("linear.default", [floats(2, 0), floats(5, 0)]),
}


def overload(name):
    packet, variant = name.split(".")
    return getattr(getattr(aten, packet), variant)


@pytest.mark.parametrize("what", DECLINED)
def test_what_is_not_plain_is_left_to_torch(what):
    name, args = DECLINED[what]
    assert rule_answer(overload(name), args) is None


OTHERS = {
    "groups, and no size of one": (
        "conv2d.default",
        [floats(2, 4, 8, 9), floats(6, 2, 3, 3), None, [2, 2], [1, 1], [1, 1], 2],
        (2, 6, 4, 5),
    ),
    "a linear layer of one feature": ("linear.default", [floats(1, 1), floats(1, 1)], (1, 1)),
    "a pool of one pixel": ("max_pool2d.default", [floats(1, 1, 1, 1), [1, 1]], (1, 1, 1, 1)),
    "an adaptive pool of one pixel": ("adaptive_avg_pool2d.default", [floats(1, 1, 1, 1), [1, 1]], (1, 1, 1, 1)),
    "a batch norm of one value": (
        "batch_norm.default",
        [floats(1, 1), floats(1), floats(1), floats(1), floats(1), False, 0.1, 1e-5, True],
        (1, 1),
    ),
    "an adaptive pool, and no size of one": ("adaptive_avg_pool2d.default", [floats(2, 3, 6, 6), [2, 3]], (2, 3, 2, 3)),
    "a group norm of one group": ("group_norm.default", [IMAGE, 1, VECTOR, VECTOR, 1e-5, True], (2, 3, 4, 5)),
    "a leaky activation with its slope": ("leaky_relu.default", [IMAGE, 0.2], (2, 3, 4, 5)),
    "a clipped activation with its bounds": ("hardtanh.default", [IMAGE, 0.0, 6.0], (2, 3, 4, 5)),
}


@pytest.mark.parametrize("what", OTHERS)
def test_other_plain_cases_are_answered(what):
    name, args, shape = OTHERS[what]
    answer = rule_answer(overload(name), args)
    assert answer == torch_answer(overload(name), args)
    assert answer is not None
    assert answer[0] == shape


def measured(name, args, weight=None):
    func = overload(name)
    output = func(*args)
    first = output[0] if isinstance(output, tuple) else output
    return OPERATOR_RULES[func].geometry(ExecutedOp(args, tuple(first.shape), weight))


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


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_the_one_convolution_behind_all_has_a_window_for_every_axis(axes, transposed):
    weight = floats(4, 6, *(3,) * axes) if transposed else floats(6, 4, *(3,) * axes)
    args = [floats(1, 4, *(7,) * axes), weight, None, [2] * axes, [1] * axes, [1] * axes, transposed, [0] * axes, 1]
    window = measured("convolution.default", args, 1).window
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


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_list_of_one_stands_for_every_axis(axes):
    image, weight = floats(1, 2, *(9,) * axes), floats(4, 2, *(3,) * axes)
    by_name = measured(f"conv{axes}d.padding", [image, weight, None, [1], "same", [2]], 1).window
    behind_all = measured("convolution.default", [image, weight, None, [2], [1], [1], False, [0], 1], 1).window
    assert (by_name.stride, by_name.dilation) == ((1,) * axes, (2,) * axes)
    assert (behind_all.stride, behind_all.padding, behind_all.dilation) == ((2,) * axes, (1,) * axes, (1,) * axes)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("matmul.default", [floats(2, 3), floats(3, 4)]),
        ("mm.default", [floats(2, 3), floats(3, 4)]),
        ("addmm.default", [floats(4), floats(2, 3), floats(3, 4)]),
    ],
)
def test_a_product_of_which_nothing_is_learned_is_measured_likewise(name, args):
    assert measured(name, args).macs == 2 * 3 * 4
