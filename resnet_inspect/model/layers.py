"""torch's own layers, made on the meta device and left uninitialised.

Meta tensors have no values to initialise, and asking for it is dear: the first ``nn.init`` call on meta imports
some 800 modules. ``initialise.py`` gives values when a model is put on a real device.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from resnet_inspect.config.consistency import NORM_GROUPS
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.model.blanks import fill

META = "meta"


class Conv2d(nn.Conv2d):
    """A convolution on the meta device whose padding keeps the size at stride 1."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> None:
        padding = dilation * (kernel - 1) // 2
        fill(self, nn.Conv2d, in_channels, out_channels, kernel, stride, padding, dilation, groups, bias)

    def reset_parameters(self) -> None:
        """Leave the values alone: see the module's docstring."""


class Conv1d(nn.Conv1d):
    """A 1-D convolution from one channel to one on the meta device, without bias, that keeps the length."""

    def __init__(self, kernel: int) -> None:
        fill(self, nn.Conv1d, 1, 1, kernel, padding=(kernel - 1) // 2, bias=False)

    def reset_parameters(self) -> None:
        """Leave the values alone: see the module's docstring."""


class Linear(nn.Linear):
    """A linear layer on the meta device."""

    def __init__(self, in_features: int, out_features: int) -> None:
        fill(self, nn.Linear, in_features, out_features)

    def reset_parameters(self) -> None:
        """Leave the values alone: see the module's docstring."""


class BatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation on the meta device."""

    def __init__(self, channels: int) -> None:
        fill(self, nn.BatchNorm2d, channels)

    def reset_parameters(self) -> None:
        """Leave the values alone: see the module's docstring."""


class GroupNorm(nn.GroupNorm):
    """Group normalisation with 32 groups on the meta device."""

    def __init__(self, channels: int) -> None:
        fill(self, nn.GroupNorm, NORM_GROUPS, channels)

    def reset_parameters(self) -> None:
        """Leave the values alone: see the module's docstring."""


NORMS: dict[str, Callable[[int], nn.Module]] = {"batch": BatchNorm2d, "group": GroupNorm}

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(0.01, inplace=True),
    "gelu": nn.GELU,
    "silu": lambda: nn.SiLU(inplace=True),
    "mish": lambda: nn.Mish(inplace=True),
    "hard_swish": lambda: nn.Hardswish(inplace=True),
}


def norm(config: ResNetConfig, channels: int) -> nn.Module:
    """The normalisation that ``config`` asks for."""
    return NORMS[config.norm](channels)


def activation(config: ResNetConfig) -> nn.Module:
    """The activation that ``config`` asks for."""
    return ACTIVATIONS[config.activation]()
