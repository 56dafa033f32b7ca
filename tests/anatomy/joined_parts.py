"""Parts of small networks with gates and sums of every kind."""

from __future__ import annotations

from typing import NamedTuple

import torch
from small_nets import conv
from torch import nn


class Truth(NamedTuple):
    """The counts of a network.

    Attributes:
        depth: weighted layers on the longest path, gates and shortcuts not counted.
        shortcuts: a letter for the shortcut of each block: i identity, p projection, o other, n none.
        gates: weighted layers of gates.
        parallel: weighted layers of other branches.
    """

    depth: int
    shortcuts: str = ""
    gates: int = 0
    parallel: int = 0


class Fn(nn.Module):
    """A function of the input and of modules."""

    def __init__(self, function, *modules):
        super().__init__()
        self.function, self.parts = function, nn.ModuleList(modules)

    def forward(self, x):
        return self.function(x, *self.parts)


class Residual(Fn):
    """A function of the input and of what a main branch makes of it."""

    def forward(self, x):
        return self.function(x, *(part(x) for part in self.parts))


def main(cin=8, cout=8, stride=1):
    return nn.Sequential(conv(cin, cout, stride=stride), nn.BatchNorm2d(cout), nn.ReLU(), conv(cout, cout))


def net(*blocks, out=8):
    """A network of depth 2 with these blocks."""
    return nn.Sequential(conv(3, 8), nn.ReLU(), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(out, 4))


def two(function, *more):
    """Two blocks of two convolutions that a function joins with the input."""
    return net(*(Residual(function, main(), *(make() for make in more)) for _ in range(2)))


def gated(function, *more):
    """A residual block whose main branch ends in a gate: ``function(x, *more)``."""
    return net(Residual(torch.add, nn.Sequential(main(), Fn(function, *more))))


def squeeze(x):
    return x.mean((2, 3), keepdim=True)


def excitation():
    return nn.Sequential(conv(8, 2, 1), nn.ReLU(), conv(2, 8, 1))


class SE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = excitation()

    def forward(self, x):
        return x * self.fc(squeeze(x)).sigmoid()
