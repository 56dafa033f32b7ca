"""A path -> what the weights there are called, and how large they are."""

from __future__ import annotations

import os
from io import FileIO
from os import PathLike
from pathlib import Path

from resnet_inspect.checkpoints.formats.files import opened
from resnet_inspect.checkpoints.formats.placed import Contents
from resnet_inspect.checkpoints.formats.recognise import HEAD_BYTES, recognise
from resnet_inspect.checkpoints.formats.safetensors_header import read_safetensors
from resnet_inspect.checkpoints.records import Checkpoint
from resnet_inspect.checkpoints.shards import shard_notes
from resnet_inspect.collector import without_collector
from resnet_inspect.errors import CheckpointError


def read(path: str | PathLike[str], chosen: str = "") -> Checkpoint:
    """Read names, shapes and types of the tensors in a file, without its values and without torch.

    Args:
        path: a safetensors file, a file of ``torch.save``, or an index of such files. What it is, its content says.
        chosen: what leads to the network that is wanted, in a training checkpoint with several; empty for any.

    Raises:
        CheckpointError: if it cannot be read, or is not what it should be.
    """
    contents = read_contents(path, chosen)
    notes = (*shard_notes(Path(path)), *contents.notes)
    infos = tuple(tensor.info for tensor in contents.tensors)
    found = (contents.format, infos, contents.nested, contents.metadata, notes, contents.elsewhere)
    return Checkpoint(os.fspath(path), *found)


def read_contents(path: str | PathLike[str], chosen: str = "") -> Contents:
    """As ``read``, with the place of the values of each tensor.

    Raises:
        CheckpointError: likewise.
    """
    name = os.fspath(path)
    with without_collector(), opened(name) as (stream, size):
        return _contents(stream, size, name, chosen, may_be_index=True)


def _shard(path: str) -> Contents:
    with opened(path) as (stream, size):
        return _contents(stream, size, path, "", may_be_index=False)


def _contents(stream: FileIO, size: int, path: str, chosen: str, *, may_be_index: bool) -> Contents:
    container = recognise(stream.read(HEAD_BYTES), Path(path).suffix.lower())
    if container == "safetensors":
        return read_safetensors(stream, size, path)
    if container == "zip":
        from resnet_inspect.checkpoints.formats.torch_file import read_torch

        return read_torch(stream, size, path, chosen)
    if not may_be_index:
        raise CheckpointError("is an index itself, which an index cannot name")
    from resnet_inspect.checkpoints.formats.sharded import read_index

    return read_index(stream, size, path, _shard)
