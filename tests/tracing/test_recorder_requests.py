"""Requests that cannot be met say what is wrong and what to do, before anything runs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import resnet_inspect as ri
from resnet_inspect.errors import RequestError
from resnet_inspect.tracing.recorder import trace


@pytest.mark.parametrize(
    "shape",
    [
        (),
        [],
        (0, 3, 8, 8),
        (1, 3, -1, 8),
        (1, 3, 8.0, 8),
        (1, "3", 8, 8),
        (True, 3, 8, 8),
        "1x3x8x8",
        224,
        None,
        ((1, 3), 8),
    ],
)
def test_a_shape_that_is_none(shape):
    with pytest.raises(RequestError, match=r"whole numbers of 1 or more, such as \(1, 3, 224, 224\); found "):
        trace(nn.Conv2d(3, 4, 1), shape)


@pytest.mark.parametrize("shape", [(1, 3, 8, 8), [1, 3, 8, 8], torch.Size((1, 3, 8, 8)), range(1, 5)])
def test_any_sequence_of_sizes_is_a_shape(shape):
    assert trace(nn.Identity(), shape).input_shape == tuple(shape)


@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize("shape", [(2**31, 2**31, 2**31), (2**70,), (2**62,)])
def test_a_shape_beyond_counting(shape, device):
    with pytest.raises(RequestError, match="more elements than torch can count; use a smaller one"):
        trace(nn.Identity(), shape, device=device)


def test_a_shape_beyond_memory():
    with pytest.raises(RequestError, match=r"an input of 1×1125899906842624 would actually run on .cpu.*--device meta"):
        trace(nn.Identity(), (1, 2**50), device="cpu")
    assert trace(nn.Identity(), (1, 2**50)).output_shape == (1, 2**50)


@pytest.mark.parametrize("device", ["nope", "", "cpu:x", "cuda:99", "vulkan", "hpu", "xla", "mps", "privateuseone"])
def test_a_device_that_is_not_there(device):
    with pytest.raises(RequestError, match=f"device '{device}' cannot be used: .*; use meta or cpu"):
        trace(nn.Conv2d(3, 4, 1), (1, 3, 8, 8), device=device)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_a_gpu_that_is_not_there():
    with pytest.raises(RequestError, match=r"device 'cuda' cannot be used: .*; use meta or cpu"):
        trace(nn.Conv2d(3, 4, 1), (1, 3, 8, 8), device="cuda")


@pytest.mark.parametrize("module", [ri.build(ri.load("resnet18")), nn.BatchNorm2d(3, affine=False).to("meta")])
def test_a_module_without_values_cannot_run_on_a_device(module):
    with pytest.raises(
        RequestError, match="no values to run on 'cpu': build it with device='cpu', or trace it with device='meta'"
    ):
        trace(module, (1, 3, 64, 64), device="cpu")


def test_a_built_module_runs_on_its_device():
    module = ri.build(ri.load("resnet18"), device="cpu")
    on_cpu, on_meta = trace(module, (1, 3, 64, 64), device="cpu"), trace(module, (1, 3, 64, 64))
    assert on_cpu == on_meta


@pytest.mark.parametrize("lazy", [nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.LazyLinear(3)])
def test_a_lazy_module_has_to_run_first(lazy):
    net = nn.Sequential(nn.Conv2d(3, 3, 1), lazy)
    with pytest.raises(RequestError, match=r"the lazy '1\.\w+' has no shape yet: run the model once before tracing it"):
        trace(net, (1, 3, 8, 8))
    assert [module.training for module in net.modules()] == [True] * 3


@pytest.mark.parametrize("thing", [3, None, "resnet50", nn.Conv2d, torch.zeros(1), np.zeros(1), len])
def test_what_is_no_module(thing):
    with pytest.raises(RequestError, match=r"a torch\.nn\.Module is needed, as build"):
        trace(thing)


def test_an_input_that_would_fill_the_memory_is_refused_off_meta():
    net = nn.Conv2d(3, 4, 3)
    with pytest.raises(RequestError, match="805,306,368 elements; at most 67,108,864 are accepted there"):
        trace(net, (1, 3, 16_384, 16_384), device="cpu")
    assert trace(net, (1, 3, 16_384, 16_384)).output_shape == (1, 4, 16_382, 16_382)
