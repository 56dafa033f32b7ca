"""ATen operators, described by their schemas and rules."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, NamedTuple

import torch
from torch import Tensor

from resnet_inspect.tracing.geometry import OperatorRule
from resnet_inspect.tracing.operator_rules import OPERATOR_RULES
from resnet_inspect.tracing.pytree import name_of_dtype, tensors_among
from resnet_inspect.tracing.records import Scalar
from resnet_inspect.tracing.zeros import concerns_zeros

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

_IN_GEOMETRY = frozenset({
    "weight", "bias", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "groups", "transposed",
})  # fmt: skip
"""Arguments that the window and the weights of an operator hold."""

_WITHOUT_EFFECT = frozenset({
    "cudnn_enabled", "cudnn_enable", "benchmark", "deterministic", "allow_tf32", "memory_format", "layout", "device",
    "pin_memory", "non_blocking", "generator", "copy", "out", "implicit",
})  # fmt: skip
"""Arguments that choose a kernel, a place or a memory layout, and change no result."""

_HIDING = frozenset({
    torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape, torch.Tag.nondeterministic_seeded,
})  # fmt: skip
_PLAIN = frozenset({bool, int, str, type(None)})
_NAMESPACES = frozenset({"aten", "prims", "prim"})


class Slot(NamedTuple):
    """An argument of an operator that is recorded.

    Attributes:
        place: its index among the arguments.
        name: its name in torch's schema.
        default: its default, as it is recorded.
        takes_tensor: ``True`` if it may be a tensor, which is then an operand and no argument.
    """

    place: int
    name: str
    default: Scalar
    takes_tensor: bool


Recorded = tuple[tuple[str, Scalar], ...]
"""The names and values of arguments."""


class Operator(NamedTuple):
    """An ATen operator.

    Attributes:
        name: its name without the overload and the in-place underscore.
        rule: its rule, which may be empty.
        writes: indices and names of the arguments that it writes into.
        views: ``True`` if its result may share the memory of its first argument.
        reads: ``True`` if the values of its operands matter; ``zeros_like`` asks for their shapes only.
        zeros: ``True`` if it may make zeros, or put data among zeros.
        hides: ``True`` if its result depends on values, memory or chance in a way that its arguments do not tell.
        slots: the arguments that are recorded.
        tensor_places: number of arguments at the beginning that are single tensors; -1 if others are tensors, too.
        known: recorded arguments, by the arguments after the tensors.
        constants: arguments that are recorded with the same value at every call.
    """

    name: str
    rule: OperatorRule
    writes: tuple[int | str, ...]
    views: bool
    reads: bool
    zeros: bool
    hides: bool
    slots: tuple[Slot, ...]
    tensor_places: int
    known: dict[tuple[Any, ...], Recorded]
    constants: Recorded

    def is_idle(self, args: Any, output: Any) -> bool:
        """Return whether it had no effect: dropout outside training, ``to`` of the same type."""
        if self.writes:
            return self.name.endswith("dropout") and not args[-1]
        return output is args[0]

    def arguments(self, tensors: Sequence[Tensor], args: Any, kwargs: Any) -> Recorded:
        """Return the names and values of the arguments that are no tensors, as in ``Op``.

        Args:
            tensors: the tensors among the arguments.
            args: the positional arguments.
            kwargs: the arguments by keyword.
        """
        if not self.slots:
            return self.constants
        if kwargs or len(tensors) != self.tensor_places:
            return self._read_arguments(args, kwargs)
        numbers = args[self.tensor_places :]
        try:
            known = self.known.get(numbers)
        except TypeError:  # a list
            return self._read_arguments(args, kwargs)
        if known is None:
            known = self.known[numbers] = self._read_arguments(args, kwargs)
        return known

    def _read_arguments(self, args: Any, kwargs: Any) -> Recorded:
        found = list(self.constants)
        for place, name, default, takes_tensor in self.slots:
            value = args[place] if place < len(args) else kwargs.get(name, default)
            if not takes_tensor:
                if value is not None:
                    found.append((name, _plain(value)))
            elif isinstance(value, (list, tuple)):
                if any(item is None for item in value):
                    found.append((name, tuple(None if item is None else "tensor" for item in value)))
            elif not isinstance(value, Tensor):
                found.append((name, _plain(value)))
        return tuple(found)

    def overwritten(self, args: Any, kwargs: Any) -> list[Tensor]:
        """Return the tensors whose values may change: those that it writes into, and running statistics."""
        statistics = [args[at] for at in _STATISTICS if at < len(args)] if self.name in _UPDATE_STATISTICS else []
        return self.written(args, kwargs) + tensors_among(statistics)

    def written(self, args: Any, kwargs: Any) -> list[Tensor]:
        """Return the tensors that it writes into."""
        return tensors_among([args[at] if isinstance(at, int) else kwargs.get(at) for at in self.writes])


_KNOWN: dict[Any, Operator] = {}
"""Cache of the operators that have run, so that each schema is read once."""


def operator_of(func: Any) -> Operator:
    """Return the operator of an ``OpOverload``."""
    return _KNOWN.get(func) or _KNOWN.setdefault(func, _read_schema(func))


def _read_schema(func: Any) -> Operator:
    rule = OPERATOR_RULES.get(func, _NO_RULE)
    own_name = rule.name or func.overloadpacket.__name__.rstrip("_")
    foreign = func.namespace not in _NAMESPACES
    name = own_name if foreign else ALIASES.get(own_name, own_name)
    schema = func._schema.arguments
    writes = tuple(
        argument.name if argument.kwarg_only else place
        for place, argument in enumerate(schema)
        if argument.alias_info is not None and argument.alias_info.is_write
    )
    views = not writes and any(result.alias_info is not None for result in func._schema.returns)
    reads = not name.endswith("_like") and not name.startswith("new_")
    # Kernels of other libraries are known by their names alone, which may be those of torch's.
    constants = (("namespace", func.namespace),) if foreign else ()
    makes_tensors = any("Tensor" in str(result.type) for result in func._schema.returns)
    hides = not makes_tensors or name == "as_strided" or not _HIDING.isdisjoint(func.tags)
    may_be_tensor = ["Tensor" in str(argument.type) for argument in schema]
    places = sum(may_be_tensor)
    if not all(may_be_tensor[:places]) or any("List" in str(argument.type) for argument in schema[:places]):
        places = -1
    zeros = concerns_zeros(name)
    return Operator(name, rule, writes, views, reads, zeros, hides, tuple(_slots(schema, rule)), places, {}, constants)


def _slots(schema: Sequence[Any], rule: OperatorRule) -> Iterator[Slot]:
    operands = sum("Tensor" in str(argument.type) for argument in schema)
    for place, argument in enumerate(schema):
        kind = str(argument.type)
        takes_tensor = "Tensor" in kind
        in_geometry = rule.geometry and argument.name in _IN_GEOMETRY and kind != "str"
        # A number in place of a tensor is possible where two tensors are joined.
        needed = kind == "Tensor" and (operands < 2 or argument.name == "input")
        if not (in_geometry or needed or argument.name in _WITHOUT_EFFECT):
            yield Slot(place, argument.name, _plain(argument.default_value), takes_tensor)


def _plain(value: Any) -> Scalar:
    """Return the value of an argument as plain data."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_plain, value))
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, torch.dtype):
        return name_of_dtype(value)
    if type(value) in _PLAIN:
        return value  # type: ignore[no-any-return]
    return int(value) if isinstance(value, torch.SymInt) else str(value)


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
    """Return whether a contiguous tensor is channels-first by its strides; with one channel it may be both."""
    stride = tensor.stride()
    return stride[1] == tensor.shape[2] * stride[2]
