"""Receptive fields: against published figures, and against what a gradient reaches."""

from __future__ import annotations

import pytest
import torch
from receptive_field_nets import NETS, UNTOLD, Context, Grouped, Merging, cat, features
from small_nets import Net, ShortcutFirst, SlicedZeroPad, conv
from torch import nn

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.tracing.recorder import trace

STRIDES = (4, 4, 8, 16, 32)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("resnet18", (11, 43, 99, 211, 435)),
        ("resnet34", (11, 59, 179, 547, 899)),
        ("resnet50", (11, 35, 91, 267, 427)),
        ("resnet101", (11, 35, 91, 811, 971)),
    ],
)
def test_fields_at_the_end_of_each_stage(name, fields, examine):
    anatomy = examine(name).anatomy
    parts = [anatomy.stem, *anatomy.stages]
    assert [part.receptive_field for part in parts] == [(field, field) for field in fields]
    assert [part.total_stride for part in parts] == [(stride, stride) for stride in STRIDES]


@pytest.mark.parametrize(("name", "field"), [("resnet50_v1", 483), ("resnet101_v1", 1027), ("resnet152_v1", 1507)])
def test_v1_sees_more(name, field, examine):
    """Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks (2019), ResNet-v1."""
    assert examine(name).anatomy.stages[-1].receptive_field == (field, field)


def test_an_average_over_everything_sees_everything(examine):
    head = examine("resnet50").anatomy.head
    assert (head.receptive_field, head.total_stride) == (None, None)


# --- a gradient tells the same ---


def positive(model):
    """Weights such that every path carries a positive gradient; a mean in place of a maximum, which picks one pixel."""
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.MaxPool2d):
            mean = nn.AvgPool2d(module.kernel_size, module.stride, module.padding)
            model.get_submodule(name.rpartition(".")[0]).register_module(name.rpartition(".")[2], mean)
    return model.double().eval()


def box(model, size, pixel):
    """Rows and columns of the input that reach one output pixel: the first and the last, per axis."""
    image = torch.ones(1, 3, *size, dtype=torch.float64, requires_grad=True)
    model(image)[0, :, pixel[0], pixel[1]].sum().backward()
    reached = image.grad[0].abs().sum(0) > 0
    return [(lines[0].item(), lines[-1].item()) for lines in (reached.any(1).nonzero(), reached.any(0).nonzero())]


@pytest.mark.parametrize("net", NETS.values(), ids=NETS.keys())
def test_a_gradient_reaches_as_far(net):
    size = (120, 120)
    traced = trace(net, (1, 3, *size))
    assert traced.failure is None
    operations = dissect(traced).operations
    model = positive(net)
    field, stride = operations[-1].receptive_field, operations[-1].total_stride
    middle = tuple(length // 2 for length in operations[-1].output_shape[2:])
    here, there = (box(model, size, (middle[0] + step, middle[1] + step)) for step in (0, 1))
    assert min(first for first, _ in here) > 0
    assert max(last for _, last in there) < 119
    assert tuple(last - first + 1 for first, last in here) == field
    assert tuple(b[0] - a[0] for a, b in zip(here, there, strict=True)) == stride


def test_every_operation_of_a_block_has_its_own():
    anatomy = dissect(trace(Net(ShortcutFirst(8, 16, 2), out=16), (1, 3, 32, 32)))
    found = {layer.name: (layer.receptive_field, layer.total_stride) for layer in anatomy.layers}
    assert found == {
        "stem": ((3, 3), (1, 1)),
        "body.0.shortcut": ((3, 3), (2, 2)),
        "body.0.a": ((5, 5), (2, 2)),
        "body.0.b": ((9, 9), (2, 2)),
        "fc": (None, None),
    }


@pytest.mark.parametrize("size", [1, 2, 8])
def test_the_step_of_a_slice_is_not_told_by_windows(size):
    anatomy = dissect(trace(features(SlicedZeroPad(8, 16, 2)), (1, 3, size, size)))
    assert {op.total_stride for op in anatomy.operations if "pad" in op.name} == {None}
    assert anatomy.operations[-1].total_stride == (2, 2), "its main branch tells it"


@pytest.mark.parametrize("net", UNTOLD.values(), ids=UNTOLD.keys())
def test_what_windows_do_not_tell_is_unknown(net):
    """And so is all that reads it, whatever a branch beside it sees."""
    last = dissect(trace(net, (1, 3, 40, 40))).operations[-1]
    assert (last.receptive_field, last.total_stride) == ((), None)


@pytest.mark.parametrize("join", [torch.add, cat])
def test_who_joins_the_whole_sees_the_whole(join):
    net = Context(join)
    last = dissect(trace(net, (1, 3, 40, 40))).operations[-1]
    assert (last.receptive_field, last.total_stride) == (None, None)
    assert box(positive(net), (40, 40), (20, 20)) == [(0, 39), (0, 39)]


def test_a_gate_is_left_aside():
    last = dissect(trace(Context(torch.mul), (1, 3, 40, 40))).operations[-1]
    assert (last.receptive_field, last.total_stride) == ((3, 3), (1, 1))


@pytest.mark.parametrize("net", [Grouped(), Merging(30)])
def test_what_windows_tell_is_told(net):
    test_a_gradient_reaches_as_far(net)


@pytest.mark.parametrize(("size", "field"), [(50, ()), (1, None), ((1, 120), (122, 3))])
def test_an_adaptive_pool(size, field):
    assert dissect(trace(Merging(size), (1, 3, 120, 120))).operations[-1].receptive_field == field


def test_frames_that_are_folded_into_the_batch_see_their_own_frame():
    class Frames(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.fc = conv(3, 4), nn.Linear(4, 2)

        def forward(self, x):
            return self.fc(nn.functional.adaptive_avg_pool2d(self.a(x.flatten(0, 1)), 1).flatten(1))

    found = dissect(trace(Frames(), (1, 5, 3, 16, 16))).operations
    assert {(op.receptive_field, op.total_stride) for op in found if op.weighted or op.pooling} == {((), None)}
