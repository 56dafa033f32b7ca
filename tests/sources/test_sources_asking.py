"""Factories that ask for values: built without memory for their weights where that is possible, and told where not."""

from __future__ import annotations

import pytest
from each import for_each

import resnet_inspect as ri
from resnet_inspect.sources import building
from resnet_inspect.sources.resolve import resolve
from resnet_inspect.sources.running import run_model

NETS = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.table = nn.Parameter(torch.randn(600, 300))
        self.register_buffer("line", torch.linspace(0, 1, 8))

    def forward(self, x):
        return self.norm(self.conv(x)) * self.line.view(8, 1, 1)

class Schedule(Net):
    def __init__(self):
        super().__init__()
        self.rates = torch.linspace(0, 0.3, 4).tolist()

class Drawn(Net):
    def __init__(self):
        super().__init__()
        self.keep = torch.rand(1).item() < 2

class Masked(Net):
    def __init__(self):
        super().__init__()
        self.conv.weight.data.masked_fill_(torch.eye(3).bool(), 0)
        self.chosen = torch.arange(8)[torch.ones(8) > 0]

class OfWeights(Net):
    def __init__(self):
        super().__init__()
        self.scale = self.conv.weight.abs().mean().item()

class Empty(nn.Sequential):
    def __init__(self):
        super().__init__()
        self.rates = torch.zeros(3).tolist()
"""
NOTE = "built with values: its constructor asks for some"


@pytest.fixture(autouse=True)
def _nets(project):
    project(nets=NETS)


@for_each("name", ["Net", "Schedule", "Drawn", "Masked"])
def test_a_factory_that_asks_for_other_values_is_built_without_its_weights(name):
    ran = run_model(resolve(f"nets:{name}"))
    assert (ran.device, ran.trace.failure, ran.notes) == ("meta", None, ())
    assert ran.module.conv.weight.is_meta
    assert ran.module.table.is_meta
    assert ran.trace.output_shape == (1, 8, 222, 222)
    if name != "Net":
        assert ran.module.line.tolist()[::7] == [0, 1]


def test_one_that_asks_for_its_weights_is_built_with_them_and_a_note_says_so():
    ran = run_model(resolve("nets:OfWeights"))
    assert (ran.device, ran.trace.failure, ran.notes) == ("meta", None, (NOTE,))
    assert ri.count("nets:OfWeights").model.notes == (NOTE,)
    assert run_model(resolve("nets:OfWeights"), device="cpu").notes == ()
    assert run_model(resolve(resolve("nets:Net").build("cpu"))).notes == ()


def test_it_is_not_built_with_more_parameters_than_are_put_into_memory_unasked(monkeypatch):
    monkeypatch.setattr(building, "MOST_PARAMETERS_UNASKED", 180_000)
    with pytest.raises(
        ri.RequestError, match="nets:OfWeights asks for values while it is built, and has more than 180,"
    ):
        ri.count("nets:OfWeights")
    assert ri.count("nets:OfWeights", ri.RunOptions(device="cpu")).failure is None
    assert ri.count("nets:Schedule").model.notes == ()
    assert resolve("nets:OfWeights").build("cpu").table.numel() == 180_000


def test_a_module_that_is_false_is_built_once():
    assert len(resolve("nets:Empty").build("meta")) == 0
