"""One short function per use case of the gate: check files, lock them, explain a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from resnet_inspect.arguments import (
    choice,
    flag,
    instance,
    number,
    path,
    several,
    shown,
    text,
    whole_number,
    wrong_type,
)
from resnet_inspect.errors import MissingPathsError, RequestError
from resnet_inspect.subjects import Run
from resnet_inspect.text import listed

if TYPE_CHECKING:
    from resnet_inspect.checks.findings import FileResult, Severity
    from resnet_inspect.checks.selectors import Selection
    from resnet_inspect.checks.settings import Settings
    from resnet_inspect.checks.targets import Naming
    from resnet_inspect.reports.check import CheckReport, Detail
    from resnet_inspect.reports.lock import LockReport
    from resnet_inspect.reports.rule import RuleReport
    from resnet_inspect.trace.inputs import InputSpec

    Watch: TypeAlias = Callable[[Iterator[FileResult], int], Iterator[FileResult]]

MOST_JOBS = 1024
"""Processes that check files."""

Paths: TypeAlias = "str | PathLike[str] | Iterable[str | PathLike[str]]"


def check(
    paths: Paths | None = None,
    *,
    selection: Selection | None = None,
    jobs: int = 1,
    timeout: float | None = None,
    only_configs: bool = False,
    stdin_filename: str | None = None,
    locked: bool | None = None,
    lock_file: str | PathLike[str] | None = None,
    inputs: Sequence[InputSpec] = (),
    arguments: Mapping[str, Any] | None = None,
    fail_on: Severity | None = None,
    detail: Detail = "normal",
    watch: Watch | None = None,
) -> CheckReport:
    """What is wrong with config files and models: expectations that do not hold, rules that find something.

    Args:
        paths: files, folders, patterns that no shell has expanded, ``"-"`` for standard input; texts that name a model,
            such as ``"torchvision:resnet50"`` or ``"mine:build_net"``, whose code is imported and so run; one, or
            several. ``None``: the paths of pyproject.toml, or the current folder where it names none.
        selection: the rules to add to those that are on, or to leave out, over what pyproject.toml says.
        jobs: processes; 0 for one per core where there are enough files to make up for their start.
        timeout: seconds for one file; without it, a file that is checked in this process may take any time. ``None``:
            as pyproject.toml says.
        only_configs: skip named files too that are excluded or do not look like a config; no text names a model.
        stdin_filename: what to call standard input.
        locked: whether every architecture must be what the lock says. ``None``: as pyproject.toml says.
        lock_file: path of the lock, over what pyproject.toml says.
        inputs: what the forwards of the named models are given.
        arguments: for the factories of the named models.
        fail_on: the least severity of a finding with which the report has not ``passed``. ``None``: as pyproject.toml
            says, which is ``"warning"`` by default.
        detail: how much a person who reads the report wants to be told.
        watch: sees the results pass as they come, and how many will.

    Returns:
        Every file with its findings, in the order in which they were named.

    Raises:
        MissingPathsError: if a path is not there, or a pattern matches nothing; it holds the report of the others.
        RequestError: if a selector means no rule, pyproject.toml, the lock, the timeout or ``fail_on`` is wrong, there
            is nothing to check, a lock is given and not asked for, inputs or arguments are given and no model is named,
            or a rule that ``locked`` needs is off.
    """
    import time

    from resnet_inspect.checks.findings import Severity
    from resnet_inspect.checks.lock.held import held_to
    from resnet_inspect.checks.lock.reading import read_lock
    from resnet_inspect.checks.lock.unheld import unheld_results
    from resnet_inspect.checks.paths import find_files, targets_of
    from resnet_inspect.checks.pool import check_files
    from resnet_inspect.checks.registry import RULES
    from resnet_inspect.checks.selectors import Selection
    from resnet_inspect.checks.settings import settings_of
    from resnet_inspect.reports.check import Detail, check_report

    start = time.perf_counter()
    flag("only_configs", only_configs)
    if locked is not None:
        flag("locked", locked)
    if fail_on is not None:
        choice("fail_on", fail_on, get_args(Severity))
    choice("detail", detail, get_args(Detail))
    if stdin_filename is not None:
        text("stdin_filename", stdin_filename)
    if selection is not None:
        instance("selection", selection, Selection, 'ri.Selection(ignore=("RI1",))')
    lock_file, naming = _common(lock_file, jobs, timeout, inputs, arguments, watch)
    settings = settings_of(selection or Selection())
    timeout = settings.timeout if timeout is None else timeout
    fail_on = fail_on or settings.fail_on
    locked = settings.locked if locked is None else locked
    if lock_file is not None and not locked:
        raise RequestError("--lock-file needs --locked: resnet-inspect check --locked --lock-file FILE")
    if locked:
        _require_rules_of_the_lock(settings)
    held = read_lock(lock_file or settings.lock) if locked else None
    named = _named(paths, settings)
    found = find_files(named, settings, only_configs=only_configs)
    targets = held_to(held, targets_of(found, stdin_filename, naming), lock_file or "")
    # Where pyproject.toml says what is checked, a pull request could take a locked config out of it.
    asked = found.asked.with_folder(settings.root) if paths is None else found.asked
    unheld = unheld_results(held, targets, asked, settings)
    if not (targets or found.missing or found.closed or only_configs or unheld):
        raise _nothing_to("check", "checked", named, found.skipped)
    results = check_files(targets, settings, jobs, timeout=timeout)
    checked = [*_all(results, len(targets), found.closed, watch), *unheld]
    report = replace(
        check_report(checked, RULES, detail, time.perf_counter() - start, fail_on),
        skipped=found.skipped,
        faults=tuple(result.fault for result in checked if result.fault),
        format=settings.format,
    )
    if found.missing:
        raise MissingPathsError(found.missing, report, _meant(found.missing, paths))
    return report


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
) -> LockReport:
    """Write down the architecture of config files and models, for ``check`` to hold them to.

    Entries of other files stay, also those that another process writes meanwhile; those of files that are gone are
    dropped. The lock is written whole or not at all, and not if nothing is new.

    Args:
        paths: files, folders, patterns that no shell has expanded, texts that name a model, ``None``: as in ``check``.
        lock_file: path of the lock, over what pyproject.toml says.
        jobs: processes, as in ``check``.
        timeout: seconds for one file, as in ``check``.
        inputs: what the forwards of the named models are given.
        arguments: for the factories of the named models.
        check: write nothing, and say in the report whether the lock would change.
        watch: sees the results pass as they come, and how many will.

    Returns:
        Every file, whether its entry is new, changed or as it was, and what could not be locked.

    Raises:
        MissingPathsError: as in ``check``; the others have been locked.
        RequestError: if the lock that is there cannot be read, or the new one cannot be written, or the timeout is not
            valid.
    """
    from resnet_inspect.alone import alone
    from resnet_inspect.checks.judge import record_file
    from resnet_inspect.checks.lock.reading import read_lock_if_any
    from resnet_inspect.checks.lock.update import update
    from resnet_inspect.checks.paths import STDIN, find_files, targets_of
    from resnet_inspect.checks.pool import check_files
    from resnet_inspect.checks.settings import settings_of
    from resnet_inspect.render.lock_file import would_change, write_lock
    from resnet_inspect.reports.lock import lock_report

    flag("check", check)
    lock_file, naming = _common(lock_file, jobs, timeout, inputs, arguments, watch)
    settings = settings_of()
    timeout = settings.timeout if timeout is None else timeout
    named = _named(paths, settings)
    if any(fspath(path) == STDIN for path in named):
        raise RequestError("standard input has no path that the lock could name: give the path of a file")
    old = read_lock_if_any(lock_file or settings.lock)
    found = find_files(named, settings)
    targets = targets_of(found, naming=naming)
    if not (targets or found.missing or found.closed):
        raise _nothing_to("lock", "locked", named, found.skipped)
    recorded = check_files(targets, settings, jobs, timeout=timeout, check=record_file)
    results = list(_all(recorded, len(targets), found.closed, watch))
    new, written = update(old, results), False
    changes = would_change(old, new.files)
    if changes and not check:
        # While the configs ran, somebody else may have locked others.
        with alone(old.path):
            old = read_lock_if_any(old.path)
            new = update(old, results)
            written = write_lock(old, new.files)
    report = lock_report(old.shown, new, written=written, would_change=changes if check else None)
    if found.missing:
        raise MissingPathsError(found.missing, report, _meant(found.missing, paths))
    return report


def _named(paths: Paths | None, settings: Settings) -> Sequence[str | PathLike[str]]:
    """Return what is to be checked; a path object never names a model, nor do the paths of pyproject.toml."""
    if paths is None:
        return settings.paths
    several_paths = several(paths, (str, PathLike))
    if several_paths is None:
        raise wrong_type("paths", "paths or names, such as 'net.toml' or 'mine:build_net'", paths)
    for each in several_paths:
        path("a path", each)
    return several_paths


def _meant(missing: Sequence[str], paths: Paths | None) -> tuple[str, ...]:
    """What the table of variants says of names that are no paths: which are similar, or which they may mean."""
    if paths is None:
        them = "it as a path" if len(missing) == 1 else "them as paths"
        return (f"pyproject.toml names {them}, which are files, folders and patterns; models go on the command line",)
    from resnet_inspect.config.sources import is_path
    from resnet_inspect.config.table import find
    from resnet_inspect.errors import UnknownVariantError

    said = []
    for name in missing:
        if is_path(name) or "." in name:
            continue
        try:
            find(name)
        except UnknownVariantError as error:
            said += [str(error)] if error.suggestions else []
    return tuple(said)


def _common(
    lock_file: Any, jobs: Any, timeout: Any, inputs: Any, arguments: Any, watch: Any
) -> tuple[str | None, Naming]:
    """Check the arguments that ``check`` and ``lock`` share; return the lock's path, and how named models are run."""
    from resnet_inspect.checks.targets import Naming

    whole_number("jobs", jobs, 0, MOST_JOBS)
    _require_time(timeout)
    if watch is not None and not callable(watch):
        raise wrong_type("watch", "a function of the results and their number", watch)
    run = Run(inputs=inputs, arguments={} if arguments is None else arguments)
    return None if lock_file is None else path("lock_file", lock_file), Naming(run.inputs, run.arguments)


def _require_time(timeout: Any) -> None:
    from resnet_inspect.checks.timeout import is_timeout

    if timeout is not None and not is_timeout(number("timeout", timeout)):
        written = f"{timeout:g}" if isinstance(timeout, float) else shown(timeout)
        raise RequestError(f"timeout {written} is not valid: write a number of seconds, such as 60; at most a day")


def _require_rules_of_the_lock(settings: Settings) -> None:
    from resnet_inspect.checks.lock.rules import RULES

    if off := [rule.code for rule in RULES if rule.code not in settings.codes]:
        raise RequestError(
            f"a check against the lock (--locked) needs {listed([rule.code for rule in RULES])}, and the selection "
            f"leaves out {listed(off)}: select RI3 too, or do not ignore it, on the command line and in pyproject.toml"
        )


def _all(
    results: Iterator[FileResult], count: int, closed: Iterable[tuple[str, str]], watch: Watch | None
) -> Iterator[FileResult]:
    """The results of the files as they come, watched if anybody wants to, and of the folders that could not be read."""
    from resnet_inspect.checks.judge import closed_folder

    yield from watch(results, count) if watch else results
    yield from map(closed_folder, closed)


def _nothing_to(do: str, done: str, named: Sequence[str | PathLike[str]], skipped: Sequence[str]) -> RequestError:
    if not named:
        return RequestError(f"nothing to {do}: no paths given; name files or folders, or omit paths for the default")
    left_out = f" ({skipped[0]}{f' and {len(skipped) - 1:,} more' if skipped[1:] else ''} left out)" if skipped else ""
    why = f"there is no file that looks like a config and is not excluded{left_out}"
    return RequestError(f"nothing to {do}: {why}; name one to have it {done}")


def rule(*words: str) -> RuleReport:
    """What rules mean: those that a code, the beginning of codes, or a name stands for; all of them without a word.

    Args:
        words: in capitals or not.

    Returns:
        The rules, sorted by code.

    Raises:
        RequestError: if a word stands for none.
    """
    from resnet_inspect.checks.registry import RULES, matching
    from resnet_inspect.reports.rule import rule_report

    for word in words:
        text("a rule", word)
    return rule_report(matching(words) if words else RULES.values())
