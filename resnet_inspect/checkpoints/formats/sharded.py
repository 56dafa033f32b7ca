"""An index file -> the tensors of all shards it names, compared with what it says of them."""

from __future__ import annotations

from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Any

from resnet_inspect.checkpoints.formats.files import naming, read_at
from resnet_inspect.checkpoints.formats.limits import MAX_HEADER_BYTES, MAX_SHARDS, MAX_TENSORS
from resnet_inspect.checkpoints.formats.placed import Contents, Placed
from resnet_inspect.checkpoints.formats.strict_json import read_object
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import counted, listed, sanitise


def read_index(stream: FileIO, size: int, path: str, read_shard: Callable[[str], Contents]) -> Contents:
    """Read an index, and its shards.

    Args:
        stream: the index.
        size: its size in bytes.
        path: its name; the shards lie in the same folder.
        read_shard: reads one file of weights.

    Raises:
        CheckpointError: if it is no index, names what lies elsewhere, or does not fit its shards.
    """
    if size > MAX_HEADER_BYTES:
        raise CheckpointError(f"is a JSON file of {size:,} bytes; of an index, at most {MAX_HEADER_BYTES:,} are read")
    weight_map = _weight_map(read_object(read_at(stream, 0, size), "it"))
    names = list(dict.fromkeys(weight_map.values()))
    if len(names) > MAX_SHARDS:
        raise CheckpointError(f"names {len(names):,} shards; at most {MAX_SHARDS:,} are read")
    for name in names:
        _require_beside(Path(path), name)
    tensors: dict[str, Placed] = {}
    notes: list[str] = []
    for name in names:
        shard_path = str(Path(path).parent / name)
        contents = read_shard(shard_path)
        notes += [f"{sanitise(name)}: {note}" for note in contents.notes]
        with naming(shard_path):
            _add(tensors, contents, weight_map, name)
    missing = [tensor for tensor in weight_map if tensor not in tensors]
    if missing:
        count = counted(len(missing), "tensor")
        raise CheckpointError(f"names {count} that its shards do not hold: {listed(missing, limit=60)}")
    if unnamed := [tensor for tensor in tensors if tensor not in weight_map]:
        count = counted(len(unnamed), "tensor")
        notes.append(f"{count} that the index does not name: {listed(unnamed, limit=60)}")
    return Contents("sharded", tuple(tensors.values()), notes=tuple(notes))


def _weight_map(index: dict[str, Any]) -> dict[str, str]:
    weight_map = index.get("weight_map")
    if weight_map is None:
        raise CheckpointError("is a JSON file without weight_map, not an index of weights")
    if not isinstance(weight_map, dict) or not all(isinstance(value, str) for value in weight_map.values()):
        raise CheckpointError("its weight_map is not an object of file names")
    if not weight_map:
        raise CheckpointError("holds no tensors: its weight_map is empty")
    return weight_map


def _require_beside(index: Path, name: str) -> None:
    """A shard is a plain file name, and the file lies beside the index, or beside what the index is a link to.

    The latter is how download caches keep files: a folder of links into a folder of contents.
    """
    shown = sanitise(name)
    if not name or name in (".", "..") or set(name) & set("/\\:\0"):
        raise CheckpointError(
            f"names the shard '{shown}', which is not a plain file name: shards are next to their index"
        )
    shard = index.parent / name
    if not shard.is_file():
        raise CheckpointError(f"its shard '{shown}' is missing: download all the files that the index names")
    homes = {index.parent.resolve(), index.resolve().parent}
    if shard.resolve().parent not in homes:
        raise CheckpointError(f"its shard '{shown}' is a link out of its folder, which is not followed")


def _add(tensors: dict[str, Placed], contents: Contents, weight_map: dict[str, str], name: str) -> None:
    for tensor in contents.tensors:
        key = tensor.info.name
        if key in tensors:
            raise CheckpointError(f"holds tensor '{sanitise(key)}', as another shard does")
        if weight_map.get(key, name) != name:
            there = sanitise(weight_map[key])
            raise CheckpointError(f"holds tensor '{sanitise(key)}', which the index expects in '{there}'")
        tensors[key] = tensor
    if len(tensors) > MAX_TENSORS:
        raise CheckpointError(f"brings the tensors to {len(tensors):,}; at most {MAX_TENSORS:,} are read")
