"""The report of ``lock``, how it is made, and its page."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import get_args

from resnet_inspect.checking.findings import FileResult
from resnet_inspect.checking.lock.update import LockedFigures, LockedFile, LockStatus, Update
from resnet_inspect.commands.check.page import FoundIn, finding_group
from resnet_inspect.commands.check.report import faults_of
from resnet_inspect.errors import MissingPathsError
from resnet_inspect.rendering.cells import rounded
from resnet_inspect.rendering.page import Cell, Column, Line, Page, Part, Prose, Tone, line, table_of
from resnet_inspect.rendering.report import Report
from resnet_inspect.text import join_names

_TONES: dict[LockStatus, Tone] = {"new": "good", "changed": "warn", "renamed": "warn", "unchanged": "dim"}


_PROBLEM = {
    "fields": (
        "file.path", "finding.code", "finding.message", "finding.line", "finding.column", "finding.why", "finding.hint",
    )
}  # fmt: skip
"""Metadata of the problems: what JSON has of each."""


def _figure(
    key: str, title: str, keep: int, figure: Callable[[LockedFigures], int], show: Callable[[int], str] = rounded
) -> tuple[Column[LockedFile], ...]:
    """Return a column for a figure, and a hidden one for the figure before."""
    return (
        Column(
            f"{key}_before", f"{title} before", lambda file: figure(file.before) if file.before else None, hidden=True
        ),
        Column(key, title, lambda file: _change_cell(file, figure, show), "right", keep),
    )


_COLUMNS: tuple[Column[LockedFile], ...] = (
    Column("file", "file", lambda file: file.path, least=24),
    Column("status", "", lambda file: Cell(file.status, tone=_TONES[file.status])),
    Column("model", "model", lambda file: file.model, keep=60, least=12),
    *_figure("depth", "depth", 90, lambda figures: figures.depth, str),
    *_figure("params", "params", 80, lambda figures: figures.params),
    *_figure("macs", "MACs", 80, lambda figures: figures.macs),
    Column(
        "placement_before",
        "v1 / v1.5 before",
        lambda file: file.before.stride_placement if file.before else None,
        hidden=True,
    ),
    Column("placement", "v1 / v1.5", lambda file: _placement_cell(file), keep=70),
)


@dataclass(frozen=True, repr=False)
class LockReport(Report):
    """The entries of a lock that were recorded.

    Attributes:
        lock: path of the lock.
        written: ``True`` if the lock has been written.
        would_change: with ``check``, ``True`` if the lock would change; otherwise ``None``.
        ok: ``True`` if every file could be locked.
        files: locked files, in the order of the arguments.
        problems: reasons why other files could not be locked; existing entries of these files are kept.
        failed: results of these files.
        dropped: entries whose files do not exist.
        kept: number of entries that are kept because their files were not given, or have failed.
        faults: tracebacks of bugs in resnet-inspect.
        missing: error for paths that do not exist; ``None`` if all do.
    """

    schema = "resnet-inspect/lock-report/1"
    command = "lock"

    lock: str
    written: bool
    would_change: bool | None
    ok: bool
    files: tuple[LockedFile, ...]
    problems: tuple[FoundIn, ...] = field(metadata=_PROBLEM)
    dropped: tuple[str, ...]
    kept: int
    failed: tuple[FileResult, ...] = field(metadata={"json": False})
    faults: tuple[str, ...] = field(default=(), metadata={"json": False})
    missing: MissingPathsError | None = field(default=None, metadata={"json": False})

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on how the models ran, each with the path."""
        return tuple(f"{file.path}: {note}" for file in self.files for note in file.notes)

    @property
    def counts(self) -> Counter[LockStatus]:
        """Number of files of each status."""
        return Counter(file.status for file in self.files)

    def _page(self) -> Page:
        """Return the table, the problems, and the sum last, next to the prompt."""
        return Page(tuple(self._parts()), unseen=table_of(_COLUMNS, self.files))

    def _parts(self) -> Iterator[Part]:
        if self.files:
            yield table_of(_COLUMNS, self.files)
        for file, finding in self.problems:
            yield finding_group(file, finding)
        yield Prose(tuple(self._sum()))

    def _sum(self) -> Iterator[Line]:
        yield line(self._headline(), "strong" if self.ok else "bad")
        if self.dropped:
            dropped = "dropped" if self.would_change is None else "would be dropped"
            yield line(f"{dropped}, because the file is gone: {join_names(self.dropped, 8)}", "warn")
        if self.would_change:
            yield line("'resnet-inspect lock' without --check writes it", "dim")

    def _headline(self) -> str:
        parts = [f"{self.counts[status]:,} {status}" for status in get_args(LockStatus) if self.counts[status]]
        if self.failed:
            parts.append(f"{len(self.failed):,} cannot be locked")
        if self.kept:
            parts.append("1 other entry kept" if self.kept == 1 else f"{self.kept:,} other entries kept")
        return f"{self.lock} {self._outcome()}: {', '.join(parts) or 'no entries'}"

    def _outcome(self) -> str:
        if self.would_change is None:
            return "written" if self.written else "has not changed"
        return "would change" if self.would_change else "would not change"


def lock_report(
    path: str,
    update: Update,
    *,
    written: bool,
    would_change: bool | None = None,
    missing: MissingPathsError | None = None,
) -> LockReport:
    """Make the report on an update of a lock."""
    return LockReport(
        lock=path,
        written=written,
        would_change=would_change,
        ok=not update.failed,
        files=update.locked,
        problems=tuple(FoundIn(file, finding) for file in update.failed for finding in file.findings),
        failed=update.failed,
        dropped=update.dropped,
        kept=update.kept,
        faults=faults_of(update.failed),
        missing=missing,
    )


def _change_cell(file: LockedFile, figure: Callable[[LockedFigures], int], show: Callable[[int], str]) -> Cell:
    """Return a figure; if it has changed, both the old and the new one."""
    after = figure(file.after)
    if file.before is None or figure(file.before) == after:
        return Cell(show(after), after)
    return Cell(f"{show(figure(file.before))} → {show(after)}", after, "strong")


def _placement_cell(file: LockedFile) -> Cell:
    after = _placement(file.after)
    if file.before is None or file.before.stride_placement == file.after.stride_placement:
        return Cell("" if after == "none" else after, file.after.stride_placement)
    return Cell(f"{_placement(file.before)} → {after}", file.after.stride_placement, "strong")


def _placement(figures: LockedFigures) -> str:
    return figures.stride_placement or "none"
