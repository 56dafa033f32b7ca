"""The networks go through torch.fx and torch.jit.script, as torchvision's do, and compute the same afterwards."""

from __future__ import annotations

import warnings

import pytest
import torch
from each import for_each
from small_configs import BASIC, BOTTLENECK, OF_32, PREACT, without_classes
from torch import nn

import resnet_inspect as ri

COMBINED = [
    {**BASIC, "shortcut": "A", "attention": "se", "anti_alias": "blur", "activation": "gelu"},
    {**BOTTLENECK, **OF_32, "avg_down": True, "attention": "eca", "norm": "group", "stem_pool": "conv"},
    {**BOTTLENECK, "stride_in": "1x1", "shortcut": "none", "num_classes": 0, "output_stride": 4, "activation": "silu"},
    {**without_classes(BASIC), "anti_alias": "avg", "head": "none", "stem_bias": True, "shortcut": "C"},
    {**BASIC, "stage_blocks": [1] * 5, "stage_widths": [8] * 5, "stage_strides": [1] * 5, "stem_pool": "none"},
    {**PREACT, "avg_down": True, "stem": "deep", "output_stride": 4, "num_classes": 0},
    {**PREACT, **OF_32, "norm": "group", "weight_standardized": True, "head": "conv", "stem_pool_border": "zeros"},
    {**without_classes(PREACT), "block": "basic", "head": "none"},
]


def varied(config):
    """A network whose normalisations do something."""
    torch.manual_seed(0)
    net = ri.build(config, device="cpu")
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
    return net


@for_each("config", COMBINED)
@pytest.mark.parametrize("training", [False, True])
def test_traced_by_fx_it_computes_the_same(config, training):
    net = varied(config).train(training)
    image = torch.randn(2, 3, 64, 64)
    expected = varied(config).train(training)(image)
    assert torch.equal(torch.fx.symbolic_trace(net)(image), expected)


@for_each("config", COMBINED)
def test_scripted_it_computes_the_same(config):
    net = varied(config)
    image = torch.randn(2, 3, 64, 64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch 2.13 deprecates torch.jit
        scripted = torch.jit.script(net)
    with torch.jit.optimized_execution(False):
        for training in (False, True):
            scripted.train(training)
            net.train(training)
            assert torch.equal(scripted(image), net(image))


@for_each("norm", ["batch", "group"])
def test_a_normalisation_with_activation_is_torchs(norm):
    fields = {**PREACT, **OF_32, "norm": norm}
    net = varied(fields).train()
    layer, image = net.norm, torch.randn(2, net.norm.weight.shape[0], 4, 4)
    kind = nn.BatchNorm2d if norm == "batch" else nn.GroupNorm
    plain = kind(256) if norm == "batch" else kind(32, 256)
    plain.load_state_dict(layer.state_dict())
    assert torch.equal(layer(image), layer.act(plain(image)))
    assert all(torch.equal(value, layer.state_dict()[name]) for name, value in plain.state_dict().items())
