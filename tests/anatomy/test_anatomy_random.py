"""Whatever a network looks like: every operator has one role, everything adds up, and nothing raises."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest
from hypothesis import given, settings
from random_nets import CHANNELS, Convolution, Joined, Sum, blocks, chains, nets, residual
from torch import nn

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.anatomy.records import Role
from resnet_inspect.commands.blocks import blocks_report
from resnet_inspect.commands.count import count_report
from resnet_inspect.commands.layers.report import layers_report
from resnet_inspect.commands.layers.selection import LayerSelection
from resnet_inspect.commands.stages import stages_report
from resnet_inspect.rendering.report import ModelRef
from resnet_inspect.tracing.recorder import trace

SHAPE = (1, CHANNELS, 8, 8)
NAMELESS = ModelRef("net", None)


def understand(net):
    traced = trace(net, SHAPE)
    assert traced.failure is None
    return traced, dissect(traced)


@settings(max_examples=100)
@given(nets)
def test_every_operator_has_one_place_and_all_adds_up(net):
    traced, anatomy = understand(net)
    _has_one_place(traced, anatomy)
    _adds_up(traced, anatomy)
    _is_reported(traced, anatomy)


def _has_one_place(traced, anatomy):
    operations = anatomy.operations
    assert len(operations) == sum(bool(op.sources) for op in traced.ops)
    assert len({layer.name for layer in operations}) == len(operations)
    assert {layer.role for layer in operations} <= set(get_args(Role))
    held = Counter(n for block in anatomy.blocks for n in (*block.main, *block.shortcut_layers, *block.attention))
    assert set(held.values()) <= {1}
    assert {number for number, layer in enumerate(operations) if layer.block is not None} == set(held)
    for block in anatomy.blocks:
        for role, numbers in (
            ("main", block.main),
            ("shortcut", block.shortcut_layers),
            ("attention", block.attention),
        ):
            assert {operations[number].role for number in numbers} <= {role}


def _adds_up(traced, anatomy):
    operations, depth = anatomy.operations, anatomy.depth
    assert sum(layer.macs for layer in operations) == anatomy.totals.macs == sum(op.macs for op in traced.ops)
    parts = [part for part in (anatomy.stem, *anatomy.stages, anatomy.head) if part]
    assert not parts or sum(part.macs for part in parts) == anatomy.totals.macs
    assert sum(stage.blocks for stage in anatomy.stages) == len(anatomy.blocks)
    weighted = sum(layer.weighted and layer.role != "unused" for layer in operations)
    assert depth.weighted == weighted == depth.depth + depth.shortcut + depth.attention + depth.parallel
    assert min(depth.depth, depth.shortcut, depth.attention, depth.parallel) >= 0
    assert eval(depth.formula.partition(" = ")[2].replace("·", "*")) == depth.depth == len(depth.path)


def _is_reported(traced, anatomy):
    assert layers_report(NAMELESS, traced, anatomy, LayerSelection(everything=True)).depth == anatomy.depth
    assert sum(row.counted for row in count_report(NAMELESS, anatomy).rows) == anatomy.depth.depth
    assert blocks_report(NAMELESS, anatomy).total == len(anatomy.blocks)
    assert len(stages_report(NAMELESS, anatomy).rows) >= len(anatomy.stages)


def kinds(chain):
    return ["basic" if main == 2 else "-".join(["3x3"] * main) for main, _, _ in chain]


def chained(chain):
    return [residual(main, shortcut, swapped=swapped) for main, shortcut, swapped in chain]


AROUND = {
    "nothing": lambda body: body,
    "an addition": lambda body: Sum(body, nn.Identity()),
    "an addition, the other way round": lambda body: Sum(nn.Identity(), body),
    "a concatenation": lambda body: Joined(nn.Identity(), body),
    "both": lambda body: Joined(Sum(body, nn.Identity()), nn.Identity()),
    "two additions": lambda body: Sum(nn.Sequential(Sum(body, nn.Identity()), Convolution(3)), nn.Identity()),
    "a branch beside": lambda body: Joined(body, Convolution(3)),
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND.keys())
@settings(max_examples=10)
@given(chains)
def test_blocks_in_a_row_are_found_under_any_long_skip(around, chain):
    _, anatomy = understand(nn.Sequential(Convolution(3), around(nn.Sequential(*chained(chain))), Convolution(1)))
    assert [block.kind for block in anatomy.blocks] == kinds(chain)
    assert [block.shortcut == "projection" for block in anatomy.blocks] == [shortcut for _, shortcut, _ in chain]
    assert anatomy.depth.shortcut == sum(shortcut for _, shortcut, _ in chain)
    inside = sum(main for main, _, _ in chain)
    assert (
        sum(layer.weighted and layer.role == "main" and layer.block is not None for layer in anatomy.layers) == inside
    )


@settings(max_examples=10)
@given(blocks)
def test_one_block_alone_with_a_long_skip_is_one_block(one):
    _, anatomy = understand(nn.Sequential(Convolution(3), Sum(nn.Sequential(*chained([one])), nn.Identity())))
    assert len(anatomy.blocks) == 1
