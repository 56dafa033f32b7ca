"""What pre-activation networks are made of: normalisation with its activation, and standardised convolutions."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.model.layers import BatchNorm2d, Conv2d, GroupNorm, activation


class BatchNormAct2d(BatchNorm2d):
    """Batch normalisation, then the activation; the names in the state_dict are those of the normalisation."""

    def __init__(self, channels: int, act: nn.Module) -> None:
        super().__init__(channels)
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return self.act(super().forward(x))  # type: ignore[no-any-return]  # nn.Module.__call__ is untyped


class GroupNormAct(GroupNorm):
    """Group normalisation, then the activation; the names in the state_dict are those of the normalisation."""

    def __init__(self, channels: int, act: nn.Module) -> None:
        super().__init__(channels)
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return self.act(super().forward(x))  # type: ignore[no-any-return]  # nn.Module.__call__ is untyped


class StdConv2d(Conv2d):
    """A convolution whose weight is brought to mean 0 and variance 1 per output channel before each use."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H', W'). Source of the epsilon: timm ``resnetv2.py`` for BiT."""
        flat = self.weight.reshape(1, self.out_channels, -1)
        standard = functional.batch_norm(flat, None, None, training=True, momentum=0.0, eps=1e-8)
        return self._conv_forward(x, standard.reshape_as(self.weight), self.bias)  # type: ignore[no-any-return]  # torch


def norm_act(config: ResNetConfig, channels: int) -> nn.Module:
    """The normalisation that ``config`` asks for, with its activation."""
    kind = BatchNormAct2d if config.norm == "batch" else GroupNormAct
    return kind(channels, activation(config))


def convolution(config: ResNetConfig) -> type[Conv2d]:
    """The class of convolution that ``config`` asks for."""
    return StdConv2d if config.weight_standardized else Conv2d
