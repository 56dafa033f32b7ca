"""``resnet-inspect rule``."""

from __future__ import annotations

from typing import Annotated

import typer

from resnet_inspect import gate
from resnet_inspect.cli.options import FormatOption, OutputFormat
from resnet_inspect.cli.output import emit


def rule(
    rules: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RULE]...", help="A code, the beginning of codes, or a name; all rules without one."),
    ] = None,
    *,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """What a rule of check means: why it matters, what to do, and an example."""
    return emit(gate.rule(*rules or ()), output_format)
