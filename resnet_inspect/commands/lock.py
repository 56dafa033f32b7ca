"""``lock``: the recorded architectures of configs and models, with which ``check --locked`` compares them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from resnet_inspect.arguments import flag
from resnet_inspect.console.completion import complete_model
from resnet_inspect.console.options import PATHS_HELP, PathsOptions, ReportOptions
from resnet_inspect.console.output import exit_code
from resnet_inspect.console.progress import watched
from resnet_inspect.errors import MissingPathsError, RequestError
from resnet_inspect.file_lock import file_lock
from resnet_inspect.rendering.cells import rounded
from resnet_inspect.rendering.page import Cell, Column, Line, Page, Part, Prose, Tone, line, table_of
from resnet_inspect.rendering.report import Report
from resnet_inspect.text import join_names

if TYPE_CHECKING:
    from resnet_inspect.checking.findings import FileResult, Finding
    from resnet_inspect.checking.lock.update import LockedFigures, LockedFile, LockStatus, Update
    from resnet_inspect.commands.check.inputs import Paths, Watch
    from resnet_inspect.tracing.inputs import InputSpec

_STATUSES: tuple[LockStatus, ...] = ("new", "changed", "renamed", "unchanged")
_TONES: dict[LockStatus, Tone] = {"new": "good", "changed": "warn", "renamed": "warn", "unchanged": "dim"}


@dataclass(frozen=True, slots=True)
class LockProblem:
    """A reason why a file cannot be locked.

    Attributes:
        path: path of the file, as given.
        code: code of the rule that explains it.
        message, line, column, why, hint: see ``Finding``.
    """

    path: str
    code: str
    message: str
    line: int | None
    column: int | None
    why: str
    hint: str


_Figure: TypeAlias = Literal["depth", "params", "macs"]


def _figure(key: _Figure, title: str, keep: int) -> tuple[Column[LockedFile], ...]:
    return (
        Column(f"{key}_before", f"{title} before", lambda file: _before(file, key), hidden=True),
        Column(key, title, lambda file: _after(file, key), "right", keep),
    )


_COLUMNS: tuple[Column[LockedFile], ...] = (
    Column("file", "file", lambda file: file.path, least=24),
    Column("status", "", lambda file: Cell(file.status, tone=_TONES[file.status])),
    Column("model", "model", lambda file: file.model, keep=60, least=12),
    *_figure("depth", "depth", 90),
    *_figure("params", "params", 80),
    *_figure("macs", "MACs", 80),
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
        written: whether the lock has been written.
        would_change: with ``check``, whether the lock would change; otherwise ``None``.
        ok: whether every file could be locked.
        files: locked files, in the order of the arguments.
        problems: reasons why other files could not be locked; existing entries of these files are kept.
        failed: results of these files.
        dropped: entries whose files do not exist.
        kept: number of entries that are kept because their files were not given, or have failed.
        faults: tracebacks of bugs in resnet-inspect.
        missing: error for paths that do not exist; ``None`` if all do.
    """

    schema = "resnet-inspect/lock-report/1"

    lock: str
    written: bool
    would_change: bool | None
    ok: bool
    files: tuple[LockedFile, ...]
    problems: tuple[LockProblem, ...]
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
        from resnet_inspect.commands.check.page import finding_group

        if self.files:
            yield table_of(_COLUMNS, self.files)
        for file in self.failed:
            for finding in file.findings:
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
        parts = [f"{self.counts[status]:,} {status}" for status in _STATUSES if self.counts[status]]
        if self.failed:
            parts.append(f"{len(self.failed):,} cannot be locked")
        if self.kept:
            parts.append("1 other entry kept" if self.kept == 1 else f"{self.kept:,} other entries kept")
        return f"{self.lock} {self._outcome()}: {', '.join(parts) or 'no entries'}"

    def _outcome(self) -> str:
        if self.would_change is None:
            return "written" if self.written else "has not changed"
        return "would change" if self.would_change else "would not change"


def lock(
    paths: Paths | None = None,
    *,
    lock_file: str | PathLike[str] | None = None,
    jobs: int = 1,
    timeout: float | None = None,
    inputs: Sequence[InputSpec] = (),
    arguments: Mapping[str, Any] | None = None,
    check: bool = False,
    watch: Watch | None = None,
    missing_ok: bool = False,
) -> LockReport:
    """Record the architecture of config files and models in a lock, with which ``check`` compares them.

    Entries of other files are kept, including those that another process writes at the same time; entries of files that
    do not exist are dropped. The lock is written completely or not at all, and only if it changes.

    Args:
        paths: files, folders, patterns and models, as in ``check``.
        lock_file: path of the lock. Defaults to the path in pyproject.toml.
        jobs: number of processes, as in ``check``.
        timeout: time limit for one file in seconds, as in ``check``.
        inputs: inputs for the forwards of named models.
        arguments: arguments for the factories of named models.
        check: whether to write nothing, and report whether the lock would change.
        watch: function of an iterator over the results and their number that returns the results, e.g. to show
            progress.
        missing_ok: see ``check``.

    Returns:
        The files with the status of their entries (new, changed, renamed or unchanged), and the reasons why other files
        could not be locked.

    Raises:
        WrongTypeError: if an argument has a wrong type.
        MissingPathsError: if a path does not exist, or a pattern matches nothing; the other paths have been locked.
        RequestError: if the lock cannot be read or written, or the timeout is not valid.
    """
    from resnet_inspect.checking.judge import record_file
    from resnet_inspect.checking.lock.reading import read_lock_if_any
    from resnet_inspect.checking.lock.update import update
    from resnet_inspect.checking.lock.writing import would_change, write_lock
    from resnet_inspect.checking.paths import STDIN, find_files, targets_of
    from resnet_inspect.checking.pool import check_files
    from resnet_inspect.checking.settings import settings_of
    from resnet_inspect.commands.check.inputs import (
        all_results,
        common_arguments,
        missing_error,
        named_paths,
        nothing_to,
    )

    flag("check", check)
    flag("missing_ok", missing_ok)
    lock_file, options = common_arguments(lock_file, jobs, timeout, inputs, arguments, watch)
    settings = settings_of()
    timeout = settings.timeout if timeout is None else timeout
    named = named_paths(paths, settings)
    if any(fspath(path) == STDIN for path in named):
        raise RequestError("standard input has no path that the lock could name: give the path of a file")
    old = read_lock_if_any(lock_file or settings.lock)
    found = find_files(named, settings)
    targets = targets_of(found, options=options)
    if not (targets or found.missing or found.closed):
        raise nothing_to("lock", "locked", named, found.skipped)
    recorded = check_files(targets, settings, jobs, timeout=timeout, check=record_file)
    results = list(all_results(recorded, len(targets), found.closed, watch))
    new, written = update(old, results), False
    changes = would_change(old, new.entries)
    if changes and not check:
        # While the configs ran, another process may have locked others.
        with file_lock(old.path):
            old = read_lock_if_any(old.path)
            new = update(old, results)
            written = write_lock(old, new.entries)
    missing = missing_error(found.missing, paths)
    if missing and not missing_ok:
        raise missing
    return lock_report(old.shown, new, written=written, would_change=changes if check else None, missing=missing)


def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATHS", autocompletion=complete_model, help=PATHS_HELP.format("Files, folders or patterns")
        ),
    ] = None,
    *,
    options: PathsOptions,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing: show what would change, and exit with 1 if anything would."),
    ] = False,
    output: ReportOptions,
) -> int:
    """Write the report of ``lock``; return 1 if a file cannot be locked, or with ``--check`` the lock would change."""
    report = lock(
        paths or None,
        **options.keywords,
        check=check,
        watch=watched,
        missing_ok=True,
    )
    if report.files or report.problems or report.missing is None:
        output.write(report)
    return exit_code(report.faults, report.missing, ok=report.ok and not report.would_change)


def lock_report(
    path: str,
    update: Update,
    *,
    written: bool,
    would_change: bool | None = None,
    missing: MissingPathsError | None = None,
) -> LockReport:
    """Make the report on an update of a lock."""
    from resnet_inspect.commands.check.report import faults_of

    return LockReport(
        lock=path,
        written=written,
        would_change=would_change,
        ok=not update.failed,
        files=update.locked,
        problems=tuple(_problem(file, finding) for file in update.failed for finding in file.findings),
        failed=update.failed,
        dropped=update.dropped,
        kept=update.kept,
        faults=faults_of(update.failed),
        missing=missing,
    )


def _problem(file: FileResult, finding: Finding) -> LockProblem:
    return LockProblem(
        file.path, finding.code, finding.message, finding.line, finding.column, finding.why, finding.hint
    )


def _before(file: LockedFile, figure: _Figure) -> int | None:
    return getattr(file.before, figure) if file.before else None


def _after(file: LockedFile, figure: _Figure) -> Cell:
    """Return a figure; if it has changed, both the old and the new one."""
    before, after = _before(file, figure), getattr(file.after, figure)
    show = str if figure == "depth" else rounded
    if before is None or before == after:
        return Cell(show(after), after)
    return Cell(f"{show(before)} → {show(after)}", after, "strong")


def _placement_cell(file: LockedFile) -> Cell:
    after = _placement(file.after)
    if file.before is None or file.before.stride_placement == file.after.stride_placement:
        return Cell("" if after == "none" else after, file.after.stride_placement)
    return Cell(f"{_placement(file.before)} → {after}", file.after.stride_placement, "strong")


def _placement(figures: LockedFigures) -> str:
    return figures.stride_placement or "none"
