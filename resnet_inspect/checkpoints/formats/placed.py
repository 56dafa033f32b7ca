"""Where the values of each tensor lie: what the readers find, and what the writer copies from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from resnet_inspect.checkpoints.records import Format, TensorInfo


class Placed(NamedTuple):
    """A tensor and its place.

    Attributes:
        info: name, shape and type.
        path: the file that holds its values.
        start: offset of its first element in that file, in bytes.
        strides: steps from element to element along each dimension, in elements; ``None`` when the elements lie one
            after the other.
    """

    info: TensorInfo
    path: str
    start: int
    strides: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a reader finds in a file; the fields are those of ``Checkpoint``."""

    format: Format
    tensors: tuple[Placed, ...]
    nested: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides of a tensor whose elements lie one after the other, the last dimension fastest."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def reach(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """Elements from the first to the last of a tensor, both counted; 0 if it has none."""
    if 0 in shape:
        return 0
    return 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
