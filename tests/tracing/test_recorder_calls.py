"""Which module is at work: calls, their shapes, and the stack when a call raises."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn import functional

from resnet_inspect.tracing.recorder import trace
from resnet_inspect.tracing.records import Call

IMAGE = (1, 3, 8, 8)


def calls(traced):
    return [(call.module, call.input_shape, call.output_shape) for call in traced.calls]


def modules_at_work(traced):
    return [(op.module, op.name) for op in traced.ops]


def test_calls_stand_in_the_order_in_which_they_began():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(nn.ReLU(), nn.Flatten()))
    assert trace(net, IMAGE).calls == (
        Call("", 0, 3, IMAGE, (1, 144)),
        Call("0", 0, 1, IMAGE, (1, 4, 6, 6)),
        Call("1", 1, 3, (1, 4, 6, 6), (1, 144)),
        Call("1.0", 1, 2, (1, 4, 6, 6), (1, 4, 6, 6)),
        Call("1.1", 2, 3, (1, 4, 6, 6), (1, 144)),
    )


def test_functional_operations_belong_to_the_module_that_calls_them():
    def forward(self, x):
        return functional.relu(self.inner(x) * 2)

    inner = Forward(lambda self, x: self.conv(x).sigmoid(), conv=nn.Conv2d(3, 3, 1))
    assert modules_at_work(trace(Forward(forward, inner=inner), IMAGE)) == [
        ("inner.conv", "conv2d"),
        ("inner", "sigmoid"),
        ("", "mul"),
        ("", "relu"),
    ]


def test_a_shared_module_is_called_twice_under_its_first_name():
    net = nn.Sequential(nn.Conv2d(3, 3, 1))
    net.again = net[0]
    traced = trace(net, IMAGE)
    assert [call.module for call in traced.calls] == ["", "0", "0"]
    assert [info.path for info in traced.modules] == ["", "0"]
    assert [parameter.name for parameter in traced.parameters] == ["0.weight", "0.bias"]
    assert [name for name, _ in traced.state_dict] == list(net.state_dict())
    assert [op.parameters for op in traced.ops] == [("0.weight", "0.bias")] * 2


def test_a_shared_parameter_is_counted_once():
    net = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))
    net[1].weight = net[0].weight
    traced = trace(net, (1, 8))
    assert [parameter.name for parameter in traced.parameters] == ["0.weight", "0.bias", "1.bias"]
    assert traced.ops[1].parameters == ("0.weight", "1.bias")


def test_state_dict_and_buffers_are_those_of_the_module():
    net = nn.Sequential(nn.BatchNorm2d(3, affine=False), nn.Linear(8, 8, bias=False))
    net.register_buffer("kept", torch.zeros(5))
    net.register_buffer("transient", torch.zeros(7), persistent=False)
    net.register_buffer("shared", net.kept)
    net.register_buffer("missing", None)
    traced = trace(net, IMAGE)
    assert traced.state_dict == tuple((name, tuple(tensor.shape)) for name, tensor in net.state_dict().items())
    assert traced.buffers == 3 + 3 + 1 + 5 + 7


def test_a_module_that_is_never_called_stands_in_the_tree_alone():
    net = Forward(lambda _, x: x + 1, spare=nn.Linear(2, 2))
    traced = trace(net, IMAGE)
    assert [info.path for info in traced.modules] == ["", "spare"]
    assert [call.module for call in traced.calls] == [""]


def test_a_forward_that_is_called_by_name_is_a_call_too():
    net = Forward(lambda self, x: self.conv.forward(x), conv=nn.Conv2d(3, 3, 1))
    assert [call.module for call in trace(net, IMAGE).calls] == ["", "conv"]
    assert modules_at_work(trace(net, IMAGE)) == [("conv", "conv2d")]


def test_a_module_may_call_itself():
    def forward(self, x):
        return x if x.shape[-1] == 1 else self(functional.max_pool2d(x, 2))

    assert [call.input_shape for call in trace(Forward(forward), IMAGE).calls] == [
        (1, 3, side, side) for side in (8, 4, 2, 1)
    ]


class ByKeyword(nn.Module):
    def forward(self, *, image, scale):
        return {"scaled": image * scale}


def test_inputs_by_keyword_and_packed_outputs_have_shapes():
    net = Forward(
        lambda self, x: self.scaler(scale=2, image=self.conv(input=x)), scaler=ByKeyword(), conv=nn.Conv2d(3, 4, 1)
    )
    assert calls(trace(net, IMAGE)) == [
        ("", IMAGE, (1, 4, 8, 8)),
        ("conv", IMAGE, (1, 4, 8, 8)),
        ("scaler", (1, 4, 8, 8), (1, 4, 8, 8)),
    ]


def test_a_module_that_gives_no_tensor():
    net = Forward(lambda self, x: x * self.number(x), number=Forward(lambda *_: 3))
    assert calls(trace(net, IMAGE)) == [("", IMAGE, IMAGE), ("number", IMAGE, None)]


def test_a_module_that_takes_no_tensor():
    class Weight(nn.Module):
        def __init__(self):
            super().__init__()
            self.value = nn.Parameter(torch.ones(8))

        def forward(self):
            return self.value * 2

    traced = trace(Forward(lambda self, x: x * self.weight(), weight=Weight()), IMAGE)
    assert calls(traced) == [("", IMAGE, IMAGE), ("weight", None, (8,))]


# --- calls that raise ---


def test_a_call_that_raises_is_closed_where_its_error_is_caught():
    def forward(self, x):
        try:
            x = self.wrong(x)
        except RuntimeError:
            x = self.right(functional.relu(x))
        return functional.relu(x)

    wrong = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Sequential(nn.Conv2d(9, 9, 1)))
    traced = trace(Forward(forward, wrong=wrong, right=nn.Conv2d(3, 4, 1)), IMAGE)
    assert traced.failure is None
    assert modules_at_work(traced) == [
        ("wrong.0", "conv2d"),
        ("", "relu"),
        ("right", "conv2d"),
        ("", "relu"),
    ]
    assert calls(traced) == [
        ("", IMAGE, (1, 4, 8, 8)),
        ("wrong", IMAGE, None),
        ("wrong.0", IMAGE, (1, 4, 8, 8)),
        ("wrong.1", (1, 4, 8, 8), None),
        ("wrong.1.0", (1, 4, 8, 8), None),
        ("right", IMAGE, (1, 4, 8, 8)),
    ]


def test_calls_that_an_error_left_open_are_kept():
    net = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Sequential(nn.ReLU(), nn.Linear(7, 7)), nn.ReLU())
    traced = trace(net, IMAGE)
    assert traced.failure is not None
    assert traced.calls == (
        Call("", 0, 2, IMAGE, None),
        Call("0", 0, 1, IMAGE, (1, 4, 8, 8)),
        Call("1", 1, 2, (1, 4, 8, 8), None),
        Call("1.0", 1, 2, (1, 4, 8, 8), (1, 4, 8, 8)),
        Call("1.1", 2, 2, (1, 4, 8, 8), None),
    )


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_stops_the_program_is_not_swallowed(stop):
    def forward(*_):
        raise stop

    net = Forward(forward).train()
    with pytest.raises(stop):
        trace(net, IMAGE)
    assert net.training
    assert "forward" not in vars(net)
