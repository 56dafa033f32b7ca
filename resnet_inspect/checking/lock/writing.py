"""The text of a lock: one row of a network on one line, so that a review shows which layers differ."""

from collections.abc import Mapping

from resnet_inspect.atomic import replacing
from resnet_inspect.checking.lock.entry import SCHEMA, LockedNet, LockRecord
from resnet_inspect.checking.lock.reading import MAX_BYTES, Lock
from resnet_inspect.errors import RequestError
from resnet_inspect.rendering.json import OneLine, Plain, written

_ROWS = ("stages", "blocks", "layers", "operations")


def to_lock(files: Mapping[str, LockedNet]) -> str:
    """Write the entries, sorted by path; the same entries always give the same bytes."""
    return written({"schema": SCHEMA, "files": {path: _net(files[path]) for path in sorted(files)}})


def _net(net: LockedNet) -> dict[str, Plain]:
    facts: dict[str, Plain] = net.model_dump(mode="json", exclude=set(_ROWS))
    rows: dict[str, Plain] = {name: [_row(row) for row in getattr(net, name)] for name in _ROWS}
    return facts | rows


def _row(row: LockRecord) -> OneLine:
    """Return a row without the fields that have their default."""
    return OneLine(row.model_dump(mode="json", exclude_defaults=True))


def would_change(lock: Lock, files: Mapping[str, LockedNet]) -> bool:
    """Return whether ``files`` would change the file that ``lock`` was read from.

    Raises:
        RequestError: as ``write_lock`` does, but for what only writing shows.
    """
    return _new_content(lock, files) is not None


def write_lock(lock: Lock, files: Mapping[str, LockedNet]) -> bool:
    """Replace the file that ``lock`` was read from by ``files``; return whether that changes it.

    Raises:
        RequestError: if it cannot be written, or would be too large to be read again; the old one stays.
    """
    content = _new_content(lock, files)
    if content is None:
        return False
    with replacing(lock.path) as stream:
        stream.write(content)
    return True


def _new_content(lock: Lock, files: Mapping[str, LockedNet]) -> bytes | None:
    """Return the new content of the file; ``None`` where it is unchanged, or there is nothing to hold."""
    text = to_lock(files)
    if text == lock.text or not (files or lock.text):
        return None
    content = text.encode()
    if len(content) > MAX_BYTES:
        limit = f"{MAX_BYTES >> 20} MiB"
        raise RequestError(
            f"{lock.shown} would be larger than {limit}: split the configs among several locks (--lock-file)"
        )
    return content
