"""One process at a time: between reading a file and replacing it, no other may do the same."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from resnet_inspect.atomic import KEPT, not_written, resolved
from resnet_inspect.errors import RequestError
from resnet_inspect.text import sanitise

PATIENCE = 30.0
"""Seconds to wait for others, who take a fraction of one each."""

_PAUSE = 0.02

_NO_LOCKS = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK})
"""What a file system says that has no locks: going on is better there than never to write."""


@contextmanager
def alone(path: str | os.PathLike[str]) -> Iterator[None]:
    """Wait until no other process is in such a block for this ``path``, and keep the others waiting until it ends.

    Whoever is in the block holds a file beside ``path``, hidden and empty. It is the system that knows whether it is
    held: a process that is killed leaves nothing that would keep the next one waiting.

    Raises:
        RequestError: if the others do not come to an end, or nothing can be written there.
    """
    try:
        target = resolved(path)
        mark = target.with_name(f".{target.name[:KEPT]}.busy")
        held = _waited_for(mark)
    except OSError as error:
        raise not_written(path, error) from error
    if held is None:
        raise RequestError(
            f"{sanitise(os.fspath(path), 1_000)} is being written by another process and was not released within "
            f"{PATIENCE:g} s; try again later"
        )
    try:
        yield
    finally:
        with suppress(OSError):  # where open files cannot be removed, closing does it
            mark.unlink()
        os.close(held)


def _waited_for(mark: Path) -> int | None:
    """The descriptor that holds the mark; ``None`` if others held it for too long."""
    end = time.monotonic() + PATIENCE
    while (held := _taken(mark)) is None and time.monotonic() < end:
        time.sleep(_PAUSE)
    return held


def _taken(mark: Path) -> int | None:
    """The descriptor that holds the mark now; ``None`` while somebody else does."""
    try:
        import fcntl
    except ImportError:
        return _created(mark)
    descriptor = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return descriptor
        os.close(descriptor)
        return None
    # Whoever held it before has removed it: another may have made and taken a new one by now.
    if os.fstat(descriptor).st_nlink:
        return descriptor
    os.close(descriptor)
    return None


def _created(mark: Path) -> int | None:
    """The same on Windows, which removes a temporary file with its last descriptor, however its process ends."""
    with suppress(FileExistsError, PermissionError):  # the latter while it is about to vanish
        return os.open(mark, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_TEMPORARY", 0))
    return None
