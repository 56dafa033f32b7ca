"""The commands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from resnet_inspect.cli.blocks import blocks
from resnet_inspect.cli.check import check
from resnet_inspect.cli.command_line import Commands
from resnet_inspect.cli.compare import compare
from resnet_inspect.cli.config import config
from resnet_inspect.cli.count import count
from resnet_inspect.cli.identify import identify
from resnet_inspect.cli.layers import layers
from resnet_inspect.cli.lock import lock
from resnet_inspect.cli.nearest import nearest
from resnet_inspect.cli.progress import progress_line
from resnet_inspect.cli.rule import rule
from resnet_inspect.cli.schema import schema
from resnet_inspect.cli.stages import stages
from resnet_inspect.cli.summary import summary
from resnet_inspect.cli.variants import variants
from resnet_inspect.cli.weights import weights
from resnet_inspect.version import __version__

app = typer.Typer(
    name="resnet-inspect",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_COMMANDS = (
    layers, stages, count, blocks, compare, nearest, check, lock, rule, identify, weights, variants, config, schema,
    summary,
)  # fmt: skip

for _command in _COMMANDS:
    app.command()(_command)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"resnet-inspect {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Show how a ResNet is really built: strides, padding, shortcuts, depth, parameters, MACs."""
    del version
    context.with_resource(progress_line())
