"""``resnet-inspect stages``."""

from __future__ import annotations

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


def stages(
    model: ModelArgument,
    *,
    v1: V1Option = False,
    v1_5: V15Option = False,
    arguments: ArgumentsOption = None,
    inputs: InputOption = None,
    device: DeviceOption = Device.auto,
    output_format: FormatOption = OutputFormat.table,
) -> int:
    """Show the paper's Table 1, completed with what it leaves out."""
    run = chosen_run(inputs, device, chosen_version(v1=v1, v1_5=v1_5), arguments)
    return emit(workflows.stages(model, run), output_format)
