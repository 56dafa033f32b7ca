"""Open and parse untrusted files: with limits, without blocking, and with errors that name the file.

The limits are far above the needs of a ResNet, and far below what strains memory or time. ResNet-1202, the largest
variant, has 7,208 tensors. docs/reference/checkpoints.md lists the limits for users.
"""

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

from resnet_inspect.configs.json_format import DuplicateKeyError, unique_keys
from resnet_inspect.errors import CheckpointError, reason_of
from resnet_inspect.text import sanitise, uncapitalised

MAX_TENSORS = 50_000
"""Tensors of a file, or of all shards of an index together."""

MAX_HEADER_BYTES = 8 << 20
"""Size of the header of a safetensors file, or of an index. The format allows 100 MB, which would take gigabytes as
Python objects."""

MAX_DIRECTORY_BYTES = 8 << 20
"""Size of the directory of a ZIP archive."""

MAX_PICKLE_BYTES = 8 << 20
"""Size of the ``data.pkl`` of a torch file."""

MAX_OPCODES = 2_000_000
"""Opcodes of that pickle; a tensor takes about 40."""

MAX_CONTAINERS = 50_000
"""Dicts, lists and tuples of a training checkpoint that are searched for weights."""

MAX_NESTING = 16
"""Depth of the containers that are searched."""

MAX_NAME = 1_000
"""Characters of a tensor's name in a pickle, and of the dotted keys that lead to weights. A pickle writes a string once
and refers to it any number of times, so its length alone does not bound the total length of its names."""

MAX_NETWORKS = 1_000
"""Networks in all mappings of a training checkpoint, such as a student, its teachers and their running averages."""

MAX_DIMENSIONS = 64
"""Dimensions of a tensor; most of torch's operators take no more."""

MAX_SIZE = (1 << 63) - 1
"""Size of a dimension, in elements, and of a file, in bytes."""

MAX_SHARDS = 1_000
"""Files that an index may name."""


_INDEX = ".index.json"
_WEIGHT_SUFFIXES = (_INDEX, ".safetensors", ".pth", ".pt", ".bin")


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Add the path to each ``CheckpointError`` that has none, and turn the system's errors into such errors."""
    try:
        yield
    except CheckpointError as error:
        if error.path:
            raise
        raise CheckpointError(error.reason, sanitise(path)) from None
    except FileNotFoundError:
        raise CheckpointError("no such file", sanitise(path)) from None
    except OSError as error:
        raise CheckpointError(f"cannot be read: {uncapitalised(reason_of(error))}", sanitise(path)) from None


@contextmanager
def opened(path: str) -> Iterator[tuple[FileIO, int]]:
    """Open a regular file without a buffer, and yield it with its size in bytes.

    Raises:
        CheckpointError: if it cannot be opened, or an error occurs while it is open; the message names the file.
    """
    with naming(path):
        if "\0" in path:
            raise CheckpointError("cannot be read: embedded null byte")
        _require_regular_file(path, Path(path).stat().st_mode)
        with FileIO(path, opener=_open_without_waiting) as stream:
            status = os.fstat(stream.fileno())
            _require_regular_file(path, status.st_mode)
            if not status.st_size:
                raise CheckpointError("is empty: was the download cut off?")
            yield stream, status.st_size


def read_at(stream: FileIO, start: int, count: int) -> bytes:
    """Return exactly ``count`` bytes from offset ``start``.

    Raises:
        CheckpointError: if the file ends before that.
    """
    stream.seek(start)
    content = stream.read(count)
    if len(content) < count:
        raise CheckpointError("ends too early: was the download cut off?")
    return content


def _open_without_waiting(path: str, flags: int) -> int:
    """Open without blocking: a file that has just been replaced by a pipe would wait for a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _require_regular_file(path: str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        names = (entry.name for entry in Path(path).iterdir() if entry.name.endswith(_WEIGHT_SUFFIXES))
        found = sorted(names, key=lambda name: (not name.endswith(_INDEX), name))
        hint = f": name the file in it, e.g. {sanitise(found[0])}" if found else " without a weights file in it"
        raise CheckpointError(f"is a directory{hint}")
    if not stat.S_ISREG(mode):
        raise CheckpointError("is a pipe or device, not a file: reading a checkpoint needs random access")


_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_object(content: bytes, what: str) -> dict[str, Any]:
    """Parse a JSON object.

    Args:
        content: at most a few MiB, which bounds time and memory.
        what: name of the content in messages: ``its header``.

    Raises:
        CheckpointError: if it is not a JSON object in UTF-8, has a key twice, or a string that is not Unicode.
    """
    try:
        data = json.loads(content.decode(), object_pairs_hook=unique_keys, parse_constant=_refuse)
        if _SURROGATE_ESCAPE.search(content):
            _require_unicode(data, what)
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{what} is not UTF-8, at byte {error.start:,} of it") from None
    except DuplicateKeyError as error:
        raise CheckpointError(f"'{sanitise(error.key)}' is given twice in it") from None
    except RecursionError:
        raise CheckpointError(f"{what} is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise CheckpointError(f"{what} is not valid JSON: {error.msg} at character {error.pos:,} of it") from None
    except ValueError as error:
        raise CheckpointError(f"{what} is not valid JSON: {sanitise(str(error))}") from None
    if not isinstance(data, dict):
        raise CheckpointError(f"{what} is not a JSON object")
    return data


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _require_unicode(data: Any, what: str) -> None:
    """Refuse half a surrogate pair: JSON can express it, but safetensors' own reader refuses it."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise CheckpointError(f"{what} has a string that is not Unicode: half a surrogate pair") from None
