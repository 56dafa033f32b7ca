"""torchinfo as a second witness of parameters and MACs."""

from __future__ import annotations

import pytest
import torch
import torchinfo
from torch import nn

from resnet_inspect.commands.summary import torchinfo_summary
from resnet_inspect.configs.files import load
from resnet_inspect.model.build import build

NAMES = ["resnet18", "resnet34_c", "resnet50", "resnet50_v1", "resnet50_caffe", "plain18", "resnext50_32x4d"]
NAMES += ["wide_resnet50_2", "resnet20_cifar", "resnet56_cifar"]


def info(name):
    config = load(name)
    return torchinfo.summary(build(config), input_size=config.input_shape, device="meta", verbose=0)


def bias_multiplications(model, name):
    """torchinfo counts a bias as one more multiplication: once per output pixel, or once for a linear layer."""
    config = load(name)
    size = [-(-length // config.stem_stride) for length in config.input_size]
    stem = config.stem_width * size[0] * size[1] if config.stem_bias else 0
    return stem + model.fc.bias.numel()


@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_macs(name, examine):
    theirs, ours = info(name), examine(name).anatomy
    assert ours.totals.params == theirs.total_params
    layers = [layer for layer in theirs.summary_list if isinstance(layer.module, nn.Conv2d | nn.Linear)]
    assert len(layers) == ours.depth.weighted
    macs = sum(layer.macs for layer in layers)
    assert ours.totals.macs == macs - bias_multiplications(build(load(name)), name)


@pytest.mark.parametrize("name", NAMES)
def test_every_layer(name, examine):
    theirs = [layer for layer in info(name).summary_list if isinstance(layer.module, nn.Conv2d | nn.Linear)]
    ours = [layer for layer in examine(name).anatomy.layers if layer.weighted]
    assert [(layer.params, layer.output_shape) for layer in ours] == [
        (layer.num_params, tuple(layer.output_size)) for layer in theirs
    ]


def test_the_summary_shows_what_torchinfo_says():
    image = torch.empty(1, 3, 224, 224, device="meta")
    text = torchinfo_summary(build(load("resnet18")), [image], {}, device="meta", depth=2)
    assert "11,689,512" in text
    assert "layer4" in text
    assert "downsample" not in text
    assert "downsample" in torchinfo_summary(build(load("resnet18")), [], {"x": image}, device="meta", depth=3)
