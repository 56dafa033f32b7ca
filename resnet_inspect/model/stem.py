"""What stands before the first stage: a convolution, its normalisation, and a pool where there is one."""

from __future__ import annotations

from torch import nn

from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.model.layers import Conv2d


def stem_convolution(config: ResNetConfig) -> nn.Module:
    """``conv1``: (N, in_channels, H, W) -> (N, stem_width, H', W')."""
    return Conv2d(
        config.in_channels,
        config.stem_width,
        config.stem_kernel,
        stride=config.stem_stride,
        bias=config.stem_bias,
    )


def stem_pool(config: ResNetConfig) -> nn.Module:
    """``maxpool``: halves H and W, or passes them through."""
    if config.stem_pool == "none":
        return nn.Identity()
    return nn.MaxPool2d(3, stride=2, padding=config.stem_pool_padding, ceil_mode=config.stem_pool_ceil)
