"""``resnet-inspect identify``."""

from __future__ import annotations

from resnet_inspect import porting
from resnet_inspect.cli.options import FormatOption, OutputFormat, PrefixOption, WeightsArgument
from resnet_inspect.cli.output import emit


def identify(
    file: WeightsArgument, *, prefix: PrefixOption = None, output_format: FormatOption = OutputFormat.table
) -> int:
    """Identify the ResNet that a weights file belongs to: variant, config, and what weights cannot tell.

    Reads only names and shapes. Nothing in the file is executed.
    """
    return emit(porting.identify(file, prefix=prefix or ""), output_format)
