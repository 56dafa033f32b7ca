"""Arguments and operands of operators, as torch's schemas name them."""

from __future__ import annotations

import torch
from each import for_each
from torch import nn
from torch.nn import functional

from resnet_inspect.tracing.recorder import trace

SHAPE = (1, 4, 6, 6)


class Runs(nn.Module):
    """Runs a function on the input, a parameter, a buffer that is saved, and one that is not."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.weight = nn.Parameter(torch.ones(4))
        self.register_buffer("saved", torch.ones(4))
        self.register_buffer("unsaved", torch.full((1,), 2.0), persistent=False)

    def forward(self, x):
        return self.function(x, self)


def ops(function):
    traced = trace(Runs(function), SHAPE)
    assert traced.failure is None, traced.failure
    return traced.ops


def arguments(function):
    (op,) = ops(function)
    return op.name, dict(op.arguments)


@for_each(
    "function, name, expected",
    [
        (lambda x, _: x.relu(), "relu", {}),
        (lambda x, _: functional.leaky_relu(x, 0.2), "leaky_relu", {"negative_slope": 0.2}),
        (lambda x, _: functional.leaky_relu(x), "leaky_relu", {"negative_slope": 0.01}),
        (lambda x, _: functional.gelu(x, approximate="tanh"), "gelu", {"approximate": "tanh"}),
        (lambda x, _: functional.gelu(x), "gelu", {"approximate": "none"}),
        (lambda x, _: x + x, "add", {"alpha": 1}),
        (lambda x, _: torch.add(x, x, alpha=3), "add", {"alpha": 3}),
        (lambda x, _: x * 0.5, "mul", {"other": 0.5}),
        (lambda x, _: 0.5 * x, "mul", {"other": 0.5}),
        (lambda x, _: 2 - x, "rsub", {"other": 2, "alpha": 1}),
        (lambda x, _: torch.pow(2, x), "pow", {"self": 2}),
        (lambda x, _: x.softmax(-1), "softmax", {"dim": -1}),
        (lambda x, _: x.clamp(-1, 1), "clamp", {"min": -1, "max": 1}),
        (lambda x, _: x.clamp(max=float("inf")), "clamp", {"max": "inf"}),
        (lambda x, _: x.to(torch.float16), "to", {"dtype": "float16"}),
        (lambda x, _: x.mean((2, 3)), "mean", {"dim": (2, 3), "keepdim": False}),
        (
            lambda x, _: functional.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
            "avg_pool2d",
            {"count_include_pad": False},
        ),
        (
            lambda x, _: functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True),
            "upsample_bilinear2d",
            {"align_corners": True, "scale_factors": (2.0, 2.0)},
        ),
        (
            lambda x, _: functional.batch_norm(x, None, None, training=True, eps=1e-3),
            "batch_norm",
            {"weight": None, "bias": None, "running_mean": None, "running_var": None,
             "training": True, "momentum": 0.1, "eps": 1e-3},
        ),
        (lambda x, m: functional.group_norm(x, 2, m.weight), "group_norm", {"num_groups": 2, "bias": None, "eps": 1e-5}),
        (lambda x, m: functional.conv2d(x, m.weight.view(1, 4, 1, 1), padding="same"), "conv2d", {"padding": "same"}),
    ],
)  # fmt: skip
def test_arguments(function, name, expected):
    *_, op = ops(function)
    assert (op.name, dict(op.arguments)) == (name, expected)


@for_each(
    "function, expected",
    [
        (lambda x, _: x * x, (-1, -1)),
        (lambda x, m: x + m.weight.sum(), (-1, 0)),
        (lambda x, _: x.relu() + x, (0, -1)),
        (lambda x, _: torch.sub(*x.chunk(2, 1)), (0, (0, 1))),
        (lambda x, m: x[..., :4] * m.weight, (0, "weight")),
        (lambda x, m: x[..., :4] * m.saved, (0, "saved")),
        (lambda x, m: x * m.unsaved, (-1, "=[2.0]")),
        (lambda x, _: x + torch.ones(2048, device="meta")[:6], (-1, 1)),
    ],
)
def test_operands(function, expected):
    *_, op = ops(function)
    assert op.operands == expected


def test_inputs_are_told_apart():
    from resnet_inspect import InputSpec

    class Two(nn.Module):
        def forward(self, x, y):
            return y - x

    traced = trace(Two(), inputs=[InputSpec(SHAPE), InputSpec(SHAPE)])
    assert [(op.operands, op.sources) for op in traced.ops] == [(((-1, 1), -1), (-1, -1))]
    assert traced.results == (0,)


def test_kernels_of_other_libraries_have_a_namespace():
    library = torch.library.Library("resnet_inspect_tests", "DEF")
    library.define("twice(Tensor x) -> Tensor")
    library.impl("twice", torch.empty_like, "Meta")
    assert arguments(lambda x, _: torch.ops.resnet_inspect_tests.twice(x)) == (
        "twice",
        {"namespace": "resnet_inspect_tests"},
    )
    del library


def test_types_are_recorded():
    assert [op.dtype for op in ops(lambda x, _: x.half().relu() > 0)] == ["float16", "float16", "bool"]
