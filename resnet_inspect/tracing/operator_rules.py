"""The rule of each ATen operator for its output shape, geometry and MACs.

A rule's *answer* replaces torch's own meta kernel, which is slow (BatchNorm: 0.5 ms a call) and whose first use imports
some 800 modules. It covers the plain case only; torch runs everything else, including wrong calls, for which it has its
own messages. The rule's *geometry* then describes the convolution, pool or linear layer that torch has run.

This module has the rules of operators without a geometry: activations, normalisations, sums, flatten.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import torch

from resnet_inspect.tracing import layer_rules
from resnet_inspect.tracing.geometry import NO_GEOMETRY, Answer, Arguments, OperatorRule, argument


def _same_shape(args: Arguments) -> Answer | None:
    size = tuple(args[0].shape)
    return None if 0 in size else (size, NO_GEOMETRY)


def _batch_norm_answer(args: Arguments) -> Answer | None:
    """Answer for ``(input, weight, bias, mean, variance, training, ...)`` with running statistics only.

    Without them, torch needs several values per channel, and may refuse.
    """
    size = args[0].shape
    if args[5] or args[3] is None or args[4] is None or len(size) < 2 or min(size) < 1:
        return None
    return (tuple(size), NO_GEOMETRY) if _is_per_channel(args[1:5], size) else None


def _group_norm_answer(args: Arguments) -> Answer | None:
    """Answer for ``(input, groups, weight, bias, ...)``."""
    size, groups = args[0].shape, args[1]
    if len(size) < 2 or min(size) < 1 or groups < 1 or size[1] % groups:
        return None
    return (tuple(size), NO_GEOMETRY) if _is_per_channel(args[2:4], size) else None


def _is_per_channel(tensors: Arguments, size: Sequence[int]) -> bool:
    channels = tuple(size[1:2])
    return all(tensor is None or tensor.shape == channels for tensor in tensors)


def _broadcast_answer(args: Arguments) -> Answer | None:
    """Answer for ``(left, right)`` of equal shapes, or of equally many axes where those of length 1 are broadcast."""
    left, right = (getattr(operand, "shape", None) for operand in args[:2])
    if left is None or right is None or len(left) != len(right) or 0 in left or 0 in right:
        return None
    if left == right:
        return tuple(left), NO_GEOMETRY
    if any(a != b and 1 not in (a, b) for a, b in zip(left, right, strict=True)):
        return None
    return tuple(b if a == 1 else a for a, b in zip(left, right, strict=True)), NO_GEOMETRY


def _broadcast_in_place_answer(args: Arguments) -> Answer | None:
    answer = _broadcast_answer(args)
    return answer if answer and answer[0] == args[0].shape else None


def _flatten_answer(args: Arguments) -> Answer | None:
    """Answer for ``(input, start_dim=0, end_dim=-1)``."""
    size = tuple(args[0].shape)
    axes = len(size)
    start, end = argument(args, 1, 0), argument(args, 2, -1)
    if not (-axes <= start < axes and -axes <= end < axes):
        return None
    start, end = start % axes, end % axes
    return ((*size[:start], prod(size[start : end + 1]), *size[end + 1 :]), NO_GEOMETRY) if start < end else None


_ACTIVATION = OperatorRule(_same_shape)
_aten = torch.ops.aten

OPERATOR_RULES: dict[Any, OperatorRule] = {
    _aten.conv1d.default: layer_rules.convolution(1),
    _aten.conv2d.default: layer_rules.convolution(2),
    _aten.conv3d.default: layer_rules.convolution(3),
    _aten.conv1d.padding: layer_rules.padded_by_name(1),
    _aten.conv2d.padding: layer_rules.padded_by_name(2),
    _aten.conv3d.padding: layer_rules.padded_by_name(3),
    _aten.conv_transpose1d.default: layer_rules.transposed_convolution(1),
    _aten.conv_transpose2d.input: layer_rules.transposed_convolution(2),
    _aten.conv_transpose3d.input: layer_rules.transposed_convolution(3),
    _aten.convolution.default: layer_rules.any_convolution(),
    _aten._convolution.default: layer_rules.any_convolution(),
    _aten._convolution.deprecated: layer_rules.any_convolution(),
    _aten.linear.default: layer_rules.linear(),
    _aten.matmul.default: layer_rules.product(),
    _aten.mm.default: layer_rules.product(),
    _aten.bmm.default: layer_rules.product(),
    _aten.addmm.default: layer_rules.biased_product(),
    _aten.max_pool1d.default: layer_rules.max_pool(1),
    _aten.max_pool2d.default: layer_rules.max_pool(2),
    _aten.max_pool3d.default: layer_rules.max_pool(3),
    _aten.max_pool1d_with_indices.default: layer_rules.max_pool(1, answered=False, name="max_pool1d"),
    _aten.max_pool2d_with_indices.default: layer_rules.max_pool(2, answered=False, name="max_pool2d"),
    _aten.max_pool3d_with_indices.default: layer_rules.max_pool(3, answered=False, name="max_pool3d"),
    _aten.avg_pool1d.default: layer_rules.avg_pool(1),
    _aten.avg_pool2d.default: layer_rules.avg_pool(2),
    _aten.avg_pool3d.default: layer_rules.avg_pool(3),
    _aten.adaptive_avg_pool1d.default: layer_rules.adaptive_pool(1),
    _aten.adaptive_avg_pool2d.default: layer_rules.adaptive_pool(2),
    _aten.adaptive_avg_pool3d.default: layer_rules.adaptive_pool(3),
    _aten.adaptive_max_pool1d.default: layer_rules.adaptive_pool(1, answered=False),
    _aten.adaptive_max_pool2d.default: layer_rules.adaptive_pool(2, answered=False),
    _aten.adaptive_max_pool3d.default: layer_rules.adaptive_pool(3, answered=False),
    _aten.batch_norm.default: OperatorRule(_batch_norm_answer),
    _aten.group_norm.default: OperatorRule(_group_norm_answer),
    _aten.relu.default: _ACTIVATION,
    _aten.relu_.default: _ACTIVATION,
    _aten.sigmoid.default: _ACTIVATION,
    _aten.sigmoid_.default: _ACTIVATION,
    _aten.silu.default: _ACTIVATION,
    _aten.silu_.default: _ACTIVATION,
    _aten.gelu.default: _ACTIVATION,
    _aten.hardtanh.default: _ACTIVATION,
    _aten.hardtanh_.default: _ACTIVATION,
    _aten.hardswish.default: _ACTIVATION,
    _aten.hardswish_.default: _ACTIVATION,
    _aten.leaky_relu.default: _ACTIVATION,
    _aten.leaky_relu_.default: _ACTIVATION,
    _aten.mish.default: _ACTIVATION,
    _aten.mish_.default: _ACTIVATION,
    _aten.add.Tensor: OperatorRule(_broadcast_answer),
    _aten.mul.Tensor: OperatorRule(_broadcast_answer),
    _aten.add_.Tensor: OperatorRule(_broadcast_in_place_answer),
    _aten.mul_.Tensor: OperatorRule(_broadcast_in_place_answer),
    _aten.flatten.using_ints: OperatorRule(_flatten_answer),
}
