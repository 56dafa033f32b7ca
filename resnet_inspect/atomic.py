"""Write a file completely or not at all.

Until it is complete, the file has a temporary name in the target's folder. It is removed if the block ends by an error,
by Ctrl-C, or by any other signal, which the command line turns into exceptions (``cli/signals.py``). It remains only if
the process is killed or the machine stops.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from resnet_inspect.errors import RequestError, reason_of
from resnet_inspect.text import sanitise

KEPT = 50
"""Characters of the target's name in the temporary name, which may have 255 bytes: a character takes up to 4."""


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a temporary file that replaces ``path`` when the block ends, or is removed if the block raises.

    If ``path`` is a symbolic link, its target is replaced. The new file has the permissions of the old one.

    Raises:
        RequestError: if the file cannot be written, for example because the disk is full.
    """
    try:
        with _temporary(resolved(path)) as stream:
            yield stream
    except OSError as error:
        raise not_written(path, error) from error


def resolved(path: str | os.PathLike[str]) -> Path:
    """Return a path with all symbolic links followed.

    Raises:
        OSError: if links lead to each other, or no file can have that name.
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
    """Return the error for a file that cannot be written, with the system's reason."""
    return RequestError(f"{sanitise(os.fspath(path), 1_000)} cannot be written: {sanitise(reason_of(error), 200)}")


@contextmanager
def _temporary(target: Path) -> Iterator[BinaryIO]:
    if target.exists() and not target.is_file():
        raise OSError(None, "it exists and is not a regular file")
    # Named before it exists, so that an interrupt at any moment removes it.
    temporary = target.with_name(f".{target.name[:KEPT]}.{os.urandom(8).hex()}.part")
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
    """Return the permissions of the file that is replaced, or those of a new file."""
    with suppress(OSError):
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
