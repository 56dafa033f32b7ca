"""Which operator each tensor comes from: the data flow, whatever the style in which a forward is written."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from typing import Any, NamedTuple

import pytest
import torch
from forwards import Forward, flow, op_named
from torch import nn
from torch.nn import functional

from resnet_inspect.tracing.recorder import trace


def residual(self, x):
    out = functional.relu(self.conv(x))
    out += x
    return out


def swapped(self, x):
    return x + self.conv(x)


def in_place_activation(self, x):
    out = self.conv(x)
    functional.relu(out, inplace=True)
    return out + x


def same_tensor_twice(_, x):
    return x * x


def concatenation(self, x):
    return torch.flatten(torch.cat([x, self.conv(x), x], 1), 1)


def chunks(self, x):
    left, right = torch.chunk(torch.cat([x, x], 1), 2, 1)
    return self.conv(left) + right


def views(_, x):
    return x[:, :, 1:].permute(0, 2, 3, 1).reshape(1, -1).unsqueeze(0)


def stacked(self, x):
    return torch.stack([x, self.conv(x)]).sum(0)


def chosen(self, x):
    return torch.where(x > 0, x, self.conv(x))


def chosen_by_data(_, x):
    return x[:, x.mean((0, 2, 3)).argsort()]


def out_argument(_, x):
    out = torch.empty(1, 3, 8, 8, device=x.device)
    torch.add(x, 1, out=out)
    return out * 2


def written_into_a_view(self, x):
    y = self.conv(x)
    y[:, :1] += x[:, 1:2]
    return y


def written_into_zeros(_, x):
    padded = x.new_zeros(1, 6, 8, 8)
    padded[:, :3] = x
    return padded + 1


def written_into_zeros_on_cpu(_, x):
    padded = torch.zeros(1, 6, 8, 8)
    padded[:, :3] = x
    return padded + 1


def written_beside(_, x):
    x = x + 0
    left, right = x[:, :1], x[:, 1:]
    left += 1
    return torch.cat([left, right], 1)


def written_under_a_flattened_view(self, x):
    y = self.conv(x)
    torch.flatten(y, 1).mul_(2)
    return y


def constants(_, x):
    return x + torch.ones(8, device=x.device) + torch.zeros_like(x) * x.new_ones(8) + torch.arange(8)


FLOWS = [
    (residual, [("conv2d", -1), ("relu", 0), ("add", 1, -1)], (2,)),
    (swapped, [("conv2d", -1), ("add", -1, 0)], (1,)),
    (in_place_activation, [("conv2d", -1), ("relu", 0), ("add", 1, -1)], (2,)),
    (same_tensor_twice, [("mul", -1, -1)], (0,)),
    (concatenation, [("conv2d", -1), ("cat", -1, 0, -1), ("flatten", 1)], (2,)),
    (chunks, [("cat", -1, -1), ("chunk", 0), ("conv2d", 1), ("add", 2, 1)], (3,)),
    (views, [("slice", -1), ("permute", 0), ("reshape", 1), ("unsqueeze", 2)], (3,)),
    (stacked, [("conv2d", -1), ("stack", -1, 0), ("sum", 1)], (2,)),
    (chosen, [("gt", -1), ("conv2d", -1), ("where", 0, -1, 1)], (2,)),
    (chosen_by_data, [("mean", -1), ("argsort", 0), ("index", -1, 1)], (2,)),
    (out_argument, [("empty",), ("add", -1), ("mul", 1)], (2,)),
    (
        written_into_a_view,
        [("conv2d", -1), ("slice", 0), ("slice", -1), ("add", 1, 2), ("slice", 3), ("copy", 4, 3)],
        (5,),
    ),
    (written_into_zeros, [("new_zeros",), ("slice",), ("copy", -1), ("add", 2)], (3,)),
    (written_into_zeros_on_cpu, [("zeros",), ("slice",), ("copy", -1), ("add", 2)], (3,)),
    (written_beside, [("add", -1), ("slice", 0), ("slice", 0), ("add", 1), ("cat", 3, 2)], (4,)),
    (written_under_a_flattened_view, [("conv2d", -1), ("flatten", 0), ("mul", 1)], (2,)),
    (
        constants,
        [("ones",), ("add", -1), ("zeros_like",), ("new_ones",), ("mul",), ("add", 1), ("arange",), ("add", 5)],
        (7,),
    ),
]


@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize(("forward", "ops", "outputs"), FLOWS, ids=[case[0].__name__ for case in FLOWS])
def test_flow(forward, ops, outputs, device):
    net = Forward(forward, conv=nn.Conv2d(3, 3, 3, padding=1))
    assert flow(net, device=device) == (ops, outputs)


def weight_of(self):
    """Weight standardisation as timm writes it."""
    shape = self.weight.shape
    flat = functional.batch_norm(self.weight.reshape(1, shape[0], -1), None, None, training=True, momentum=0.0)
    return flat.reshape(shape)


def weight_by_hand(self):
    mean = self.weight.mean((1, 2, 3), keepdim=True)
    return (self.weight - mean) / (self.weight - mean).std((1, 2, 3), keepdim=True) * self.gain


LEARNED = [
    (lambda self, x: functional.conv2d(x, self.weight), ("weight",)),
    (lambda self, x: functional.conv2d(x, weight_of(self)), ("weight",)),
    (lambda self, x: functional.conv2d(x, weight_by_hand(self)), ("weight", "gain")),
    (lambda self, x: functional.conv2d(x, self.weight * self.mask), ("weight",)),
    (lambda self, x: functional.conv2d(x, self.weight.clone().mul_(2)), ("weight",)),
    (lambda self, x: functional.conv2d(x, torch.cat([self.weight, self.weight]).chunk(2)[0]), ("weight",)),
]


@pytest.mark.parametrize(("forward", "names"), LEARNED)
@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_a_weight_made_of_parameters_is_learned(forward, names, device):
    weight, gain = nn.Parameter(torch.ones(4, 3, 3, 3)), nn.Parameter(torch.ones(4, 1, 1, 1))
    net = Forward(forward, weight=weight, gain=gain, buffers={"mask": torch.ones(3, 3)})
    conv = op_named(trace(net, (1, 3, 8, 8), device=device), "conv2d")
    assert conv.parameters == names
    assert conv.weighted
    assert conv.macs == 4 * 6 * 6 * 27
    assert conv.sources == (-1,)


def test_a_fixed_kernel_is_not_learned():
    net = Forward(lambda self, x: functional.conv2d(x, self.blur, groups=3), buffers={"blur": torch.ones(3, 1, 3, 3)})
    blur = op_named(trace(net, (1, 3, 8, 8)), "conv2d")
    assert (blur.parameters, blur.weights, blur.macs, blur.weighted) == ((), None, 0, False)
    assert blur.window.kernel == (3, 3)


def test_a_weight_made_in_many_steps_names_its_parameter_once():
    def forward(self, x):
        weight = self.weight
        for _ in range(40):
            weight = weight + weight * weight
        return functional.linear(x, weight)

    assert trace(Forward(forward, weight=nn.Parameter(torch.zeros(8, 8))), (1, 8)).ops[-1].parameters == ("weight",)


def test_a_parameter_that_is_read_twice_is_named_once():
    net = Forward(lambda self, x: x * (self.scale * self.scale), scale=nn.Parameter(torch.ones(3)))
    assert [op.parameters for op in trace(net, (1, 3)).ops] == [("scale",), ("scale",)]


def test_products_of_parameters_alone_are_no_layers():
    net = Forward(
        lambda self, x: x @ (self.a @ self.b), a=nn.Parameter(torch.zeros(8, 2)), b=nn.Parameter(torch.zeros(2, 8))
    )
    inner, outer = trace(net, (1, 8)).ops
    assert (inner.weights, inner.macs) == (None, 0)
    assert (outer.parameters, outer.macs) == (("a", "b"), 64)


def test_a_parameter_that_data_is_written_into_is_data():
    def forward(self, x):
        return functional.conv2d(x, self.weight.mul_(x.mean()))

    conv = op_named(trace(Forward(forward, weight=nn.Parameter(torch.ones(4, 3, 3, 3))), (1, 3, 8, 8)), "conv2d")
    assert (conv.sources, conv.parameters, conv.generated) == ((-1, 1), (), True)


def test_an_operator_without_a_rule_reads_its_parameters_unmeasured():
    net = Forward(lambda self, x: torch.einsum("bchw,cd->bdhw", x, self.weight), weight=nn.Parameter(torch.ones(3, 5)))
    (op,) = trace(net, (1, 3, 8, 8)).ops
    assert (op.name, op.sources, op.parameters) == ("einsum", (-1,), ("weight",))
    assert (op.weights, op.macs, op.output_shape) == (None, 0, (1, 5, 8, 8))


def test_multi_head_attention_is_made_of_linear_layers():
    net = Forward(lambda self, x: self.attention(x, x, x)[0], attention=nn.MultiheadAttention(16, 4, batch_first=True))
    traced = trace(net, (2, 5, 16))
    assert [(op.parameters, op.macs) for op in traced.ops if op.weighted] == [
        (("attention.in_proj_weight", "attention.in_proj_bias"), 2 * 5 * 16 * 48),
        (("attention.out_proj.weight", "attention.out_proj.bias"), 2 * 5 * 16 * 16),
    ]
    assert traced.output_shape == (2, 5, 16)


class Named(NamedTuple):
    logits: Any
    hidden: Any = None


@dataclasses.dataclass
class Plain:
    logits: Any
    hidden: Any = None


OUTPUTS = [
    (lambda a, b: (a, b), (0, 1)),
    (lambda a, b: [a, (b, a)], (0, 1, 0)),
    (lambda a, b: {"logits": b, "hidden": [a]}, (1, 0)),
    (lambda _, b: OrderedDict(logits=b), (1,)),
    (Named, (0, 1)),
    (lambda a, b: Plain(b, {"features": (a,)}), (1, 0)),
    (lambda _, b: (None, 7, b), (1,)),
    (lambda a, _: (a, torch.ones(3)), (0,)),
]


@pytest.mark.parametrize(("packed", "outputs"), OUTPUTS)
def test_outputs_are_found_however_they_are_packed(packed, outputs):
    traced = trace(Forward(lambda _, x: packed(x + 1, x * 2)), (1, 3))
    assert traced.outputs == outputs
    assert traced.output_shape == (1, 3)


@pytest.mark.parametrize("value", [None, 7, "text", {}, (), Plain])
def test_no_tensor_is_no_output(value):
    traced = trace(Forward(lambda *_: value), (1, 3))
    assert (traced.outputs, traced.output_shape, traced.failure) == ((), None, None)


def test_the_input_itself_may_be_the_output():
    traced = trace(nn.Identity(), (2, 3))
    assert (traced.outputs, traced.output_shape, traced.ops) == ((-1,), (2, 3), ())


@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize(
    "forward",
    [
        lambda _, x: nn.Dropout(0.5).eval()(x),
        lambda _, x: nn.Dropout(0.5, inplace=True).eval()(x),
        lambda _, x: functional.dropout2d(x, 0.5, training=False),
        lambda _, x: functional.alpha_dropout(x, 0.5, training=False),
        lambda _, x: functional.dropout(x, 0.0),
        lambda _, x: x.float(),
    ],
)
def test_what_gives_back_its_operand_as_it_was_is_no_operation(forward, device):
    module = Forward(lambda self, x: functional.relu(forward(self, functional.silu(x))))
    assert flow(module, device=device) == ([("silu", -1), ("relu", 0)], (1,))


@pytest.mark.parametrize("in_place", [False, True])
def test_a_dropout_that_drops_is_an_operation(in_place):
    """``functional.dropout`` trains unless it is told not to, whatever the module's mode."""
    module = Forward(lambda _, x: functional.dropout(functional.silu(x), 0.5, inplace=in_place))
    assert flow(module) == ([("silu", -1), ("dropout", 0)], (1,))
