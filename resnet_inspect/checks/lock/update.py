"""A lock brought up to date: the entries of some files anew, those of the others as they were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from resnet_inspect.checks.findings import FileResult, Finding
from resnet_inspect.checks.lock.entry import LockedNet
from resnet_inspect.checks.lock.gone import gone
from resnet_inspect.checks.lock.reading import Lock
from resnet_inspect.checks.rules.runs import INVALID_CONFIG

Status = Literal["new", "changed", "renamed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that was locked.

    Attributes:
        path: as it was given.
        before, after: its entry; ``before`` is ``None`` if it had none.
        notes: what is to be known of how its model ran.
    """

    path: str
    before: LockedNet | None
    after: LockedNet
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """What became of it: renamed if nothing but the name of the model differs."""
        if self.before is None:
            return "new"
        if self.before == self.after:
            return "unchanged"
        return "renamed" if self.before.same_architecture(self.after) else "changed"


@dataclass(frozen=True, slots=True)
class Update:
    """What becomes of a lock.

    Attributes:
        files: every entry of the new lock.
        entries: those of the files that were locked now, in the order given.
        failed: results of the files that cannot be locked; their old entries stay.
        dropped: entries of files that are gone.
    """

    files: dict[str, LockedNet]
    entries: tuple[Entry, ...]
    failed: tuple[FileResult, ...]
    dropped: tuple[str, ...]

    @property
    def kept(self) -> int:
        """How many entries stay as they were because nobody asked for them, or their file has failed."""
        return len(self.files) - len(self.entries)


def update(lock: Lock, results: Iterable[FileResult]) -> Update:
    """Bring a lock up to date with what ``record_file`` has made of some files."""
    dropped = gone(lock)
    lost = frozenset(dropped)
    files = {key: net for key, net in lock.files.items() if key not in lost}
    entries: list[Entry] = []
    failed: list[FileResult] = []
    for result in results:
        key = lock.key(result.path, result.called)
        if result.net is None or key is None:
            failed.append(result if result.net is None else _unnamed(result))
            continue
        entries.append(Entry(result.path, lock.files.get(key), result.net, result.notes))
        files[key] = result.net
    return Update(files, tuple(entries), tuple(failed), dropped)


def _unnamed(result: FileResult) -> FileResult:
    message = "the lock cannot name this: its path is not valid text, is on a different drive, or is too long"
    return replace(result, findings=(Finding(INVALID_CONFIG.code, "error", message),), net=None)
