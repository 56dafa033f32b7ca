"""Files opened so that nothing can hang, and every failure names the file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from resnet_inspect.errors import CheckpointError, reason_of
from resnet_inspect.text import sanitise, uncapitalised

_INDEX = ".index.json"
_WEIGHT_SUFFIXES = (_INDEX, ".safetensors", ".pth", ".pt", ".bin")


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Give every ``CheckpointError`` that has no file yet this one, and make one of the system's own errors."""
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
    """Open a regular file, without a buffer: what is read is what is asked for. Also gives its size in bytes.

    Raises:
        CheckpointError: naming the file; also for everything that goes wrong while it is open.
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
    """Exactly ``count`` bytes from offset ``start``.

    Raises:
        CheckpointError: if the file ends before.
    """
    stream.seek(start)
    content = stream.read(count)
    if len(content) < count:
        raise CheckpointError("ends too early: was the download cut off?")
    return content


def _open_without_waiting(path: str, flags: int) -> int:
    """A file that has become a pipe since it was looked at would wait for a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _require_regular_file(path: str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        names = (entry.name for entry in Path(path).iterdir() if entry.name.endswith(_WEIGHT_SUFFIXES))
        found = sorted(names, key=lambda name: (not name.endswith(_INDEX), name))
        hint = f": name the file in it, e.g. {sanitise(found[0])}" if found else " without a weights file in it"
        raise CheckpointError(f"is a directory{hint}")
    if not stat.S_ISREG(mode):
        raise CheckpointError("is a pipe or device, not a file: reading a checkpoint needs random access")
