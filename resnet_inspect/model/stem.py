"""What stands before the first stage: convolutions, their normalisation, and a pool where there is one."""

from __future__ import annotations

from torch import nn

from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.model.anti_alias import anti_alias
from resnet_inspect.model.layers import Conv2d, activation, norm


def stem_convolution(config: ResNetConfig) -> nn.Module:
    """``conv1``: (N, in_channels, H, W) -> (N, stem_channels, H', W'); what follows a deep one's last is ``bn1``."""
    stride, widths = config.stem_stride, config.stem_widths
    if config.stem == "single":
        return Conv2d(config.in_channels, widths[0], config.stem_kernel, stride=stride, bias=config.stem_bias)
    first, second, last = widths
    return nn.Sequential(
        Conv2d(config.in_channels, first, 3, stride=stride, bias=config.stem_bias),
        norm(config, first),
        activation(config),
        Conv2d(first, second, 3),
        norm(config, second),
        activation(config),
        Conv2d(second, last, 3),
    )


def stem_pool(config: ResNetConfig) -> nn.Module:
    """``maxpool``: halves H and W, or passes them through."""
    if config.stem_pool == "none":
        return nn.Identity()
    if config.stem_pool == "conv":
        return _convolutional_pool(config)
    if config.anti_alias == "avg":
        return nn.AvgPool2d(2)
    if config.anti_alias == "blur":
        return nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), anti_alias(config, config.stem_channels, 2))
    return nn.MaxPool2d(3, stride=2, padding=config.stem_pool_padding, ceil_mode=config.stem_pool_ceil)


def _convolutional_pool(config: ResNetConfig) -> nn.Module:
    channels = config.stem_channels
    smooth = config.anti_alias != "none"
    layers = [
        Conv2d(channels, channels, 3, stride=1 if smooth else 2),
        *((anti_alias(config, channels, 2),) if smooth else ()),
        norm(config, channels),
        activation(config),
    ]
    return nn.Sequential(*layers)
