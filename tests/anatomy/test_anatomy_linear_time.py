"""Ten times the blocks take ten times the work: counted in lines that run, so that no machine is too slow for it."""

from __future__ import annotations

import functools
import sys

import pytest
from gated_nets import Gated, SqueezeExcitation
from small_nets import AddAfter, CAddTable, Net, NoShortcut, PreActivation, conv, table_block
from subjects.skips import Crossing, LongSkip, Nested
from torch import nn

from resnet_inspect.anatomy.compare import compare_anatomies
from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.commands.blocks import blocks_report
from resnet_inspect.commands.count import count_report
from resnet_inspect.commands.layers.report import layers_report
from resnet_inspect.commands.layers.selection import LayerSelection
from resnet_inspect.commands.stages import stages_report
from resnet_inspect.configs.files import load
from resnet_inspect.model.build import build
from resnet_inspect.rendering.report import ModelRef
from resnet_inspect.tracing.recorder import trace

FEW, MANY = 30, 300
NAMELESS = ModelRef("net", None)


def lines_run(function, *arguments):
    """How many lines a call executes; each turn of a comprehension is one."""
    count = 0

    def tracer(frame, event, argument):
        nonlocal count
        del frame, argument
        count += event == "line"
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return count


def traced(net):
    return trace(net, (1, 3, 16, 16))


def cifar(blocks):
    return build(load({"base": "resnet20_cifar", "stage_blocks": [blocks // 3] * 3}))


class Growing(nn.Module):
    """Every block has another width, so that every block is a stage of its own."""

    def __init__(self, channels):
        super().__init__()
        self.main = nn.Sequential(nn.Conv2d(channels, channels + 1, 1), nn.Conv2d(channels + 1, channels + 1, 1))
        self.shortcut = nn.Conv2d(channels, channels + 1, 1)

    def forward(self, x):
        return self.main(x) + self.shortcut(x)


NETS = {
    "from a config": cifar,
    "flat": lambda blocks: Net(*(AddAfter(4) for _ in range(blocks)), channels=4, out=4),
    "plain": lambda blocks: Net(*(NoShortcut(4) for _ in range(blocks)), channels=4, out=4),
    "containers": lambda blocks: Net(*(table_block(4, 4, 1) for _ in range(blocks)), channels=4, out=4),
    "v2": lambda blocks: Net(*(PreActivation(4, 4) for _ in range(blocks)), channels=4, out=4),
    "gates": lambda blocks: Net(*(Gated(4, SqueezeExcitation(4)) for _ in range(blocks)), channels=4, out=4),
    "under a long skip": LongSkip,
    "under a long skip, with gates": lambda blocks: Net(
        CAddTable(nn.Sequential(*(Gated(4, SqueezeExcitation(4)) for _ in range(blocks))), nn.Identity()),
        channels=4,
        out=4,
    ),
    "skips inside each other": lambda blocks: nn.Sequential(conv(3, 4), Nested(blocks)),
    "skips from one tensor": lambda blocks: nn.Sequential(conv(3, 4), Nested(blocks, one_ended=True)),
    "skips that cross": lambda blocks: nn.Sequential(conv(3, 4), Crossing(blocks)),
    "stage by stage": lambda blocks: Net(*(Growing(4 + i) for i in range(blocks)), channels=4, out=4 + blocks),
}


@pytest.mark.parametrize("net", NETS.values(), ids=NETS.keys())
def test_dissect(net):
    few, many = (lines_run(dissect, traced(net(blocks))) for blocks in (FEW, MANY))
    assert many / few == pytest.approx(MANY / FEW, rel=0.1)


REPORTS = {
    "compare": lambda _, anatomy: compare_anatomies(anatomy, anatomy),
    "layers": lambda run, anatomy: layers_report(NAMELESS, run, anatomy, LayerSelection()),
    "everything": lambda run, anatomy: layers_report(NAMELESS, run, anatomy, LayerSelection(everything=True)),
    "stages": lambda _, anatomy: stages_report(NAMELESS, anatomy),
    "count": lambda _, anatomy: count_report(NAMELESS, anatomy),
    "blocks": lambda _, anatomy: blocks_report(NAMELESS, anatomy),
}


@functools.cache
def understood(blocks):
    run = traced(cifar(blocks))
    return run, dissect(run)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())
def test_reports(report):
    few, many = (lines_run(report, *understood(blocks)) for blocks in (FEW, MANY))
    assert many / few < 1.1 * MANY / FEW


def test_that_quadratic_work_would_be_seen():
    def pairs(length):
        return sum(1 for _ in range(length) for _ in range(length))

    assert lines_run(pairs, MANY) / lines_run(pairs, FEW) > 50
