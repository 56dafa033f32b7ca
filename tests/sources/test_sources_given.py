"""Models that are given as objects: modules, what only claims to be one, built networks, exported programs."""

from __future__ import annotations

import pytest
import torch
from each import for_each
from torch import nn

import resnet_inspect as ri

CIFAR = {"block": "basic", "stage_blocks": [1, 1], "stage_widths": [8, 16], "stem_width": 8, "input_size": [32, 40]}


class Proxy:
    def __init__(self, module):
        self.__dict__["module"] = module

    @property
    def __class__(self):
        return type(self.module)

    def __getattr__(self, name):
        return getattr(self.__dict__["module"], name)

    def __call__(self, *inputs):
        return self.module(*inputs)


class Uninitialised(nn.Module):
    def __init__(self):
        pass


CLAIMING = [
    (lambda: Proxy(nn.Conv2d(3, 4, 1)), "the model is a Proxy, which claims to be a Conv2d but is no torch.nn.Module"),
    (lambda: nn.Sequential(nn.Conv2d(3, 4, 1), Proxy(nn.ReLU())), "'1' is a Proxy, which claims to be a ReLU"),
    (Uninitialised, r"the model is an Uninitialised that is not initialised: .* super\(\).__init__\(\)"),
]
CALLS = [
    ri.count,
    ri.layers,
    lambda module: ri.trace(module, (1, 3, 8, 8)),
    lambda module: ri.compare("resnet18", module),
]


@for_each("make, message", CLAIMING)
def test_what_only_claims_to_be_a_module_is_refused(make, message):
    for call in CALLS:
        with pytest.raises(ri.RequestError, match=message):
            call(make())


def test_a_built_network_runs_at_the_input_size_of_its_config():
    net = ri.build(CIFAR)
    assert ri.trace(net).input_shape == ri.dissect(net).input_shape == ri.layers(net).input_shape == (1, 3, 32, 40)
    assert ri.layers(net).totals == ri.layers(CIFAR).totals
    assert ri.trace(net, (1, 3, 64, 64)).input_shape == (1, 3, 64, 64)
    assert ri.layers(net, ri.RunOptions(input_shape=(3, 48, 48))).input_shape == (1, 3, 48, 48)
    net.conv1 = nn.Conv2d(1, 64, 3, padding=1)
    assert ri.trace(net).input_shape == (1, 1, 32, 40)
    assert ri.trace(ri.build({**CIFAR, "preact": True})).input_shape == (1, 3, 32, 40)


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3)

    def forward(self, x, *, scale):
        return self.conv(x) * scale


def test_an_exported_program_is_read_with_the_inputs_that_it_was_exported_with():
    net = ri.build(CIFAR, device="cpu").eval()
    program = torch.export.export(net, (torch.zeros(2, 3, 32, 40),))
    report, expected = ri.layers(program), ri.layers(net, ri.RunOptions(input_shape=(2, 3, 32, 40)))
    assert (report.model.name, report.input_shape) == ("ExportedProgram", (2, 3, 32, 40))
    assert (report.depth.depth, report.totals.macs) == (expected.depth.depth, expected.totals.macs)
    assert ri.count(program).depth.depth == ri.dissect(program).depth.depth == expected.depth.depth
    assert ri.compare(program, program).identical
    keyword = torch.export.export(Scaled(), (torch.zeros(1, 2, 8, 8),), {"scale": torch.ones(1)})
    assert ri.layers(keyword).output_shape == (1, 4, 6, 6)
