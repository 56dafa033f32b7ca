"""Specs of models that can be built, with their tensors and default inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from resnet_inspect.arguments import is_of
from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.inputs import InputSpec, image_shape

if TYPE_CHECKING:
    from torch import nn
    from torch.nn import Conv1d, Conv2d, Conv3d

    from resnet_inspect.configs.schema import ResNetConfig

Build: TypeAlias = "Callable[[str], nn.Module]"
Inputs: TypeAlias = "Callable[[nn.Module], tuple[InputSpec, ...]]"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model that has been found and can be built.

    Attributes:
        name: its name in reports.
        build: device -> the module. For ``meta`` it may still have values, if it cannot be built without them.
        inputs: module -> the default inputs of its forward.
        config: the config that it is built from; ``None`` for a model from elsewhere.
        given: ``True`` if it is an existing module: ``build`` always returns that object, whatever its device.
        running: function that returns the context in which its code has to run.
    """

    name: str
    build: Build
    inputs: Inputs
    config: ResNetConfig | None = None
    given: bool = False
    running: Callable[[], AbstractContextManager[None]] = nullcontext


def tensors_of(spec: ModelSpec) -> dict[str, tuple[int, ...]]:
    """Return name -> shape of a model's ``state_dict()``; torch is imported unless the model has a config."""
    if spec.config is not None:
        from resnet_inspect.configs.state_dict import state_dict

        return dict(state_dict(spec.config))
    from resnet_inspect.tracing.modules import ModuleTree

    return dict(ModuleTree(spec.build("meta")).state_dict)


_CHANNELS = 3
_SIZES = {"Conv1d": (224,), "Conv2d": (224, 224), "Conv3d": (16, 112, 112)}
"""Convolution -> the usual size of its input: ImageNet's images, Kinetics' clips."""


def usual_input(module: nn.Module, size: Sequence[int] = ()) -> tuple[InputSpec, ...]:
    """Return one image with the channels that the first convolution of a module reads.

    Args:
        module: the module.
        size: height and width, if they are known; otherwise, those of the config that ``build`` has made it from.
    """
    config: Any = getattr(module, "config", None)
    if not size and is_of("resnet_inspect.configs.schema", "ResNetConfig", config):
        size = config.input_size
    first = _first_convolution(module)
    if first is None:
        return (InputSpec((1, _CHANNELS, *(size or _SIZES["Conv2d"]))),)
    usual = _SIZES[f"Conv{len(first.kernel_size)}d"]
    return (InputSpec((1, first.in_channels, *(size if len(size) == len(usual) else usual))),)


def input_of(module: nn.Module, shape: Shape) -> tuple[InputSpec, ...]:
    """Return an input of a shape; a batch of 1 is added to three sizes if the first convolution reads images.

    Args:
        module: the module.
        shape: sizes of the input; of an image with or without the batch.

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

    from resnet_inspect.tracing.modules import walk

    return next((part for _, part in walk(module) if isinstance(part, (Conv1d, Conv2d, Conv3d))), None)
