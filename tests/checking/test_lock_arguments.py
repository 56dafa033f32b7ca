"""A lock notices every argument of every operator, the order in which they run, and what each reads."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch
from commands.function_nets import SIDE, Function, conv, net
from each import for_each
from lock_files import entry_of
from torch import nn
from torch.nn import functional

import resnet_inspect as ri
from resnet_inspect import build, dissect, load, trace
from resnet_inspect.checking.lock.entry import LockedNet
from resnet_inspect.checking.lock.record import record

BEFORE = Path(__file__).parent.parent / "golden" / "lock_without_arguments.json"


def entry(module, device="meta"):
    traced = trace(module, (1, 3, SIDE, SIDE), device=device)
    return record(None, dissect(traced), traced)


def plain(eps=1e-5, slope=0.1, groups=2, factor=0.5, mode="none", momentum=0.1):
    """A network of operators whose arguments can be chosen."""

    def run(x, c, n, g):
        y = functional.gelu(functional.leaky_relu(n(c(x)), slope), approximate=mode)
        return x + factor * g(y)

    return net(run, conv(), nn.BatchNorm2d(4, eps=eps, momentum=momentum), nn.GroupNorm(groups, 4))


CHANGES = [{"eps": 1e-3}, {"slope": 0.2}, {"groups": 4}, {"factor": 0.1}, {"mode": "tanh"}]


@for_each("change", CHANGES)
def test_a_changed_argument_is_noticed(change):
    locked = entry(plain())
    assert locked.same_architecture(entry(plain()))
    assert not locked.same_architecture(entry(plain(**change))), change


def test_what_matters_in_training_only_is_no_change():
    assert entry(plain()).same_architecture(entry(plain(momentum=0.3)))


def test_the_order_and_the_operands_are_noticed():
    def run(order):
        return lambda x, c, d: x + (d(c(x)) if order == "cd" else c(d(x)))

    assert not entry(net(run("cd"), conv(), conv())).same_architecture(entry(net(run("dc"), conv(), conv())))


@pytest.mark.parametrize("path", ["basic.json", "dilated/bottleneck.json"])
def test_an_entry_without_arguments_is_compared_without_them(path):
    """``lock_without_arguments.json`` was written before arguments were recorded."""
    before = LockedNet.model_validate(json.loads(BEFORE.read_text("utf-8"))["files"][path])
    now = LockedNet.model_validate(json.loads(BEFORE.with_name("lock.json").read_text("utf-8"))["files"][path])
    assert before.function is None
    assert now.function is not None
    assert before.same_architecture(now)
    assert now.same_architecture(before)
    assert not before.same_architecture(entry_of("resnet18"))


def test_another_spelling_is_no_change():
    """As ``compare`` says, too."""
    flat, viewed = (nn.Sequential(conv(3), Function(run)) for run in (lambda x: x.flatten(1), lambda x: x.view(1, -1)))
    assert entry(flat).same_architecture(entry(viewed))


def test_numbers_of_a_run_are_not_locked():
    module = Function(lambda x, c: c(x) * torch.rand(1).item(), conv(3))
    first, second = (entry(module, device="cpu") for _ in range(2))
    assert first == second
    assert first.function is None


def test_the_message_names_the_argument(tmp_path, monkeypatch):
    """A module by the same name, edited between ``lock`` and ``check --locked``."""
    source = "import torch.nn as nn\ndef make():\n    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4{}))\n"
    monkeypatch.chdir(tmp_path)
    Path("edited_net.py").write_text(source.format(""))
    ri.lock("edited_net:make")
    Path("edited_net.py").write_text(source.format(", eps=0.001"))
    monkeypatch.delitem(sys.modules, "edited_net", raising=False)
    found = {finding.code: finding.message for finding in ri.check("edited_net:make", locked=True).files[0].findings}
    assert "(eps 1×)" in found["RI301"]


def test_what_the_lock_does_not_hold_is_said(tmp_path, monkeypatch):
    source = (
        "import torch\nclass Net(torch.nn.Module):\n    def __init__(self, kept):\n        super().__init__()\n"
        "        self.conv = torch.nn.Conv2d(3, 4, 1)\n        self.register_buffer('k', torch.ones(4, 1, 1), kept)\n"
        "    def forward(self, x):\n        return self.conv(x) * self.k\n"
        "def plain():\n    return Net(True)\ndef hidden():\n    return Net(False)\n"
    )
    monkeypatch.chdir(tmp_path)
    Path("net_with_constant.py").write_text(source)
    plain, hidden = ri.lock(["net_with_constant:plain", "net_with_constant:hidden"]).files
    assert plain.notes == ()
    assert any(note.startswith("the lock does not hold constants") for note in hidden.notes)


def test_names_of_operators_come_back_without_arguments():
    config = load("resnet18")
    traced = trace(build(config), config.input_shape)
    locked = record(config, dissect(traced), traced)
    assert locked.operations[0].ops == "batch_norm eps=1e-05, relu"
