"""Read text from a file or a stream with limits and without blocking; recognise other kinds of files by suffix."""

import codecs
import os
import shlex
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from resnet_inspect.arguments import wrong_type
from resnet_inspect.configs.positions import fault, position_at
from resnet_inspect.errors import reason_of
from resnet_inspect.text import uncapitalised

MAX_CONFIG_BYTES = 1 << 18
"""256 KiB; a config takes a few hundred bytes. In a hostile TOML file, each two bytes make a table (``a.b.c.d = 1``):
1 MiB of these would take 2 s and 1 GB, 256 KiB take 0.5 s and 250 MB."""

STDIN_NAME = "<stdin>"
"""Default name of standard input in messages."""

_NO_MORE = "no config needs more"

WEIGHTS_SUFFIXES = frozenset({".pth", ".pt", ".bin", ".safetensors", ".ckpt"})
"""Suffixes of weights files, which ``identify`` and ``weights`` read."""

_UNREAD: Mapping[str, str] = {
    ".onnx": "an ONNX model",
    ".pt2": "a program of torch.export",
    ".h5": "a model of Keras",
    ".hdf5": "a model of Keras",
    ".keras": "a model of Keras",
    ".pb": "a TensorFlow graph",
    ".tflite": "a TensorFlow Lite model",
    ".msgpack": "a checkpoint of Flax",
    ".caffemodel": "a Caffe model",
    ".params": "weights of MXNet",
    ".npz": "arrays of NumPy",
    ".pkl": "a pickle",
    ".engine": "a TensorRT engine",
    ".mlmodel": "a Core ML model",
}
"""Suffix of a file that no command reads -> its kind."""

_BYTE_ORDER_MARKS: Mapping[bytes, str] = {  # that of UTF-32 begins as that of UTF-16 does
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""Byte order marks of encodings that are not read."""


class OtherFile(NamedTuple):
    """A kind of file that is not a config.

    Attributes:
        is_a: the kind, in words.
        hint: the command that reads it, or an alternative if there is none.
    """

    is_a: str
    hint: str


def other_file(path: str) -> OtherFile | None:
    """Return the kind of file by the suffix of ``path``; ``None`` for any other suffix."""
    suffix = Path(path).suffix.lower()
    if suffix in WEIGHTS_SUFFIXES or path.lower().endswith(".index.json"):
        named = shlex.quote(path)
        return OtherFile(
            "weights, not a config",
            f"'resnet-inspect identify {named}' says which network they belong to, "
            f"'resnet-inspect weights MODEL {named}' whether they load into one",
        )
    if suffix in _UNREAD:
        return OtherFile(
            f"{_UNREAD[suffix]}, which is not read",
            "name a torch module instead (net.py:Net), or save its weights as .safetensors or .pth for 'identify'",
        )
    return None


def require_regular_file(path: str) -> None:
    """Raise an error unless ``path`` is a regular file; to be called before opening, as a pipe would block.

    Raises:
        ConfigError: if it is missing, a directory, a pipe or a device.
    """
    with _reading():
        mode = Path(path).stat().st_mode
    if stat.S_ISDIR(mode):
        raise fault("is a directory, not a file")
    if not stat.S_ISREG(mode):
        raise fault("is a pipe or device, not a file", hint="'-' reads standard input")


def read_file(path: str, limit: int = MAX_CONFIG_BYTES, too_large: str = _NO_MORE) -> str:
    """Return the text of a regular file of at most ``limit`` bytes; ``too_large`` is the hint if it has more.

    Raises:
        ConfigError: if it is not a regular file, cannot be read, is too large or is not UTF-8.
    """
    require_regular_file(path)
    with _reading(), Path(path).open("rb") as stream:
        return read_stream(stream, limit, too_large)


def read_stream(stream: BinaryIO, limit: int = MAX_CONFIG_BYTES, too_large: str = _NO_MORE) -> str:
    """Return the text of an open stream of at most ``limit`` bytes; ``too_large`` is the hint if it has more.

    Raises:
        ConfigError: if it cannot be read, is too large or is not UTF-8.
    """
    with _reading():
        content: object = stream.read(limit + 1)
    if not isinstance(content, bytes):
        raise wrong_type("what is read", "bytes, as from a file opened with mode 'rb'", content)
    if len(content) > limit:
        size = f"{limit >> 20} MiB" if limit >> 20 else f"{limit >> 10} KiB"
        raise fault(f"is larger than {size}", hint=too_large)
    return decode(content)


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise fault("no such file") from None
    except (OSError, ValueError) as error:
        raise fault(f"cannot be read: {uncapitalised(reason_of(error))}") from None


def decode(content: bytes) -> str:
    """Return UTF-8 ``content`` as text, without its byte order mark.

    Raises:
        ConfigError: if it is not UTF-8 or contains a NUL byte.
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            raise fault(f"is {encoding}, byte order mark at offset 0", hint="save it as UTF-8")
    skipped = len(codecs.BOM_UTF8) if content.startswith(codecs.BOM_UTF8) else 0
    try:
        text = content[skipped:].decode()
    except UnicodeDecodeError as error:
        offset = skipped + error.start
        before = content[skipped:offset].decode()
        message = f"is not UTF-8: byte 0x{content[offset]:02x} at offset {offset}"
        raise fault(message, position_at(before, len(before)), hint="save it as UTF-8") from None
    if "\0" in text:
        message = f"contains a NUL byte at offset {content.index(0)}"
        raise fault(message, position_at(text, text.index("\0")), hint="save it as UTF-8 text")
    return text


def is_path(source: str) -> bool:
    """Return whether ``source`` has a path separator of this system."""
    return any(separator in source for separator in (os.sep, os.altsep) if separator)
