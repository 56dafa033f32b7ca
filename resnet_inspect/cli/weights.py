"""``resnet-inspect weights``."""

from __future__ import annotations

from typing import Annotated

import typer

from resnet_inspect import porting
from resnet_inspect.cli.options import (
    ArgumentsOption,
    FormatOption,
    ModelArgument,
    OutputFormat,
    PrefixOption,
    WeightsArgument,
    chosen_arguments,
)
from resnet_inspect.cli.output import DONE, FINDINGS, emit
from resnet_inspect.errors import RequestError
from resnet_inspect.subjects import Run


def weights(
    model: ModelArgument,
    file: WeightsArgument,
    *,
    arguments: ArgumentsOption = None,
    prefix: PrefixOption = None,
    into: Annotated[
        str | None,
        typer.Option(
            "--into",
            metavar="PREFIX",
            help="If the model contains several networks, the prefix of the one to load into (rgb.).",
        ),
    ] = None,
    convert: Annotated[
        str | None,
        typer.Option(
            "--convert",
            metavar="OUT",
            help="Write the tensors that fit to OUT as safetensors, under the model's names.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT if it exists.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if any tensor does not load.")] = False,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """Show which tensors of a file load into a model, which do not, and why.

    A model that is not built from a config is run once, without values, to find its strides.
    With --convert, --exit-code refers to the file that is written.
    """
    if force and convert is None:
        raise RequestError("--force needs --convert: it overwrites the file that --convert names")
    run = Run(arguments=chosen_arguments(arguments))
    report = porting.weights(model, file, run, convert_to=convert, force=force, prefix=prefix or "", into=into or "")
    emit(report, output_format)
    loads = report.loads if report.converted is None else report.complete
    return FINDINGS if exit_code and not loads else DONE
