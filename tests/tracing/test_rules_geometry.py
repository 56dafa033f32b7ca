"""What rules say of geometry: kernels, channels and MACs, against torch's own FLOP counter and against counting by hand."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from resnet_inspect.tracing.operator_rules import OPERATOR_RULES
from resnet_inspect.tracing.recorder import trace
from resnet_inspect.tracing.records import LayerWeight, Window

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")


class Applied(nn.Module):
    """One function of the input and of learned tensors."""

    def __init__(self, function, *learned):
        super().__init__()
        self.function = function
        self.learned = nn.ParameterList(learned)

    def forward(self, x):
        return self.function(x, *self.learned)


def only_op(module, shape):
    traced = trace(module, shape)
    assert traced.failure is None
    (op,) = traced.ops
    return op


def flops_counted_by_torch(module, shape):
    with FlopCounterMode(display=False) as counter:
        module(torch.zeros(shape))
    return counter.get_total_flops()


@st.composite
def convolution_modules(draw):
    """Any convolution that torch accepts, of one to three axes, batched or not."""
    axes, transposed = draw(st.integers(1, 3)), draw(st.booleans())
    groups = draw(st.integers(1, 3))
    one_per_axis = st.lists(st.integers(1, 3), min_size=axes, max_size=axes).map(tuple)
    kernel, stride, dilation = draw(one_per_axis), draw(one_per_axis), draw(one_per_axis)
    padding = draw(st.sampled_from([0, 1, "same", "valid"])) if not transposed else draw(st.integers(0, 1))
    if padding == "same":
        stride = (1,) * axes
    kind = getattr(nn, f"Conv{'Transpose' * transposed}{axes}d")
    channels = groups * draw(st.integers(1, 3)), groups * draw(st.integers(1, 3))
    module = kind(*channels, kernel, stride, padding, groups=groups, dilation=dilation, bias=draw(st.booleans()))
    batch = draw(st.sampled_from([(), (1,), (2,)]))
    return module, (*batch, channels[0], *draw(st.lists(st.integers(7, 9), min_size=axes, max_size=axes)))


@settings(max_examples=60)
@given(convolution_modules())
def test_macs_of_convolutions_are_half_of_torchs_flops(case):
    module, shape = case
    assert 2 * only_op(module, shape).macs == flops_counted_by_torch(module, shape)


@settings(max_examples=60)
@given(convolution_modules())
def test_convolutions_are_described_as_their_modules_are(case):
    module, shape = case
    op = only_op(module, shape)
    axes = len(module.kernel_size)
    padding = module.padding
    if isinstance(padding, str):
        wide = [d * (k - 1) // 2 for d, k in zip(module.dilation, module.kernel_size, strict=True)]
        padding = tuple(wide) if padding == "same" else (0,) * axes
    assert op.window == Window(
        module.kernel_size, module.stride, padding, module.dilation, transposed=isinstance(module, _TRANSPOSED)
    )
    assert op.weights == LayerWeight(module.in_channels, module.out_channels, module.groups, module.bias is not None)


_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_macs_of_a_convolution_counted_one_by_one(groups, stride, dilation):
    """Over ones, without padding, each output value is the number of multiply-accumulates that made it."""
    source, weight = torch.ones(2, 4, 9, 8), torch.ones(6, 4 // groups, 3, 2)
    counted = functional.conv2d(source, weight, None, stride, 0, dilation, groups).sum().item()
    convolve = Applied(lambda x, w: functional.conv2d(x, w, None, stride, 0, dilation, groups), nn.Parameter(weight))
    assert only_op(convolve, (2, 4, 9, 8)).macs == counted


PRODUCTS = [
    ("linear", (2, 3, 4), functional.linear, [(5, 4)], LayerWeight(4, 5, 1, bias=False)),
    ("linear, one vector", (4,), functional.linear, [(5, 4), (5,)], LayerWeight(4, 5, 1, bias=True)),
    ("linear, weight a vector", (2, 4), functional.linear, [(4,)], LayerWeight(4, 1, 1, bias=False)),
    ("weight on the right", (2, 3, 4), lambda x, w: x @ w, [(4, 5)], LayerWeight(4, 5, 1, bias=False)),
    ("weight on the left", (2, 4, 3), lambda x, w: w @ x, [(5, 4)], LayerWeight(4, 5, 1, bias=False)),
    ("weight a vector", (2, 3, 4), lambda x, w: x @ w, [(4,)], LayerWeight(4, 1, 1, bias=False)),
    ("a vector on the left", (2, 4, 3), lambda x, w: w @ x, [(4,)], LayerWeight(4, 1, 1, bias=False)),
    ("two vectors", (4,), lambda x, w: x @ w, [(4,)], LayerWeight(4, 1, 1, bias=False)),
    ("mm", (2, 4), torch.mm, [(4, 5)], LayerWeight(4, 5, 1, bias=False)),
    ("bmm", (2, 3, 4), torch.bmm, [(2, 4, 5)], LayerWeight(4, 5, 1, bias=False)),
    ("addmm", (2, 4), lambda x, b, w: torch.addmm(b, x, w), [(5,), (4, 5)], LayerWeight(4, 5, 1, bias=True)),
    ("addmm, left", (4, 2), lambda x, b, w: torch.addmm(b, w, x), [(5, 1), (5, 4)], LayerWeight(4, 5, 1, bias=True)),
]


@pytest.mark.parametrize(
    ("shape", "function", "learned", "weights"), [case[1:] for case in PRODUCTS], ids=[c[0] for c in PRODUCTS]
)
def test_products(shape, function, learned, weights):
    module = Applied(function, *(nn.Parameter(torch.zeros(size)) for size in learned))
    op = only_op(module, shape)
    assert op.weights == weights
    assert op.window is None
    assert op.weighted
    output = module(torch.zeros(shape))
    assert op.macs == output.numel() * weights.in_channels
    by_torch = flops_counted_by_torch(module, shape)
    assert by_torch in {0, 2 * op.macs}, "torch counts no dot products and matrix-vector products"


def test_torch_counts_most_of_the_products():
    counted = [
        flops_counted_by_torch(Applied(f, *(nn.Parameter(torch.zeros(s)) for s in sizes)), shape)
        for _, shape, f, sizes, _ in PRODUCTS
    ]
    assert sum(flops > 0 for flops in counted) >= 8


POOLS = [
    ("max", lambda x: functional.max_pool2d(x, 3, 2, 1), Window((3, 3), (2, 2), (1, 1), (1, 1))),
    ("max, uneven", lambda x: functional.max_pool2d(x, (3, 2), (2, 1), (1, 0), (1, 2)), Window((3, 2), (2, 1), (1, 0), (1, 2))),
    ("max, no stride", lambda x: functional.max_pool2d(x, 2), Window((2, 2), (2, 2), (0, 0), (1, 1))),
    ("max, up", lambda x: functional.max_pool2d(x, 3, 2, ceil_mode=True), Window((3, 3), (2, 2), (0, 0), (1, 1), ceil_mode=True)),
    ("max, with indices", lambda x: functional.max_pool2d(x, 3, 2, 1, return_indices=True)[0], Window((3, 3), (2, 2), (1, 1), (1, 1))),
    ("average", lambda x: functional.avg_pool2d(x, 2, 1, 1), Window((2, 2), (1, 1), (1, 1), (1, 1))),
    ("average, up", lambda x: functional.avg_pool2d(x, 2, ceil_mode=True), Window((2, 2), (2, 2), (0, 0), (1, 1), ceil_mode=True)),
    ("global", lambda x: functional.adaptive_avg_pool2d(x, 1), Window((8, 9), (8, 9), (0, 0), (1, 1), adaptive=True)),
    ("adaptive", lambda x: functional.adaptive_avg_pool2d(x, (4, 4)), Window((2, 3), (2, 2), (0, 0), (1, 1), adaptive=True)),
    ("adaptive, one axis", lambda x: functional.adaptive_avg_pool2d(x, (None, 3)), Window((1, 3), (1, 3), (0, 0), (1, 1), adaptive=True)),
    ("adaptive, max", lambda x: functional.adaptive_max_pool2d(x, 1), Window((8, 9), (8, 9), (0, 0), (1, 1), adaptive=True)),
    ("adaptive, larger", lambda x: functional.adaptive_avg_pool2d(x, (16, 27)), Window((1, 1), (1, 1), (0, 0), (1, 1), adaptive=True)),
    ("adaptive, nothing", lambda x: functional.adaptive_avg_pool2d(x, (0, 1)), Window((8, 9), (8, 9), (0, 0), (1, 1), adaptive=True)),
]  # fmt: skip


@pytest.mark.parametrize("batch", [(2,), ()], ids=["batch", "no batch"])
@pytest.mark.parametrize(("function", "window"), [case[1:] for case in POOLS], ids=[case[0] for case in POOLS])
def test_pools(function, window, batch):
    op = only_op(Applied(function), (*batch, 4, 8, 9))
    assert op.window == window
    assert op.weights is None
    assert op.macs == 0
    assert not op.weighted
    assert not op.name.endswith("indices")


@pytest.mark.parametrize("axes", [1, 3])
@pytest.mark.parametrize("kind", ["max_pool", "avg_pool", "adaptive_avg_pool", "adaptive_max_pool"])
def test_pools_of_other_axes(kind, axes):
    pool = getattr(functional, f"{kind}{axes}d")
    op = only_op(Applied(lambda x: pool(x, 2)), (1, 2, *(6,) * axes))
    assert op.name == f"{kind}{axes}d"
    assert op.window.kernel == ((3,) * axes if "adaptive" in kind else (2,) * axes)


class HalfLearned(nn.Module):
    """A fixed kernel with a learned bias."""

    def __init__(self):
        super().__init__()
        self.register_buffer("kernel", torch.ones(3, 1, 3, 3))
        self.bias = nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return functional.conv2d(x, self.kernel, self.bias, groups=3)


def test_a_fixed_weight_is_none():
    op = trace(HalfLearned(), (1, 3, 8, 8)).ops[-1]
    assert op.window.kernel == (3, 3)
    assert op.weights is None
    assert op.macs == 0
    assert not op.weighted


GENERATED = [
    (lambda x: functional.conv2d(x, x[:, :, :3, :3]), 1 * 6 * 6 * 3 * 9),
    (lambda x: functional.conv_transpose2d(x, x[:1, :3, :2, :2].transpose(0, 1)), 1 * 3 * 8 * 8 * 1 * 4),
    (lambda x: functional.linear(x, x[0, 0, :5, :8]), 1 * 3 * 8 * 5 * 8),
]


@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize(("function", "macs"), GENERATED)
def test_a_weight_that_comes_from_the_data_counts(function, macs, device):
    op = trace(Applied(function), (1, 3, 8, 8), device=device).ops[-1]
    assert (op.weighted, op.generated, op.macs) == (True, True, macs)


def test_every_rule_with_a_geometry_is_known_here():
    """A new one wants a test: extend the lists above."""
    kinds = {str(func).split(".")[1].rstrip("123d") for func, rule in OPERATOR_RULES.items() if rule.geometry}
    assert kinds == {
        "conv", "conv_transpose", "convolution", "_convolution", "linear", "matmul", "mm", "bmm", "addmm", "max_pool",
        "avg_pool", "adaptive_avg_pool", "adaptive_max_pool",
        "max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices",
    }  # fmt: skip


@pytest.mark.parametrize("transposed", [False, True])
def test_the_operator_behind_every_convolution(transposed):
    """``aten.convolution`` and its scripted twin say the same as the convolutions that people call."""
    size = (3, 4, 3, 3) if transposed else (4, 3, 3, 3)
    args = (None, [2, 2], [1, 1], [1, 1], transposed, [0, 0], 1)
    plain = Applied(lambda x, w: torch.convolution(x, w, *args), nn.Parameter(torch.zeros(size)))
    scripted = Applied(
        lambda x, w: torch._convolution(x, w, *args, False, False, True, True), nn.Parameter(torch.zeros(size))
    )
    for module in (plain, scripted):
        op = only_op(module, (1, 3, 8, 8))
        assert op.name == "convolution"
        assert op.window == Window((3, 3), (2, 2), (1, 1), (1, 1), transposed=transposed)
        assert op.weights == LayerWeight(3, 4, 1, bias=False)
        assert 2 * op.macs == flops_counted_by_torch(plain, (1, 3, 8, 8))
