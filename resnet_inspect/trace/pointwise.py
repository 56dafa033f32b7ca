"""Rules for operators whose output has the shape of an operand: activations, normalisations, sums; and flatten."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from resnet_inspect.trace.rule import NOTHING, Answer, Arguments, Rule, argument


def activation() -> Rule:
    """input, and numbers."""
    return Rule(_same_shape)


def batch_norm() -> Rule:
    """input, weight, bias, mean, variance, training, momentum, eps, cudnn_enabled."""
    return Rule(_batch_norm_answer)


def group_norm() -> Rule:
    """input, groups, weight, bias, eps, cudnn_enabled."""
    return Rule(_group_norm_answer)


def broadcast() -> Rule:
    """left, right: an addition or a multiplication."""
    return Rule(_broadcast_answer)


def broadcast_in_place() -> Rule:
    """The same, into the left one."""
    return Rule(_broadcast_in_place_answer)


def flatten() -> Rule:
    """input, start_dim=0, end_dim=-1."""
    return Rule(_flatten_answer)


def _same_shape(args: Arguments) -> Answer | None:
    size = tuple(args[0].shape)
    return None if 0 in size else (size, NOTHING)


def _batch_norm_answer(args: Arguments) -> Answer | None:
    """With running statistics only: without, torch has values per channel to ask for, and may refuse."""
    size = args[0].shape
    if args[5] or args[3] is None or args[4] is None or len(size) < 2 or min(size) < 1:
        return None
    return (tuple(size), NOTHING) if _is_per_channel(args[1:5], size) else None


def _group_norm_answer(args: Arguments) -> Answer | None:
    size, groups = args[0].shape, args[1]
    if len(size) < 2 or min(size) < 1 or groups < 1 or size[1] % groups:
        return None
    return (tuple(size), NOTHING) if _is_per_channel(args[2:4], size) else None


def _is_per_channel(tensors: Arguments, size: Sequence[int]) -> bool:
    channels = tuple(size[1:2])
    return all(tensor is None or tensor.shape == channels for tensor in tensors)


def _broadcast_answer(args: Arguments) -> Answer | None:
    """Equal shapes, or operands of as many axes that are repeated along those where they have one."""
    left, right = (getattr(operand, "shape", None) for operand in args[:2])
    if left is None or right is None or len(left) != len(right) or 0 in left or 0 in right:
        return None
    if left == right:
        return tuple(left), NOTHING
    if any(a != b and 1 not in (a, b) for a, b in zip(left, right, strict=True)):
        return None
    return tuple(b if a == 1 else a for a, b in zip(left, right, strict=True)), NOTHING


def _broadcast_in_place_answer(args: Arguments) -> Answer | None:
    answer = _broadcast_answer(args)
    return answer if answer and answer[0] == args[0].shape else None


def _flatten_answer(args: Arguments) -> Answer | None:
    size = tuple(args[0].shape)
    axes = len(size)
    start, end = argument(args, 1, 0), argument(args, 2, -1)
    if not (-axes <= start < axes and -axes <= end < axes):
        return None
    start, end = start % axes, end % axes
    return ((*size[:start], prod(size[start : end + 1]), *size[end + 1 :]), NOTHING) if start < end else None
