"""Read the header of a safetensors file; its values are never read.

The file consists of 8 bytes with the length of the header, the header in JSON, and the values without gaps. Source:
https://github.com/huggingface/safetensors#format. Whatever its reference implementation refuses is refused here, and
duplicate names as well.
"""

import math
import reprlib
from io import FileIO
from typing import Any

from resnet_inspect.checkpoints.checkpoint import BY_CODE, Checkpoint, Dtype, TensorInfo, TensorLocation
from resnet_inspect.checkpoints.readers import files
from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import pluralise, sanitise

_LENGTH_BYTES = 8
_METADATA = "__metadata__"
_FIELDS = {"dtype", "shape", "data_offsets"}


def read_safetensors(stream: FileIO, size: int, path: str) -> Checkpoint:
    """Read the header of a safetensors file.

    Args:
        stream: the file.
        size: its size in bytes.
        path: its path.

    Raises:
        CheckpointError: if the header is invalid, or does not match the file.
    """
    length = _header_length(stream, size)
    header = files.read_object(files.read_at(stream, _LENGTH_BYTES, length), "its header")
    metadata = _metadata(header.pop(_METADATA, {}))
    if not header:
        raise CheckpointError("holds no tensors")
    if len(header) > files.MAX_TENSORS:
        raise CheckpointError(f"has {len(header):,} tensors; at most {files.MAX_TENSORS:,} are read")
    first = _LENGTH_BYTES + length
    tensors, spans = [], []
    for name, entry in header.items():
        try:
            dtype, shape, span = _tensor(entry)
        except CheckpointError as error:
            raise CheckpointError(f"tensor '{sanitise(name)}' {error.reason}") from None
        tensors.append(TensorInfo(name, shape, dtype.name, TensorLocation(path, first + span[0])))
        spans.append((*span, name))
    _require_gapless(spans, size - first)
    return Checkpoint(path, "safetensors", tuple(tensors), metadata=metadata)


def _header_length(stream: FileIO, size: int) -> int:
    if size < _LENGTH_BYTES + 2:
        raise CheckpointError(f"has only {size} bytes, too few for a safetensors file: was the download cut off?")
    length = int.from_bytes(files.read_at(stream, 0, _LENGTH_BYTES), "little")
    if length > size - _LENGTH_BYTES:
        raise CheckpointError(
            f"says that its header has {length:,} bytes, but has only {size - _LENGTH_BYTES:,} after that: "
            "it was cut off, or is not a safetensors file"
        )
    if length > files.MAX_HEADER_BYTES:
        raise CheckpointError(f"has a header of {length:,} bytes; at most {files.MAX_HEADER_BYTES:,} are read")
    return length


def _metadata(entry: Any) -> dict[str, str]:
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise CheckpointError(f"{_METADATA} in its header is not an object of strings")
    return entry


def _tensor(entry: Any) -> tuple[Dtype, tuple[int, ...], tuple[int, int]]:
    """Return type, shape, and start and end offset in the values, of an entry of the header."""
    if not isinstance(entry, dict) or not entry.keys() >= _FIELDS:
        raise CheckpointError("in its header is not an object with dtype, shape and data_offsets")
    code, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    dtype = BY_CODE.get(code) if isinstance(code, str) else None
    if dtype is None:
        raise CheckpointError(f"has an unknown dtype, {_short(code)}")
    if not _are_sizes(shape) or len(shape) > files.MAX_DIMENSIONS:
        raise CheckpointError(f"has no usable shape: {_short(shape)}")
    if not _are_sizes(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise CheckpointError(f"has no usable data_offsets: {_short(offsets)}")
    start, end = offsets
    bits = math.prod(shape) * dtype.bits
    if bits != (end - start) * 8:
        raise CheckpointError(
            f"of shape {_short(shape)} and dtype {code} does not match the {end - start:,} bytes that its "
            "data_offsets span"
        )
    return dtype, tuple(shape), (start, end)


def _are_sizes(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value <= files.MAX_SIZE for value in values)


def _short(value: Any) -> str:
    return sanitise(reprlib.repr(value), 60)


def _require_gapless(spans: list[tuple[int, int, str]], available: int) -> None:
    """Require that the values of all tensors cover the bytes after the header, without gap or overlap."""
    reached = 0
    for start, end, name in sorted(spans):
        if start != reached:
            what = "overlaps the one before it" if start < reached else f"leaves a gap of {start - reached:,} bytes"
            raise CheckpointError(f"tensor '{sanitise(name)}' {what}, which safetensors does not allow")
        reached = end
    if reached > available:
        raise CheckpointError(f"has only {available:,} of {reached:,} bytes of values: was the download cut off?")
    if reached < available:
        raise CheckpointError(f"has {pluralise(available - reached, 'byte')} more than its header accounts for")
