"""``resnet-inspect check``."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resnet_inspect import gate
from resnet_inspect.cli.checkout import from_checkout
from resnet_inspect.cli.option_values import parse_input
from resnet_inspect.cli.options import (
    PATHS_HELP,
    ArgumentsOption,
    InputOption,
    JobsOption,
    LockFileOption,
    TimeoutOption,
    chosen_arguments,
)
from resnet_inspect.cli.output import exit_code, look_of, put, put_as, say
from resnet_inspect.cli.output_file import format_for, require_no_input, write_file
from resnet_inspect.cli.progress import watched
from resnet_inspect.errors import MissingPathsError, RequestError
from resnet_inspect.formats import CHECK_FORMATS, FORMATS

if TYPE_CHECKING:
    from resnet_inspect.formats import Format
    from resnet_inspect.reports.check import CheckReport, Detail


class CheckFormat(StrEnum):
    """Formats of what a check found."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"
    html = "html"
    github = "github"
    sarif = "sarif"
    junit = "junit"


class FailOn(StrEnum):
    """The least severity with which a check fails."""

    error = "error"
    warning = "warning"


SelectOption = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="RULES",
        help="Enable only these rules: RI102, RI1, a name, or ALL. Comma-separated; repeatable.",
    ),
]
ExtendSelectOption = Annotated[
    list[str] | None,
    typer.Option("--extend-select", metavar="RULES", help="Enable these rules as well. Comma-separated; repeatable."),
]
IgnoreOption = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="RULES", help="Disable these rules. Comma-separated; repeatable."),
]


def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATHS", help=PATHS_HELP.format("Files, folders, patterns, or - for standard input")),
    ] = None,
    *,
    select: SelectOption = None,
    extend_select: ExtendSelectOption = None,
    ignore: IgnoreOption = None,
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
    lock_file: LockFileOption = None,
    arguments: ArgumentsOption = None,
    inputs: InputOption = None,
    jobs: JobsOption = 0,
    timeout: TimeoutOption = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(
            "--fail-on",
            metavar="|".join(FailOn),
            help="The least severity with which the exit code is 1: error lets warnings pass. Default: as set in "
            "pyproject.toml, otherwise warning.",
        ),
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 even if there are findings.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the findings, one per line.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List every file, and what was skipped.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the report to FILE, in the format that its suffix means, and print the table.",
        ),
    ] = None,
    output_format: Annotated[
        CheckFormat | None,
        typer.Option(
            "--format",
            "-f",
            metavar="|".join(CheckFormat),
            help="The format of the report. Default: by the suffix of --output, or as set in pyproject.toml; "
            "otherwise table.",
        ),
    ] = None,
) -> int:
    """Check configs and models against expectations and rules. Exits with 1 on findings."""
    from resnet_inspect.checks.selectors import Selection

    chosen = _chosen_format(output_format, output)
    missing: MissingPathsError | None = None
    try:
        report = gate.check(
            paths or None,
            selection=Selection(None if select is None else _listed(select), _listed(extend_select), _listed(ignore)),
            jobs=jobs,
            timeout=timeout,
            only_configs=only_configs,
            stdin_filename=stdin_filename,
            locked=locked,
            lock_file=lock_file,
            inputs=[parse_input(text) for text in inputs or ()],
            arguments=chosen_arguments(arguments),
            fail_on=None if fail_on is None else fail_on.value,
            detail=_detail(quiet=quiet, verbose=verbose),
            watch=watched,
        )
    except MissingPathsError as error:
        missing = error
        report = error.report
    if report.files or missing is None:
        _write(report, chosen or report.format, output)
    return exit_code(report.faults, missing, ok=report.passed or exit_zero)


def _listed(values: list[str] | None) -> tuple[str, ...]:
    """``["RI1,RI2", "RI301"]`` -> ("RI1", "RI2", "RI301")."""
    return tuple(part.strip() for value in values or () for part in value.split(","))


def _detail(*, quiet: bool, verbose: bool) -> Detail:
    if quiet and verbose:
        raise RequestError("--quiet and --verbose cannot be used together")
    return "quiet" if quiet else "verbose" if verbose else "normal"


def _chosen_format(output_format: CheckFormat | None, output: Path | None) -> Format | None:
    chosen: Format | None = None if output_format is None else output_format.value
    if output is not None:
        require_no_input(output)
        chosen = format_for(output, chosen, (*FORMATS, *CHECK_FORMATS))
    return chosen


def _write(report: CheckReport, output_format: Format, output: Path | None) -> None:
    from resnet_inspect.render.formats import render

    written = from_checkout(report) if output_format in {"github", "sarif"} else report
    if output is None:
        put_as(output_format, render(written, output_format, look_of(sys.stdout)))
    elif write_file(output, render(written, output_format)):
        put(render(report, "table", look_of(sys.stdout)))
    if output_format == "github":
        _write_step_summary(written)
    for note in report.notes:
        say("note", note)
    if report.detail == "verbose":
        for path in report.skipped:
            say("skipped", f"{path}: excluded, or not a config")


def _write_step_summary(report: CheckReport) -> None:
    """Append to the page that GitHub shows for a step; it names the file in the environment."""
    from resnet_inspect.render.github import to_step_summary

    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(to_step_summary(report))
        except OSError as error:
            say("warning", f"cannot write the summary of the step: {error.strerror}")
