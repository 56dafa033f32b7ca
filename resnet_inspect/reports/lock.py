"""``lock``: what was written down, and what of it is new."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from resnet_inspect.checks.lock.update import Entry, Status, Update
from resnet_inspect.checks.registry import RULES
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.reports.check import check_report
from resnet_inspect.reports.findings import CheckedFile, CheckFinding

if TYPE_CHECKING:
    from resnet_inspect.checks.lock.entry import LockedNet

SCHEMA = "resnet-inspect/lock-report/1"


@dataclass(frozen=True, slots=True)
class LockedFigures:
    """What a network amounts to: the paper's depth, parameters, and MACs at the config's own input size."""

    depth: int
    params: int
    macs: int
    stride_placement: str | None


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file that was locked.

    Attributes:
        path: as it was given.
        status: new, changed, renamed (nothing but the model's name differs) or unchanged.
        model: what the config calls its model.
        before: as it was locked; ``None`` if it was not.
        after: as it is locked now.
        notes: what is to be known of how the model ran.
    """

    path: str
    status: Status
    model: str
    before: LockedFigures | None
    after: LockedFigures
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LockProblem:
    """One reason why a file cannot be locked.

    Attributes:
        path: of the file, as it was given.
        code: of the rule that explains it.
        message, line, column, why, hint: as in ``CheckFinding``.
    """

    path: str
    code: str
    message: str
    line: int | None
    column: int | None
    why: str
    hint: str


@dataclass(frozen=True)
class LockReport(ShownInNotebooks):
    """What was written down.

    Attributes:
        lock: path of the lock.
        written: whether it is another file than before.
        would_change: where nothing was to be written, whether it would be another file; ``None`` otherwise.
        ok: whether every file could be locked.
        files: those that were, in the order given.
        problems: why the others could not; if they had entries, these stay.
        failed: the same, file by file, as ``check`` has it.
        dropped: entries of files that are gone.
        kept: how many entries stay as they were, because their files were not named, or have failed.
        faults: tracebacks of our own faults.
    """

    lock: str
    written: bool
    would_change: bool | None
    ok: bool
    files: tuple[LockedFile, ...]
    problems: tuple[LockProblem, ...]
    dropped: tuple[str, ...]
    kept: int
    failed: tuple[CheckedFile, ...] = field(metadata={"json": False})
    faults: tuple[str, ...] = field(default=(), metadata={"json": False})

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of how models ran, each with its path."""
        return tuple(f"{file.path}: {note}" for file in self.files for note in file.notes)

    @property
    def counts(self) -> Counter[Status]:
        """How many files have become what."""
        return Counter(file.status for file in self.files)


def lock_report(path: str, update: Update, *, written: bool, would_change: bool | None = None) -> LockReport:
    """Put together what became of a lock, or would become of it."""
    failed = check_report(update.failed, RULES).files
    return LockReport(
        lock=path,
        written=written,
        would_change=would_change,
        ok=not update.failed,
        files=tuple(map(_file, update.entries)),
        problems=tuple(_problem(file, finding) for file in failed for finding in file.findings),
        failed=failed,
        dropped=update.dropped,
        kept=update.kept,
        faults=tuple(result.fault for result in update.failed if result.fault),
    )


def _problem(file: CheckedFile, finding: CheckFinding) -> LockProblem:
    return LockProblem(
        file.path, finding.code, finding.message, finding.line, finding.column, finding.why, finding.hint
    )


def _file(entry: Entry) -> LockedFile:
    before = None if entry.before is None else _figures(entry.before)
    return LockedFile(entry.path, entry.status, entry.after.model, before, _figures(entry.after), entry.notes)


def _figures(net: LockedNet) -> LockedFigures:
    return LockedFigures(net.depth, net.params, net.macs, net.stride_placement)
