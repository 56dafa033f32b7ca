"""The depth of networks written out: what is counted in them, and what is not."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import resnet_inspect as ri
from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.commands.count import count_report
from resnet_inspect.errors import PartialRunWarning
from resnet_inspect.rendering.report import ModelRef, render
from resnet_inspect.tracing.recorder import trace


class DeepStem(nn.Module):
    """ResNet-50-D's stem and one block."""

    def __init__(self, gate=False):
        super().__init__()
        self.stem = nn.Sequential(*(nn.Conv2d(3 if i == 0 else 4, 4, 3, padding=1) for i in range(3)))
        self.a, self.b, self.fc = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1), nn.Linear(4, 10)
        self.gate = nn.Conv2d(4, 4, 1) if gate else None

    def forward(self, x):
        x = self.stem(x)
        main = self.b(torch.relu(self.a(x)))
        if self.gate is not None:
            main = main * torch.sigmoid(self.gate(main.mean((2, 3), keepdim=True)))
        return self.fc(torch.relu(main + x).mean((2, 3)))


def counted(net, name):
    return count_report(ModelRef(name, None), dissect(trace(net, (1, 3, 8, 8)), name=name))


def test_a_deep_stem_explains_a_name():
    report = counted(DeepStem(), "resnet04d")
    assert report.depth.depth == 6
    assert report.reasons == (
        "the name says 4, the count is 6",
        "its stem has 3 convolutions, where the paper's networks have one; with one it would be 4",
    )


def test_gates_are_explained():
    report = counted(DeepStem(gate=True), "net")
    assert "not counted: 1 weighted layer in attention gates" in report.explanation
    assert sum(row.counted for row in report.rows) == report.depth.depth == 6
    assert sum(row.attention for row in report.rows) == 1


def test_a_network_without_blocks_is_one_row():
    report = counted(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3)), "net")
    assert [(row.counted, row.text) for row in report.rows] == [(2, "no blocks")]
    assert report.depth.formula == "2 = 2"
    one = counted(nn.Conv2d(3, 4, 3), "net").explanation[0]
    assert one == "counted: the 1 weighted layer on the path from input to output along the main branches"


class Beside(nn.Module):
    """Two convolutions and one run beside each other; a third way has none."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(3))
        self.projection = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        return self.b(self.a(x)) + self.c(x) + self.projection(x)


def test_layers_off_the_longest_path_are_explained():
    report = counted(nn.Sequential(Beside(), nn.ReLU()), "net")
    assert (report.depth.depth, report.depth.shortcut, report.depth.parallel) == (2, 1, 1)
    assert report.explanation[1:3] == (
        "not counted: 1 weighted layer on shortcuts; with it there are 3 weighted layers",
        "not counted: 1 weighted layer on parallel paths",
    )


class Doubled(nn.Module):
    """One network with a block, and one with two, added."""

    def __init__(self):
        super().__init__()
        self.short, self.long = nn.Sequential(Block(), nn.ReLU()), nn.Sequential(Block(), Block(), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.short(x), self.long(x)], 1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(2))

    def forward(self, x):
        return x + self.b(self.a(x).relu())


def test_blocks_off_the_longest_path_are_not_multiplied_by_nothing():
    report = counted(Doubled(), "net")
    assert [row.text for row in report.rows if row.blocks] == ["1 block, not on the longest path", "2 blocks × 2"]
    assert [row.paper_name for row in report.rows if row.blocks] == ["conv2_x", ""]
    assert "stage2 does not depend on stage1" in report.explanation[2]


def test_a_forward_that_failed_at_once_has_no_count_to_show():
    class Fails(nn.Module):
        def forward(self, x, y):
            return x + y

    with pytest.warns(PartialRunWarning, match="Fails: the forward failed"):
        text = render(ri.count(Fails()))
    assert "incomplete" in text
    assert "0 = 0" not in text
    assert "no blocks" not in text
