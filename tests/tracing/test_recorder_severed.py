"""Outputs that depend on no input, which are told; and layers that read no input, which are counted and marked."""

from __future__ import annotations

import pytest
import torch
from each import for_each
from forwards import Forward
from torch import nn
from torch.nn import functional

import resnet_inspect as ri
from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.tracing.recorder import trace

IMAGE = (1, 3, 8, 8)
CONV = "the last operator that depends on one is conv2d in conv"


class Wrapped(torch.Tensor):
    pass


def after_conv(function):
    """A convolution, and ``function`` of its output."""
    return Forward(lambda self, x: function(self.conv(x)), conv=nn.Conv2d(3, 4, 1))


SEVERED = [
    (torch.zeros_like, f"{CONV}; zeros_like takes only the shape of its operand", "meta"),
    (lambda y: y.new_empty(y.shape), f"{CONV}; new_empty takes only the shape of its operand", "meta"),
    (lambda y: torch.rand(y.shape, device=y.device) + 1, CONV, "meta"),
    (lambda _: {"a": [torch.ones(3)], "b": 7}, CONV, "meta"),
    (lambda y: torch.tensor(y.tolist()), CONV, "cpu"),
    (lambda y: torch.from_numpy(y.numpy().copy()), "the last operator that depends on one is detach", "cpu"),
]


@for_each("function, message, device", SEVERED)
def test_an_output_that_depends_on_no_input_is_told(function, message, device):
    failure = trace(after_conv(function), IMAGE, device=device).failure
    assert (failure.severed, failure.needs_values, failure.op) == (True, False, "")
    assert failure.message == message
    assert failure.reason == f"the output depends on no input: {message}"


def test_where_no_operator_reads_the_input():
    traced = trace(Forward(lambda self, x: self.net(torch.empty_like(x)), net=nn.Conv2d(3, 4, 1)), IMAGE)
    assert traced.failure.message == "no operator reads an input; empty_like takes only the shape of its operand"
    hidden = trace(Forward(lambda self, _: [str(self.net(torch.ones(IMAGE)))], net=nn.Conv2d(3, 4, 1)), IMAGE)
    assert hidden.failure.message == "no operator reads an input"


CONNECTED = [
    lambda y: (y, torch.zeros(3)),
    lambda y: [torch.zeros(3), {"y": y}],
    lambda y: torch.zeros_like(y) + y,
    lambda y: torch.zeros_like(y).copy_(y),
    lambda y: torch.add(y, y, out=torch.empty_like(y)),
    lambda y: y.as_subclass(Wrapped),
    lambda y: torch.relu(y.as_subclass(Wrapped)).as_subclass(Wrapped) + 1,
    nn.Parameter,
    lambda y: nn.Parameter(y) + 1,
    lambda y: y.data,
    lambda _: None,
]


@for_each("function", CONNECTED)
@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_one_tensor_that_depends_on_it_is_enough(function, device):
    assert trace(after_conv(function), IMAGE, device=device).failure is None


def test_reused_memory_is_not_taken_for_data():
    def forward(self, x):
        self.conv(x)
        for _ in range(20):
            made = nn.Parameter(torch.empty_like(x, device="cpu"))
        return made

    assert trace(Forward(forward, conv=nn.Conv2d(3, 3, 1)), IMAGE, device="cpu").failure.severed


def _query(self, x):
    return self.conv(x) * self.second(torch.relu(self.first(self.query))).view(1, 4, 1, 1)


def _fused(self, x):
    return functional.conv2d(x, functional.conv2d(self.conv.weight.transpose(0, 1), self.point.weight).transpose(0, 1))


def _generated(self, x):
    return functional.conv2d(x, self.second(self.query).view(4, 1, 1, 1).expand(4, 3, 1, 1))


def _low_rank(self, x):
    return functional.conv2d(x, self.conv.weight + (self.second.weight @ self.narrow)[:, :, None, None])


def net(forward):
    return Forward(
        forward,
        conv=nn.Conv2d(3, 4, 1),
        point=nn.Conv2d(4, 4, 1),
        first=nn.Linear(4, 4),
        second=nn.Linear(4, 4),
        query=nn.Parameter(torch.zeros(1, 4)),
        narrow=nn.Parameter(torch.zeros(4, 3)),
        buffers={"table": torch.zeros(1, 3, 8, 8)},
    )


# Forward, names of the layers without input, their MACs together; a convolution of 8 x 8 pixels has 4 * 3 * 64 = 768.
CONSTANT = [
    (_query, ("first", "second"), 2 * 4 * 4),
    (lambda self, x: (self.conv(x), self.first(self.query)), ("first",), 4 * 4),
    (lambda self, x: self.conv(x) + self.point(torch.ones(1, 4, 8, 8)), ("point",), 4 * 4 * 64),
    (lambda self, x: self.conv(x) + self.conv(self.table), ("conv#2",), 768),
    (lambda self, x: torch.cat([self.conv(x), self.conv(self.table)]), ("conv#2",), 768),
    (lambda self, x: (self.first(self.query), self.conv(x))[1], (), 0),
    (_fused, (), 0),
    (_generated, (), 0),
    (_low_rank, (), 0),
    (lambda self, x: self.conv(x) + self.query.view(1, 4, 1, 1), (), 0),
]


@for_each("forward, names, macs", CONSTANT)
def test_layers_that_read_no_input_are_counted_and_marked(forward, names, macs):
    anatomy = dissect(trace(net(forward), IMAGE))
    assert anatomy.failure is None
    assert tuple(layer.name for layer in anatomy.constants) == names
    assert all(layer.constant and layer.weighted and layer.stage is None for layer in anatomy.constants)
    assert not any(layer.constant for layer in anatomy.operations)
    depth = anatomy.depth
    assert (depth.depth, depth.constant, depth.parallel, depth.weighted) == (1, len(names), len(names), 1 + len(names))
    assert anatomy.totals.macs == 768 + macs == sum(layer.macs for layer in (*anatomy.layers, *anatomy.constants))


def test_reports_mark_them():
    module, run = net(_query), ri.RunOptions(input_shape=IMAGE)
    report = ri.layers(module, run)
    assert [(row["name"], row["constant"]) for row in report.to_dict()["layers"]] == [
        ("conv", False), ("first", True), ("second", True),
    ]  # fmt: skip
    text = ri.render(report, "table")
    assert text.count("constant") == 3
    assert "2 weighted layers read no input (constant)" in text
    every = ri.layers(module, run, selection=ri.LayerSelection(everything=True)).layers
    assert [layer.name for layer in every if layer.weighted] == ["conv", "first", "second"]
    assert "not counted: 2 weighted layers on parallel paths; 2 read no input" in ri.count(module, run).explanation


def test_a_severed_network_is_never_judged():
    module = Forward(lambda self, x: self.net(torch.empty_like(x)), net=nn.Conv2d(3, 4, 1))
    run = ri.RunOptions(input_shape=IMAGE)
    for function in (ri.count, ri.layers, ri.blocks, ri.stages):
        with pytest.warns(ri.PartialRunWarning, match="the output depends on no input: no operator reads an input"):
            report = function(module, run)
        assert report.failure.severed
    with pytest.warns(ri.PartialRunWarning, match="depends on no input"):
        ri.dissect(trace(module, IMAGE))
    refusing = [
        lambda: ri.compare(module, module, run, run),
        lambda: ri.summary(module, run),
        lambda: ri.config(module, run),
        lambda: ri.nearest(module, run),
    ]
    for call in refusing:
        with pytest.raises(ri.ModelRunError, match="the output depends on no input: no operator reads an input"):
            call()
