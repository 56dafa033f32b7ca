"""Blocks whose main branch divides: Res2Net, SKNet, ResNeSt, RegNet's SE; and what weighs the parts."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


def conv(cin, cout, size=3, stride=1, **options):
    return nn.Conv2d(cin, cout, size, stride, size // 2, bias=False, **options)


class Scales(nn.Module):
    """Res2Net's: the parts run in a row, each added to the next one; in a stage's first block, side by side."""

    def __init__(self, width, stride, *, first):
        super().__init__()
        self.convs = nn.ModuleList(conv(width, width, 3, stride) for _ in range(3))
        self.pool = nn.AvgPool2d(3, stride, 1) if first and stride > 1 else nn.Identity()
        self.first = first

    def forward(self, x):
        *parts, last = x.chunk(4, 1)
        made, before = [], None
        for part, layer in zip(parts, self.convs, strict=True):
            before = layer(part if before is None or self.first else before + part)
            made.append(before)
        return torch.cat([*made, self.pool(last)], 1)


class SelectiveKernels(nn.Module):
    """SKNet's: two branches, and a gate made of their sum that weighs both."""

    def __init__(self, channels, stride):
        super().__init__()
        self.near, self.far = conv(channels, channels, 3, stride), conv(channels, channels, 3, stride, groups=2)
        self.squeeze, self.choose = nn.Linear(channels, 4), nn.Linear(4, 2 * channels)

    def forward(self, x):
        near, far = functional.relu(self.near(x)), functional.relu(self.far(x))
        weights = self.choose(functional.relu(self.squeeze((near + far).mean((2, 3)))))
        weights = weights.view(-1, 2, near.shape[1], 1, 1).softmax(1)
        return near * weights[:, 0] + far * weights[:, 1]


class SplitAttention(nn.Module):
    """ResNeSt's: one grouped convolution, whose two halves are weighed and summed."""

    def __init__(self, channels, stride):
        super().__init__()
        self.conv = conv(channels, 2 * channels, 3, groups=2)
        self.fc1, self.fc2 = nn.Conv2d(channels, 4, 1), nn.Conv2d(4, 2 * channels, 1)
        self.pool = nn.AvgPool2d(3, stride, 1) if stride > 1 else nn.Identity()

    def forward(self, x):
        x = functional.relu(self.conv(x))
        halves = x.view(x.shape[0], 2, -1, *x.shape[2:])
        gate = self.fc2(functional.relu(self.fc1(halves.sum(1).mean((2, 3), keepdim=True))))
        gate = gate.view(x.shape[0], 2, -1, 1, 1).softmax(1)
        return self.pool((halves * gate).sum(1))


class SqueezeExcitation(nn.Module):
    """RegNet's stands behind the 3x3."""

    def __init__(self, channels, stride):
        super().__init__()
        self.conv = conv(channels, channels, 3, stride, groups=2)
        self.fc1, self.fc2 = nn.Conv2d(channels, 4, 1), nn.Conv2d(4, channels, 1)

    def forward(self, x):
        x = functional.relu(self.conv(x))
        return x * self.fc2(functional.relu(self.fc1(x.mean((2, 3), keepdim=True)))).sigmoid()


class Bottleneck(nn.Module):
    def __init__(self, cin, cout, stride, middle):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = conv(cin, cout // 2, 1), middle, conv(cout // 2, cout, 1)
        self.downsample = conv(cin, cout, 1, stride) if (cin, stride) != (cout, 1) else None

    def forward(self, x):
        out = self.conv3(self.conv2(functional.relu(self.conv1(x))))
        return functional.relu(out + (x if self.downsample is None else self.downsample(x)))


def net(middle):
    """``middle(channels, stride, first=...)``: what stands between the two 1x1."""

    def stage(cin, cout, stride):
        return nn.Sequential(
            Bottleneck(cin, cout, stride, middle(cout // 2, stride, first=True)),
            Bottleneck(cout, cout, 1, middle(cout // 2, 1, first=False)),
        )

    return nn.Sequential(
        conv(3, 16), stage(16, 16, 1), stage(16, 32, 2), nn.AvgPool2d(16), nn.Flatten(), nn.Linear(32, 9)
    )


def res2net():
    return net(lambda channels, stride, first: Scales(channels // 4, stride, first=first))


def sknet():
    return net(lambda channels, stride, **_: SelectiveKernels(channels, stride))


def resnest():
    return net(lambda channels, stride, **_: SplitAttention(channels, stride))


def regnet():
    return net(lambda channels, stride, **_: SqueezeExcitation(channels, stride))
