"""Modules of every kind are traced, wherever their parameters are and in whatever type they compute."""

from __future__ import annotations

import copy
import sys

import pytest
import torch
from forwards import Forward, Probe, flow, op_named
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations, prune

from resnet_inspect.tracing.recorder import trace

IMAGE = (1, 3, 8, 8)
TWO_LAYERS = [("conv2d", 4 * 36 * 27), ("relu", 0)]


def two_layers():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())


def described(module, **options):
    traced = trace(module, IMAGE, **options)
    assert traced.failure is None, traced.failure
    return [(op.name, op.macs) for op in traced.ops if op.sources]


@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize(
    "wrapped",
    [
        nn.DataParallel,
        torch.jit.script,
        torch.fx.symbolic_trace,
        copy.deepcopy,
        lambda net: nn.Sequential(torch.jit.script(net)),
        lambda net: net.to(memory_format=torch.channels_last),
    ],
    ids=["DataParallel", "script", "fx", "copy", "script inside", "channels last"],
)
def test_wrapped_modules(wrapped, device):
    assert described(wrapped(two_layers()), device=device) == TWO_LAYERS


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_module_that_torch_jit_traced():
    net = torch.jit.trace(two_layers(), torch.zeros(IMAGE))
    assert described(net) == [("convolution", 4 * 36 * 27), ("relu", 0)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_flags_of_a_scripted_module_are_restored():
    net = torch.jit.script(nn.Sequential(nn.BatchNorm2d(3), nn.Dropout()))
    net.train()
    next(net.children()).eval()
    assert [op.name for op in trace(net, IMAGE).ops] == ["batch_norm"]
    assert [module.training for module in net.modules()] == [True, False, True]


TYPES = [torch.float16, torch.bfloat16, torch.float64, torch.complex64]


@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize("dtype", TYPES)
def test_the_input_has_the_type_in_which_the_module_computes(dtype, device):
    seen = Probe()

    def forward(self, x):
        seen.put((x.dtype, self.conv(x).dtype))
        return self.conv(x)

    net = Forward(forward, conv=nn.Conv2d(3, 4, 3, dtype=dtype), buffers={"counter": torch.zeros(1, dtype=torch.int64)})
    assert trace(net, IMAGE, device=device).failure is None
    assert seen.taken() == [(dtype, dtype)]


def test_without_parameters_the_input_has_the_default_type():
    seen = Probe()
    trace(Forward(lambda _, x: seen.put(x.dtype)), IMAGE)
    assert seen.taken() == [torch.get_default_dtype()]


class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.conv.register_forward_pre_hook(lambda _, args: (args[0] + 1,))
        self.conv.register_forward_hook(lambda _, __, output: functional.pad(output, (1, 1, 1, 1)) * 2)

    def forward(self, x):
        return self.conv(x)


def test_hooks_of_the_modules_own_run_and_are_seen():
    traced = trace(Hooked(), IMAGE)
    assert [(op.name, op.sources) for op in traced.ops] == [
        ("add", (-1,)),
        ("conv2d", (0,)),
        ("pad", (1,)),
        ("mul", (2,)),
    ]
    assert traced.output_shape == (1, 4, 8, 8)


REPARAMETRIZED = [
    (parametrizations.weight_norm, {"0.parametrizations.weight.original0", "0.parametrizations.weight.original1"}),
    (parametrizations.spectral_norm, {"0.parametrizations.weight.original"}),
    (parametrizations.orthogonal, {"0.parametrizations.weight.original"}),
    (nn.utils.weight_norm, {"0.weight_g", "0.weight_v"}),
    (nn.utils.spectral_norm, {"0.weight_orig"}),
    (lambda layer: prune.l1_unstructured(layer, "weight", 2), {"0.weight_orig"}),
]


@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize(("reparametrized", "names"), REPARAMETRIZED)
def test_a_weight_that_is_computed_anew_each_time_is_learned(reparametrized, names, device):
    layer = reparametrized(nn.Linear(8, 8))
    net = nn.Sequential(layer)
    before = vars(layer).get("weight")
    linear = op_named(trace(net, (1, 8), device=device), "linear")
    assert set(linear.parameters) == names | {"0.bias"}
    assert linear.macs == 64
    assert vars(layer).get("weight") is before, "weight_norm sets the weight as a plain attribute"


def moves_between_devices(self, x):
    x = x.to(self.conv.weight.device) - self.mean.to(x.device)
    x = x.cpu().type_as(self.mean).to(self.mean).to("cpu", torch.float32)
    return self.conv(x)


def asks_constants_for_values(_, x):
    rates = [rate.item() for rate in torch.linspace(0, 1, 3)]
    grid = torch.zeros(3)
    grid[1:] = 2
    grid += 1
    return x * rates[1] + float(grid.sum()) + int(grid.nonzero().numel())


def computes_without_gradients(self, x):
    with torch.no_grad():
        x = self.conv(x)
    with torch.enable_grad():
        return x * 2


def numbers_first(_, x):
    return torch.mul(2.0, x) + torch.add(1, x)


@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize(
    "forward", [moves_between_devices, asks_constants_for_values, computes_without_gradients, numbers_first]
)
def test_what_forwards_may_do(forward, device):
    net = Forward(forward, conv=nn.Conv2d(3, 4, 3), buffers={"mean": torch.zeros(3, 1, 1)})
    traced = trace(net, IMAGE, device=device)
    assert traced.failure is None
    assert traced.outputs == (len(traced.ops) - 1,)


def test_parameters_and_buffers_may_lie_anywhere():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4).to("meta"), nn.Conv2d(4, 4, 1, device="meta"))
    net.append(Forward(lambda self, x: x - self.mean, buffers={"mean": torch.zeros(4, 1, 1)}))
    assert flow(net) == ([("conv2d", -1), ("batch_norm", 0), ("conv2d", 1), ("sub", 2)], (3,))


def test_a_recurrent_layer():
    traced = trace(nn.LSTM(16, 8, batch_first=True), (2, 5, 16))
    lstm = op_named(traced, "lstm")
    assert traced.output_shape == (2, 5, 8)
    assert lstm.parameters == ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    assert (lstm.weights, lstm.macs) == (None, 0)


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")
def test_a_sparse_weight_is_left_to_torch():
    net = Forward(lambda self, x: functional.linear(x, self.weight), weight=nn.Parameter(torch.eye(8).to_sparse_csr()))
    assert trace(net, (2, 8), device="cpu").ops[0].macs == 128
    assert trace(net, (2, 8)).failure.op == "linear"


def test_a_deep_module_does_not_exhaust_the_stack_of_the_reader():
    net = nn.ReLU()
    for _ in range(60):
        net = nn.Sequential(net)
    assert trace(net, IMAGE).modules[-1].path == ".".join(["0"] * 60)


def test_a_signature_is_what_it_was():
    """Backbones filter their keywords by their own forward's signature."""
    import inspect

    seen = Probe()

    class Looks(nn.Module):
        def forward(self, x, scale=2):
            seen.put(list(inspect.signature(self.forward).parameters))
            return x * scale

    trace(Looks(), IMAGE)
    assert seen.taken() == [["x", "scale"]]


def test_traces_in_threads_do_not_meet():
    from concurrent.futures import ThreadPoolExecutor

    nets = [nn.Sequential(*(nn.Conv2d(3, 3, 1) for _ in range(depth))) for depth in range(1, 9)] * 4
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            traces = list(pool.map(lambda net: trace(net, IMAGE), [copy.deepcopy(net) for net in nets]))
    finally:
        sys.setswitchinterval(0.005)
    assert [len(traced.ops) for traced in traces] == [len(net) for net in nets]
    assert [len(traced.calls) for traced in traces] == [len(net) + 1 for net in nets]
