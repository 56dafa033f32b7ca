"""torchinfo's view of a model: a second witness beside our own trace."""

from __future__ import annotations

import re

from torch import nn

_COLUMNS = ("input_size", "output_size", "kernel_size", "num_params", "mult_adds")


def summarise(module: nn.Module, input_shape: tuple[int, ...], device: str, depth: int) -> str:
    """Show a model as torchinfo does.

    Args:
        module: the model; on meta, torchinfo runs it there.
        input_shape: batch included.
        device: where it runs.
        depth: levels of modules to show.
    """
    import torchinfo

    text = str(
        torchinfo.summary(
            module,
            input_size=input_shape,
            device=device,
            depth=depth,
            col_names=_COLUMNS,
            row_settings=("var_names",),
            verbose=0,
        )
    )
    # torchinfo formats an enumeration where it means its value.
    return re.sub(r"Units\.([A-Z])[A-Z]*BYTES", r"\1", text)
