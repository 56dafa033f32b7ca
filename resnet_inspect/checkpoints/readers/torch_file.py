"""Read a file of ``torch.save`` (``.pth``, ``.pt``, ``.bin``) without torch: its tensors and where their values are."""

import math
from collections.abc import Mapping
from io import FileIO

from resnet_inspect.checkpoints.checkpoint import BY_NAME, Checkpoint, TensorInfo, TensorLocation, element_span
from resnet_inspect.checkpoints.readers.archive import Entry, read_archive
from resnet_inspect.checkpoints.readers.files import MAX_TENSORS
from resnet_inspect.checkpoints.readers.nesting import find_weights
from resnet_inspect.checkpoints.readers.pickle_reader import read_pickle
from resnet_inspect.checkpoints.readers.torch_globals import Tensor
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import sanitise


def read_torch(stream: FileIO, size: int, path: str, chosen: str = "") -> Checkpoint:
    """Read a file of ``torch.save``, except for the values.

    Args:
        stream: the file.
        size: its size in bytes.
        path: its path.
        chosen: keys or prefix of the network wanted, of several; empty for any.

    Raises:
        CheckpointError: if it is not as torch writes it, or holds objects other than weights and plain values.
    """
    archive = read_archive(stream, size)
    weights = find_weights(read_pickle(archive.pickle), chosen)
    if len(weights.tensors) > MAX_TENSORS:
        raise CheckpointError(f"has {len(weights.tensors):,} tensors; at most {MAX_TENSORS:,} are read")
    tensors = tuple(_tensor_info(name, tensor, archive.entries, path) for name, tensor in weights.tensors.items())
    return Checkpoint(path, "torch", tensors, weights.nested, {}, weights.notes, weights.elsewhere)


def _tensor_info(name: str, tensor: Tensor, entries: Mapping[str, Entry], path: str) -> TensorInfo:
    try:
        start = _start(tensor, entries)
    except CheckpointError as error:
        raise CheckpointError(f"tensor '{sanitise(name)}' {error.reason}") from None
    strides = None if _is_contiguous(tensor) else tensor.strides
    return TensorInfo(name, tensor.shape, tensor.dtype, TensorLocation(path, start, strides))


def _start(tensor: Tensor, entries: Mapping[str, Entry]) -> int:
    """Return the offset of a tensor's first element in the file, and check that the tensor lies within its storage."""
    storage, element = tensor.storage, BY_NAME[tensor.dtype].bits // 8
    entry = entries.get(f"data/{storage.key}")
    if entry is None:
        raise CheckpointError(f"has no values: the entry 'data/{sanitise(storage.key)}' is missing")
    declared = storage.size * (BY_NAME[storage.dtype].bits // 8 if storage.dtype else 1)
    if entry.size != declared:
        raise CheckpointError(
            f"has a storage of {declared:,} bytes according to its pickle, but of {entry.size:,} in the file"
        )
    length = element_span(tensor.shape, tensor.strides)
    if length and (tensor.offset + length) * element > entry.size:
        raise CheckpointError(f"reaches beyond its storage of {entry.size:,} bytes")
    if math.prod(tensor.shape) * element > entry.size:
        raise CheckpointError(
            "repeats elements of its storage, as expanded tensors do: save it again with .contiguous()"
        )
    return entry.start + (tensor.offset * element if length else 0)


def _is_contiguous(tensor: Tensor) -> bool:
    """Return whether the elements are contiguous, the last dimension fastest; strides of size 1 are arbitrary."""
    step = 1
    for size, stride in zip(reversed(tensor.shape), reversed(tensor.strides), strict=True):
        if size != 1 and stride != step:
            return 0 in tensor.shape
        step *= size
    return True
