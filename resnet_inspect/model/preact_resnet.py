"""The whole pre-activation net: stem, stages, last normalisation, head; in the order and with the names of timm."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from resnet_inspect.config.block_shapes import BlockShape, block_shapes
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.model.layers import Conv2d, Linear
from resnet_inspect.model.preact_blocks import PREACT_BLOCKS
from resnet_inspect.model.preact_layers import convolution, norm_act


class PreactResNet(nn.Module):
    """stem, stages.0 ... stages.N, norm, head; the head may be left out.

    Attributes:
        config: the config that it was built from.
    """

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.config = config
        self.stem = _stem(config)
        self.stages = nn.Sequential(*(Stage(config, shapes) for shapes in block_shapes(config)))
        self.norm = norm_act(config, config.stage_channels(-1))
        self.head: nn.Module = nn.Identity() if config.head == "none" else Head(config)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, num_classes); (N, C) without a classifier, (N, C, H', W') without a head."""
        return self.head(self.norm(self.stages(self.stem(x))))  # type: ignore[no-any-return]  # untyped __call__


class Stage(nn.Module):
    """The blocks of a stage."""

    def __init__(self, config: ResNetConfig, shapes: list[BlockShape]) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(PREACT_BLOCKS[shape.kind](config, shape) for shape in shapes))

    def forward(self, x: Tensor) -> Tensor:
        """One block after the other."""
        return self.blocks(x)  # type: ignore[no-any-return]  # nn.Module.__call__ is untyped


class Head(nn.Module):
    """Average over H and W, then the classifier if there is one."""

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.global_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = _classifier(config)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, num_classes), or (N, C)."""
        pooled = self.global_pool(x)
        if isinstance(self.fc, nn.Conv2d):
            return torch.flatten(self.fc(pooled), 1)
        return self.fc(torch.flatten(pooled, 1))  # type: ignore[no-any-return]  # nn.Module.__call__ is untyped


def _classifier(config: ResNetConfig) -> nn.Module:
    channels = config.stage_channels(-1)
    if not config.classifies:
        return nn.Identity()
    if config.head == "conv":
        return Conv2d(channels, config.num_classes, 1, bias=True)
    return Linear(channels, config.num_classes)


def _stem(config: ResNetConfig) -> nn.Sequential:
    conv = convolution(config)
    stride, widths, channels = config.stem_stride, config.stem_widths, config.in_channels
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if config.stem == "single":
        layers["conv"] = conv(channels, widths[0], config.stem_kernel, stride=stride)
    else:
        first, second, last = widths
        layers["conv1"] = conv(channels, first, 3, stride=stride)
        layers["norm1"] = norm_act(config, first)
        layers["conv2"] = conv(first, second, 3)
        layers["norm2"] = norm_act(config, second)
        layers["conv3"] = conv(second, last, 3)
    layers |= _pool(config)
    return nn.Sequential(layers)


def _pool(config: ResNetConfig) -> OrderedDict[str, nn.Module]:
    if config.stem_pool == "none":
        return OrderedDict()
    padding, ceil_mode = config.stem_pool_padding, config.stem_pool_ceil
    if config.stem_pool_border == "none":
        return OrderedDict(pool=nn.MaxPool2d(3, stride=2, padding=padding, ceil_mode=ceil_mode))
    return OrderedDict(pad=nn.ConstantPad2d(padding, 0.0), pool=nn.MaxPool2d(3, stride=2, ceil_mode=ceil_mode))
