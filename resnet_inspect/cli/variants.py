"""``resnet-inspect variants``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from resnet_inspect import workflows
from resnet_inspect.cli.options import FormatOption, OutputFormat
from resnet_inspect.cli.output import emit
from resnet_inspect.cli.quantities import parse_quantity


class Block(StrEnum):
    """Kinds of residual block."""

    basic = "basic"
    bottleneck = "bottleneck"


class Sort(StrEnum):
    """Columns by which variants can be sorted."""

    name = "name"
    depth = "depth"
    params = "params"
    macs = "macs"


def variants(
    pattern: Annotated[str, typer.Argument(help="Names to show, with * and ?; quote it.")] = "*",
    *,
    block: Annotated[Block | None, typer.Option("--block", help="Only those with such blocks.")] = None,
    max_params: Annotated[
        str | None, typer.Option("--max-params", metavar="N", help="Only those with at most so many parameters: 30M.")
    ] = None,
    max_macs: Annotated[
        str | None, typer.Option("--max-macs", metavar="N", help="Only those with at most so many MACs: 4.1G.")
    ] = None,
    sort: Annotated[
        Sort | None, typer.Option("--sort", help="Smallest first by this column; else in the order of the table.")
    ] = None,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """The config table: every variant that can be named, with depth, parameters and MACs."""
    from resnet_inspect.reports.variants import Wanted

    wanted = Wanted(
        block=block.value if block else None,
        max_params=None if max_params is None else parse_quantity("--max-params", max_params),
        max_macs=None if max_macs is None else parse_quantity("--max-macs", max_macs),
        order=sort.value if sort else None,
    )
    return emit(workflows.variants(pattern, wanted), output_format)
