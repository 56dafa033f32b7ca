"""The input of a forward of which nothing is known but its module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.inputs import InputSpec, image_shape

if TYPE_CHECKING:
    from torch import nn
    from torch.nn import Conv1d, Conv2d, Conv3d

_CHANNELS = 3
_SIZES = {"Conv1d": (224,), "Conv2d": (224, 224), "Conv3d": (16, 112, 112)}
"""Convolution -> the usual size of what it reads: ImageNet's images, Kinetics' clips."""


def usual_input(module: nn.Module, size: Sequence[int] = ()) -> tuple[InputSpec, ...]:
    """One image, with the channels that the first convolution reads.

    Args:
        module: what is to read it.
        size: height and width, where they are known.
    """
    first = _first_convolution(module)
    if first is None:
        return (InputSpec((1, _CHANNELS, *(size or _SIZES["Conv2d"]))),)
    usual = _SIZES[f"Conv{len(first.kernel_size)}d"]
    return (InputSpec((1, first.in_channels, *(size if len(size) == len(usual) else usual))),)


def input_of(module: nn.Module, shape: Shape) -> tuple[InputSpec, ...]:
    """Return the input of a shape. To three sizes a batch of 1 is added if the first convolution reads images.

    Args:
        module: what is to read it.
        shape: its sizes, of an image with or without the batch.

    Raises:
        RequestError: if the first convolution reads images, and there are fewer than three sizes.
    """
    first = _first_convolution(module)
    if first is None or len(first.kernel_size) != 2:
        return (InputSpec(shape),)
    if len(shape) < 3:
        channels, *size = first.in_channels or _CHANNELS, *(shape if len(shape) == 2 else _SIZES["Conv2d"])
        raise RequestError(
            f"the input shape of a model that takes images must be (channels, height, width), such as "
            f"{(channels, *size)}, or (batch, channels, height, width); found {shape}. "
            f"An input that is not an image is given by inputs=[ri.InputSpec({shape})]"
        )
    return (InputSpec(image_shape(shape)),)


def _first_convolution(module: nn.Module) -> Conv1d | Conv2d | Conv3d | None:
    from torch.nn import Conv1d, Conv2d, Conv3d

    return next((part for part in module.modules() if isinstance(part, (Conv1d, Conv2d, Conv3d))), None)
