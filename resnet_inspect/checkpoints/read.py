"""Read a weights file: recognise its format by the first bytes, and call the reader of that format."""

import os
from dataclasses import replace
from io import FileIO
from os import PathLike
from pathlib import Path
from typing import Literal

from resnet_inspect.checkpoints.checkpoint import Checkpoint
from resnet_inspect.checkpoints.readers.files import opened
from resnet_inspect.checkpoints.readers.safetensors import read_safetensors
from resnet_inspect.checkpoints.readers.shard_index import read_index, shard_notes
from resnet_inspect.errors import CheckpointError
from resnet_inspect.process_state import gc_paused

Container = Literal["safetensors", "zip", "index"]

HEAD_BYTES = 512
"""Bytes by which a format is recognised; the mark of tar is at offset 257."""

READABLE = ".safetensors, .pth, .pt, .bin and .index.json files are read"

_LEGACY_TORCH = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."

_OLD_PICKLE = (
    "was written by torch.save before torch 1.6, as a bare pickle. It is not opened, because reading a pickle can "
    "run code. If you trust it, load it and save it again: torch.save(torch.load(path, weights_only=True), new_path)"
)
_PICKLE = (
    "is a bare pickle. It is not opened, because reading a pickle can run code. "
    "If you trust it, load it and write the weights with safetensors, or with torch.save of torch 1.6 or later"
)

_MARKS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n", "is a PNG image"),
    (0, b"\xff\xd8\xff", "is a JPEG image"),
    (0, b"%PDF-", "is a PDF document"),
    (0, b"\x89HDF\r\n", "is an HDF5 file (Keras?)"),
    (0, b"\x93NUMPY", "is a NumPy array"),
    (0, b"\x1f\x8b\x08", "is compressed with gzip: unpack it first"),
    (0, b"BZh", "is compressed with bzip2: unpack it first"),
    (0, b"\xfd7zXZ\x00", "is compressed with xz: unpack it first"),
    (0, b"\x28\xb5\x2f\xfd", "is compressed with zstd: unpack it first"),
    (0, b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive: unpack it first"),
    (257, b"ustar", "is a tar archive: unpack it first, unless it is of torch.save from before torch 0.1.10"),
    (0, b"GGUF", "is a GGUF file"),
    (4, b"TFL3", "is a TensorFlow Lite model"),
    (0, b"\x12\x01\x00\x00\x00\x00\x00\x00", "is an MXNet parameter file"),
    (0, b"PK\x05\x06", "is an empty ZIP archive"),
    (
        0,
        b"version https://git-lfs.github.com/spec/",
        "is a Git LFS pointer, not the file itself: run 'git lfs pull' where it was cloned",
    ),
)

_SUFFIXES = {
    ".onnx": "is an ONNX model",
    ".pb": "is a TensorFlow graph",
    ".caffemodel": "is a Caffe model",
    ".h5": "is not the HDF5 file that its name says",
    ".msgpack": "is a Flax checkpoint",
}


def recognise(head: bytes, suffix: str) -> Container:
    """Return how to read a file.

    Args:
        head: its first ``HEAD_BYTES`` bytes.
        suffix: suffix of its name, lower case, with the dot.

    Raises:
        CheckpointError: if it is of another kind; the message names that kind if it is known.
    """
    if _starts_like_safetensors(head):
        return "safetensors"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if reason := _known_otherwise(head):
        raise CheckpointError(reason)
    if suffix == ".safetensors":
        return "safetensors"
    if head.lstrip().startswith(b"{"):
        return "index"
    raise CheckpointError(f"{_SUFFIXES.get(suffix, 'is not a known kind of checkpoint')}: {READABLE}")


def _starts_like_safetensors(head: bytes) -> bool:
    """Look for a header's length and JSON; goes first, since a length may look like another format's mark."""
    return head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 40


def _known_otherwise(head: bytes) -> str:
    for offset, mark, reason in _MARKS:
        if head.startswith(mark, offset):
            return f"{reason}; {READABLE}"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head")):
        return "is an HTML page, not a checkpoint: was the download redirected?"
    if text.startswith(b"<"):
        return "is an XML document, not a checkpoint: is it the error message of a download?"
    if head.startswith(_LEGACY_TORCH):
        return _OLD_PICKLE
    return _PICKLE if _starts_like_pickle(head) else ""


def _starts_like_pickle(head: bytes) -> bool:
    """Look for the mark of protocol 2 to 5, or for one of the first opcodes of protocol 0."""
    binary = head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
    return binary or head.startswith(
        (b"(dp", b"(lp", b"(ip", b"ccollections\n", b"cos\n", b"cbuiltins\n", b"c__builtin__\n")
    )


def read(path: str | PathLike[str], chosen: str = "") -> Checkpoint:
    """Read names, shapes and types of the tensors in a file, without its values and without torch.

    Args:
        path: a safetensors file, a file of ``torch.save``, or an index of such files; recognised by its content.
        chosen: keys or prefix of the network wanted, in a training checkpoint with several; empty for any.

    Raises:
        CheckpointError: if it cannot be read, or is damaged or of another kind.
    """
    name = os.fspath(path)
    with gc_paused(), opened(name) as (stream, size):
        checkpoint = _read(stream, size, name, chosen, may_be_index=True)
    return replace(checkpoint, notes=(*shard_notes(Path(name)), *checkpoint.notes))


def _read_shard(path: str) -> Checkpoint:
    with opened(path) as (stream, size):
        return _read(stream, size, path, "", may_be_index=False)


def _read(stream: FileIO, size: int, path: str, chosen: str, *, may_be_index: bool) -> Checkpoint:
    container = recognise(stream.read(HEAD_BYTES), Path(path).suffix.lower())
    if container == "safetensors":
        return read_safetensors(stream, size, path)
    if container == "zip":
        from resnet_inspect.checkpoints.readers.torch_file import read_torch

        return read_torch(stream, size, path, chosen)
    if not may_be_index:
        raise CheckpointError("is an index itself, which an index cannot name")
    return read_index(stream, size, path, _read_shard)
