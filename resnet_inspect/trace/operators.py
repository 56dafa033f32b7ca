"""What is known of an ATen operator before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from resnet_inspect.trace.nested import tensors_among
from resnet_inspect.trace.rule import Rule
from resnet_inspect.trace.rules import RULES

_NO_RULE = Rule()
_STATISTICS = (3, 4)
_UPDATE_STATISTICS = frozenset({
    "batch_norm", "native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm", "instance_norm",
})  # fmt: skip
"""Operators that write into their running mean and variance in training mode, which their schemas do not say."""

_FLOATS = frozenset({torch.float32, torch.float16, torch.bfloat16, torch.float64})


class Operator(NamedTuple):
    """One ATen operator.

    Attributes:
        name: its name without the overload and the in-place underscore.
        rule: what is known of its shapes.
        writes: places and names of the arguments that it writes into.
        views: whether its result may lie on the memory of its first argument.
        reads: whether the values of its operands matter; ``zeros_like`` asks for their shapes only.
    """

    name: str
    rule: Rule
    writes: tuple[int | str, ...]
    views: bool
    reads: bool

    def is_idle(self, args: Any, output: Any) -> bool:
        """Whether it gave back what it was given, as it was: dropout outside training, ``to`` of the same type."""
        if self.writes:
            return self.name.endswith("dropout") and not args[-1]
        return output is args[0]

    def overwritten(self, args: Any, kwargs: Any) -> list[Tensor]:
        """The tensors whose values may be others afterwards: those that it writes into, and running statistics."""
        statistics = [args[at] for at in _STATISTICS if at < len(args)] if self.name in _UPDATE_STATISTICS else []
        return self.written(args, kwargs) + tensors_among(statistics)

    def written(self, args: Any, kwargs: Any) -> list[Tensor]:
        """The tensors that it writes into."""
        return tensors_among([args[at] if isinstance(at, int) else kwargs.get(at) for at in self.writes])


_KNOWN: dict[Any, Operator] = {}
"""Those that have run, so that torch's schemas are asked once for each."""


def operator_of(func: Any) -> Operator:
    """Look an overload up."""
    return _KNOWN.get(func) or _KNOWN.setdefault(func, _described(func))


def _described(func: Any) -> Operator:
    rule = RULES.get(func, _NO_RULE)
    name = rule.name or func.overloadpacket.__name__.rstrip("_")
    writes = tuple(
        argument.name if argument.kwarg_only else place
        for place, argument in enumerate(func._schema.arguments)
        if argument.alias_info is not None and argument.alias_info.is_write
    )
    views = not writes and any(result.alias_info is not None for result in func._schema.returns)
    return Operator(name, rule, writes, views, reads=not name.endswith("_like") and not name.startswith("new_"))


def is_plain(tensors: Sequence[Tensor]) -> bool:
    """Whether rules may answer: dense operands of one floating-point type, each laid out row by row."""
    dtype = tensors[0].dtype
    if dtype not in _FLOATS:
        return False
    try:
        for tensor in tensors:
            if tensor.dtype is not dtype or not tensor.is_contiguous():
                return False
            if tensor.dim() > 3 and tensor.stride(1) == 1 and not _is_channel_by_channel(tensor):
                return False
    except RuntimeError:  # a sparse tensor has no layout to ask for
        return False
    return True


def _is_channel_by_channel(tensor: Tensor) -> bool:
    """One channel or one pixel counts as contiguous in channels-last order too, and torch goes by the strides."""
    stride = tensor.stride()
    return stride[1] == tensor.shape[2] * stride[2]
