"""``resnet-inspect lock``."""

from __future__ import annotations

from typing import Annotated

import typer

from resnet_inspect import gate
from resnet_inspect.cli.options import FormatOption, JobsOption, LockFileOption, OutputFormat, TimeoutOption
from resnet_inspect.cli.output import emit, exit_code
from resnet_inspect.cli.progress import watched
from resnet_inspect.errors import MissingPathsError


def lock(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATHS", help="Files, folders or patterns; none: this folder.")
    ] = None,
    *,
    lock_file: LockFileOption = None,
    jobs: JobsOption = 0,
    timeout: TimeoutOption = None,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """Write down the architecture of configs, for 'check --locked'. Exits with 1 if one cannot be locked."""
    missing: MissingPathsError | None = None
    try:
        report = gate.lock(paths or ["."], lock_file=lock_file, jobs=jobs, timeout=timeout, watch=watched)
    except MissingPathsError as error:
        missing = error
        report = error.report
    if report.files or report.problems or missing is None:
        emit(report, output_format)
    return exit_code(report.faults, missing, ok=report.ok)
