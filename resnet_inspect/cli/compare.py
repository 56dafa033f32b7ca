"""``resnet-inspect compare``."""

from __future__ import annotations

from typing import Annotated

import typer

from resnet_inspect import workflows
from resnet_inspect.cli.options import (
    ArgumentsOption,
    Device,
    DeviceOption,
    FormatOption,
    InputOption,
    ModelArgument,
    OutputFormat,
    V1Option,
    V15Option,
    chosen_run,
)
from resnet_inspect.cli.output import DONE, FINDINGS, emit
from resnet_inspect.errors import RequestError


def compare(
    model: ModelArgument,
    other: Annotated[
        str | None, typer.Argument(metavar="OTHER", help="The right side. With --v1 or --v1.5, defaults to MODEL.")
    ] = None,
    *,
    v1: V1Option = False,
    v1_5: V15Option = False,
    arguments: ArgumentsOption = None,
    other_arguments: Annotated[
        list[str] | None,
        typer.Option("--other-kwargs", metavar="NAME=VALUE", help="Like --kwargs, but for OTHER. Repeatable."),
    ] = None,
    inputs: InputOption = None,
    other_inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--other-input",
            metavar="[NAME=]SHAPE[:TYPE]",
            help="Like --input, but for OTHER. By default, --input applies to both.",
        ),
    ] = None,
    device: DeviceOption = Device.auto,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 if the models differ, like git diff.")
    ] = False,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """Show what differs between two models, what it costs, and what it means for weights.

    --v1 applies to the left side, --v1.5 to the right side.
    """
    if other is None and not (v1 or v1_5):
        raise RequestError("compare needs two models, or one with --v1 or --v1.5: resnet-inspect compare A B")
    if model == "-" and other in {None, "-"}:
        raise RequestError(
            "standard input can only be read once: use '-' for one side and a name or a file for the other"
        )
    left = chosen_run(inputs, device, "v1" if v1 else None, arguments)
    right = chosen_run(other_inputs or inputs, device, "v1.5" if v1_5 else None, other_arguments)
    report = workflows.compare(model, other or model, left, right)
    emit(report, output_format)
    return FINDINGS if exit_code and not report.identical else DONE
