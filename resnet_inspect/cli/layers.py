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
from resnet_inspect.errors import RequestError


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

    selection = LayerSelection(
        everything=everything,
        stages=frozenset(_stage_name(name) for name in stage or ()),
        blocks=frozenset(block or ()),
        roles=frozenset(_role_name(name) for name in role or ()),
    )
    run = chosen_run(inputs, device, chosen_version(v1=v1, v1_5=v1_5), arguments)
    return emit(workflows.layers(model, run, selection=selection), output_format)


def _stage_name(name: str) -> str:
    """``1``, ``stage1`` and ``conv2_x`` are one and the same."""
    lowered = name.lower()
    if lowered in {"stem", "head"}:
        return lowered
    number = lowered.removeprefix("stage")
    if lowered.startswith("conv") and lowered.endswith("_x") and lowered[4:-2].isdecimal():
        number = str(int(lowered[4:-2]) - 1)
    if not (number.isascii() and number.isdecimal() and 1 <= int(number[:4]) <= 999):
        raise RequestError(f"--stage '{name}' is not a stage: write stem, head, or stage1 (also 1, conv2_x)")
    return f"stage{int(number)}"


def _role_name(name: str) -> str:
    if name.lower() not in ROLES:
        raise RequestError(f"--role '{name}' is not a role: choose from {', '.join(ROLES)}")
    return name.lower()
