"""Blocks whose main branch ends in a gate."""

from __future__ import annotations

import torch
from small_nets import TwoConvolutions
from torch import nn
from torch.nn import functional


class SqueezeExcitation(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, channels // 4, 1), nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x):
        gate = self.fc2(functional.relu(self.fc1(functional.adaptive_avg_pool2d(x, 1))))
        return x * gate.sigmoid()


class LinearSqueezeExcitation(nn.Module):
    """The gate goes first in the product, and its layers are linear."""

    def __init__(self, channels):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(channels, channels // 4), nn.Linear(channels // 4, channels)

    def forward(self, x):
        gate = torch.sigmoid(self.fc2(functional.relu(self.fc1(x.mean((2, 3))))))
        return gate[:, :, None, None] * x


class EfficientChannelAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def forward(self, x):
        gate = self.conv(x.mean((2, 3)).unsqueeze(1)).transpose(1, 2).unsqueeze(-1)
        return x * gate.sigmoid().expand_as(x)


class Gated(TwoConvolutions):
    def __init__(self, channels, gate):
        super().__init__(channels)
        self.gate = gate

    def forward(self, x):
        return functional.relu(self.gate(self.main(x)) + x)


class GatedPlain(Gated):
    def forward(self, x):
        return functional.relu(self.gate(self.main(x)))
