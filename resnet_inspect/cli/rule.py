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
        typer.Argument(metavar="RULE", help="A code, the start of a code, or a name. Default: all rules."),
    ] = None,
    *,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """Explain a rule of check: why it matters, how to fix it, and an example."""
    return emit(gate.rule(*rules or ()), output_format)
