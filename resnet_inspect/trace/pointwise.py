"""Rules for operators whose output has the shape of an operand: activations, normalisations, sums; and flatten."""

from __future__ import annotations

from math import prod

from resnet_inspect.trace.records import Shape
from resnet_inspect.trace.rule import Arguments, Rule, argument


def activation() -> Rule:
    """input, and numbers."""
    return Rule(_same_shape)


def batch_norm() -> Rule:
    """input, weight, bias, mean, variance, training, momentum, eps, cudnn_enabled."""
    return Rule(_batch_norm_shape)


def broadcast() -> Rule:
    """left, right: an addition or a multiplication."""
    return Rule(_broadcast_shape)


def broadcast_in_place() -> Rule:
    """The same, into the left one."""
    return Rule(_broadcast_in_place_shape)


def flatten() -> Rule:
    """input, start_dim=0, end_dim=-1."""
    return Rule(_flatten_shape)


def _same_shape(args: Arguments) -> Shape | None:
    size = tuple(args[0].shape)
    return None if 0 in size else size


def _batch_norm_shape(args: Arguments) -> Shape | None:
    """With running statistics only: without, torch has values per channel to ask for, and may refuse."""
    size = args[0].shape
    if args[5] or args[3] is None or args[4] is None or len(size) < 2 or min(size) < 1:
        return None
    channels = size[1:2]
    for tensor in args[1:5]:
        if tensor is not None and tensor.shape != channels:
            return None
    return tuple(size)


def _broadcast_shape(args: Arguments) -> Shape | None:
    """Equal shapes, or operands of as many axes that are repeated along those where they have one."""
    left, right = (getattr(operand, "shape", None) for operand in args[:2])
    if left is None or right is None or len(left) != len(right) or 0 in left or 0 in right:
        return None
    if left == right:
        return tuple(left)
    if any(a != b and 1 not in (a, b) for a, b in zip(left, right, strict=True)):
        return None
    return tuple(b if a == 1 else a for a, b in zip(left, right, strict=True))


def _broadcast_in_place_shape(args: Arguments) -> Shape | None:
    shape = _broadcast_shape(args)
    return shape if shape == getattr(args[0], "shape", None) else None


def _flatten_shape(args: Arguments) -> Shape | None:
    size = tuple(args[0].shape)
    axes = len(size)
    start, end = argument(args, 1, 0), argument(args, 2, -1)
    if not (-axes <= start < axes and -axes <= end < axes) or min(size, default=0) < 1:
        return None
    start, end = start % axes, end % axes
    return (*size[:start], prod(size[start : end + 1]), *size[end + 1 :]) if start < end else None
