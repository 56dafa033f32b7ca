"""A trace brings back whatever a forward can reach: caches, closures, globals, objects, and the tensors in them."""

from __future__ import annotations

import random
import threading
import weakref
from collections import OrderedDict, UserDict, defaultdict, deque
from contextvars import ContextVar
from functools import lru_cache, partial
from queue import SimpleQueue
from types import MappingProxyType, SimpleNamespace
from typing import Any, ClassVar, NamedTuple

import elsewhere
import numpy as np
import pytest
import torch
from forwards import Forward
from module_state import content_of
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

from resnet_inspect.errors import RequestError
from resnet_inspect.tracing.recorder import trace

IMAGE = (1, 3, 8, 8)
DEVICES = pytest.mark.parametrize("device", ["meta", "cpu"])

TABLE = {}
COUNT = 0
WEIGHT = torch.ones(3)
SETTING = ContextVar("SETTING", default=0)


@lru_cache
def remembered(size):
    return torch.zeros(size)


def remembers(x, cache=[]):  # noqa: B006  # a cache, as people write it
    cache.append(x)
    remembers.calls = len(cache)


class Pair(NamedTuple):
    left: Any
    right: Any


class Counter:
    total = 0
    shapes: ClassVar[list] = []

    def __init__(self):
        self.seen, self.inner = 0, {"deep": [Inner()]}

    def see(self, x):
        self.seen += 1
        type(self).total += 1
        Counter.fresh = x
        self.shapes.append(tuple(x.shape))
        self.inner["deep"][0].last = x
        elsewhere.bump()


class Inner:
    __slots__ = ("last", "unset")

    def __init__(self):
        self.last = None


def use_global_dict(_, x):
    TABLE[tuple(x.shape)] = x


def rebind_global(_, x):
    global COUNT, CREATED  # noqa: PLW0603  # what forwards do that ought not to
    COUNT += 1
    CREATED = x


def use_module_of_their_own(_, x):
    elsewhere.TABLE["x"] = x
    elsewhere.bump()


def use_object(net, x):
    net.counter.see(x)


def use_containers(net, x):
    net.cache["deep"]["er"].append(x)
    net.cache["order"].move_to_end("a")
    net.queue.append(x)
    net.bytes[0] = 1
    net.pair.left.append(x)
    net.user["x"] = x
    net.namespace.x = x
    net.weak[net.counter] = x


def use_functions(net, x):
    remembers(x)
    remembered(3)
    net.partial(x)


def draw(net, _):
    net.random.random()
    torch.rand(2, generator=net.generator)
    net.numpy.random()
    np.random.rand()


def write_array(net, _):
    net.array += 1
    net.array.flags.writeable = False
    net.grown.resize(5, refcheck=False)
    net.fixed.flags.writeable = True
    net.fixed[:] = 9


def move_hidden_module(net, x):
    net.hidden[0].to(x.device, torch.float64)
    net.hidden[0].weight.data = torch.zeros(2, device=x.device)
    net.hidden.append(x)


def move_tensors(net, x):
    for tensor in (net.pair.right, net.tensors["a"], WEIGHT, net.counter.inner["tensor"]):
        tensor.data = torch.zeros(9, device=x.device)
        tensor.requires_grad_()


def use_what_is_wrapped(net, x):
    net.proxy["list"].append(x)
    net.local.last = x
    net.default(x)


def change_settings(*_):
    torch.set_num_threads(torch.get_num_threads() + 1)
    torch.set_float32_matmul_precision("medium")
    torch.backends.cudnn.benchmark = not torch.backends.cudnn.benchmark


def set_context(*_):
    SETTING.set(5)


def register_for_all(*_):
    register_module_forward_hook(lambda *_: None)


def change_class(net, _):
    net.conv.__class__ = nn.ReLU


def change_own_class(net, x):
    type(net).table = {"x": x}
    type(net).fresh = x


CASES = [
    use_global_dict, rebind_global, use_module_of_their_own, use_object, use_containers, use_functions, draw,
    write_array, move_hidden_module, move_tensors, use_what_is_wrapped, change_settings, register_for_all, change_class, change_own_class,
]  # fmt: skip


class Net(nn.Module):
    table: ClassVar[dict] = {}

    def __init__(self, act):
        super().__init__()
        self.act, self.counter, self.conv = act, Counter(), nn.Conv2d(3, 3, 1)
        self.counter.inner["tensor"] = torch.ones(2)
        self.cache = {"deep": defaultdict(list), "order": OrderedDict(a=1, b=2)}
        self.queue, self.bytes, self.pair = deque([1]), bytearray(b"0"), Pair([1], torch.ones(2))
        self.user, self.namespace, self.weak = UserDict(), SimpleNamespace(a=1), weakref.WeakKeyDictionary()
        self.partial, self.tensors = partial(remembers, cache=[2]), {"a": torch.ones(2), torch.ones(1): 5}
        self.random, self.generator = random.Random(3), torch.Generator()
        self.numpy, self.array = np.random.default_rng(3), np.ones(2)
        self.grown, self.fixed = np.ones(2), np.ones(2)
        self.fixed.flags.writeable = False
        self.hidden = [nn.PReLU(2)]
        self.proxy, self.local = MappingProxyType({"list": [1]}), threading.local()
        held = torch.ones(2)
        self.default = lambda x, held=held: setattr(held, "data", torch.zeros(9, device=x.device))

    def forward(self, x):
        self.act(self, x)
        return self.conv(x)


def everything(net):
    """What the cases above change, in values that can be compared."""
    counter = net.counter
    return [
        dict(TABLE), COUNT, "CREATED" in globals(), content_of(WEIGHT), elsewhere.count, dict(elsewhere.TABLE),
        counter.seen, Counter.total, list(Counter.shapes), hasattr(Counter, "fresh"), counter.inner["deep"][0].last,
        hasattr(counter.inner["deep"][0], "unset"), content_of(counter.inner["tensor"]),
        {name: list(value) for name, value in net.cache.items()}, dict(net.cache["deep"]), list(net.queue),
        bytes(net.bytes), id(net.pair), list(net.pair.left), content_of(net.pair.right), dict(net.user),
        vars(net.namespace).copy(), len(net.weak), list(remembers.__defaults__[0]), vars(remembers).copy(),
        remembered.cache_info().currsize, list(net.partial.keywords["cache"]),
        [(content_of(key), content_of(value)) for key, value in net.tensors.items()],
        net.random.getstate(), net.generator.get_state().tolist(), str(net.numpy.bit_generator.state),
        str(np.random.get_state()),
        [(array.tolist(), array.flags.writeable) for array in (net.array, net.grown, net.fixed)],
        [id(item) for item in net.hidden], content_of(net.hidden[0].weight), SETTING.get(),
        list(net.proxy["list"]), hasattr(net.local, "last"), content_of(net.default.__defaults__[0]),
        torch.get_num_threads(), torch.get_float32_matmul_precision(), torch.backends.cudnn.benchmark,
        len(torch.nn.modules.module._global_forward_hooks), type(net.conv), dict(Net.table), hasattr(Net, "fresh"),
    ]  # fmt: skip


@DEVICES
@pytest.mark.parametrize("act", [*CASES, set_context])
def test_what_a_forward_can_reach_is_brought_back(act, device):
    net = Net(act)
    before = everything(net)
    failure = trace(net, IMAGE, device=device).failure
    assert failure is None or act is change_class
    assert everything(net) == before


@pytest.mark.parametrize("act", CASES)
def test_without_a_trace_each_of_these_leaves_a_mark(act):
    """Else the test above would prove nothing."""
    net, threads = Net(act), torch.get_num_threads()
    before = everything(net)
    try:
        with torch.no_grad():
            act(net, torch.zeros(IMAGE))
        assert everything(net) != before
    finally:
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision("highest")
        torch.backends.cudnn.benchmark = False
        torch.nn.modules.module._global_forward_hooks.clear()
        TABLE.clear(), elsewhere.TABLE.clear(), Counter.shapes.clear(), globals().pop("CREATED", None)
        remembers.__defaults__[0].clear(), remembered.cache_clear(), vars(remembers).clear()
        WEIGHT.requires_grad_(False).data = torch.ones(3)  # torch's own signature
        Net.table = {}
        for kind in (Counter, Net):
            if "fresh" in vars(kind):
                del kind.fresh


@DEVICES
def test_closures_are_brought_back(device):
    count, seen, later = 0, {"x": []}, None

    def forward(_, x):
        nonlocal count, later
        count, later = count + 1, x
        seen["x"].append(x)
        seen["y"] = x
        return x

    trace(Forward(forward), IMAGE, device=device)
    assert (count, seen, later) == (0, {"x": []}, None)


@DEVICES
def test_a_hook_s_closure_is_brought_back(device):
    shapes, net = [], nn.Sequential(nn.ReLU())
    net[0].register_forward_hook(lambda *args: shapes.append(args[2].shape))
    trace(net, IMAGE, device=device)
    assert shapes == []


def test_what_a_forward_can_reach_is_still_what_it_sees():
    """Tables keyed by a parameter, tied weights and tensors in tuples work as without a trace."""
    conv = nn.Conv2d(3, 3, 1)
    pair = Pair(torch.full((3, 1, 1), 2.0), (conv.weight,))
    tables = {"by parameter": {conv.weight: 3}}

    def forward(net, x):
        assert net.tied is net.conv.weight is pair.right[0]
        return net.conv(x) * tables["by parameter"][net.conv.weight] * pair.left

    traced = trace(Forward(forward, conv=conv, tied=conv.weight), IMAGE)
    assert traced.failure is None
    assert [op.parameters for op in traced.ops] == [("tied", "conv.bias"), (), ()]


def test_what_cannot_be_brought_back_is_an_error_and_the_rest_comes_back():
    data, views, seen = bytearray(b"0"), [], []

    def forward(_, x):
        data.append(1)
        views.append(memoryview(data))
        seen.append(x)
        return x

    kept = SimpleQueue()  # holds a view of the data, so that its size is fixed
    with pytest.raises(
        RequestError, match="the forward has changed something that cannot be brought back: Existing exp"
    ):
        trace(Forward(lambda net, x: (forward(net, x), kept.put(memoryview(data)))[0]), IMAGE)
    assert seen == []


def test_what_belongs_to_torch_is_not_searched(monkeypatch):
    monkeypatch.setattr(torch, "table", {}, raising=False)

    def forward(_, x):
        torch.table["changed"] = True
        return x

    trace(Forward(forward), IMAGE)
    assert torch.table == {"changed": True}
