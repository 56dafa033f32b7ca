"""A trace leaves no mark: whatever a forward does, and also if it raises, the module and torch are as they were."""

from __future__ import annotations

import gc
import random
from collections import defaultdict

import pytest
import torch
from forwards import Forward, Probe
from hypothesis import given, settings, strategies as st
from module_state import state_of, state_of_torch
from torch import nn

from resnet_inspect.tracing.recorder import trace

IMAGE = (1, 3, 8, 8)


def assert_no_mark(net, shape=IMAGE, **options):
    before = state_of(net), state_of_torch()
    traced = trace(net, shape, **options)
    assert (state_of(net), state_of_torch()) == before
    return traced


def convolutions():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Dropout(), nn.Conv2d(4, 2, 1))


DEVICES = pytest.mark.parametrize("device", ["meta", "cpu"])


@DEVICES
@pytest.mark.parametrize("fails", [False, True])
@settings(max_examples=20)
@given(flags=st.lists(st.booleans(), min_size=8, max_size=8))
def test_mixed_flags(device, fails, flags):
    model = nn.Sequential(convolutions(), nn.Linear(9 if fails else 6, 2))
    for module, flag in zip(model.modules(), flags, strict=True):
        module.training = flag
    assert (assert_no_mark(model, device=device).failure is not None) == fails


class Frozen(nn.Module):
    """As in detection: ``train`` keeps the normalisations in eval mode."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)

    def train(self, mode=True):
        super().train(mode)
        self.norm.training = False
        return self

    def forward(self, x):
        return self.norm(self.conv(x))


@DEVICES
def test_an_overridden_train_is_not_called(device):
    model = nn.Sequential(Frozen().train(), nn.BatchNorm2d(4))
    assert [module.training for module in model.modules()] == [True, True, True, False, True]
    assert_no_mark(model, device=device)


@DEVICES
def test_normalisations_run_in_eval_mode_and_keep_their_statistics(device):
    model = nn.BatchNorm2d(3).train()
    with torch.no_grad():
        model.running_mean.fill_(0.5)
        model.num_batches_tracked.fill_(7)
    traced = assert_no_mark(model, device=device)
    assert [op.name for op in traced.ops] == ["batch_norm"], "no add_ to num_batches_tracked"


def counts(self, x):
    self.counter += 1
    self.steps = getattr(self, "steps", 0) + 1
    return x


def counts_in_place(self, x):
    self.counter.add_(1)
    self.counter[0] = 5
    return x


def replaces_a_buffer(self, x):
    self.counter = self.counter * 2
    return x


def registers_a_buffer(self, x):
    self.register_buffer("fresh", torch.ones(3), persistent=False)
    return x


def deletes_a_buffer(self, x):
    del self.counter
    self.counter = torch.ones(3)
    return x


def replaces_a_parameter(self, x):
    self.scale = nn.Parameter(torch.zeros(8))
    return x * self.scale


def reorders_parameters(self, x):
    scale = self.scale
    del self.scale
    self.scale = scale
    return x


def replaces_a_childs_parameter(self, x):
    self.conv.weight = nn.Parameter(self.conv.weight.clone())
    del self.conv.bias
    self.conv.bias = None
    self.conv.stride = (2, 2)
    return self.conv(x)


def writes_into_a_parameter(self, x):
    self.scale.data.mul_(3)
    self.scale.detach().add_(1)
    self.conv.weight[0].zero_()
    return x * self.scale


def gives_a_parameter_other_memory(self, x):
    self.scale.data = torch.full((8,), 4.0)
    return x * self.scale


def freezes_a_parameter(self, x):
    self.scale.requires_grad_(False)  # torch's own signature
    return x * self.scale


def writes_into_a_plain_attribute(self, x):
    self.plain += 1
    self.plain[:1] = 9
    return x


def fills_caches(self, x):
    self.cache[tuple(x.shape)] = x
    self.features.append(x)
    self.seen.add(8)
    self.table["a"].append(x)
    self.last = x
    return x


def replaces_a_child(self, x):
    self.conv = nn.Conv2d(3, 5, 1)
    self.add_module("extra", nn.ReLU())
    return self.conv(x)


def registers_where_there_is_none(self, x):
    self.bare.register_buffer("fresh", torch.ones(3))
    self.bare.scale = nn.Parameter(torch.ones(3))
    self.bare.add_module("extra", nn.ReLU())
    self.empty.register_buffer("fresh", torch.ones(3))
    return x


def takes_a_hook_off(self, x):
    self.handle.remove()
    return self.conv(x)


def calls_train(self, x):
    self.train()
    return self.norm(x)


def registers_hooks(self, x):
    self.register_forward_hook(lambda *_: None)
    self.conv.register_forward_pre_hook(lambda *_: None)
    self.norm.register_forward_hook(lambda *_: None, always_call=True)
    self._backward_hooks[3] = None
    return self.conv(x)


def replaces_its_forward(self, x):
    self.forward = self.conv.forward
    return self.conv(x)


def draws_random_numbers(_, x):
    return x + torch.rand(8) + torch.randn_like(x) * random.random()


def changes_torch(_, x):
    torch.set_grad_enabled(True)  # torch's own signature
    torch.set_default_dtype(torch.float64)
    return x + torch.ones(8)


MARKS = [
    counts, counts_in_place, replaces_a_buffer, registers_a_buffer, deletes_a_buffer, replaces_a_parameter,
    reorders_parameters, replaces_a_childs_parameter, writes_into_a_parameter, gives_a_parameter_other_memory,
    freezes_a_parameter, writes_into_a_plain_attribute, fills_caches, replaces_a_child, registers_where_there_is_none,
    takes_a_hook_off, calls_train, registers_hooks, replaces_its_forward, draws_random_numbers, changes_torch,
]  # fmt: skip


def marking(forward):
    """A net with something of everything that a forward can get at."""
    marked = Forward(
        forward, conv=nn.Conv2d(3, 3, 1), norm=nn.BatchNorm2d(3), scale=nn.Parameter(torch.ones(8)),
        after=nn.Parameter(torch.ones(2)), buffers={"counter": torch.zeros(3), "other": torch.zeros(2)},
        plain=torch.zeros(4), cache={}, features=[1], seen=set(), table=defaultdict(list),
    )  # fmt: skip
    marked.bare, marked.empty = nn.ReLU(), Forward(lambda _, x: x)
    marked.handle = marked.conv.register_forward_pre_hook(lambda *_: None)
    return nn.Sequential(marked, nn.ReLU())


@DEVICES
@pytest.mark.parametrize("forward", MARKS)
def test_what_a_forward_does_to_its_module_is_undone(forward, device):
    assert assert_no_mark(marking(forward), device=device).failure is None


@DEVICES
@pytest.mark.parametrize("forward", MARKS)
def test_also_when_it_raises_afterwards(forward, device):
    def raising(self, x):
        forward(self, x)
        raise ValueError("afterwards")

    assert assert_no_mark(marking(raising), device=device).failure.message == "afterwards"


@pytest.mark.parametrize("forward", MARKS)
def test_without_a_trace_each_of_these_leaves_a_mark(forward):
    """Else the tests above would prove nothing."""
    model = marking(forward)
    before, torch_before = state_of(model), state_of_torch()
    try:
        with torch.no_grad():
            model.train(forward is not calls_train)
            model(torch.zeros(IMAGE))
        assert (state_of(model), state_of_torch()) != (before, torch_before)
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)  # torch's own signature


def test_a_child_that_was_wrapped_keeps_its_own_forward():
    model = nn.Sequential(nn.Conv2d(3, 3, 1))
    model[0].forward = lambda x: x * 2
    own = model[0].forward
    traced = assert_no_mark(model)
    assert [op.name for op in traced.ops] == ["mul"]
    assert model[0].forward is own


def test_the_collector_waits_until_the_trace_is_done():
    seen = Probe()
    assert_no_mark(Forward(lambda *_: seen.put(gc.isenabled())))
    assert (seen.taken(), gc.isenabled()) == ([False], True)


def test_the_collector_stays_off_where_it_was_off():
    gc.disable()
    try:
        assert_no_mark(nn.ReLU())
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_next_real_forward_gives_what_it_would_have_given():
    model, image = marking(fills_caches), torch.rand(IMAGE)
    with torch.no_grad():
        expected = model(image)
        trace(model, IMAGE)
        trace(model, IMAGE, device="cpu")
        assert torch.equal(model(image), expected)
        assert all(not feature.is_meta for feature in model[0].features[1:])
