"""What a trace loads, whom it asks, and that the forward cannot tell that it is being traced."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward, Probe
from hypothesis import given, settings, strategies as st
from loaded import COMMAND, modules_after
from rule_answers import described
from torch import nn
from torch.nn import functional

import resnet_inspect as ri
from resnet_inspect.tracing import recorder
from resnet_inspect.tracing.recorder import trace

HEAVY = {"torch._dynamo", "sympy", "torch._inductor", "torch.fx.experimental.symbolic_shapes"}


TRACE = "import resnet_inspect as ri\nfor name in ('resnet50', 'resnet20_cifar', 'plain18'):\n    ri.trace(ri.build(ri.load(name)))"
FORWARD = (
    "import torch, resnet_inspect as ri\nri.build(ri.load('resnet18'))(torch.empty(1, 3, 224, 224, device='meta'))"
)


FIRST = f"import torch\n{COMMAND}"
"""What tests of commands have a Python do first, too."""


def test_a_trace_loads_nothing_heavy():
    loaded = modules_after(TRACE, FIRST)
    assert "resnet_inspect.tracing.recorder" in loaded
    assert not loaded & HEAVY


def test_a_bare_forward_does():
    """Else the test above would prove nothing."""
    assert {"torch._dynamo", "sympy"} <= modules_after(FORWARD, FIRST)


RECORDS = "import resnet_inspect.tracing.records, resnet_inspect.pipeline"


@pytest.mark.parametrize(("program", "loaded"), [(RECORDS, False), ("import resnet_inspect.tracing.recorder", True)])
def test_records_are_free_of_torch_and_the_recorder_is_not(program, loaded):
    assert ("torch" in modules_after(program)) == loaded


@pytest.fixture
def asked(monkeypatch):
    """Names of the operators that torch itself had to run."""
    names = []
    run = recorder._Recorder._run

    def noted(self, operator, *rest):
        names.append(operator.name)
        return run(self, operator, *rest)

    monkeypatch.setattr(recorder._Recorder, "_run", noted)
    return names


@pytest.mark.parametrize(
    "name", ["resnet18", "resnet50", "resnet50_v1", "resnet50_caffe", "resnext50_32x4d", "plain34"]
)
def test_rules_answer_every_operator_of_a_resnet(name, asked):
    traced = trace(ri.build(ri.load(name)))
    assert traced.failure is None
    assert len(traced.ops) > 40
    assert asked == []


@pytest.mark.parametrize(
    ("forward", "torch_runs"),
    [
        (lambda _, x: functional.softplus(x), ["softplus"]),
        (lambda _, x: functional.relu(x.transpose(2, 3)), ["transpose", "relu"]),
        (lambda _, x: torch.add(x, x, alpha=2), ["add"]),
        (lambda _, x: functional.relu(x.long()), ["to", "relu"]),
        (lambda _, x: functional.relu(torch.zeros(8)) + x, ["zeros", "relu", "add"]),
        (lambda _, x: functional.max_pool2d(x, 5, ceil_mode=True), []),
        (lambda _, x: functional.gelu(x, approximate="tanh"), ["gelu"]),
    ],
)
def test_whatever_is_not_plain_is_left_to_torch(forward, torch_runs, asked):
    assert trace(Forward(forward), (1, 3, 8, 8)).failure is None
    assert asked == torch_runs


def test_rules_are_silent_on_a_real_device(asked):
    traced = trace(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), (1, 3, 8, 8), device="cpu")
    assert asked == [op.name for op in traced.ops] == ["conv2d", "relu"]


# --- the forward cannot tell ---

STEPS = {
    "relu": lambda _, x: functional.relu(x),
    "relu_": lambda _, x: functional.relu_(x + 1),
    "conv": lambda net, x: net.conv(x),
    "thin conv": lambda net, x: net.thin(x[:, :1]),
    "strided conv": lambda net, x: functional.conv2d(x, net.conv.weight, stride=2, padding=1),
    "norm": lambda net, x: net.norm(x),
    "max pool": lambda _, x: functional.max_pool2d(x, 3, 2, 1),
    "max pool up": lambda _, x: functional.max_pool2d(x, 2, ceil_mode=True),
    "avg pool": lambda _, x: functional.avg_pool2d(x, 2),
    "global pool": lambda _, x: functional.adaptive_avg_pool2d(x, 1),
    "enlarging pool": lambda _, x: functional.adaptive_avg_pool2d(x, (3, 2)),
    "gate": lambda _, x: x * functional.adaptive_avg_pool2d(x, 1).sigmoid(),
    "double": lambda _, x: x + x,
    "add_": lambda _, x: (x * 2).add_(x),
    "flatten": lambda _, x: torch.flatten(x, 1),
    "flatten pixels": lambda _, x: torch.flatten(x, 2),
    "flatten all": lambda _, x: torch.flatten(x),
    "linear": lambda net, x: net.linear(x),
    "view": lambda _, x: x.view(x.shape[0], -1),
    "back": lambda _, x: x.reshape(2, 3, -1, 4),
    "channels last": lambda _, x: x.contiguous(memory_format=torch.channels_last),
    "rows": lambda _, x: x.contiguous(),
    "transpose": lambda _, x: x.transpose(-1, -2),
    "every second": lambda _, x: x[..., ::2],
    "one pixel": lambda _, x: x[..., :1, :1],
    "half": lambda _, x: x.half(),
    "float": lambda _, x: x.float(),
    "first": lambda _, x: x[:1],
    "none": lambda _, x: x[:0],
    "expand": lambda _, x: x[:, :1].expand(-1, 3, -1, -1),
}  # fmt: skip


def walk(steps, seen):
    def forward(net, x):
        for step in steps:
            x = STEPS[step](net, x)
            seen.put(described(x))
        return x

    module = Forward(
        forward, conv=nn.Conv2d(3, 3, 1, device="meta"), thin=nn.Conv2d(1, 3, 3, padding=1, device="meta"),
        norm=nn.BatchNorm2d(3, device="meta"), linear=nn.Linear(4, 4, device="meta"),
    )  # fmt: skip
    memory_format = torch.channels_last if len(steps) % 3 == 0 else torch.contiguous_format
    # torch's linear takes another way, with other checks, where a weight could have a gradient
    return module.eval().requires_grad_(requires_grad=False).to(memory_format=memory_format)


@settings(max_examples=150)
@given(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=7))
def test_every_tensor_is_what_it_would_be_without_the_recorder(steps):
    """Shape, strides, memory format and type of each; and it fails where torch fails."""
    alone, traced = Probe(), Probe()
    module, fails = walk(steps, alone), False
    try:
        with torch.inference_mode():
            module(torch.empty(2, 3, 8, 4, device="meta"))
    except (RuntimeError, IndexError, ValueError):
        fails = True
    failure = trace(walk(steps, traced), (2, 3, 8, 4)).failure
    assert traced.taken() == alone.taken()
    assert (failure is not None) == fails
