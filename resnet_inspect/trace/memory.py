"""On which memory tensors lie: which of them share it, and whether it was there before the forward began."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from weakref import ref

import torch
from torch import Tensor


def place_of(tensor: Tensor) -> int | None:
    """What identifies the memory that a tensor lies on; a sparse one lies on no single memory."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (NotImplementedError, RuntimeError):
        return None


class Memory:
    """Knows what lies on the same memory, and keeps what a forward did not make itself.

    A module may write into its parameters, or into a tensor that it holds as a plain attribute.

    Attributes:
        sharing: memory -> the tensors on it, where there are several.
    """

    def __init__(self) -> None:
        self._own: set[int] = set()
        self.sharing: dict[int, list[ref[Tensor]]] = {}
        self._saved: dict[int, tuple[torch.UntypedStorage, torch.UntypedStorage]] = {}

    def note(self, operands: Sequence[Tensor], results: Iterable[Tensor]) -> None:
        """Results are views of operands or lie on memory of their own."""
        given = {place_of(operand): operand for operand in operands}
        for result in results:
            place = place_of(result)
            if place is None:
                continue
            if place in given:
                self.sharing.setdefault(place, []).extend((ref(given[place]), ref(result)))
            else:
                self._own.add(place)

    def others_on(self, written: Tensor) -> Iterator[Tensor]:
        """The tensors that change when ``written`` does: its base and its views, as far as they overlap."""
        if self.sharing:
            for reference in self.sharing.get(place_of(written) or 0, ()):
                tensor = reference()
                if tensor is not None and tensor is not written and _overlap(tensor, written):
                    yield tensor

    def is_own(self, tensor: Tensor) -> bool:
        """Whether the forward made the memory that ``tensor`` lies on."""
        return place_of(tensor) in self._own

    def save(self, tensors: Iterable[Tensor]) -> None:
        """Keep the values of those that are not the forward's own."""
        for tensor in tensors:
            place = None if tensor.is_meta else place_of(tensor)
            if place is not None and place not in self._own and place not in self._saved:
                storage = tensor.untyped_storage()
                self._saved[place] = storage, storage.clone()  # type: ignore[no-untyped-call]  # torch's is untyped

    def bring_back(self) -> None:
        """Write the kept values back, the first that were kept last: memory may have changed hands in between."""
        for storage, values in reversed(self._saved.values()):
            if storage.nbytes() != values.nbytes():
                storage.resize_(values.nbytes())
            storage.copy_(values)
        self._saved.clear()


def _overlap(left: Tensor, right: Tensor) -> bool:
    """Whether the stretches of memory that the two span have a byte in common."""
    left_start, left_end = _stretch(left)
    right_start, right_end = _stretch(right)
    return left_start < right_end and right_start < left_end


def _stretch(tensor: Tensor) -> tuple[int, int]:
    start = int(tensor.storage_offset())
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    end = start + 1 + sum((size - 1) * stride for size, stride in steps if size)
    return start * tensor.element_size(), end * tensor.element_size()
