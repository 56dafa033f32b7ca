"""Tensors that hold only zeros, as the operators that made them tell: on the meta device, there are no values."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import ref

from torch import Tensor, strided

from resnet_inspect.tracing.geometry import argument
from resnet_inspect.tracing.pytree import tensors_among

_MOST_VALUES = 1 << 20
"""Elements of a constant whose values are looked at."""

_MAKING = frozenset({"zeros", "zeros_like", "new_zeros", "zero", "_efficientzerotensor"})
_FILLING = {"full": 1, "full_like": 1, "fill": 1, "new_full": 2}
"""Operator -> index of the argument with the value."""

_KEEPING = frozenset({
    "view", "reshape", "expand", "expand_as", "slice", "select", "narrow", "permute", "transpose",
    "unsqueeze", "squeeze", "flatten", "repeat", "tile", "clone", "contiguous", "detach", "alias", "to",
    "type_as", "lift_fresh", "chunk", "split", "unbind",
})  # fmt: skip
"""Operators that copy or move values."""

_JOINING = frozenset({"cat", "stack", "hstack", "dstack", "vstack"})
_PADDING = frozenset({"pad", "constant_pad_nd"})
_WRITING = frozenset({
    "copy", "add", "slice_scatter", "select_scatter", "index_copy", "index_add", "index_put", "scatter", "scatter_add",
})  # fmt: skip
"""Operators that put their other operands into the first one, or into a copy of it; ``add`` if it is in place."""

_HANDLED = _MAKING | _FILLING.keys() | _KEEPING | _JOINING | _PADDING | _WRITING | {"mul", "sub"}


def concerns_zeros(name: str) -> bool:
    """Return whether an operator may make zeros, or put data among zeros; one in place may also write into zeros."""
    return name in _HANDLED and name != "add"


class Zeros:
    """Knows which tensors hold only zeros, for as long as they exist."""

    def __init__(self, is_constant: Callable[[Tensor], bool]) -> None:
        """Take a function that returns whether a tensor is neither data nor learned."""
        self._known: dict[int, ref[Tensor]] = {}
        self._is_constant = is_constant

    def __bool__(self) -> bool:
        return bool(self._known)

    def record(self, name: str, args: Sequence[Any], kwargs: Any, output: Any, changed: Iterable[Tensor]) -> bool:
        """Record what an operator made; return whether it puts data among zeros, and does nothing else.

        Args:
            name: name of the operator.
            args: its positional arguments.
            kwargs: its keywords.
            output: its result.
            changed: tensors that have other values now, because it wrote into them or into their memory.
        """
        pads = self._pads(name, args, kwargs)
        is_zero = not pads and self._is_zero(name, args, kwargs)
        for tensor in changed:
            self._known.pop(id(tensor), None)
        if is_zero:
            self._known.update((id(tensor), ref(tensor)) for tensor in tensors_among((output,)))
        return pads

    def holds(self, tensor: Any) -> bool:
        """Return whether a tensor holds only zeros: it is known to, or is a constant whose values are."""
        known = self._known.get(id(tensor))
        if known is not None and known() is tensor:
            return True
        if type(tensor) is not Tensor or tensor.is_meta or tensor.layout is not strided:
            return False
        return 0 < tensor.numel() <= _MOST_VALUES and self._is_constant(tensor) and not tensor.any()

    def _pads(self, name: str, args: Sequence[Any], kwargs: Any) -> bool:
        if name == "pad":
            return argument(args, 2, kwargs.get("mode", "constant")) == "constant" and not argument(
                args, 3, kwargs.get("value")
            )
        if name == "constant_pad_nd":
            return not argument(args, 2, kwargs.get("value"))
        if name in _JOINING:
            others = [tensor for tensor in args[0] if not self.holds(tensor)]
            return 0 < len(others) < len(args[0]) and not any(map(self._is_constant, others))
        return name in _WRITING and self.holds(args[0])

    def _is_zero(self, name: str, args: Sequence[Any], kwargs: Any) -> bool:
        if name in _MAKING:
            return True
        if name in _FILLING:
            value = argument(args, _FILLING[name], kwargs.get("fill_value", kwargs.get("value")))
            return _is_number(value) and value == 0
        if name == "mul":
            return any((_is_number(factor) and factor == 0) or self.holds(factor) for factor in args[:2])
        if name == "sub":
            return args[0] is args[1] and not kwargs
        if name in _JOINING:
            return all(map(self.holds, args[0]))
        return name in _KEEPING and self.holds(args[0])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))
