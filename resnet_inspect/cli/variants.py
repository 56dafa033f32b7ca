"""``resnet-inspect variants``."""

from __future__ import annotations

from typing import Annotated

import typer

from resnet_inspect import workflows
from resnet_inspect.cli.options import FormatOption, OutputFormat
from resnet_inspect.cli.output import emit


def variants(
    pattern: Annotated[str, typer.Argument(help="Names to show, with * and ?; quote it.")] = "*",
    *,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """The config table: every variant that can be named."""
    return emit(workflows.variants(pattern), output_format)
