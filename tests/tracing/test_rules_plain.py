"""Rules answer the plain cases, all that a ResNet is made of, and leave to torch what torch refuses."""

from __future__ import annotations

import pytest
import torch
from each import for_each
from rule_answers import rule_answer, torch_answer

from resnet_inspect.tracing.geometry import NO_GEOMETRY, ExecutedOp
from resnet_inspect.tracing.operator_rules import OPERATOR_RULES

aten = torch.ops.aten


def floats(*shape):
    return torch.ones(shape)


IMAGE, PIXEL, VECTOR = floats(2, 4, 8, 9), floats(2, 4, 1, 1), floats(4)
PLAIN_CASES = [
    ("conv1d.default", [floats(1, 4, 9), floats(6, 2, 3), VECTOR.repeat(2)[:6], [2], [1], [1], 2], (1, 6, 5)),
    ("conv2d.default", [IMAGE, floats(6, 4, 3, 3)], (2, 6, 6, 7)),
    ("conv2d.default", [IMAGE, floats(6, 4, 3, 3), None, [2, 2], [1, 1]], (2, 6, 4, 5)),
    ("conv2d.default", [IMAGE, floats(6, 4, 1, 1), None, [2, 1]], (2, 6, 4, 9)),
    ("conv2d.default", [PIXEL, floats(6, 4, 1, 1)], (2, 6, 1, 1)),
    ("conv3d.default", [floats(1, 1, 4, 4, 4), floats(2, 1, 3, 3, 3), None, [1, 1, 1], [1, 1, 1]], (1, 2, 4, 4, 4)),
    ("linear.default", [floats(2, 3, 4), floats(5, 4), floats(5)], (2, 3, 5)),
    ("linear.default", [VECTOR, floats(5, 4)], (5,)),
    ("max_pool1d.default", [floats(1, 4, 9), [3], [2], [1]], (1, 4, 5)),
    ("max_pool2d.default", [IMAGE, [3, 3], [2, 2], [1, 1]], (2, 4, 4, 5)),
    ("max_pool2d.default", [IMAGE, [3, 3], [2, 2], [0, 0], [1, 1], True], (2, 4, 4, 4)),
    ("max_pool2d.default", [IMAGE, [2]], (2, 4, 4, 4)),
    ("max_pool2d.default", [floats(1, 1, 2, 2), [2], [3], [1], [1], True], (1, 1, 1, 1)),
    ("max_pool3d.default", [floats(1, 1, 4, 4, 4), [2, 2, 2]], (1, 1, 2, 2, 2)),
    ("avg_pool1d.default", [floats(1, 4, 9), [2]], (1, 4, 4)),
    ("avg_pool2d.default", [IMAGE, [2, 2], [2, 2], [0, 0], True, False], (2, 4, 4, 5)),
    ("avg_pool3d.default", [floats(1, 1, 4, 4, 4), [2, 2, 2]], (1, 1, 2, 2, 2)),
    ("adaptive_avg_pool1d.default", [floats(1, 4, 9), [2]], (1, 4, 2)),
    ("adaptive_avg_pool2d.default", [IMAGE, [1, 1]], (2, 4, 1, 1)),
    ("adaptive_avg_pool2d.default", [PIXEL, [7, 7]], (2, 4, 7, 7)),
    ("adaptive_avg_pool3d.default", [floats(1, 1, 4, 4, 4), [2, 1, 2]], (1, 1, 2, 1, 2)),
    ("batch_norm.default", [IMAGE, VECTOR, VECTOR, VECTOR, VECTOR, False, 0.1, 1e-5, True], (2, 4, 8, 9)),
    ("batch_norm.default", [IMAGE, None, None, VECTOR, VECTOR, False, 0.1, 1e-5, True], (2, 4, 8, 9)),
    ("group_norm.default", [IMAGE, 2, VECTOR, VECTOR, 1e-5, True], (2, 4, 8, 9)),
    ("group_norm.default", [floats(1, 6), 3], (1, 6)),
    *((f"{name}.default", [IMAGE], (2, 4, 8, 9)) for name in ("relu", "relu_", "sigmoid", "sigmoid_")),
    *((f"{name}.default", [IMAGE], (2, 4, 8, 9)) for name in ("silu", "silu_", "gelu", "hardtanh", "hardtanh_")),
    *((f"{name}.default", [IMAGE], (2, 4, 8, 9)) for name in ("hardswish", "hardswish_", "leaky_relu", "leaky_relu_")),
    *((f"{name}.default", [IMAGE], (2, 4, 8, 9)) for name in ("mish", "mish_")),
    *((f"{name}.Tensor", [IMAGE, IMAGE], (2, 4, 8, 9)) for name in ("add", "add_", "mul", "mul_")),
    *((f"{name}.Tensor", [IMAGE, PIXEL], (2, 4, 8, 9)) for name in ("add", "add_", "mul", "mul_")),
    ("mul.Tensor", [PIXEL, IMAGE], (2, 4, 8, 9)),
    ("flatten.using_ints", [IMAGE, 1], (2, 288)),
    ("flatten.using_ints", [PIXEL], (8,)),
]


def overload(name):
    packet, variant = name.split(".")
    return getattr(getattr(aten, packet), variant)


@for_each("name, args, shape", PLAIN_CASES)
def test_plain_cases_are_answered(name, args, shape):
    func = overload(name)
    answer = rule_answer(func, args)
    assert answer is not None
    assert answer[0] == shape
    assert answer == torch_answer(func, args)


@for_each("name, args, shape", PLAIN_CASES)
def test_an_answer_says_what_would_be_said_of_what_torch_ran(name, args, shape):
    rule = OPERATOR_RULES[overload(name)]
    _, geometry = rule.answer(args)
    assert geometry == (rule.geometry(ExecutedOp(args, shape, 1)) if rule.geometry else NO_GEOMETRY)


def test_every_rule_that_answers_has_a_plain_case():
    named = {f"aten.{name}" for name, _, _ in PLAIN_CASES}
    assert named == {str(func) for func, rule in OPERATOR_RULES.items() if rule.answer}


KERNEL = floats(6, 4, 3, 3)
STATISTICS = [VECTOR] * 4
REFUSED_CASES = [
    ("conv1d.default", [IMAGE, KERNEL]),
    ("conv2d.default", [floats(2, 4, 8), floats(6, 4, 3)]),
    ("conv2d.default", [floats(2, 3, 8, 9), KERNEL]),
    ("conv2d.default", [IMAGE, KERNEL, floats(5)]),
    ("conv2d.default", [IMAGE, KERNEL, floats(6, 1)]),
    ("conv2d.default", [IMAGE, KERNEL, None, [0]]),
    ("conv2d.default", [IMAGE, KERNEL, None, [1, 1, 1]]),
    ("conv2d.default", [IMAGE, KERNEL, None, [1], [-1]]),
    ("conv2d.default", [IMAGE, KERNEL, None, [1], [0], [0]]),
    ("conv2d.default", [IMAGE, KERNEL, None, [1], [0], [1], 0]),
    ("conv2d.default", [floats(2, 0, 8, 9), floats(6, 0, 3, 3), None, [1], [0], [1], 0]),
    ("conv2d.default", [floats(2, 8, 8, 9), floats(5, 4, 3, 3), None, [1], [0], [1], 2]),
    ("conv2d.default", [floats(2, 4, 2, 9), KERNEL]),
    ("conv2d.default", [floats(2, 4, 4, 9), KERNEL, None, [1], [0], [2, 1]]),
    ("linear.default", [VECTOR, floats(5, 3)]),
    ("linear.default", [VECTOR, floats(5, 4), floats(3)]),
    ("linear.default", [floats(), floats(5, 4)]),
    ("max_pool2d.default", [IMAGE, [3], [0]]),
    ("max_pool2d.default", [IMAGE, [0]]),
    ("max_pool2d.default", [IMAGE, [3], [1], [2]]),
    ("max_pool2d.default", [IMAGE, [3], [1], [-1]]),
    ("max_pool2d.default", [IMAGE, [3], [1], [1], [0]]),
    ("max_pool2d.default", [IMAGE, [3, 3, 3]]),
    ("max_pool2d.default", [IMAGE, [9, 9]]),
    ("max_pool2d.default", [VECTOR, [1, 1]]),
    ("avg_pool2d.default", [IMAGE, [3], [1], [2]]),
    ("avg_pool2d.default", [IMAGE, [2], [], [0], False, True, 0]),
    ("avg_pool3d.default", [floats(1, 1, 2, 2, 2), [3], [], [0], True]),
    ("adaptive_avg_pool2d.default", [IMAGE, [1]]),
    ("adaptive_avg_pool2d.default", [IMAGE, [-1, 1]]),
    ("adaptive_avg_pool2d.default", [VECTOR, [1, 1]]),
    ("batch_norm.default", [floats(1, 4), *STATISTICS, True, 0.1, 1e-5, True]),
    ("batch_norm.default", [floats(2, 5), *STATISTICS, False, 0.1, 1e-5, True]),
    ("batch_norm.default", [floats(2, 4), floats(3), *STATISTICS[1:], False, 0.1, 1e-5, True]),
    ("batch_norm.default", [floats(2, 4), VECTOR, VECTOR, VECTOR, None, False, 0.1, 1e-5, True]),
    ("batch_norm.default", [VECTOR, *STATISTICS, False, 0.1, 1e-5, True]),
    ("group_norm.default", [IMAGE, 3, VECTOR, VECTOR]),
    ("group_norm.default", [IMAGE, 0, VECTOR, VECTOR]),
    ("group_norm.default", [IMAGE, 2, floats(3), VECTOR]),
    ("group_norm.default", [VECTOR, 2]),
    ("add.Tensor", [IMAGE, floats(2, 4, 8, 8)]),
    ("mul.Tensor", [IMAGE, floats(2, 3, 8, 9)]),
    ("add_.Tensor", [PIXEL, IMAGE]),
    ("mul_.Tensor", [VECTOR, floats(2, 4)]),
    ("relu_.default", [floats(1).expand(4)]),
    ("flatten.using_ints", [IMAGE, 4]),
    ("flatten.using_ints", [IMAGE, 0, -5]),
    ("flatten.using_ints", [IMAGE, 2, 1]),
]


@for_each("name, args", REFUSED_CASES)
def test_what_torch_refuses_is_left_to_torch(name, args):
    assert rule_answer(overload(name), args) is None
    if "batch_norm" not in name or not args[5]:
        assert "Error: " in torch_answer(overload(name), args)


def as_channels_last(tensor):
    """The same elements with the strides of channels-last order, which one channel or one pixel leaves contiguous."""
    strided = tensor.to(memory_format=torch.channels_last).clone(memory_format=torch.channels_last)
    assert strided.is_contiguous()
    return strided


AMBIGUOUS_CASES = [
    ("conv2d.default", [as_channels_last(floats(2, 1, 8, 9)), floats(6, 1, 3, 3)]),
    ("conv2d.default", [floats(2, 4, 8, 9), as_channels_last(floats(6, 4, 1, 1))]),
    ("conv2d.default", [floats(2, 1, 8, 9), as_channels_last(floats(6, 1, 3, 3))]),
    ("batch_norm.default", [as_channels_last(floats(2, 4, 1, 1)), *STATISTICS, False, 0.1, 1e-5, True]),
    ("max_pool2d.default", [as_channels_last(floats(2, 1, 8, 9)), [3, 3]]),
    ("avg_pool2d.default", [as_channels_last(floats(2, 1, 8, 9)), [3, 3]]),
    ("adaptive_avg_pool2d.default", [as_channels_last(floats(2, 1, 8, 9)), [2, 2]]),
    ("hardtanh.default", [floats(0, 4)[:, ::2]]),
    ("add.Tensor", [floats(2, 0).T, floats(1, 2)]),
]


@pytest.mark.parametrize(("name", "args"), AMBIGUOUS_CASES)
def test_order_in_memory_is_not_lost(name, args):
    """The forward can notice the strides that torch would give, such as those of channels-last order."""
    answer, expected = rule_answer(overload(name), args), torch_answer(overload(name), args)
    assert answer in (None, expected)
