"""fb.resnet.torch: nothing but containers; a table of two branches, and a module that adds what is in it."""

from __future__ import annotations

import torch
from torch import nn


class ConcatTable(nn.ModuleList):
    def forward(self, x):
        return [branch(x) for branch in self]


class CAddTable(nn.Module):
    def forward(self, parts):
        total, *others = parts
        for part in others:
            total = total + part
        return total


class MoreChannels(nn.Module):
    """Joins zeros."""

    def forward(self, x):
        return torch.cat([x, x.new_zeros(x.shape)], 1)


def shortcut(cin, cout, stride, kind):
    if (cin, stride) == (cout, 1):
        return nn.Identity()
    if kind == "B":
        return nn.Sequential(nn.Conv2d(cin, cout, 1, stride), nn.BatchNorm2d(cout))
    return nn.Sequential(nn.AvgPool2d(1, stride), MoreChannels())


def basic(cin, cout, stride, kind):
    main = nn.Sequential(
        nn.Conv2d(cin, cout, 3, stride, 1),
        nn.BatchNorm2d(cout),
        nn.ReLU(inplace=True),
        nn.Conv2d(cout, cout, 3, 1, 1),
        nn.BatchNorm2d(cout),
    )
    return nn.Sequential(ConcatTable([main, shortcut(cin, cout, stride, kind)]), CAddTable(), nn.ReLU(inplace=True))


def resnet(kind):
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 1, 1),
        nn.BatchNorm2d(8),
        nn.ReLU(inplace=True),
        nn.Sequential(basic(8, 8, 1, kind), basic(8, 8, 1, kind)),
        nn.Sequential(basic(8, 16, 2, kind), basic(16, 16, 1, kind)),
        nn.AvgPool2d(16),
        nn.Flatten(),
        nn.Linear(16, 10),
    )
