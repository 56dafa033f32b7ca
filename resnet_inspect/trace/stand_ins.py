"""Tensors that take the place of others while a forward runs, so that nothing it does to them lasts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import Parameter, is_lazy


class StandIns:
    """Makes a stand-in for each tensor, one and the same each time.

    A stand-in has the memory of its original, and a gradient, a version counter, hooks and attributes of its own. A
    forward may move it to another device, resize it or give it other data, and the original stays what it was, also for
    a graph that waits for its ``backward()``. What is written into the shared memory is a matter for ``Memory``.
    """

    def __init__(self) -> None:
        self._pairs: dict[int, tuple[Tensor, Tensor]] = {}

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield each original with its stand-in, but no tensor that is its own."""
        return (pair for pair in self._pairs.values() if pair[0] is not pair[1])

    def without(self, tensors: Iterable[Tensor]) -> list[Tensor]:
        """Return those of some tensors that have no stand-in but themselves."""
        replaced = {id(original) for original, _ in self}
        return [tensor for tensor in tensors if id(tensor) not in replaced]

    def of_value(self, value: Any) -> Any:
        """Return the stand-in of a tensor, a tuple with those of its tensors, and any other value as it is."""
        if isinstance(value, Tensor):
            pair = self._pairs.get(id(value))
            if pair is None:
                pair = self._pairs[id(value)] = value, _alike(value)
            return pair[1]
        if isinstance(value, tuple):
            items = self.of_content(value)
            if items is not value:
                return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        return value

    def of_content(self, content: Any) -> Any:
        """Return the content of a container with stand-ins in place of tensors; as it is if it has none."""
        pairs = isinstance(content, dict)
        kinds = {*map(type, content), *map(type, content.values())} if pairs else {*map(type, content)}
        if not any(issubclass(kind, (Tensor, tuple)) for kind in kinds):
            return content
        if pairs:
            return {self.of_value(key): self.of_value(value) for key, value in content.items()}
        return [self.of_value(value) for value in content]


def _alike(tensor: Tensor) -> Tensor:
    """Make a tensor on the same memory.

    A lazy parameter has no memory yet, and a subclass with ``__torch_dispatch__`` computes by itself: each is its own.
    """
    kind = type(tensor)
    if kind is Parameter or kind is Tensor:
        twin: Tensor = Tensor._make_subclass(kind, tensor.data, tensor.requires_grad)
    elif is_lazy(tensor) or kind.__torch_dispatch__ is not Tensor.__torch_dispatch__:
        return tensor
    else:
        with torch._C.DisableTorchFunctionSubclass():
            twin = Tensor._make_subclass(kind, tensor.data, tensor.requires_grad)
    if tensor.is_leaf and tensor.grad is not None:
        twin.grad = tensor.grad.data
    if attributes := tensor.__dict__:
        vars(twin).update(attributes)
    return twin
