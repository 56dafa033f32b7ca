"""Modules that torch has rewritten: the data flow is the same, whatever became of the modules."""

from __future__ import annotations

import warnings

import pytest
import torch
from subjects import kuangliu, split

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.tracing.recorder import trace

SHAPE = (1, 3, 32, 32)


def understand(net, device="meta"):
    traced = trace(net, SHAPE, device=device)
    assert traced.failure is None
    return dissect(traced)


def facts(anatomy):
    """What does not depend on the names of modules."""
    return (
        anatomy.depth.depth,
        anatomy.depth.shortcut,
        anatomy.depth.attention,
        anatomy.totals.macs,
        [stage.blocks for stage in anatomy.stages],
        [(block.kind, block.shortcut, block.stride) for block in anatomy.blocks],
        anatomy.placement.version,
    )


def graph(net):
    return torch.fx.symbolic_trace(net)


def exported(net):
    return torch.export.export(net, (torch.zeros(SHAPE),)).module()


def traced_by_torch(net):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.trace(net, torch.zeros(SHAPE))


def scripted(net):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.script(net)


@pytest.mark.parametrize(
    ("rewritten", "device"),
    [(graph, "meta"), (traced_by_torch, "meta"), (scripted, "meta"), (scripted, "cpu"), (exported, "meta")],
)
def test_the_same_network(rewritten, device):
    net = split.regnet().eval()
    assert facts(understand(rewritten(net), device)) == facts(understand(net))


def test_a_pre_activation_net_as_a_graph():
    net = kuangliu.Net(kuangliu.PreActBottleneck)
    net.linear = torch.nn.Linear(128 * 4, 10)
    assert facts(understand(graph(net))) == facts(understand(net))


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_a_frozen_script_has_constants_for_weights(device):
    """Nothing in it is learned, so that nothing is weighted; the blocks are still there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frozen = torch.jit.freeze(scripted(split.regnet().eval()))
    anatomy = understand(frozen, device)
    assert (anatomy.totals.params, anatomy.depth.weighted, len(anatomy.blocks)) == (0, 0, 4)
