"""``resnet-inspect layers``."""

from __future__ import annotations

from typing import Annotated

import typer

from resnet_inspect import workflows
from resnet_inspect.anatomy.facts import ROLES
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
    chosen_version,
)
from resnet_inspect.cli.output import emit


def layers(
    model: ModelArgument,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Show every module and functional operation.")] = False,
    stage: Annotated[
        list[str] | None,
        typer.Option("--stage", help="Show only this stage: stem, 1, stage1, conv2_x, head. Repeatable."),
    ] = None,
    block: Annotated[
        list[int] | None,
        typer.Option("--block", min=0, help="Show only this block of each stage, counted from 0. Repeatable."),
    ] = None,
    role: Annotated[
        list[str] | None, typer.Option("--role", help=f"Show only this role: {', '.join(ROLES)}. Repeatable.")
    ] = None,
    v1: V1Option = False,
    v1_5: V15Option = False,
    arguments: ArgumentsOption = None,
    inputs: InputOption = None,
    device: DeviceOption = Device.auto,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """List every layer: shape, kernel, stride, padding, parameters, MACs, role."""
    from resnet_inspect.reports.layers import LayerSelection
    from resnet_inspect.reports.selection import role_name, stage_name

    selection = LayerSelection(
        everything=everything,
        stages=frozenset(stage_name(name, "--stage") for name in stage or ()),
        blocks=frozenset(block or ()),
        roles=frozenset(role_name(name, "--role") for name in role or ()),
    )
    run = chosen_run(inputs, device, chosen_version(v1=v1, v1_5=v1_5), arguments)
    return emit(workflows.layers(model, run, selection=selection), output_format)
