"""``resnet-inspect identify``."""

from __future__ import annotations

from resnet_inspect import workflows
from resnet_inspect.cli.options import FormatOption, OutputFormat, PrefixOption, WeightsArgument
from resnet_inspect.cli.output import emit


def identify(
    file: WeightsArgument, *, prefix: PrefixOption = None, output_format: FormatOption = OutputFormat.table
) -> int:
    """Which ResNet the weights in a file are of: variant, config, and what weights cannot tell.

    Only names and shapes are read. Nothing in the file is run.
    """
    return emit(workflows.identify(file, prefix=prefix or ""), output_format)
