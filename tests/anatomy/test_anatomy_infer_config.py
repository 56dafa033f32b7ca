"""A net's anatomy gives back the config that it was built from."""

from __future__ import annotations

import pytest
import torch
from model.small_configs import SMALL
from small_nets import Vgg
from torch import nn

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.anatomy.infer_config import infer_config
from resnet_inspect.configs import variants
from resnet_inspect.configs.distance import differences
from resnet_inspect.configs.files import load
from resnet_inspect.errors import RequestError
from resnet_inspect.model.build import build
from resnet_inspect.tracing.recorder import trace

NOT_SEEN = {"zero_init_last", "weight_standardized"}
SAMPLE = [name for name in variants.variant_names() if name not in {"resnet1202_cifar", "resnet1001_cifar"}][::5]


def resnet():
    return build(load("resnet18"), device="meta")


def differing(config, anatomy):
    return {found.field for found in differences(config, infer_config(anatomy))}


@pytest.mark.parametrize("name", SAMPLE)
def test_variants(name, examine):
    assert differing(load(name), examine(name).anatomy) <= NOT_SEEN


@pytest.mark.parametrize("fields", SMALL.values(), ids=SMALL.keys())
def test_small_configs(fields, examine):
    fields = {**fields, "input_size": [64, 64]}
    pruned = {"stage_widths"} if "output_widths" in fields else set()
    assert differing(load(fields), examine(fields).anatomy) <= NOT_SEEN | pruned


class Backbone(nn.Module):
    """A ResNet-18 without a head, and what is done with its last stage."""

    def __init__(self, end):
        super().__init__()
        self.body = build(load({"base": "resnet18", "head": "none"}))
        self.end = end

    def forward(self, x):
        return self.end(self.body(x))


@pytest.mark.parametrize(
    ("end", "head"),
    [
        (lambda x: x, "none"),
        (torch.relu, "none"),
        (lambda x: x.mean((2, 3)), "linear"),
        (lambda x: x.mean((2, 3), keepdim=True), "linear"),
        (lambda x: nn.functional.adaptive_avg_pool2d(x, 1).flatten(1), "linear"),
        (lambda x: x.flatten(2).mean(-1), "linear"),
        (lambda x: (x, x.mean((2, 3))), "linear"),
    ],
)
def test_whether_a_backbone_pools(end, head):
    net = Backbone(end)
    config = infer_config(dissect(trace(net, (1, 3, 64, 64))))
    assert (config.num_classes, config.head) == (0, head)


def test_a_net_without_blocks_has_no_config():
    net = Vgg()
    with pytest.raises(RequestError, match="no config describes Vgg: its data flow shows no blocks"):
        infer_config(dissect(trace(net, (1, 3, 32, 32))))


class Enlarging(nn.Conv2d):
    def forward(self, x):
        return super().forward(nn.functional.interpolate(x, scale_factor=8))


def test_a_network_that_grows_is_none_that_a_config_describes():
    net = resnet()
    block = net.layer2[0]
    convolutions = [part for part in block.modules() if isinstance(part, nn.Conv2d) and part.stride == (2, 2)]
    for part in convolutions:
        part.__class__ = Enlarging
    assert len(convolutions) == 2
    anatomy = dissect(trace(net))
    assert anatomy.blocks[2].stride == ()
    with pytest.raises(RequestError, match=r"H and W grow in block layer2\.0"):
        infer_config(anatomy)
