"""The input of a forward of which nothing is known but its module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from resnet_inspect.trace.inputs import InputSpec

if TYPE_CHECKING:
    from torch import nn

_CHANNELS = 3
_SIZES = {"Conv1d": (224,), "Conv2d": (224, 224), "Conv3d": (16, 112, 112)}
"""Convolution -> the usual size of what it reads: ImageNet's images, Kinetics' clips."""


def usual_input(module: nn.Module, size: Sequence[int] = ()) -> tuple[InputSpec, ...]:
    """One image, with the channels that the first convolution reads.

    Args:
        module: what is to read it.
        size: height and width, where they are known.
    """
    from torch.nn import Conv1d, Conv2d, Conv3d

    convolutions = (part for part in module.modules() if isinstance(part, (Conv1d, Conv2d, Conv3d)))
    first = next(convolutions, None)
    if first is None:
        return (InputSpec((1, _CHANNELS, *(size or _SIZES["Conv2d"]))),)
    usual = _SIZES[f"Conv{len(first.kernel_size)}d"]
    return (InputSpec((1, first.in_channels, *(size if len(size) == len(usual) else usual))),)
