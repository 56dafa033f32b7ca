"""Writes a file whole or not at all.

Until it is complete, the file has a temporary name beside the target, which is removed however the block ends: by an
error, by Ctrl-C, and by every other signal that arrives as an exception, as the command line sees to
(``cli/signals.py``). Only a process that is killed outright, or a machine that stops, leaves it behind.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from resnet_inspect.errors import RequestError, reason_of
from resnet_inspect.text import sanitise

KEPT = 50
"""Characters of the target's name in the temporary one, which must not become too long: a character is up to 4 bytes,
and a name at most 255."""


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A new file beside ``path`` that takes its place when the block ends, and vanishes if the block raises.

    A symbolic link is followed, so that it stays one; an existing file keeps its permissions.

    Raises:
        RequestError: if the file cannot be written, such as on a full disk.
    """
    try:
        with _beside(resolved(path)) as stream:
            yield stream
    except OSError as error:
        raise not_written(path, error) from error


def resolved(path: str | os.PathLike[str]) -> Path:
    """Return where a path leads when all links are followed.

    Raises:
        OSError: if it leads nowhere: links lead to each other, or no file can have that name.
    """
    try:
        target = Path(path).resolve()
    except ValueError as error:  # a null byte, or half a surrogate pair
        raise OSError(errno.EINVAL, "no file can have this name") from error
    except RuntimeError:  # a loop of links, up to Python 3.12
        looped = True
    else:
        looped = target.is_symlink()  # and since 3.13
    if looped:
        raise OSError(errno.ELOOP, "it is a link that leads back to itself")
    return target


def not_written(path: str | os.PathLike[str], error: OSError) -> RequestError:
    """Return the error for a file that cannot be written, in the system's words."""
    return RequestError(f"{sanitise(os.fspath(path), 1_000)} cannot be written: {sanitise(reason_of(error), 200)}")


@contextmanager
def _beside(target: Path) -> Iterator[BinaryIO]:
    if target.exists() and not target.is_file():
        raise OSError(None, "it exists and is not a regular file")
    # Named before it is there, so that no moment is left in which an interrupt would not find it.
    temporary = target.with_name(f".{target.name[:KEPT]}.{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "xb", opener=_private) as stream:  # Path.open takes no opener
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            os.fchmod(stream.fileno(), _mode(target))
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, or those that a new file gets."""
    with suppress(OSError):
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
