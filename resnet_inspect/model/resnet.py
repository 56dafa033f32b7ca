"""The whole network: stem, stages, head, in torchvision's order and with its names."""

import torch
from torch import Tensor, nn

from resnet_inspect.configs.block_shapes import block_shapes
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.model.blocks import BLOCK_TYPES
from resnet_inspect.model.layers import activation, anti_alias, conv2d, linear, norm


class ResNet(nn.Module):
    """conv1, bn1, relu, maxpool, layer1 ... layerN, avgpool, fc; without a head, no avgpool and no fc.

    Attributes:
        config: the config that it was built from.
    """

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.config = config
        self.conv1 = _stem_convolution(config)
        self.bn1 = norm(config, config.stem_channels)
        self.relu = activation(config)
        self.maxpool = _stem_pool(config)
        for stage, shapes in enumerate(block_shapes(config), start=1):
            blocks = (BLOCK_TYPES[shape.kind](config, shape) for shape in shapes)
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
        if config.head != "none":
            self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
            # As in timm, so that a classifier can replace it.
            self.fc = linear(config.stage_channels(-1), config.num_classes) if config.classifies else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, num_classes); (N, C) without a classifier, (N, C, H', W') without a head."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for name, stage in self.named_children():  # and not getattr, which torch.jit.script cannot read
            if name.startswith("layer"):
                x = stage(x)
        if hasattr(self, "fc"):
            x = self.fc(torch.flatten(self.avgpool(x), 1))
        return x


def _stem_convolution(config: ResNetConfig) -> nn.Module:
    """Return ``conv1``: (N, in_channels, H, W) -> (N, stem_channels, H', W'); the last norm is ``bn1``."""
    stride, widths = config.stem_stride, config.stem_widths
    if config.stem == "single":
        return conv2d(config.in_channels, widths[0], config.stem_kernel, stride=stride, bias=config.stem_bias)
    first, second, last = widths
    return nn.Sequential(
        conv2d(config.in_channels, first, 3, stride=stride, bias=config.stem_bias),
        norm(config, first),
        activation(config),
        conv2d(first, second, 3),
        norm(config, second),
        activation(config),
        conv2d(second, last, 3),
    )


def _stem_pool(config: ResNetConfig) -> nn.Module:
    """Return ``maxpool``: it halves H and W, or passes them through."""
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
        conv2d(channels, channels, 3, stride=1 if smooth else 2),
        *((anti_alias(config, channels, 2),) if smooth else ()),
        norm(config, channels),
        activation(config),
    ]
    return nn.Sequential(*layers)
