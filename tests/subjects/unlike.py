"""Networks that are no ResNets: VGG, DenseNet, Inception, and ConvNeXt, which is residual and yet neither v1 nor v1.5."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


def conv(cin, cout, size=3, **options):
    return nn.Conv2d(cin, cout, size, padding=size // 2, **options)


def vgg():
    return nn.Sequential(
        nn.Sequential(conv(3, 8), nn.ReLU(), nn.MaxPool2d(2), conv(8, 16), nn.ReLU(), nn.MaxPool2d(2)),
        nn.Flatten(),
        nn.Linear(16 * 64, 32),
        nn.ReLU(),
        nn.Linear(32, 10),
    )


class DenseLayer(nn.Module):
    """A bottleneck that is joined, not added."""

    def __init__(self, channels, growth):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(channels), conv(channels, 2 * growth, 1)
        self.norm2, self.conv2 = nn.BatchNorm2d(2 * growth), conv(2 * growth, growth)

    def forward(self, x):
        new = self.conv2(functional.relu(self.norm2(self.conv1(functional.relu(self.norm1(x))))))
        return torch.cat([x, new], 1)


def densenet():
    return nn.Sequential(
        conv(3, 8),
        nn.Sequential(*(DenseLayer(8 + 4 * number, 4) for number in range(3))),
        nn.Sequential(conv(20, 10, 1), nn.AvgPool2d(2)),
        nn.Sequential(*(DenseLayer(10 + 4 * number, 4) for number in range(2))),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(18, 10),
    )


class Inception(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.one = conv(channels, 4, 1)
        self.three = nn.Sequential(conv(channels, 4, 1), nn.ReLU(), conv(4, 4))
        self.pooled = nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(channels, 4, 1))

    def forward(self, x):
        return functional.relu(torch.cat([self.one(x), self.three(x), self.pooled(x)], 1))


def inception():
    return nn.Sequential(
        conv(3, 8), Inception(8), Inception(12), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 10)
    )


class LayerNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    """The 1x1 are linear layers on channels-last tensors, and the branch is scaled by a learned vector."""

    def __init__(self, channels):
        super().__init__()
        self.dwconv = conv(channels, channels, 7, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.pwconv1, self.pwconv2 = nn.Linear(channels, 4 * channels), nn.Linear(4 * channels, channels)
        self.gamma = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, x):
        out = self.pwconv2(functional.gelu(self.pwconv1(self.norm(self.dwconv(x).permute(0, 2, 3, 1)))))
        return x + self.gamma * out.permute(0, 3, 1, 2)


def convnext():
    return nn.Sequential(
        nn.Conv2d(3, 8, 4, 4),
        nn.Sequential(ConvNeXtBlock(8), ConvNeXtBlock(8)),
        nn.Sequential(LayerNorm(8), nn.Conv2d(8, 16, 2, 2)),
        nn.Sequential(ConvNeXtBlock(16), ConvNeXtBlock(16)),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(16, 10),
    )
