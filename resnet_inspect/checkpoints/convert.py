"""The tensors of a file -> a safetensors file with other names, values untouched."""

from __future__ import annotations

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
from resnet_inspect.checkpoints.formats.dtypes import BY_NAME
from resnet_inspect.checkpoints.formats.files import naming, opened, read_at
from resnet_inspect.checkpoints.formats.placed import Contents, Placed, reach
from resnet_inspect.checkpoints.read import read_contents
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import sanitise

CHUNK_BYTES = 4 << 20
"""How much is in memory at once."""

_ALIGNMENT = 8
"""The values begin at a multiple of it, as the format's reference implementation lays them out."""

_OF_TORCH_SAVE = frozenset({".pth", ".pt", ".bin", ".ckpt"})
"""Endings by which programs take a file for one of torch.save's."""


def convert(
    source_path: str | PathLike[str],
    renames: Mapping[str, str],
    target_path: str | PathLike[str],
    *,
    force: bool = False,
    chosen: str = "",
) -> None:
    """Write the tensors that ``renames`` names into a new safetensors file; the others are left out.

    The values are copied byte by byte, a few MiB at a time. The new file carries the metadata of the old one, and
    ``format: pt``, without which transformers does not read it.

    Args:
        source_path: any file that ``read`` reads.
        renames: name in the source -> name in the target; a tensor that keeps its name stands here too.
        target_path: the file to write.
        force: replace the target if it is there.
        chosen: what leads to the network in the source, as for ``read``.

    Raises:
        CheckpointError: if the source cannot be read, a name is missing or given twice, or the target is there or
            called as a file of torch.save.
        RequestError: if the target cannot be written. In both cases there is no target afterwards, or the old one.
    """
    source, target = os.fspath(source_path), os.fspath(target_path)
    contents = read_contents(source, chosen)
    with naming(source):
        renamed = _renamed(contents.tensors, renames)
        header = _header(renamed, {"format": "pt", **contents.metadata})
        stamps = _stamps(contents)
    _require_fitting_name(target)
    _require_free(target, force=force)
    _require_space(target, len(header) + sum(map(_byte_count, renamed.values())))
    with replacing(target) as stream:
        stream.write(header)
        for tensor in renamed.values():
            for chunk in _values(tensor):
                stream.write(chunk)
        _require_unchanged(source, contents, stamps, chosen)


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
    """Tensors that share a storage are written one by one, so the new file can be far larger than the old one."""
    with naming(target), suppress(OSError):
        free = disk_usage(resolved(target).parent).free
        if needed > free:
            raise CheckpointError(f"cannot be written: it needs {needed:,} bytes, but only {free:,} are free")


def _require_unchanged(source: str, contents: Contents, stamps: list[tuple[int, int, int]], chosen: str) -> None:
    with naming(source):
        if read_contents(source, chosen) != contents or _stamps(contents) != stamps:
            raise CheckpointError("changed while it was being read; nothing was written")


def _stamps(contents: Contents) -> list[tuple[int, int, int]]:
    """What changes when one of the files is written to, as a training run does with its last checkpoint."""
    found = (Path(path).stat() for path in dict.fromkeys(tensor.path for tensor in contents.tensors))
    return [(status.st_ino, status.st_size, status.st_mtime_ns) for status in found]


def _renamed(tensors: tuple[Placed, ...], renames: Mapping[str, str]) -> dict[str, Placed]:
    """New name -> tensor, the widest elements first so that each tensor is aligned to its own."""
    by_name = {tensor.info.name: tensor for tensor in tensors}
    renamed: dict[str, Placed] = {}
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


def _require_writable(tensor: Placed, name: str) -> None:
    shown = f"tensor '{sanitise(tensor.info.name)}'"
    if not BY_NAME[tensor.info.dtype].code:
        raise CheckpointError(f"{shown} is {tensor.info.dtype}, which safetensors has no type for")
    if name == "__metadata__":
        raise CheckpointError(f"{shown} cannot be called __metadata__: safetensors keeps that name for itself")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise CheckpointError(f"{shown} cannot be called '{sanitise(name)}': that is not Unicode") from None


def _bits(tensor: Placed) -> int:
    return BY_NAME[tensor.info.dtype].bits


def _byte_count(tensor: Placed) -> int:
    return math.prod(tensor.info.shape) * _bits(tensor) // 8


def _header(tensors: Mapping[str, Placed], metadata: Mapping[str, str]) -> bytes:
    entries: dict[str, Any] = {"__metadata__": dict(metadata)}
    start = 0
    for name, tensor in tensors.items():
        end = start + _byte_count(tensor)
        code = BY_NAME[tensor.info.dtype].code
        entries[name] = {"dtype": code, "shape": tensor.info.shape, "data_offsets": (start, end)}
        start = end
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(8, "little") + text


def _values(tensor: Placed) -> Iterator[bytes]:
    with opened(tensor.path) as (stream, _):
        yield from _values_in_order(stream, tensor) if tensor.strides is None else _strided_values(stream, tensor)


def _values_in_order(stream: FileIO, tensor: Placed) -> Iterator[bytes]:
    end = tensor.start + _byte_count(tensor)
    for start in range(tensor.start, end, CHUNK_BYTES):
        yield read_at(stream, start, min(CHUNK_BYTES, end - start))


def _strided_values(stream: FileIO, tensor: Placed) -> Iterator[bytes]:
    """Elements that lie in another order, as of a transposed or channels-last tensor: gathered from a memory map."""
    import numpy as np

    width = _bits(tensor) // 8
    # The stride of an axis of size 1 leads nowhere and may be any number, also one that NumPy does not take.
    axes = [axis for axis in zip(tensor.info.shape, tensor.strides or (), strict=True) if axis[0] != 1]
    shape, strides = zip(*axes, strict=True)
    length = reach(shape, strides)
    read_at(stream, tensor.start + length * width - 1, 1)  # a map beyond the end of the file would end the process
    stored = np.memmap(stream, f"V{width}", "r", tensor.start, (length,))
    elements = np.lib.stride_tricks.as_strided(stored, shape, [stride * width for stride in strides], writeable=False)
    step = CHUNK_BYTES // width
    for start in range(0, math.prod(shape), step):
        yield elements.flat[start : start + step].tobytes()
