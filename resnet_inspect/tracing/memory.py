"""Protection of tensors from changes by a forward: stand-ins for the tensors, and copies of their memory."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from weakref import ref

import torch
from torch import Tensor
from torch.nn.parameter import Parameter, is_lazy


def storage_id(tensor: Tensor) -> int | None:
    """Return the identifier of a tensor's storage; ``None`` for a sparse tensor, which has no single one."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (NotImplementedError, RuntimeError):
        return None


class Memory:
    """A record of which tensors share memory, and copies of memory that the forward did not allocate itself.

    A forward may write into parameters, or into a tensor that is a plain attribute.

    Attributes:
        aliases: storage -> the tensors on it, if there are several.
    """

    def __init__(self) -> None:
        self._allocated: set[int] = set()
        self.aliases: dict[int, list[ref[Tensor]]] = {}
        self._saved: dict[int, tuple[torch.UntypedStorage, torch.UntypedStorage]] = {}

    def record(self, operands: Sequence[Tensor], results: Iterable[Tensor]) -> None:
        """Record whether results are views of operands or have memory of their own."""
        given = {storage_id(operand): operand for operand in operands}
        for result in results:
            place = storage_id(result)
            if place is None:
                continue
            if place in given:
                self.aliases.setdefault(place, []).extend((ref(given[place]), ref(result)))
            else:
                self._allocated.add(place)

    def overlapping(self, written: Tensor) -> Iterator[Tensor]:
        """Yield the tensors that change when ``written`` does: its base and its views, if they overlap with it."""
        if self.aliases:
            for reference in self.aliases.get(storage_id(written) or 0, ()):
                tensor = reference()
                if tensor is not None and tensor is not written and _overlap(tensor, written):
                    yield tensor

    def is_allocated(self, tensor: Tensor) -> bool:
        """Return whether the forward allocated the memory of ``tensor``."""
        return storage_id(tensor) in self._allocated

    def save(self, tensors: Iterable[Tensor]) -> None:
        """Copy the values of tensors whose memory the forward did not allocate."""
        for tensor in tensors:
            place = None if tensor.is_meta else storage_id(tensor)
            if place is not None and place not in self._allocated and place not in self._saved:
                storage = tensor.untyped_storage()
                self._saved[place] = storage, storage.clone()  # type: ignore[no-untyped-call]  # torch's is untyped

    def restore(self) -> None:
        """Write the copies back, the earliest last: memory may have been reused in between."""
        for storage, values in reversed(self._saved.values()):
            if storage.nbytes() != values.nbytes():
                storage.resize_(values.nbytes())
            storage.copy_(values)
        self._saved.clear()


def _overlap(left: Tensor, right: Tensor) -> bool:
    """Return whether the memory ranges that the two span have a byte in common."""
    left_start, left_end = _byte_range(left)
    right_start, right_end = _byte_range(right)
    return left_start < right_end and right_start < left_end


def _byte_range(tensor: Tensor) -> tuple[int, int]:
    start = int(tensor.storage_offset())
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    end = start + 1 + sum((size - 1) * stride for size, stride in steps if size)
    return start * tensor.element_size(), end * tensor.element_size()


class StandIns:
    """Makes one stand-in per tensor, which the forward sees in place of the original.

    A stand-in has the memory of its original, and a gradient, a version counter, hooks and attributes of its own. A
    forward may move it to another device, resize it or give it other data: the original does not change, also for a
    graph that waits for its ``backward()``. ``Memory`` restores what is written into the shared memory.
    """

    def __init__(self) -> None:
        self._pairs: dict[int, tuple[Tensor, Tensor]] = {}

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield each original with its stand-in, but no tensor that is its own stand-in."""
        return (pair for pair in self._pairs.values() if pair[0] is not pair[1])

    def without(self, tensors: Iterable[Tensor]) -> list[Tensor]:
        """Return those of ``tensors`` that have no stand-in but themselves."""
        replaced = {id(original) for original, _ in self}
        return [tensor for tensor in tensors if id(tensor) not in replaced]

    def of_value(self, value: Any) -> Any:
        """Return the stand-in of a tensor, a tuple with those of its tensors, or any other value unchanged."""
        if isinstance(value, Tensor):
            pair = self._pairs.get(id(value))
            if pair is None:
                pair = self._pairs[id(value)] = value, _make_stand_in(value)
            return pair[1]
        if isinstance(value, tuple):
            items = self.of_content(value)
            if items is not value:
                return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        return value

    def of_content(self, content: Any) -> Any:
        """Return the content of a container with stand-ins in place of tensors; unchanged if it has none."""
        pairs = isinstance(content, dict)
        kinds = {*map(type, content), *map(type, content.values())} if pairs else {*map(type, content)}
        if not any(issubclass(kind, (Tensor, tuple)) for kind in kinds):
            return content
        if pairs:
            return {self.of_value(key): self.of_value(value) for key, value in content.items()}
        return [self.of_value(value) for value in content]


def _make_stand_in(tensor: Tensor) -> Tensor:
    """Make a stand-in for a tensor.

    A lazy parameter, which has no memory yet, and a subclass with ``__torch_dispatch__``, which computes by itself, are
    their own stand-ins.
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
