"""``resnet-inspect nearest``."""

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
    chosen_version,
)
from resnet_inspect.cli.output import emit


def nearest(
    model: ModelArgument,
    *,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=20, help="How many variants to show.")] = 3,
    v1: V1Option = False,
    v1_5: V15Option = False,
    arguments: ArgumentsOption = None,
    inputs: InputOption = None,
    device: DeviceOption = Device.auto,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """Find the known variants closest to a network, and show exactly what differs."""
    run = chosen_run(inputs, device, chosen_version(v1=v1, v1_5=v1_5), arguments)
    return emit(workflows.nearest(model, run, count=count), output_format)
