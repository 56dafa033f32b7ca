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


class Weight(nn.Module):
    """A parameter for each channel."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4, 1, 1))


def clamped(x, c):
    return functional.conv2d(x, c.weight.clone().clamp_(min=0.5), padding=1)


def filled(x, first, second):
    """Return a new tensor that is filled through two views."""
    y = x.new_zeros(x.shape)
    y[:, :2].copy_(first)
    y[:, 2:].copy_(second)
    return y


def halves(factor, *, both=False):
    """Return a function that writes into one half of its input's copy through a view, or into both."""

    def run(x):
        y = x * 1
        one, other = y.chunk(2, 1)
        one.mul_(factor)
        if both:
            other.mul_(factor)
        return y

    return run


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
    "a weight minus data": (net(lambda x, w: w.weight - x, Weight()), net(lambda x, w: w.weight + x, Weight())),
    "ones minus data": (net(lambda x: torch.ones_like(x) - x), net(lambda x: torch.ones_like(x) + x)),
    "a standardised weight": (
        net(lambda x, c: functional.conv2d(x, c.weight - c.weight.mean(), padding=1), conv()),
        net(lambda x, c: functional.conv2d(x, c.weight + c.weight.mean(), padding=1), conv()),
    ),
    "bounds that are tensors": (
        net(lambda x, w: x.clamp_min(w.weight), Weight()),
        net(lambda x, w: x.clamp_max(w.weight), Weight()),
    ),
    "a weight that is written": (net(lambda x, c: c(x), conv()), net(clamped, conv())),
    "a half that is written": (net(halves(2)), net(halves(5))),
    "halves that are filled": (
        net(lambda x, c: filled(x, c(x)[:, :2], x[:, 2:]), conv()),
        net(lambda x, c: filled(x, c(x)[:, 2:], x[:, 2:]), conv()),
    ),
    "another half that is written": (net(halves(2)), net(halves(2, both=True))),
    "axis of a stack": (
        net(lambda x, c: torch.stack([x, c(x)], 2).flatten(2, 3)[:, :, :SIDE], conv()),
        net(lambda x, c: torch.stack([x, c(x)], 3).flatten(2, 3)[:, :, :SIDE], conv()),
    ),
    "value of a constant": (net(lambda x: x + torch.tensor(1.0)), net(lambda x: x + torch.tensor(2.0))),
}
EQUAL = {
    "an expanded factor": (
        net(lambda x: x * x.mean((2, 3), keepdim=True)),
        net(lambda x: x * x.mean((2, 3), keepdim=True).expand_as(x)),
    ),
    "padding by name": (
        net(lambda x, c: c(x), conv()),
        net(lambda x, c: c(x), nn.Conv2d(4, 4, 3, padding="same", bias=False)),
    ),
    "a bounded activation": (net(functional.relu6), net(lambda x: x.clamp(0, 6))),
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


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * x.sum().item(),
        lambda x: x if x.mean() < 0 else -x,
        lambda x: x * len(x[x > 0]),
        lambda x: x + torch.rand(1),
        lambda x: x + torch.from_numpy(x.numpy() * 0),
    ],
)
def test_numbers_that_are_taken_out_of_tensors_are_not_seen(function):
    run = ri.RunOptions(input_shape=SHAPE, device="cpu")
    one, two = (Function(lambda x, c: function(c(x)), conv(3, 3)) for _ in "12")
    report = ri.compare(one, two, run, run)
    assert report.outputs in {"equal as far as seen", "different"}
    assert "compute the same" not in report.weights


def test_outputs_and_inputs_correspond_by_their_names():
    class Named(nn.Module):
        def __init__(self, first, second):
            super().__init__()
            self.c, self.d, self.keys = conv(3, 3), conv(3, 3), (first, second)

        def forward(self, x):
            return dict(zip(self.keys, (self.c(x), self.d(x)), strict=True))

    assert ri.compare(Named("a", "b"), Named("b", "a"), RUN, RUN).outputs == "different"

    class Written(Named):
        def forward(self, x):
            return dict(reversed(super().forward(x).items()))

    assert ri.compare(Named("a", "b"), Written("a", "b"), RUN, RUN).outputs == "equal"


def test_types_of_buffers_are_compared():
    def with_buffer(dtype):
        module = net(lambda x, b: x * b.scale, nn.Identity())
        module[1].m0.register_buffer("scale", torch.ones(1, dtype=dtype))
        return module

    assert ri.compare(with_buffer(torch.float32), with_buffer(torch.int64), RUN, RUN).outputs == "different"


def test_operators_of_other_libraries_are_not_those_of_torch():
    library = torch.library.Library("resnet_inspect_names", "DEF")
    library.define("relu(Tensor x) -> Tensor")
    library.impl("relu", lambda x: torch.empty_like(x), "Meta")  # noqa: PLW0108  # Meta passes nothing else
    own = net(lambda x: torch.ops.resnet_inspect_names.relu(x))  # noqa: PLW0108  # made when it is called
    assert ri.compare(net(torch.relu), own, RUN, RUN).outputs == "different"
    del library


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
