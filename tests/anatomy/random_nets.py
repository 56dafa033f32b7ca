"""Random small networks: chains, parallel branches, additions, concatenations, gates, long skips, dead ends."""

from __future__ import annotations

import torch
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

CHANNELS = 4


class Convolution(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.conv = nn.Conv2d(CHANNELS, CHANNELS, size, padding=size // 2)

    def forward(self, x):
        return self.conv(x)


class Activation(nn.Module):
    def __init__(self, *, in_place):
        super().__init__()
        self.norm, self.in_place = nn.BatchNorm2d(CHANNELS), in_place

    def forward(self, x):
        return functional.relu(self.norm(x), inplace=self.in_place)


class Sum(nn.Module):
    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        total, *others = [branch(x) for branch in self.branches]
        for other in others:
            total = total + other
        return total


class Joined(Sum):
    def __init__(self, *branches):
        super().__init__(*branches)
        self.mix = nn.Conv2d(CHANNELS * len(branches), CHANNELS, 1)

    def forward(self, x):
        return self.mix(torch.cat([branch(x) for branch in self.branches], 1))


class Gate(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return x * self.inner(x).mean((2, 3), keepdim=True).sigmoid()


class DeadEnd(Gate):
    def forward(self, x):
        self.inner(x)
        return x


class Twice(Gate):
    def forward(self, x):
        return self.inner(self.inner(x))


class Halves(Gate):
    """The parts of one tensor go different ways."""

    def forward(self, x):
        left, right = x.chunk(2, 1)
        return torch.cat([self.inner(x)[:, :2] + left, right], 1)


class Net(nn.Module):
    """A chain; the results of some of its steps are outputs too."""

    def __init__(self, steps, outputs):
        super().__init__()
        self.steps, self.outputs = nn.ModuleList(steps), outputs
        self.aside = nn.ModuleList(nn.Conv2d(CHANNELS, 2, 1) for _ in outputs)

    def forward(self, x):
        kept, heads = [], iter(self.aside)
        for number, step in enumerate(self.steps):
            x = step(x)
            if number in self.outputs:
                kept.append(next(heads)(x))
        return x, kept


simple = st.one_of(
    st.sampled_from([1, 3]).map(Convolution),
    st.booleans().map(lambda in_place: Activation(in_place=in_place)),
    st.builds(nn.Identity),
)


def larger(inner):
    chains = st.lists(inner, min_size=1, max_size=3).map(lambda steps: nn.Sequential(*steps))
    branches = st.lists(chains, min_size=2, max_size=3)
    return st.one_of(
        chains,
        branches.map(lambda parts: Sum(*parts)),
        branches.map(lambda parts: Joined(*parts)),
        chains.map(Gate),
        chains.map(DeadEnd),
        chains.map(Twice),
        chains.map(Halves),
    )


anything = st.recursive(simple, larger, max_leaves=10)
nets = st.builds(Net, st.lists(anything, min_size=1, max_size=4), st.sets(st.integers(0, 3)))


def residual(main, shortcut, *, swapped):
    """A block whose main branch has ``main`` 3x3 convolutions."""
    steps = [layer for _ in range(main) for layer in (Convolution(3), nn.ReLU())][:-1]
    beside = Convolution(1) if shortcut else nn.Identity()
    branches = [nn.Sequential(*steps), beside]
    return nn.Sequential(Sum(*(branches[::-1] if swapped else branches)), nn.ReLU())


blocks = st.tuples(st.integers(2, 4), st.booleans(), st.booleans())
chains = st.lists(blocks, min_size=2, max_size=5)
