"""``lock``: the recorded architectures of configs and models, with which ``check --locked`` compares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from resnet_inspect.arguments import flag
from resnet_inspect.console.options import PathsOptions, ReportOptions, Texts, paths_argument
from resnet_inspect.console.output import exit_code
from resnet_inspect.console.progress import watched
from resnet_inspect.errors import RequestError
from resnet_inspect.file_lock import file_lock

if TYPE_CHECKING:
    from resnet_inspect.commands.check.inputs import Paths, Watch
    from resnet_inspect.commands.lock.report import LockReport
    from resnet_inspect.tracing.inputs import InputSpec


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
        check: ``True`` to write nothing, and report whether the lock would change.
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
    from resnet_inspect.checking.lock.file import read_lock_if_any, would_change, write_lock
    from resnet_inspect.checking.lock.update import update
    from resnet_inspect.checking.paths import STDIN, find_files, targets_of
    from resnet_inspect.checking.pool import check_files
    from resnet_inspect.checking.settings import settings_of
    from resnet_inspect.commands.check import inputs as shared
    from resnet_inspect.commands.lock.report import lock_report

    flag("check", check)
    flag("missing_ok", missing_ok)
    lock_file, options = shared.common_arguments(lock_file, jobs, timeout, inputs, arguments, watch)
    settings = settings_of()
    timeout = settings.timeout if timeout is None else timeout
    named = shared.named_paths(paths, settings)
    if any(fspath(path) == STDIN for path in named):
        raise RequestError("standard input has no path that the lock could name: give the path of a file")
    old = read_lock_if_any(lock_file or settings.lock)
    found = find_files(named, settings)
    targets = targets_of(found, options=options)
    if not (targets or found.missing or found.closed):
        raise shared.nothing_to("lock", "locked", named, found.skipped)
    recorded = check_files(targets, settings, jobs, timeout=timeout, check=record_file)
    results = list(shared.all_results(recorded, len(targets), found.closed, watch))
    new, written = update(old, results), False
    changes = would_change(old, new.entries)
    if changes and not check:
        # While the configs ran, another process may have locked others.
        with file_lock(old.path):
            old = read_lock_if_any(old.path)
            new = update(old, results)
            written = write_lock(old, new.entries)
    missing = shared.missing_error(found.missing, paths)
    if missing and not missing_ok:
        raise missing
    return lock_report(old.shown, new, written=written, would_change=changes if check else None, missing=missing)


def command(
    paths: Annotated[Texts, paths_argument("Files, folders or patterns")] = None,
    *,
    options: PathsOptions,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing: show what would change, and exit with 1 if anything would."),
    ] = False,
    output: ReportOptions,
) -> int:
    """Write the report of ``lock``; return 1 if a file cannot be locked, or with ``--check`` the lock would change."""
    report = lock(paths or None, **options.keywords, check=check, watch=watched, missing_ok=True)
    if report.files or report.problems or report.missing is None:
        output.write(report)
    return exit_code(report.faults, report.missing, ok=report.ok and not report.would_change)
