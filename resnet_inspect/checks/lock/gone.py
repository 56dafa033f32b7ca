"""Entries of a lock whose file is gone."""

from __future__ import annotations

import errno
from pathlib import Path

from resnet_inspect.checks.lock.keys import path_in
from resnet_inspect.checks.lock.reading import Lock

_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL})


def gone(lock: Lock) -> tuple[str, ...]:
    """The entries whose file is not there, as they stand in the lock; a model that is in no file is never gone."""
    return tuple(key for key in lock.files if is_gone(lock, key))


def is_gone(lock: Lock, key: str) -> bool:
    """Return whether the file of an entry does not exist; one in a folder that cannot be read may exist."""
    path = path_in(key)
    if path is None:
        return False
    try:
        Path(lock.folder, path).lstat()
    except ValueError:  # no file can have this name
        return True
    except OSError as error:
        return error.errno in _NOT_THERE
    return False
