"""``resnet-inspect summary``."""

from __future__ import annotations

from typing import Annotated

import typer

from resnet_inspect import workflows
from resnet_inspect.cli.options import (
    ArgumentsOption,
    Device,
    DeviceOption,
    InputOption,
    ModelArgument,
    V1Option,
    V15Option,
    chosen_run,
    chosen_version,
)
from resnet_inspect.cli.output import DONE, put


def summary(
    model: ModelArgument,
    *,
    depth: Annotated[int, typer.Option("--depth", min=1, max=10, help="How many levels of modules to show.")] = 3,
    v1: V1Option = False,
    v1_5: V15Option = False,
    arguments: ArgumentsOption = None,
    inputs: InputOption = None,
    device: DeviceOption = Device.auto,
) -> int:
    """Show the model with torchinfo, as a second opinion."""
    run = chosen_run(inputs, device, chosen_version(v1=v1, v1_5=v1_5), arguments)
    put(workflows.summary(model, run, depth=depth) + "\n")
    return DONE
