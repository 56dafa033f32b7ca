"""``resnet-inspect lock``."""

from __future__ import annotations

from typing import Annotated

import typer

from resnet_inspect import gate
from resnet_inspect.cli.option_values import parse_input
from resnet_inspect.cli.options import (
    PATHS_HELP,
    ArgumentsOption,
    FormatOption,
    InputOption,
    JobsOption,
    LockFileOption,
    OutputFormat,
    TimeoutOption,
    chosen_arguments,
)
from resnet_inspect.cli.output import emit, exit_code, say
from resnet_inspect.cli.progress import watched
from resnet_inspect.errors import MissingPathsError


def lock(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATHS", help=PATHS_HELP.format("Files, folders or patterns"))
    ] = None,
    *,
    lock_file: LockFileOption = None,
    arguments: ArgumentsOption = None,
    inputs: InputOption = None,
    jobs: JobsOption = 0,
    timeout: TimeoutOption = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing: show what would change, and exit with 1 if anything would."),
    ] = False,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """Record the architecture of configs and models for 'check --locked'. Exits with 1 if one cannot be locked."""
    missing: MissingPathsError | None = None
    try:
        report = gate.lock(
            paths or None,
            lock_file=lock_file,
            jobs=jobs,
            timeout=timeout,
            inputs=[parse_input(text) for text in inputs or ()],
            arguments=chosen_arguments(arguments),
            check=check,
            watch=watched,
        )
    except MissingPathsError as error:
        missing = error
        report = error.report
    if report.files or report.problems or missing is None:
        emit(report, output_format)
        for note in report.notes:
            say("note", note)
    return exit_code(report.faults, missing, ok=report.ok and not report.would_change)
