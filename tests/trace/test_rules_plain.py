"""Shape rules answer the plain cases, all that a ResNet is made of, and every rule has one here."""

from __future__ import annotations

import pytest
import torch
from rule_answers import rule_answer, torch_answer

from resnet_inspect.trace.rules import RULES

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
    *((f"{name}.default", [IMAGE], (2, 4, 8, 9)) for name in ("relu", "relu_", "sigmoid", "sigmoid_")),
    *((f"{name}.default", [IMAGE], (2, 4, 8, 9)) for name in ("silu", "silu_", "gelu", "hardtanh", "hardtanh_")),
    *((f"{name}.Tensor", [IMAGE, IMAGE], (2, 4, 8, 9)) for name in ("add", "add_", "mul", "mul_")),
    *((f"{name}.Tensor", [IMAGE, PIXEL], (2, 4, 8, 9)) for name in ("add", "add_", "mul", "mul_")),
    ("mul.Tensor", [PIXEL, IMAGE], (2, 4, 8, 9)),
    ("flatten.using_ints", [IMAGE, 1], (2, 288)),
    ("flatten.using_ints", [PIXEL], (8,)),
]


@pytest.mark.parametrize(("name", "args", "shape"), PLAIN_CASES)
def test_plain_cases_are_answered(name, args, shape):
    packet, overload = name.split(".")
    func = getattr(getattr(aten, packet), overload)
    answer = rule_answer(func, args)
    assert answer is not None
    assert answer[0] == shape
    assert answer == torch_answer(func, args)


def test_every_shape_rule_has_a_plain_case():
    named = {f"aten.{name}" for name, _, _ in PLAIN_CASES}
    assert named == {str(func) for func, rule in RULES.items() if rule.shape is not None}
