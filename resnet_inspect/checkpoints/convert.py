"""Copy tensors of a file into a safetensors file under other names, values unchanged."""

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import FileIO
from os import PathLike
from pathlib import Path
from shutil import disk_usage
from typing import Any

from resnet_inspect.atomic import replacing, resolved
from resnet_inspect.checkpoints.checkpoint import BY_NAME, Checkpoint, TensorInfo, element_span
from resnet_inspect.checkpoints.read import read
from resnet_inspect.checkpoints.readers.files import naming, opened, read_at
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import sanitise

CHUNK_BYTES = 4 << 20
"""Bytes of values that are in memory at once."""

_ALIGNMENT = 8
"""The values begin at a multiple of this, as in the format's reference implementation."""

_OF_TORCH_SAVE = frozenset({".pth", ".pt", ".bin", ".ckpt"})
"""Suffixes by which programs recognise files of torch.save."""


def convert(
    source_path: str | PathLike[str],
    renames: Mapping[str, str],
    target_path: str | PathLike[str],
    *,
    force: bool = False,
    chosen: str = "",
) -> None:
    """Write the tensors that ``renames`` names into a new safetensors file, and leave out the others.

    The values are copied byte by byte, a few MiB at a time. The new file carries the metadata of the old one, and
    ``format: pt``, without which transformers does not read it.

    Args:
        source_path: the file to read; any that ``read`` takes.
        renames: name in the source -> name in the target; includes tensors that keep their names.
        target_path: the file to write.
        force: ``True`` to replace an existing target.
        chosen: keys or prefix of the network in the source, as for ``read``.

    Raises:
        CheckpointError: if the source cannot be read, a name is missing or given twice, or the target exists or has a
            suffix of torch.save.
        RequestError: if the target cannot be written. After either error, an existing target is unchanged.
    """
    source, target = os.fspath(source_path), os.fspath(target_path)
    checkpoint = read(source, chosen)
    with naming(source):
        renamed = _renamed(checkpoint.tensors, renames)
        header = _header(renamed, {"format": "pt", **checkpoint.metadata})
        state = _state(checkpoint)
    _require_fitting_name(target)
    _require_free(target, force=force)
    _require_space(target, len(header) + sum(map(_byte_count, renamed.values())))
    with replacing(target) as stream:
        stream.write(header)
        for tensor in renamed.values():
            for chunk in _values(tensor):
                stream.write(chunk)
        with naming(source):
            if _state(read(source, chosen)) != state:
                raise CheckpointError("changed while it was being read; nothing was written")


def _require_fitting_name(target: str) -> None:
    suffix = Path(target).suffix.lower()
    with naming(target):
        if suffix in _OF_TORCH_SAVE:
            raise CheckpointError(f"is written as safetensors, but {suffix} is for torch.save files: use .safetensors")


def _require_free(target: str, *, force: bool) -> None:
    with naming(target):
        if not force and os.path.lexists(target):
            raise CheckpointError("already exists; --force overwrites it")


def _require_space(target: str, needed: int) -> None:
    """Require free disk space: tensors that share a storage are written separately, so the copy can be far larger."""
    with naming(target), suppress(OSError):
        free = disk_usage(resolved(target).parent).free
        if needed > free:
            raise CheckpointError(f"cannot be written: it needs {needed:,} bytes, but only {free:,} are free")


def _state(checkpoint: Checkpoint) -> tuple[Any, ...]:
    """Return a value that changes when one of the files is written to, as during training."""
    locations = [tensor.location for tensor in checkpoint.tensors]
    found = (Path(path).stat() for path in dict.fromkeys(location.path for location in locations))
    return checkpoint, locations, [(status.st_ino, status.st_size, status.st_mtime_ns) for status in found]


def _renamed(tensors: tuple[TensorInfo, ...], renames: Mapping[str, str]) -> dict[str, TensorInfo]:
    """Return new name -> tensor, the widest elements first, so that each tensor is aligned to its element size."""
    by_name = {tensor.name: tensor for tensor in tensors}
    renamed: dict[str, TensorInfo] = {}
    for old, new in renames.items():
        if old not in by_name:
            raise CheckpointError(f"holds no tensor '{sanitise(old)}' to rename")
        if new in renamed:
            raise CheckpointError(f"two of its tensors would be called '{sanitise(new)}'")
        _require_writable(by_name[old], new)
        renamed[new] = by_name[old]
    if not renamed:
        raise CheckpointError("none of its tensors was chosen: a file without tensors is not written")
    return dict(sorted(renamed.items(), key=lambda item: -_bits(item[1])))


def _require_writable(tensor: TensorInfo, name: str) -> None:
    shown = f"tensor '{sanitise(tensor.name)}'"
    if not BY_NAME[tensor.dtype].code:
        raise CheckpointError(f"{shown} is {tensor.dtype}, which safetensors has no type for")
    if name == "__metadata__":
        raise CheckpointError(f"{shown} cannot be called __metadata__: safetensors keeps that name for itself")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise CheckpointError(f"{shown} cannot be called '{sanitise(name)}': that is not Unicode") from None


def _bits(tensor: TensorInfo) -> int:
    return BY_NAME[tensor.dtype].bits


def _byte_count(tensor: TensorInfo) -> int:
    return math.prod(tensor.shape) * _bits(tensor) // 8


def _header(tensors: Mapping[str, TensorInfo], metadata: Mapping[str, str]) -> bytes:
    entries: dict[str, Any] = {"__metadata__": dict(metadata)}
    start = 0
    for name, tensor in tensors.items():
        end = start + _byte_count(tensor)
        code = BY_NAME[tensor.dtype].code
        entries[name] = {"dtype": code, "shape": tensor.shape, "data_offsets": (start, end)}
        start = end
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(8, "little") + text


def _values(tensor: TensorInfo) -> Iterator[bytes]:
    location = tensor.location
    with opened(location.path) as (stream, _):
        if location.strides is not None:
            yield from _strided_values(stream, tensor, location.start, location.strides)
            return
        end = location.start + _byte_count(tensor)
        for start in range(location.start, end, CHUNK_BYTES):
            yield read_at(stream, start, min(CHUNK_BYTES, end - start))


def _strided_values(stream: FileIO, tensor: TensorInfo, start: int, strides: tuple[int, ...]) -> Iterator[bytes]:
    """Gather elements in another order, as of a transposed or channels-last tensor, from a memory map."""
    import numpy as np

    width = _bits(tensor) // 8
    # The stride of an axis of size 1 is arbitrary, and may be one that NumPy does not take.
    axes = [axis for axis in zip(tensor.shape, strides, strict=True) if axis[0] != 1]
    shape, strides = zip(*axes, strict=True)
    length = element_span(shape, strides)
    read_at(stream, start + length * width - 1, 1)  # a map beyond the end of the file would end the process
    stored = np.memmap(stream, f"V{width}", "r", start, (length,))
    elements = np.lib.stride_tricks.as_strided(stored, shape, [stride * width for stride in strides], writeable=False)
    step = CHUNK_BYTES // width
    for first in range(0, math.prod(shape), step):
        yield elements.flat[first : first + step].tobytes()
