"""What a file of weights says of itself: names, shapes and types; never a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

NOT_READ = "of a kind that is not read"
IS_A_SHARD = "is one shard of"
"""What notes say where the tensors are not all."""

Format = Literal["safetensors", "torch", "sharded", "memory"]


class TensorInfo(NamedTuple):
    """One tensor of a file.

    Attributes:
        name: its name exactly as it stands in the file; to be sanitised where it is shown.
        shape: its sizes; empty for a single number.
        dtype: type of its elements as torch calls it: ``float32``, ``int64``; empty where only shapes were given.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file of weights, or an index with its shards.

    Attributes:
        path: the file, as it was named by who asked; empty for a mapping in memory.
        format: how it is written; ``sharded`` is an index file that names others, ``memory`` no file at all.
        tensors: the tensors of the network, in the order of the file; of shards, one after the other.
        nested: dotted keys under which they were found inside a training checkpoint, e.g. ``state_dict``; empty when
            they lie at the top.
        metadata: what the file says besides, text to text, exactly as it stands there.
        notes: what was skipped, in words that are safe to show: ``2 entries that are no tensors: epoch, args``.
        elsewhere: what leads to further networks, outside the mapping that ``tensors`` are of.
    """

    path: str
    format: Format
    tensors: tuple[TensorInfo, ...]
    nested: str
    metadata: Mapping[str, str]
    notes: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()

    @property
    def lacking(self) -> tuple[str, ...]:
        """Those notes that say of tensors that they were not read."""
        return tuple(note for note in self.notes if NOT_READ in note or IS_A_SHARD in note)
