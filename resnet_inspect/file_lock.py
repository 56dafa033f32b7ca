"""Lock a file between reading and replacing it, so that no other process does so at the same time."""

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from resnet_inspect.atomic import KEPT, not_written, resolved
from resnet_inspect.errors import RequestError
from resnet_inspect.text import sanitise

TIMEOUT_S = 30.0
"""Seconds to wait for other processes, each of which takes a fraction of a second."""

_PAUSE = 0.02

_NO_LOCKS = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK})
"""Errors of file systems without locks; there, writing without a lock is better than not writing at all."""


@contextmanager
def file_lock(path: str | os.PathLike[str]) -> Iterator[None]:
    """Hold a lock for ``path`` while the block runs; other processes wait for it.

    The lock is the system's lock on a hidden, empty file next to ``path``. It ends with the process, so one that is
    killed does not keep others waiting.

    Raises:
        RequestError: if others hold it for too long, or the lock file cannot be created.
    """
    try:
        target = resolved(path)
        lock = target.with_name(f".{target.name[:KEPT]}.busy")
        descriptor = _wait_for(lock)
    except OSError as error:
        raise not_written(path, error) from error
    if descriptor is None:
        raise RequestError(
            f"{sanitise(os.fspath(path), 1_000)} is being written by another process and was not released within "
            f"{TIMEOUT_S:g} s; try again later"
        )
    try:
        yield
    finally:
        with suppress(OSError):  # where open files cannot be removed, closing does it
            lock.unlink()
        os.close(descriptor)


def _wait_for(lock: Path) -> int | None:
    """Return the descriptor that holds the lock; ``None`` if others hold it for too long."""
    end = time.monotonic() + TIMEOUT_S
    while (descriptor := _acquire(lock)) is None and time.monotonic() < end:
        time.sleep(_PAUSE)
    return descriptor


def _acquire(lock: Path) -> int | None:
    """Return the descriptor that holds the lock; ``None`` while another process does."""
    try:
        import fcntl
    except ImportError:
        return _create(lock)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return descriptor
        os.close(descriptor)
        return None
    # The previous holder has removed its file; another process may have created and locked a new one by now.
    if os.fstat(descriptor).st_nlink:
        return descriptor
    os.close(descriptor)
    return None


def _create(lock: Path) -> int | None:
    """Acquire the lock on Windows, which removes a temporary file when its process ends, for whatever reason."""
    with suppress(FileExistsError, PermissionError):  # the latter while it is being removed
        return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_TEMPORARY", 0))
    return None
