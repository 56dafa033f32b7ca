"""The whole net: stem, stages, head, in torchvision's order and with its names."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.model.blocks import BLOCKS, BlockShape
from resnet_inspect.model.layers import BatchNorm2d, Linear
from resnet_inspect.model.shortcut import shortcut
from resnet_inspect.model.stem import stem_convolution, stem_pool


class ResNet(nn.Module):
    """conv1, bn1, relu, maxpool, layer1 ... layerN, avgpool, fc.

    Attributes:
        config: the config that it was built from.
    """

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.config = config
        self.conv1 = stem_convolution(config)
        self.bn1 = BatchNorm2d(config.stem_width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = stem_pool(config)
        channels = config.stem_width
        for stage in range(len(config.stage_blocks)):
            self.add_module(f"layer{stage + 1}", _stage(config, stage, channels))
            channels = config.stage_widths[stage] * config.expansion
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = Linear(channels, config.num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, num_classes)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in range(len(self.config.stage_blocks)):
            x = self.get_submodule(f"layer{stage + 1}")(x)
        return self.fc(torch.flatten(self.avgpool(x), 1))  # type: ignore[no-any-return]  # Module.__call__ is untyped


def _stage(config: ResNetConfig, stage: int, in_channels: int) -> nn.Sequential:
    width = config.stage_widths[stage]
    out_channels = width * config.expansion
    blocks = []
    for index in range(config.stage_blocks[stage]):
        shape = BlockShape(
            in_channels=in_channels if index == 0 else out_channels,
            width=width,
            inner_width=config.inner_width(width),
            stride=config.stage_strides[stage] if index == 0 else 1,
            stride_in=config.stride_in,
            groups=config.groups,
        )
        beside = shortcut(config.shortcut, shape.in_channels, out_channels, shape.stride)
        blocks.append(BLOCKS[config.block](shape, beside, residual=config.shortcut != "none"))
    return nn.Sequential(*blocks)
