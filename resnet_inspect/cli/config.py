"""``resnet-inspect config``."""

from __future__ import annotations

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
from resnet_inspect.cli.output import DONE, put_file


def config(
    model: ModelArgument,
    *,
    v1: V1Option = False,
    v1_5: V15Option = False,
    arguments: ArgumentsOption = None,
    inputs: InputOption = None,
    device: DeviceOption = Device.auto,
) -> int:
    """Print a model's config as TOML, with a comment for each field: a starting point for your own.

    Models that are not built from a config are run to find out; --input and --device apply to those.
    """
    run = chosen_run(inputs, device, chosen_version(v1=v1, v1_5=v1_5), arguments)
    put_file(workflows.config(model, run))
    return DONE
