"""Whatever a forward does to the tensors of its module, each keeps its memory, values, device, gradient and version."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import pytest
import torch
from module_state import state_of
from torch import nn

import resnet_inspect as ri
from resnet_inspect.sources.building import stdout_to_stderr
from resnet_inspect.tracing.recorder import trace

IMAGE = (1, 3, 8, 8)
DEVICES = pytest.mark.parametrize("device", ["meta", "cpu"])
WEIGHT = (4, 3, 3, 3)


def move(net, x):
    net.to(x.device)
    net.to("meta")


def give_other_data(net, x):
    net.weight.data = torch.zeros(WEIGHT, device=x.device)
    net.count.data = torch.zeros(1, device=x.device)


def drop_gradients(net, _):
    net.zero_grad()
    net.weight.grad = torch.zeros(WEIGHT, device=net.weight.device)


def zero_gradients(net, _):
    net.zero_grad(set_to_none=False)
    net.weight.grad.add_(5)


def change_type(net, _):
    net.half()
    net.double()


def write(net, _):
    net.weight.data.zero_()
    net.weight.detach().mul_(2)
    net.count.add_(1)
    net.plain.add_(1)


def swap(net, x):
    torch.utils.swap_tensors(net.weight, nn.Parameter(torch.zeros(WEIGHT, device=x.device)))


def set_storage(net, x):
    net.weight.set_(torch.zeros(WEIGHT, device=x.device))


def resize(net, _):
    net.weight.resize_(1, 3, 3, 3)
    net.plain.resize_(100)


def fill_storage(net, _):
    net.weight.untyped_storage().fill_(0)


def free_storage(net, _):
    net.plain.untyped_storage().resize_(0)


def write_through_numpy(net, _):
    net.weight.detach().numpy()[:] = 0
    net.plain.numpy()[:] = 7


def share(net, _):
    net.weight.share_memory_()


def share_all(net, _):
    net.share_memory()


def write_in_a_thread(net, _):
    def work():
        with torch.no_grad():
            net.weight.zero_()
            net.count.add_(1)

    thread = Thread(target=work)
    thread.start()
    thread.join()


def take_a_step(net, _):
    net.weight.grad = torch.ones_like(net.weight)
    net.optimizer.step()


def hook(net, _):
    net.weight.register_hook(lambda gradient: gradient * 0)
    net.weight.note = "changed"


def normalise_in_training(net, x):
    torch.nn.functional.batch_norm(x, net.mean, net.variance, training=True, momentum=1.0)


def renormalise(net, _):
    net.table(torch.zeros(1, dtype=torch.int64, device=net.weight.device))


ACTS = [
    move, give_other_data, drop_gradients, zero_gradients, change_type, write, swap, set_storage, resize, fill_storage,
    free_storage, write_through_numpy, share, share_all, write_in_a_thread, take_a_step, hook, normalise_in_training, renormalise,
]  # fmt: skip


class Net(nn.Module):
    def __init__(self, act):
        super().__init__()
        self.act = act
        self.weight = nn.Parameter(torch.randn(WEIGHT))
        self.weight.grad = torch.ones(WEIGHT)
        self.weight.note = "own"
        self.register_buffer("count", torch.zeros(1))
        self.plain, self.mean, self.variance = torch.ones(3), torch.ones(3), torch.ones(3)
        self.table = nn.Embedding(2, 3, max_norm=0.1)
        self.optimizer = torch.optim.SGD([self.weight], lr=1.0, momentum=0.9)

    def forward(self, x):
        self.act(self, x)
        return torch.nn.functional.conv2d(x, torch.zeros(WEIGHT, device=x.device))


def tensors_of(net):
    return {
        name: (tensor._version, tensor.untyped_storage()._cdata, tensor.tolist(), tensor.stride(), vars(tensor).copy())
        for name, tensor in {**net.state_dict(keep_vars=True), **vars(net), "grad": net.weight.grad}.items()
        if isinstance(tensor, torch.Tensor)
    }


@DEVICES
@pytest.mark.parametrize("act", ACTS)
def test_tensors_are_what_they_were(act, device):
    net = Net(act)

    def everything():
        return state_of(net), tensors_of(net), id(net.weight.grad), net.weight._backward_hooks, len(net.optimizer.state)

    before = everything()
    assert trace(net, IMAGE, device=device).failure is None
    assert everything() == before


@DEVICES
@pytest.mark.parametrize("act", [write, write_through_numpy, change_type, fill_storage, lambda *_: None])
def test_a_pending_backward_survives(act, device):
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4).eval(), Net(act), nn.Flatten(), nn.LazyLinear(2))
    scale = net[2]

    def forward(x):
        y = x * scale.weight.sum() * (scale.count + 1) * scale.plain.sum()
        if torch.is_inference_mode_enabled():  # in the trace alone
            act(scale, x)
        return y

    scale.forward = forward
    loss = net(torch.ones(IMAGE)).sum()
    trace(net, IMAGE, device=device)
    loss.backward()
    gradients = [parameter.grad.clone() for parameter in net.parameters() if parameter.grad is not None]
    net.zero_grad()
    scale.weight.grad = torch.ones(WEIGHT)
    net(torch.ones(IMAGE)).sum().backward()
    again = [parameter.grad for parameter in net.parameters() if parameter.grad is not None]
    assert len(again) > 6
    assert all(map(torch.equal, gradients, again))


@DEVICES
def test_one_module_traced_from_many_threads(device):
    net = ri.build(ri.load("resnet18"), device=device)
    expected, start = trace(net, device=device, input_shape=(1, 3, 32, 32)), Barrier(8)

    def traced(_):
        start.wait(60)
        return trace(net, device=device, input_shape=(1, 3, 32, 32))

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(traced, range(8))) == {expected}
    assert not any("forward" in vars(module) for module in net.modules())


def test_standard_output_is_what_it_was_after_many_threads():
    stream, start = sys.stdout, Barrier(8)

    def aside(_):
        start.wait(60)
        for _ in range(50):
            with stdout_to_stderr():
                assert sys.stdout is sys.stderr

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(aside, range(8)))
    assert sys.stdout is stream
