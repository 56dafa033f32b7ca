"""The whole net: stem, stages, head, in torchvision's order and with its names."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resnet_inspect.config.block_shapes import block_shapes
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.model.blocks import BLOCKS
from resnet_inspect.model.layers import Linear, activation, norm
from resnet_inspect.model.stem import stem_convolution, stem_pool


class ResNet(nn.Module):
    """conv1, bn1, relu, maxpool, layer1 ... layerN, avgpool, fc; without a head, no avgpool and no fc.

    Attributes:
        config: the config that it was built from.
    """

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.config = config
        self.conv1 = stem_convolution(config)
        self.bn1 = norm(config, config.stem_channels)
        self.relu = activation(config)
        self.maxpool = stem_pool(config)
        for stage, shapes in enumerate(block_shapes(config), start=1):
            blocks = (BLOCKS[shape.kind](config, shape) for shape in shapes)
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
        if config.head != "none":
            self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
            # As in timm, so that a classifier can be put in its place.
            self.fc = Linear(config.stage_channels(-1), config.num_classes) if config.classifies else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, num_classes); (N, C) without a classifier, (N, C, H', W') without a head."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in range(len(self.config.stage_blocks)):
            x = getattr(self, f"layer{stage + 1}")(x)
        if self.config.head == "none":
            return x
        return self.fc(torch.flatten(self.avgpool(x), 1))  # type: ignore[no-any-return]  # Module.__call__ is untyped
