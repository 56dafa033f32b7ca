"""The sentence about outputs is proven: weights are copied by the report's own key map, and both networks run."""

from __future__ import annotations

import pytest
import torch
from each import for_each
from function_nets import SHAPE, SIDE, Chosen, Function, conv, net, outputs_agree, pairs
from hypothesis import event, given, settings
from torch import nn
from torch.nn import functional

import resnet_inspect as ri

RUN = ri.RunOptions(input_shape=SHAPE)


@settings(max_examples=300)
@given(pairs())
def test_random_pairs(chosen):
    left, right = (Chosen(**choice) for choice in chosen)
    report = ri.compare(left, right, RUN, RUN)
    mapped = len(report.key_names) == len(left.state_dict()) == len(right.state_dict())
    event(f"{report.outputs}, {'mapped' if mapped else 'not mapped'}")
    if report.outputs != "different":
        assert mapped
        assert outputs_agree(left, right, report), report
    elif mapped:
        assert not outputs_agree(left, right, report), report
    assert report.identical <= (report.outputs == "equal")
    assert report.outputs != "different" or report.changes or report.only_left or report.only_right


def ordered(order):
    """A block that runs its parts in another order; all have equal shapes."""
    parts = {"c": conv, "d": conv, "n": lambda: nn.BatchNorm2d(4), "m": lambda: nn.BatchNorm2d(4)}

    def run(x, *modules):
        y = x
        for name in order:
            y = functional.relu(y) if name == "r" else modules[list(parts).index(name)](y)
        return x + y

    return net(run, *(make() for make in parts.values()), names=list(parts))


DIFFERENT = {
    "norm first": (ordered("cnrdm"), ordered("ncrmd")),
    "norms swapped": (ordered("cnrdm"), ordered("cmrdn")),
    "convolutions swapped": (ordered("cnrdm"), ordered("dnrcm")),
    "activation elsewhere": (ordered("cnrdm"), ordered("crndm")),
    "axis of a softmax": (net(lambda x: x.softmax(1)), net(lambda x: x.softmax(-1))),
    "bounds": (net(lambda x: x.clamp(-1, 1)), net(lambda x: x.clamp(-1, 2))),
    "number": (net(lambda x: x * 2), net(lambda x: x * 3)),
    "number subtracted": (net(lambda x: x - 2), net(lambda x: x + 2)),
    "operand of a difference": (net(lambda x, c: x - c(x), conv()), net(lambda x, c: c(x) - x, conv())),
    "which half": (
        net(lambda x: torch.cat([x.chunk(2, 1)[0]] * 2, 1)),
        net(lambda x: torch.cat([x.chunk(2, 1)[1]] * 2, 1)),
    ),
    "step of a slice": (
        net(lambda x: x[:, :, :, :3].repeat(1, 1, 1, 2)),
        net(lambda x: x[:, :, :, ::2].repeat(1, 1, 1, 2)),
    ),
    "where it is read": (
        net(lambda x, c, d: d(c(x)) + c(x), conv(), conv()),
        net(lambda x, c, d: d(c(x)) + x, conv(), conv()),
    ),
    "value of a constant": (net(lambda x: x + torch.tensor(1.0)), net(lambda x: x + torch.tensor(2.0))),
}
EQUAL = {
    "operands of a sum": (net(lambda x, c: x + c(x), conv()), net(lambda x, c: c(x) + x, conv())),
    "operands of a product": (net(lambda x, c: x * c(x), conv()), net(lambda x, c: c(x) * x, conv())),
    "order of branches": (
        net(lambda x, c, d: c(x) + d(x), conv(), conv(), names="cd"),
        net(lambda x, d, c: torch.add(*[d(x), c(x)][::-1]), conv(), conv(), names="dc"),
    ),
    "copies": (net(lambda x: x), net(lambda x: x.contiguous().clone().to(x.dtype))),
    "negative axis": (net(lambda x: x.softmax(1)), net(lambda x: x.softmax(-3))),
    "names": (
        net(lambda x, c, n: n(c(x)), conv(), nn.BatchNorm2d(4), names="cn"),
        net(lambda x, a, b: b(a(x)), conv(), nn.BatchNorm2d(4), names="ab"),
    ),
    "names of alike branches": (
        net(lambda x, a, b, c: c(a(x) + b(x)), conv(), conv(), conv(), names="abc"),
        net(lambda x, a, b, c: c(b(x) + a(x)), conv(), conv(), conv(), names="xyz"),
    ),
    "numbers of two types": (net(lambda x: x * 2), net(lambda x: x * 2.0)),
    "whole slices": (net(lambda x: x), net(lambda x: x[:, :, 0:])),
}


@for_each("name, both", DIFFERENT.items())
def test_what_computes_another_function_is_called_different(name, both):
    report = ri.compare(*both, RUN, RUN)
    assert (report.identical, report.outputs) == (False, "different"), name
    assert report.changes, name
    assert not outputs_agree(*both, report), name


@for_each("name, both", EQUAL.items())
def test_what_computes_the_same_function_is_called_equal(name, both):
    report = ri.compare(*both, RUN, RUN)
    assert (report.identical, report.outputs, report.changes) == (True, "equal", ()), name
    assert outputs_agree(*both, report), name


@pytest.mark.parametrize("made", [torch.jit.trace, torch.export.export])
def test_a_graph_of_a_network_is_the_network(made):
    """Its operators have no module paths, so that the last activation of a block lies outside the block."""
    shape = (1, 3, 32, 32)
    net = ri.build({"block": "basic", "stage_blocks": [1, 1], "stage_widths": [4, 8], "num_classes": 3}, device="cpu")
    graph = made(net.eval(), torch.zeros(shape) if made is torch.jit.trace else (torch.zeros(shape),))
    run = ri.RunOptions(input_shape=shape)
    report = ri.compare(net, graph if made is torch.jit.trace else graph.module(), run, run)
    assert (report.identical, report.outputs, report.weights_interchangeable) == (True, "equal", True)
    assert [(key.left, key.right) for key in report.key_names] == [(name, name) for name in net.state_dict()]


def test_momentum_matters_in_training_only():
    slow, fast = (net(lambda x, n: n(x), nn.BatchNorm2d(4, momentum=value)) for value in (0.1, 0.2))
    report = ri.compare(slow, fast, RUN, RUN)
    assert (report.identical, report.outputs) == (True, "equal")
    assert [(change.field, change.left, change.right) for change in report.training_only] == [("momentum", 0.1, 0.2)]
    assert "differences in training only: momentum (1×)" in report.verdict


class WithConstant(nn.Module):
    """A network whose sum reads a tensor that no state_dict has."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def forward(self, x):
        return x + self.values


def test_what_is_not_seen_is_said():
    unseen = [WithConstant(torch.empty(3, 1, 1, device="meta")) for _ in "12"]
    report = ri.compare(*unseen, RUN, RUN)
    assert (report.outputs, report.identical) == ("equal as far as seen", True)
    assert "as far as seen" in report.weights
    seen = [WithConstant(torch.full((3, 1, 1), value)) for value in (1.0, 2.0)]
    assert ri.compare(*seen, RUN, RUN).outputs == "different"


def test_only_at_this_size_is_said():
    whole, window = (net(lambda x: x), nn.Sequential(conv(3), Function(lambda x: x)))
    window.append(nn.Sequential(nn.AvgPool2d(SIDE), nn.Flatten(), nn.Linear(4, 3)))
    report = ri.compare(whole, window, RUN, RUN)
    assert (report.identical, report.outputs) == (False, "equal at this input size")
    assert report.weights.endswith("compute the same at this input size")
    assert [(change.field, change.left, change.right) for change in report.changes] == [
        ("op", "adaptive_avg_pool2d", "avg_pool2d")
    ]
    assert outputs_agree(whole, window, report)
