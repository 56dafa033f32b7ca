"""torchinfo's view of a model: a second witness beside our own trace."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

_COLUMNS = ("input_size", "output_size", "kernel_size", "num_params", "mult_adds")


def summarise(
    module: nn.Module, positional: Sequence[Tensor], named: Mapping[str, Any], *, device: str, depth: int
) -> str:
    """Show a model as torchinfo does.

    Args:
        module: the model; torchinfo moves it to the device, and leaves it in the mode in which its root is.
        positional: what its forward is given.
        named: what it is given by keyword.
        device: where it runs.
        depth: levels of modules to show.
    """
    import torchinfo

    given, beside = (list(positional), named) if positional else (dict(named), {})
    text = str(
        torchinfo.summary(
            module,
            input_data=given,
            device=device,
            depth=depth,
            col_names=_COLUMNS,
            row_settings=("var_names",),
            verbose=0,
            **beside,
        )
    )
    # torchinfo formats an enumeration where it means its value.
    return re.sub(r"Units\.([A-Z])[A-Z]*BYTES", r"\1", text)
