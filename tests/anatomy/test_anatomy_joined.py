"""Gates, sums and blocks are the same in whatever way they are written."""

from __future__ import annotations

import torch
from each import for_each
from joined_parts import Truth
from parallel_layers import PARALLEL
from passed_states import STATES
from spelled_gates import GATES, PLACES
from spelled_sums import ORDERS, SUMS, UNKNOWN, WITHOUT_LAYERS, Product
from torch import nn
from understanding import understand


def read(net, shape=(1, 3, 32, 32)):
    anatomy = understand(net, shape)
    depth = anatomy.depth
    shortcuts = "".join(block.shortcut[0] for block in anatomy.blocks)
    return Truth(depth.depth, shortcuts, depth.attention, depth.parallel), anatomy


KINDS = (PLACES, ORDERS, WITHOUT_LAYERS, GATES, SUMS, STATES, PARALLEL)


@for_each("name, case", [row for kind in KINDS for row in kind.items()])
def test_however_it_is_written(name, case):
    net, truth = case
    found, anatomy = read(net)
    assert found == truth, name
    assert anatomy.undecided == ()


@for_each("net, operator", UNKNOWN.values())
def test_what_the_data_flow_does_not_decide_is_unknown(net, operator):
    found, anatomy = read(net)
    assert (found.shortcuts, anatomy.placement.version) == ("", None)
    assert anatomy.placement.text.startswith("unknown: tensors are ")
    assert anatomy.undecided
    assert all(operator in name for name in anatomy.undecided)


@for_each(
    "join, shape",
    [
        (torch.addmm, (4, 8)),
        (lambda x, f, weight: torch.baddbmm(x, f, weight[None]), (1, 4, 8)),
    ],
)
def test_an_addition_and_its_layer_may_be_one_operator(join, shape):
    found, _ = read(nn.Sequential(Product(join), Product(join)), shape)
    assert found.shortcuts == "ii"
