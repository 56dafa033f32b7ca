"""``resnet-inspect variants``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from resnet_inspect import workflows
from resnet_inspect.cli.options import FormatOption, OutputFormat
from resnet_inspect.cli.output import emit
from resnet_inspect.cli.quantities import parse_limit


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
    pattern: Annotated[str, typer.Argument(help="Names to show, with the wildcards * and ?; quote it.")] = "*",
    *,
    block: Annotated[Block | None, typer.Option("--block", help="Show only variants with this kind of block.")] = None,
    max_params: Annotated[
        str | None, typer.Option("--max-params", metavar="N", help="Show only variants with at most N parameters: 30M.")
    ] = None,
    max_macs: Annotated[
        str | None, typer.Option("--max-macs", metavar="N", help="Show only variants with at most N MACs: 4.1G.")
    ] = None,
    sort: Annotated[
        Sort | None,
        typer.Option("--sort", help="Sort by this column, smallest first. Default: the order of the config table."),
    ] = None,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """List the variants: every network that has a name, with depth, parameters and MACs."""
    from resnet_inspect.reports.variants import Wanted

    wanted = Wanted(
        block=block.value if block else None,
        max_params=None if max_params is None else parse_limit("--max-params", max_params, "params"),
        max_macs=None if max_macs is None else parse_limit("--max-macs", max_macs, "macs"),
        order=sort.value if sort else None,
    )
    return emit(workflows.variants(pattern, wanted), output_format)
