"""A ``.pth``, ``.pt`` or ``.bin`` file of ``torch.save`` -> its tensors and where their values lie, without torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from io import FileIO

from resnet_inspect.checkpoints.formats.archive import Entry, read_archive
from resnet_inspect.checkpoints.formats.dtypes import BY_NAME
from resnet_inspect.checkpoints.formats.limits import MAX_TENSORS
from resnet_inspect.checkpoints.formats.nesting import find_weights
from resnet_inspect.checkpoints.formats.pickle_reader import read_pickle
from resnet_inspect.checkpoints.formats.placed import Contents, Placed, contiguous_strides, reach
from resnet_inspect.checkpoints.formats.torch_globals import Tensor
from resnet_inspect.checkpoints.records import TensorInfo
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import sanitise


def read_torch(stream: FileIO, size: int, path: str, chosen: str = "") -> Contents:
    """Read a file of ``torch.save``, all but the values.

    Args:
        stream: the file.
        size: its size in bytes.
        path: its name, for the places of the tensors.
        chosen: what leads to the network that is wanted, of several; empty for any.

    Raises:
        CheckpointError: if torch did not write it so, or it holds more than weights and plain values.
    """
    archive = read_archive(stream, size)
    weights = find_weights(read_pickle(archive.pickle), chosen)
    if len(weights.tensors) > MAX_TENSORS:
        raise CheckpointError(f"has {len(weights.tensors):,} tensors; at most {MAX_TENSORS:,} are read")
    tensors = tuple(_placed(name, tensor, archive.entries, path) for name, tensor in weights.tensors.items())
    return Contents("torch", tensors, nested=weights.nested, notes=weights.notes, elsewhere=weights.elsewhere)


def _placed(name: str, tensor: Tensor, entries: Mapping[str, Entry], path: str) -> Placed:
    try:
        start = _start(tensor, entries)
    except CheckpointError as error:
        raise CheckpointError(f"tensor '{sanitise(name)}' {error.reason}") from None
    info = TensorInfo(name, tensor.shape, tensor.dtype)
    return Placed(info, path, start, None if _in_order(tensor) else tensor.strides)


def _start(tensor: Tensor, entries: Mapping[str, Entry]) -> int:
    """Where its first element lies: the tensor within its storage, and the storage within the file."""
    storage, element = tensor.storage, BY_NAME[tensor.dtype].bits // 8
    entry = entries.get(f"data/{storage.key}")
    if entry is None:
        raise CheckpointError(f"has no values: the entry 'data/{sanitise(storage.key)}' is missing")
    declared = storage.size * (BY_NAME[storage.dtype].bits // 8 if storage.dtype else 1)
    if entry.size != declared:
        raise CheckpointError(
            f"has a storage of {declared:,} bytes according to its pickle, but of {entry.size:,} in the file"
        )
    length = reach(tensor.shape, tensor.strides)
    if length and (tensor.offset + length) * element > entry.size:
        raise CheckpointError(f"reaches beyond its storage of {entry.size:,} bytes")
    if math.prod(tensor.shape) * element > entry.size:
        raise CheckpointError(
            "repeats elements of its storage, as expanded tensors do: save it again with .contiguous()"
        )
    return entry.start + (tensor.offset * element if length else 0)


def _in_order(tensor: Tensor) -> bool:
    """Whether its elements lie one after the other; the stride of a dimension of size 1 says nothing."""
    plain = zip(tensor.shape, tensor.strides, contiguous_strides(tensor.shape), strict=True)
    return 0 in tensor.shape or all(size == 1 or stride == expected for size, stride, expected in plain)
