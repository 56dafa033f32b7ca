"""Update of a lock: new entries for some files; the entries of other files are kept."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from resnet_inspect.checking.findings import FileResult, Finding
from resnet_inspect.checking.lock.entry import LockedNet
from resnet_inspect.checking.lock.file import Lock
from resnet_inspect.checking.rules.runs import INVALID_CONFIG

LockStatus = Literal["new", "changed", "renamed", "unchanged"]


@dataclass(frozen=True, slots=True)
class LockedFigures:
    """The figures of a locked network, MACs at the config's own input size."""

    depth: int
    params: int
    macs: int
    stride_placement: str | None


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file that was locked.

    Attributes:
        path: path as given.
        status: new, changed, renamed (only the model's name differs) or unchanged.
        model: name of the model in the config.
        before: figures of the old entry; ``None`` if there was none.
        after: figures of the new entry.
        notes: remarks on how the model ran.
    """

    path: str
    status: LockStatus
    model: str
    before: LockedFigures | None
    after: LockedFigures
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """The new entries of a lock.

    Attributes:
        entries: every entry of the new lock.
        locked: the files with new entries, in the order given.
        failed: results of the files that cannot be locked; their old entries are kept.
        dropped: keys of the entries whose files do not exist.
    """

    entries: dict[str, LockedNet]
    locked: tuple[LockedFile, ...]
    failed: tuple[FileResult, ...]
    dropped: tuple[str, ...]

    @property
    def kept(self) -> int:
        """Number of entries kept because their files were not named, or failed."""
        return len(self.entries) - len(self.locked)


def update(lock: Lock, results: Iterable[FileResult]) -> Update:
    """Update a lock with the results of ``record_file``."""
    orphans = frozenset(lock.orphans)
    entries = {key: net for key, net in lock.files.items() if key not in orphans}
    locked: list[LockedFile] = []
    failed: list[FileResult] = []
    for result in results:
        key = lock.key(result.path, result.model_name)
        if result.net is None or key is None:
            failed.append(result if result.net is None else _unnamed(result))
            continue
        locked.append(_locked_file(result, lock.files.get(key), result.net))
        entries[key] = result.net
    return Update(entries, tuple(locked), tuple(failed), lock.orphans)


def _locked_file(result: FileResult, before: LockedNet | None, after: LockedNet) -> LockedFile:
    old = None if before is None else _figures(before)
    return LockedFile(result.path, _status(before, after), after.model, old, _figures(after), result.notes)


def _status(before: LockedNet | None, after: LockedNet) -> LockStatus:
    if before is None:
        return "new"
    if before == after:
        return "unchanged"
    return "renamed" if before.function and before.same_architecture(after) else "changed"


def _figures(net: LockedNet) -> LockedFigures:
    return LockedFigures(net.depth, net.params, net.macs, net.stride_placement)


def _unnamed(result: FileResult) -> FileResult:
    message = "the lock cannot name this: its path is not valid text, is on a different drive, or is too long"
    return replace(result, findings=(INVALID_CONFIG.label(Finding(message=message)),), net=None)
