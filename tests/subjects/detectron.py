"""Detectron2: the normalisation is part of the convolution, is frozen, and the stride goes where an option says."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class FrozenNorm(nn.Module):
    """Scale and shift from buffers: nothing to learn."""

    def __init__(self, channels):
        super().__init__()
        for name, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((channels,), value))

    def forward(self, x):
        scale = self.weight * (self.running_var + 1e-5).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale[None, :, None, None] + shift[None, :, None, None]


class NormedConv(nn.Conv2d):
    def __init__(self, cin, cout, size, stride=1, activated=False):
        super().__init__(cin, cout, size, stride, size // 2, bias=False)
        self.norm = FrozenNorm(cout)
        self.activated = activated

    def forward(self, x):
        x = self.norm(functional.conv2d(x, self.weight, None, self.stride, self.padding))
        return functional.relu(x) if self.activated else x


class Stem(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = NormedConv(3, 8, 7, 2, activated=True)

    def forward(self, x):
        return functional.max_pool2d(self.conv1(x), 3, 2, 1)


class Bottleneck(nn.Module):
    def __init__(self, cin, cout, stride, *, stride_in_1x1):
        super().__init__()
        first, second = (stride, 1) if stride_in_1x1 else (1, stride)
        self.shortcut = NormedConv(cin, cout, 1, stride) if cin != cout else None
        self.conv1 = NormedConv(cin, cout // 4, 1, first, activated=True)
        self.conv2 = NormedConv(cout // 4, cout // 4, 3, second, activated=True)
        self.conv3 = NormedConv(cout // 4, cout, 1)

    def forward(self, x):
        out = self.conv3(self.conv2(self.conv1(x)))
        out += x if self.shortcut is None else self.shortcut(x)
        return functional.relu_(out)


class Backbone(nn.Module):
    """Returns the features that are asked for, by name."""

    def __init__(self, *, stride_in_1x1, wanted=("res2", "res3")):
        super().__init__()
        self.stem = Stem()
        self.res2 = nn.Sequential(
            Bottleneck(8, 16, 1, stride_in_1x1=stride_in_1x1), Bottleneck(16, 16, 1, stride_in_1x1=stride_in_1x1)
        )
        self.res3 = nn.Sequential(
            Bottleneck(16, 32, 2, stride_in_1x1=stride_in_1x1), Bottleneck(32, 32, 1, stride_in_1x1=stride_in_1x1)
        )
        self.wanted = wanted

    def forward(self, x):
        features, x = {}, self.stem(x)
        for name in ("res2", "res3"):
            x = features[name] = getattr(self, name)(x)
        return {name: features[name] for name in self.wanted}
