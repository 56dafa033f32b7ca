"""``resnet-inspect nearest``."""

from __future__ import annotations

from typing import Annotated

import typer

from resnet_inspect import workflows
from resnet_inspect.cli.options import (
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
    input_shape: InputOption = None,
    device: DeviceOption = Device.meta,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """The known variants closest to a custom net, and exactly what differs."""
    run = chosen_run(input_shape, device, chosen_version(v1=v1, v1_5=v1_5))
    return emit(workflows.nearest(model, count, run), output_format)
