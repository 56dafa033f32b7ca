"""What is known of an ATen operator before it runs, from its schema and its rule."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from resnet_inspect.tracing.geometry import OperatorRule
from resnet_inspect.tracing.operator_rules import OPERATOR_RULES
from resnet_inspect.tracing.pytree import tensors_among

_NO_RULE = OperatorRule()
_STATISTICS = (3, 4)
_UPDATE_STATISTICS = frozenset({
    "batch_norm", "native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm", "instance_norm",
})  # fmt: skip
"""Operators that write into their running mean and variance in training mode, although their schemas do not say so."""

ALIASES = {
    "multiply": "mul",
    "subtract": "sub",
    "divide": "div",
    "true_divide": "div",
    "negative": "neg",
    "absolute": "abs",
    "clip": "clamp",
    "concat": "cat",
    "concatenate": "cat",
    "special_expit": "sigmoid",
    "special_softmax": "softmax",
    "_softmax": "softmax",
    "swapaxes": "transpose",
    "swapdims": "transpose",
    "moveaxis": "movedim",
    "_unsafe_view": "view",
    "_reshape_alias": "view",
    "_to_copy": "to",
}
"""Other names of torch's for an operator -> the one that is recorded."""

_FLOATS = frozenset({torch.float32, torch.float16, torch.bfloat16, torch.float64})


class Operator(NamedTuple):
    """An ATen operator.

    Attributes:
        name: its name without the overload and the in-place underscore.
        rule: its rule, which may be empty.
        writes: indices and names of the arguments that it writes into.
        views: whether its result may share the memory of its first argument.
        reads: whether the values of its operands matter; ``zeros_like`` asks for their shapes only.
    """

    name: str
    rule: OperatorRule
    writes: tuple[int | str, ...]
    views: bool
    reads: bool

    def is_idle(self, args: Any, output: Any) -> bool:
        """Return whether it did nothing: dropout outside training, ``to`` of the same type."""
        if self.writes:
            return self.name.endswith("dropout") and not args[-1]
        return output is args[0]

    def overwritten(self, args: Any, kwargs: Any) -> list[Tensor]:
        """Return the tensors whose values may change: those that it writes into, and running statistics."""
        statistics = [args[at] for at in _STATISTICS if at < len(args)] if self.name in _UPDATE_STATISTICS else []
        return self.written(args, kwargs) + tensors_among(statistics)

    def written(self, args: Any, kwargs: Any) -> list[Tensor]:
        """Return the tensors that it writes into."""
        return tensors_among([args[at] if isinstance(at, int) else kwargs.get(at) for at in self.writes])


_KNOWN: dict[Any, Operator] = {}
"""Operators that have run, so that each schema of torch is read once."""


def operator_of(func: Any) -> Operator:
    """Return the operator of an overload of torch's."""
    return _KNOWN.get(func) or _KNOWN.setdefault(func, _read_schema(func))


def _read_schema(func: Any) -> Operator:
    rule = OPERATOR_RULES.get(func, _NO_RULE)
    own_name = rule.name or func.overloadpacket.__name__.rstrip("_")
    name = ALIASES.get(own_name, own_name)
    writes = tuple(
        argument.name if argument.kwarg_only else place
        for place, argument in enumerate(func._schema.arguments)
        if argument.alias_info is not None and argument.alias_info.is_write
    )
    views = not writes and any(result.alias_info is not None for result in func._schema.returns)
    return Operator(name, rule, writes, views, reads=not name.endswith("_like") and not name.startswith("new_"))


def is_plain(tensors: Sequence[Tensor]) -> bool:
    """Return whether rules may answer: dense, contiguous operands of one floating-point type."""
    dtype = tensors[0].dtype
    if dtype not in _FLOATS:
        return False
    try:
        for tensor in tensors:
            if tensor.dtype is not dtype or not tensor.is_contiguous():
                return False
            if tensor.dim() > 3 and tensor.stride(1) == 1 and not _is_channels_first(tensor):
                return False
    except RuntimeError:  # a sparse tensor has no strides
        return False
    return True


def _is_channels_first(tensor: Tensor) -> bool:
    """Return whether a contiguous tensor is not channels-last too, as with one channel: torch goes by the strides."""
    stride = tensor.stride()
    return stride[1] == tensor.shape[2] * stride[2]
