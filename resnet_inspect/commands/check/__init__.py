"""``check``: configs and models, compared with expectations, rules and the lock."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from resnet_inspect.arguments import choice, flag, instance, text
from resnet_inspect.checking.findings import Severity
from resnet_inspect.console.completion import complete_rules
from resnet_inspect.console.options import (
    PathsOptions,
    ReportOptions,
    Texts,
    format_option,
    names_option,
    output_option,
    paths_argument,
    write_report,
)
from resnet_inspect.console.output import exit_code, log
from resnet_inspect.console.output_file import write_file
from resnet_inspect.console.progress import watched
from resnet_inspect.errors import RequestError
from resnet_inspect.formats import Format, formats_of
from resnet_inspect.rendering.report import render

if TYPE_CHECKING:
    from resnet_inspect.checking.rule import RuleSelection
    from resnet_inspect.commands.check.inputs import Paths, Watch
    from resnet_inspect.commands.check.report import CheckReport, Detail
    from resnet_inspect.tracing.inputs import InputSpec

_FORMATS = formats_of("check")


def check(
    paths: Paths | None = None,
    *,
    selection: RuleSelection | None = None,
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
    missing_ok: bool = False,
) -> CheckReport:
    """Check config files and models: find expectations that do not hold, and violations of rules.

    Args:
        paths: one or several files, folders, patterns, or ``"-"`` for standard input; or models, such as
            ``"torchvision:resnet50"`` or ``"mine:build_net"``, whose code is imported and thereby executed. Defaults to
            the paths in pyproject.toml, or the current folder.
        selection: rules to enable or disable, in addition to pyproject.toml.
        jobs: number of processes; 0 for one per core if there are many files.
        timeout: time limit for one file in seconds. Defaults to the one in pyproject.toml; without one, a file that is
            checked in this process has no limit.
        only_configs: ``True`` to skip given files, too, if they are excluded or do not look like a config, and never
            take a string for a model.
        stdin_filename: name to report for standard input.
        locked: ``True`` if every architecture must match the lock. Defaults to the setting in pyproject.toml.
        lock_file: path of the lock. Defaults to the path in pyproject.toml.
        inputs: inputs for the forwards of named models.
        arguments: arguments for the factories of named models.
        fail_on: least severity of a finding with which the check fails. Defaults to the setting in pyproject.toml,
            otherwise ``"warning"``.
        detail: amount of text in the report: ``"quiet"``, ``"normal"`` or ``"verbose"``.
        watch: function of an iterator over the results and their number that returns the results, e.g. to show
            progress.
        missing_ok: ``True`` to report on the other paths if one does not exist; the report then has the error as
            ``missing``.

    Returns:
        The files with their findings, in the order of ``paths``.

    Raises:
        WrongTypeError: if an argument has a wrong type.
        MissingPathsError: if a path does not exist, or a pattern matches nothing.
        RequestError: if a selector matches no rule; pyproject.toml, the lock, the timeout or ``fail_on`` is not valid;
            there is nothing to check; ``lock_file`` is given without ``locked``; inputs or arguments are given without
            a model; or a rule that ``locked`` needs is disabled.
    """
    from resnet_inspect.checking.lock.file import read_lock
    from resnet_inspect.checking.lock.matching import unchecked_entries, with_entries
    from resnet_inspect.checking.lock.rules import require_selected
    from resnet_inspect.checking.paths import find_files, targets_of
    from resnet_inspect.checking.pool import check_files
    from resnet_inspect.checking.registry import RULES
    from resnet_inspect.checking.rule import RuleSelection
    from resnet_inspect.checking.settings import settings_of
    from resnet_inspect.commands.check import inputs as shared
    from resnet_inspect.commands.check.report import Detail, check_report

    start = time.perf_counter()
    flag("only_configs", only_configs)
    flag("missing_ok", missing_ok)
    if locked is not None:
        flag("locked", locked)
    if fail_on is not None:
        choice("fail_on", fail_on, get_args(Severity))
    choice("detail", detail, get_args(Detail))
    if stdin_filename is not None:
        text("stdin_filename", stdin_filename)
    if selection is not None:
        instance("selection", selection, RuleSelection, 'ri.RuleSelection(ignore=("RI1",))')
    lock_file, options = shared.common_arguments(lock_file, jobs, timeout, inputs, arguments, watch)
    settings = settings_of(selection or RuleSelection())
    timeout = settings.timeout if timeout is None else timeout
    fail_on = fail_on or settings.fail_on
    locked = settings.locked if locked is None else locked
    if lock_file is not None and not locked:
        raise RequestError("--lock-file needs --locked: resnet-inspect check --locked --lock-file FILE")
    if locked:
        require_selected(settings.codes)
    lock = read_lock(lock_file or settings.lock) if locked else None
    named = shared.named_paths(paths, settings)
    found = find_files(named, settings, only_configs=only_configs)
    targets = with_entries(lock, targets_of(found, stdin_filename, options), lock_file or "")
    # If pyproject.toml lists the paths, a pull request could remove a locked config from the list.
    requested = found.requested.with_folder(settings.root) if paths is None else found.requested
    unchecked = unchecked_entries(lock, targets, requested, settings)
    if not (targets or found.missing or found.closed or only_configs or unchecked):
        raise shared.nothing_to("check", "checked", named, found.skipped)
    missing = shared.missing_error(found.missing, paths)
    results = check_files(targets, settings, jobs, timeout=timeout)
    checked = [*shared.all_results(results, len(targets), found.closed, watch), *unchecked]
    if missing and not missing_ok:
        raise missing
    return replace(
        check_report(checked, RULES, detail, time.perf_counter() - start, fail_on),
        skipped=found.skipped,
        format=settings.format,
        missing=missing,
    )


@dataclass(frozen=True, slots=True)
class _OutputOptions(ReportOptions):
    """Options for the format of the report and the file that it is written to."""

    output: Annotated[
        Path | None,
        output_option("Write the report to FILE, in the format that its suffix means, and print the table."),
    ] = None
    format: Annotated[
        Format | None,
        format_option(_FORMATS, "by the suffix of --output, or as set in pyproject.toml; otherwise table."),
    ] = None


def _rules_option(flag: str, effect: str) -> Any:
    return names_option(flag, "RULES", complete_rules, f"{effect} Comma-separated; repeatable.")


def command(
    paths: Annotated[Texts, paths_argument("Files, folders, patterns, or - for standard input")] = None,
    *,
    select: Annotated[Texts, _rules_option("--select", "Enable only these rules: RI102, RI1, a name, or ALL.")] = None,
    extend_select: Annotated[Texts, _rules_option("--extend-select", "Enable these rules as well.")] = None,
    ignore: Annotated[Texts, _rules_option("--ignore", "Disable these rules.")] = None,
    only_configs: Annotated[
        bool,
        typer.Option(
            "--only-configs",
            help="Skip files given by name that are excluded or do not look like a config; import nothing.",
        ),
    ] = False,
    stdin_filename: Annotated[
        str | None, typer.Option("--stdin-filename", metavar="PATH", help="The path to report for standard input.")
    ] = None,
    locked: Annotated[
        bool | None,
        typer.Option(
            "--locked/--no-locked",
            help="Require every architecture to match the lock, which 'lock' writes; or not. Default: as set in "
            "pyproject.toml, otherwise not.",
        ),
    ] = None,
    options: PathsOptions,
    fail_on: Annotated[
        Severity | None,
        typer.Option(
            "--fail-on",
            metavar="|".join(get_args(Severity)),
            help="The least severity with which the exit code is 1: error lets warnings pass. Default: as set in "
            "pyproject.toml, otherwise warning.",
        ),
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 even if there are findings.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the findings, one per line.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List every file, and what was skipped.")] = False,
    output: _OutputOptions,
) -> int:
    """Write the report of ``check``; return 1 on findings."""
    from resnet_inspect.checking.rule import RuleSelection

    chosen = output.chosen(_FORMATS)
    report = check(
        paths or None,
        selection=RuleSelection(None if select is None else _listed(select), _listed(extend_select), _listed(ignore)),
        **options.keywords,
        only_configs=only_configs,
        stdin_filename=stdin_filename,
        locked=locked,
        fail_on=fail_on,
        detail=_detail(quiet=quiet, verbose=verbose),
        watch=watched,
        missing_ok=True,
    )
    if report.files or report.missing is None:
        _write(report, chosen or report.format, output.output)
    return exit_code(report.faults, report.missing, ok=report.passed or exit_zero)


def _listed(values: Texts) -> tuple[str, ...]:
    """Return ("RI1", "RI2", "RI301") for ``["RI1,RI2", "RI301"]``."""
    return tuple(part.strip() for value in values or () for part in value.split(","))


def _detail(*, quiet: bool, verbose: bool) -> Detail:
    if quiet and verbose:
        raise RequestError("--quiet and --verbose cannot be used together")
    return "quiet" if quiet else "verbose" if verbose else "normal"


def _write(report: CheckReport, output_format: Format, output: Path | None) -> None:
    from resnet_inspect.commands.check.github import from_checkout, to_step_summary

    written = from_checkout(report) if output_format in {Format.github, Format.sarif} else report
    if output is None:
        write_report(written, output_format)
    elif write_file(output, render(written, output_format)):
        write_report(report, Format.table)
    if output_format is Format.github:
        _write_step_summary(to_step_summary(written))
    for note in report.notes:
        log("note", note)
    if report.detail == "verbose":
        for path in report.skipped:
            log("skipped", f"{path}: excluded, or not a config")


def _write_step_summary(summary: str) -> None:
    """Append to the summary of a GitHub step, whose file the environment names."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(summary)
        except OSError as error:
            log("warning", f"cannot write the summary of the step: {error.strerror}")
