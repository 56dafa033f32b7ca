"""Stages of networks whose blocks are wrapped in units: the residual part inside, the rest of the block around it."""

from __future__ import annotations

from itertools import pairwise

from each import for_each
from small_nets import Net, conv
from torch import nn
from torch.nn import functional
from understanding import understand


class Residual(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.a, self.b = conv(cin, cout, 3, stride), conv(cout, cout)
        self.shortcut = nn.Identity() if (cin, stride) == (cout, 1) else conv(cin, cout, 1, stride)

    def forward(self, x):
        return self.b(functional.relu(self.a(x))) + self.shortcut(x)


class Unit(nn.Module):
    """A residual part, and the activation behind it."""

    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.res, self.act = Residual(cin, cout, stride), nn.ReLU()

    def forward(self, x):
        return self.act(self.res(x))


class NormUnit(nn.Module):
    """A residual part between a normalisation and a dropout."""

    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.norm, self.inner, self.drop = nn.BatchNorm2d(cin), Residual(cin, cout, stride), nn.Dropout()

    def forward(self, x):
        return self.drop(self.inner(self.norm(x)))


class Twice(nn.Module):
    """Two residual parts, as a transformer's layer has."""

    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.first, self.second = Residual(cin, cout, stride), Residual(cout, cout)

    def forward(self, x):
        return self.second(functional.relu(self.first(x)))


class Named(nn.Module):
    """Units that are attributes of the network."""

    def __init__(self, *units):
        super().__init__()
        self.stem, self.fc = conv(3, 8), nn.Linear(32, 10)
        for number, unit in enumerate(units, start=1):
            self.add_module(f"unit{number}", unit)
        self.count = len(units)

    def forward(self, x):
        x = self.stem(x)
        for number in range(1, self.count + 1):
            x = self.get_submodule(f"unit{number}")(x)
        return self.fc(x.mean((2, 3)))


def sequence(*units):
    return nn.Sequential(conv(3, 8), *units, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))


def listed(*units):
    return Net(*units, out=32)


def in_stages(*units):
    """Return a network with the units of each shape in a module of their own."""
    starts = [0, *(at for at, unit in enumerate(units) if at and unit.starts), len(units)]
    return sequence(*(nn.Sequential(*units[start:end]) for start, end in pairwise(starts)))


def sequential_unit(cin, cout, stride=1):
    return nn.Sequential(Residual(cin, cout, stride), nn.ReLU())


def wrapped_twice(cin, cout, stride=1):
    return nn.Sequential(Unit(cin, cout, stride), nn.Dropout())


PER_STAGE = (2, 3, 1)


def units_of(kind):
    cin = 8
    for count, cout in zip(PER_STAGE, (8, 16, 32), strict=True):
        for number in range(count):
            unit = kind(cin, cout, 2 if number == 0 and cout != 8 else 1)
            unit.starts = number == 0
            yield unit
            cin = cout


@for_each(
    "network, kind",
    [
        (network, kind)
        for network in (sequence, listed, Named, in_stages)
        for kind in (Residual, Unit, NormUnit, sequential_unit, wrapped_twice)
        # unit1.0 with a ReLU behind it could be layer1.0, the one block of a stage
        if network is not Named or kind in (Residual, Unit, NormUnit)
    ],
)
def test_units_in_a_row_are_stages_by_shape(network, kind):
    anatomy = understand(network(*units_of(kind)))
    assert [stage.blocks for stage in anatomy.stages] == list(PER_STAGE)
    assert [stage.output_shape[1] for stage in anatomy.stages] == [8, 16, 32]


@for_each("network", [sequence, listed, in_stages])
def test_units_of_two_blocks_are_no_stages(network):
    anatomy = understand(network(*units_of(Twice)))
    assert [stage.blocks for stage in anatomy.stages] == [2 * count for count in PER_STAGE]


def test_stages_of_one_block_remain():
    """A module per stage, as in a ResNet-10, also where two stages have one shape, as dilation makes them."""

    class Ten(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.fc = conv(3, 8), nn.Linear(16, 10)
            self.layer1, self.layer2, self.layer3 = (
                nn.Sequential(Residual(*s)) for s in ((8, 8), (8, 16, 2), (16, 16))
            )

        def forward(self, x):
            return self.fc(self.layer3(self.layer2(self.layer1(self.stem(x)))).mean((2, 3)))

    assert [stage.blocks for stage in understand(Ten()).stages] == [1, 1, 1]
