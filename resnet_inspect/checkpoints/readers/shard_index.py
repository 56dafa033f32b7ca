"""Weights in several files: the index that names all shards, and shards known by their names."""

import re
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from resnet_inspect.checkpoints.checkpoint import IS_A_SHARD, Checkpoint, TensorInfo
from resnet_inspect.checkpoints.readers import files
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import join_names, pluralise, sanitise


def read_index(stream: FileIO, size: int, path: str, read_shard: Callable[[str], Checkpoint]) -> Checkpoint:
    """Read an index and its shards.

    Args:
        stream: the index.
        size: its size in bytes.
        path: its path; the shards are in the same folder.
        read_shard: function that reads one weights file.

    Raises:
        CheckpointError: if it is not an index, names a file elsewhere, or does not match its shards.
    """
    if size > files.MAX_HEADER_BYTES:
        raise CheckpointError(
            f"is a JSON file of {size:,} bytes; of an index, at most {files.MAX_HEADER_BYTES:,} are read"
        )
    weight_map = _weight_map(files.read_object(files.read_at(stream, 0, size), "it"))
    names = list(dict.fromkeys(weight_map.values()))
    if len(names) > files.MAX_SHARDS:
        raise CheckpointError(f"names {len(names):,} shards; at most {files.MAX_SHARDS:,} are read")
    for name in names:
        _require_neighbour(Path(path), name)
    tensors: dict[str, TensorInfo] = {}
    notes: list[str] = []
    for name in names:
        shard_path = str(Path(path).parent / name)
        shard = read_shard(shard_path)
        notes += [f"{sanitise(name)}: {note}" for note in shard.notes]
        with files.naming(shard_path):
            _add(tensors, shard, weight_map, name)
    missing = [tensor for tensor in weight_map if tensor not in tensors]
    if missing:
        count = pluralise(len(missing), "tensor")
        raise CheckpointError(f"names {count} that its shards do not hold: {join_names(missing, limit=60)}")
    if unnamed := [tensor for tensor in tensors if tensor not in weight_map]:
        count = pluralise(len(unnamed), "tensor")
        notes.append(f"{count} that the index does not name: {join_names(unnamed, limit=60)}")
    return Checkpoint(path, "sharded", tuple(tensors.values()), notes=tuple(notes))


def _weight_map(index: dict[str, Any]) -> dict[str, str]:
    weight_map = index.get("weight_map")
    if weight_map is None:
        raise CheckpointError("is a JSON file without weight_map, not an index of weights")
    if not isinstance(weight_map, dict) or not all(isinstance(value, str) for value in weight_map.values()):
        raise CheckpointError("its weight_map is not an object of file names")
    if not weight_map:
        raise CheckpointError("holds no tensors: its weight_map is empty")
    return weight_map


def _require_neighbour(index: Path, name: str) -> None:
    """Require that a shard is a plain file name, in the folder of the index or of the file that the index links to.

    Download caches use such links: a folder of links into a folder of contents.
    """
    shown = sanitise(name)
    if not name or name in (".", "..") or set(name) & set("/\\:\0"):
        raise CheckpointError(
            f"names the shard '{shown}', which is not a plain file name: shards are next to their index"
        )
    shard = index.parent / name
    if not shard.is_file():
        raise CheckpointError(f"its shard '{shown}' is missing: download all the files that the index names")
    folders = {index.parent.resolve(), index.resolve().parent}
    if shard.resolve().parent not in folders:
        raise CheckpointError(f"its shard '{shown}' is a link out of its folder, which is not followed")


def _add(tensors: dict[str, TensorInfo], shard: Checkpoint, weight_map: dict[str, str], name: str) -> None:
    for tensor in shard.tensors:
        key = tensor.name
        if key in tensors:
            raise CheckpointError(f"holds tensor '{sanitise(key)}', as another shard does")
        if weight_map.get(key, name) != name:
            there = sanitise(weight_map[key])
            raise CheckpointError(f"holds tensor '{sanitise(key)}', which the index expects in '{there}'")
        tensors[key] = tensor
    if len(tensors) > files.MAX_TENSORS:
        raise CheckpointError(f"brings the tensors to {len(tensors):,}; at most {files.MAX_TENSORS:,} are read")


_SHARD = re.compile(r"(.+)-[0-9]{5}-of-([0-9]{5})(\.[a-z]+)")


def shard_notes(path: Path) -> Iterator[str]:
    """Yield a note if the name of a file is that of a shard: ``model-00001-of-00006.safetensors``."""
    found = _SHARD.fullmatch(path.name)
    if found is None:
        return
    index = f"{found[1]}{found[3]}.index.json"
    there = (
        f"{sanitise(index)} next to it lists them all"
        if (path.parent / index).is_file()
        else "the others are not in it"
    )
    yield f"it {IS_A_SHARD} {int(found[2])}: {there}"
