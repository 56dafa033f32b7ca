"""The weights that ``identify`` and ``weights`` read, and what both reports say about them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

from resnet_inspect.arguments import path, text
from resnet_inspect.rendering.page import Heading, Line, line
from resnet_inspect.text import pluralise

if TYPE_CHECKING:
    from torch import nn

    from resnet_inspect.checkpoints.checkpoint import Checkpoint
    from resnet_inspect.configs.schema import ResNetConfig

Weights: TypeAlias = "str | PathLike[str] | Mapping[str, Any] | nn.Module"

CANNOT_BE_READ = "the stride placement cannot be read from weights: v1 and v1.5 have the same names and shapes"
NO_CHOICE = "v1 and v1.5 differ in bottlenecks only, and there is none here"


def read_weights(weights: Weights, prefix: str) -> Checkpoint:
    """Read weights from a file or from memory; for arguments and errors see ``identify``."""
    from resnet_inspect.checkpoints.in_memory import read_mapping
    from resnet_inspect.checkpoints.read import read

    text("prefix", prefix)
    if isinstance(weights, str | PathLike):
        return read(path("the weights", weights), prefix)
    return read_mapping(weights, prefix)


@dataclass(frozen=True, slots=True)
class DtypeCount:
    """The number of tensors of a type."""

    dtype: str
    tensors: int


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """The weights of a report.

    Attributes:
        path: path of the file, as given; empty for weights in memory.
        format: safetensors, torch, sharded for an index of several files, or memory.
        tensors: number of tensors.
        elements: number of elements in all tensors.
        nested: key of the weights in a training checkpoint, e.g. ``state_dict``; empty if the file is not nested.
        dtypes: number of tensors of each type, most frequent first; empty if only shapes were given.
        notes: sentences about skipped entries.
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
    """The name of a tensor in the file, and its name in the model."""

    old: str
    new: str


def changed(names: Mapping[str, str]) -> tuple[Rename, ...]:
    """Return the pairs of a mapping from old to new names that differ."""
    return tuple(Rename(old, new) for old, new in names.items() if old != new)


def weights_file(checkpoint: Checkpoint) -> WeightsFile:
    """Return the description of a file for a report."""
    elements = sum(math.prod(tensor.shape) for tensor in checkpoint.tensors)
    tensors = len(checkpoint.tensors)
    dtypes = Counter(tensor.dtype for tensor in checkpoint.tensors if tensor.dtype).most_common()
    counts = tuple(DtypeCount(dtype, count) for dtype, count in dtypes)
    return WeightsFile(
        checkpoint.path, checkpoint.format, tensors, elements, checkpoint.nested, counts, checkpoint.notes
    )


def placement(config: ResNetConfig, of_the_style: str) -> str:
    """Return a sentence about the stride placement of a network of which only the weights are known."""
    if "bottleneck" not in config.stage_kinds:
        return NO_CHOICE
    return f"{CANNOT_BE_READ}; {of_the_style}"


def file_heading(file: WeightsFile, before: str = "") -> Heading:
    """Return ``weights.pth  torch, state_dict, 320 tensors, 25,610,205 elements``."""
    nested = f"entry {file.nested}" if file.nested[:1].isdecimal() else file.nested
    title, kind = (file.path, file.format) if file.path else ("weights in memory", "")
    parts = [kind, nested, pluralise(file.tensors, "tensor"), pluralise(file.elements, "element")]
    return Heading(f"{before}{title}", ", ".join(part for part in parts if part))


def dtype_lines(file: WeightsFile) -> tuple[Line, ...]:
    """Return ``types: float32 (102 tensors), int64 (20)``; nothing if the types are unknown."""
    if not file.dtypes:
        return ()
    first, *others = file.dtypes
    counts = (f"{first.dtype} ({pluralise(first.tensors, 'tensor')})", *(f"{o.dtype} ({o.tensors:,})" for o in others))
    return (line(f"types: {', '.join(counts)}", "dim"),)
