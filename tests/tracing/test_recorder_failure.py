"""What a trace says when forward raises: where, at which operator, reading what, in whose words."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from forwards import Forward, Probe
from torch import nn
from torch.nn import functional

import resnet_inspect as ri
from resnet_inspect.tracing import layer_rules
from resnet_inspect.tracing.recorder import trace
from resnet_inspect.tracing.records import Failure

IMAGE = (1, 3, 8, 8)


def raising(error):
    def forward(*_):
        raise error

    return Forward(forward)


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_an_operator_that_fails(device):
    net = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Sequential(nn.ReLU(), nn.Conv2d(5, 6, 3, padding=1)), nn.ReLU())
    traced = trace(net, IMAGE, device=device)
    failure = traced.failure
    assert (failure.module, failure.op, failure.operand_shapes) == ("1.1", "conv2d", ((1, 4, 8, 8),))
    assert "channel" in failure.message
    assert [op.name for op in traced.ops] == ["conv2d", "relu"]
    assert traced.output_shape is None
    assert traced.outputs == ()
    assert len(traced.state_dict) == 4


def test_all_data_that_the_operator_read_is_shown_and_no_parameters():
    net = Forward(lambda self, x: x + functional.avg_pool2d(x, 3) * self.scale, scale=nn.Parameter(torch.ones(1)))
    failure = trace(net, IMAGE).failure
    assert (failure.op, failure.operand_shapes) == ("add", (IMAGE, (1, 3, 2, 2)))
    assert "must match" in failure.message or "broadcast" in failure.message


PYTHON_ERRORS = [
    (ValueError("no such stage"), "no such stage"),
    (KeyError("stage5"), "KeyError 'stage5'"),
    (AssertionError(), "AssertionError"),
    (RuntimeError("  two\nlines \n"), "two\nlines"),
    (type("Custom", (Exception,), {})("own"), "own"),
]


@pytest.mark.parametrize(("error", "message"), PYTHON_ERRORS)
def test_an_error_of_python_code_names_no_operator(error, message):
    net = nn.Sequential(nn.Conv2d(3, 3, 1), raising(error))
    traced = trace(net, IMAGE)
    assert traced.failure == Failure("1", "", (), message)
    assert len(traced.ops) == 1


def test_a_forward_that_wants_more_than_one_tensor():
    failure = trace(nn.Bilinear(3, 3, 3), (1, 3)).failure
    assert (failure.module, failure.op) == ("", "")
    assert "missing" in failure.message


def test_an_error_after_one_that_was_caught_is_told_apart():
    def forward(self, x):
        try:
            self.wrong(x)
        except RuntimeError:
            x = x + 1
        raise ValueError("later")

    traced = trace(Forward(forward, wrong=nn.Conv2d(9, 9, 1)), IMAGE)
    assert traced.failure == Failure("", "", (), "later")


def test_an_error_raised_while_another_is_handled():
    def forward(self, x):
        try:
            return self.wrong(x)
        except RuntimeError:
            return self.worse(x)

    net = Forward(forward, wrong=nn.Conv2d(9, 9, 1), worse=nn.Linear(7, 7))
    failure = trace(net, IMAGE).failure
    assert (failure.module, failure.op) == ("worse", "linear")


def test_an_error_that_is_raised_again_keeps_its_place():
    def forward(self, x):
        try:
            return self.wrong(x)
        except RuntimeError as error:
            torch.relu(x)
            raise error  # noqa: TRY201  # as people write it

    failure = trace(Forward(forward, wrong=nn.Conv2d(9, 9, 1)), IMAGE).failure
    assert (failure.module, failure.op) == ("wrong", "conv2d")


def test_an_error_that_is_wrapped_belongs_to_who_wrapped_it():
    def forward(self, x):
        try:
            return self.wrong(x)
        except RuntimeError as error:
            raise ValueError("the backbone does not fit") from error

    net = nn.Sequential(Forward(forward, wrong=nn.Conv2d(9, 9, 1)))
    assert trace(net, IMAGE).failure == Failure("0", "", (), "the backbone does not fit")


def test_values_cannot_be_asked_for_on_meta_but_on_cpu():
    net = Forward(lambda _, x: x if x.sum() > 0 else x + 1)
    failure = trace(net, IMAGE).failure
    assert failure.module == ""
    assert failure.op in {"is_nonzero", "item", "_local_scalar_dense"}
    assert "meta" in failure.message
    assert trace(net, IMAGE, device="cpu").failure is None


@pytest.mark.parametrize(
    ("shape", "module", "op"),
    [
        ((1, 3, 1, 1), None, None),
        ((1, 4, 224, 224), "conv1", "conv2d"),
        ((3, 224), "conv1", "conv2d"),
        ((1, 3, 224), "conv1", "conv2d"),
    ],
)
def test_inputs_that_a_resnet_cannot_take(shape, module, op):
    failure = trace(ri.build(ri.load("resnet18")), shape).failure
    assert (failure and failure.module, failure and failure.op) == (module, op)


def test_an_input_too_small_for_a_pool():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(2), nn.MaxPool2d(2), nn.MaxPool2d(2))
    traced = trace(net, IMAGE)
    assert (traced.failure.module, traced.failure.op, traced.failure.operand_shapes) == (
        "3",
        "max_pool2d",
        ((1, 4, 1, 1),),
    )
    assert len(traced.ops) == 3


def test_nothing_of_a_failed_run_is_held_on_to():
    """An error knows the frames that it passed through, and these know the tensors."""
    left = Probe()

    def forward(self, x):
        y = x + 1
        left.put(weakref.ref(y))
        return self.wrong(y)

    gc.collect()
    gc.disable()
    try:
        assert trace(Forward(forward, wrong=nn.Conv2d(9, 9, 1)), IMAGE).failure.op == "conv2d"
        assert [reference() for reference in left.taken()] == [None]
    finally:
        gc.enable()


def test_a_fault_of_this_package_is_not_said_to_be_the_models(monkeypatch):
    """It would be shown as a model that cannot run, and never be reported."""
    monkeypatch.setattr(layer_rules, "_axis_values", None)
    with pytest.raises(TypeError, match="not callable"):
        trace(nn.Conv2d(3, 4, 1), IMAGE)
