"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from resnet_inspect.errors import RequestError, reason_of
from resnet_inspect.text import sanitise


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A new file beside ``path`` that takes its place when the block ends, and vanishes if the block raises.

    A symbolic link is followed, so that it stays one; an existing file keeps its permissions.

    Raises:
        RequestError: if the file cannot be written, such as on a full disk.
    """
    shown = sanitise(os.fspath(path), 1_000)
    try:
        target = Path(path).resolve()
        with _beside(target) as stream:
            yield stream
    except (OSError, RuntimeError) as error:  # resolve() raises RuntimeError for a loop of links
        raise RequestError(f"{shown} cannot be written: {sanitise(reason_of(error), 200)}") from error


@contextmanager
def _beside(target: Path) -> Iterator[BinaryIO]:
    if target.exists() and not target.is_file():
        raise OSError(None, "it exists and is not a regular file")
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            os.fchmod(stream.fileno(), _mode(target))
        Path(temporary).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, or those that a new file gets."""
    with suppress(OSError):
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
