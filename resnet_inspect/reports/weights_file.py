"""Which file of weights a report speaks of, and which names in it change."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from resnet_inspect.checkpoints.records import Checkpoint


@dataclass(frozen=True, slots=True)
class DtypeCount:
    """How many tensors have elements of a type."""

    dtype: str
    tensors: int


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """The weights of a report.

    Attributes:
        path: the file, as it was named; empty for a mapping in memory.
        format: safetensors, torch, sharded for an index of several files, or memory.
        tensors: how many it holds.
        elements: the numbers in all of them.
        nested: where they stand inside a training checkpoint, e.g. ``state_dict``; empty where they are all there is.
        dtypes: the types of the elements, the most frequent first; none where only shapes were given.
        notes: what was left out, in words.
    """

    path: str
    format: str
    tensors: int
    elements: int
    nested: str
    dtypes: tuple[DtypeCount, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rename:
    """A tensor's name in the file, and the other one that it has in the model, or here."""

    old: str
    new: str


def changed(names: Mapping[str, str]) -> tuple[Rename, ...]:
    """The names that differ, out of old name -> new name."""
    return tuple(Rename(old, new) for old, new in names.items() if old != new)


def weights_file(checkpoint: Checkpoint) -> WeightsFile:
    """Say of a file what reports need."""
    elements = sum(math.prod(tensor.shape) for tensor in checkpoint.tensors)
    tensors = len(checkpoint.tensors)
    dtypes = Counter(tensor.dtype for tensor in checkpoint.tensors if tensor.dtype).most_common()
    counts = tuple(DtypeCount(dtype, count) for dtype, count in dtypes)
    return WeightsFile(
        checkpoint.path, checkpoint.format, tensors, elements, checkpoint.nested, counts, checkpoint.notes
    )
