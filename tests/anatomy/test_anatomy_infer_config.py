"""A net's own weights and trace give back the config that it was built from."""

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
from resnet_inspect.configs.state_dict import state_dict
from resnet_inspect.errors import RequestError
from resnet_inspect.model.build import build
from resnet_inspect.tracing.recorder import trace

NOT_SEEN = {"zero_init_last", "weight_standardized"}
SAMPLE = [name for name in variants.variant_names() if name not in {"resnet1202_cifar", "resnet1001_cifar"}][::5]


def resnet():
    return build(load("resnet18"), device="meta")


def shapes(net):
    return {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}


def differing(config, anatomy):
    return {found.field for found in differences(config, infer_config(dict(state_dict(config)), anatomy))}


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
    config = infer_config(shapes(net), dissect(trace(net, (1, 3, 64, 64))))
    assert (config.num_classes, config.head) == (0, head)


@pytest.mark.parametrize(
    ("weights", "net", "message"),
    [
        ("resnet18", "resnet34", "shows 16 blocks in 4 stages, its names 8"),
    ],
)
def test_weights_and_trace_must_be_of_one_net(weights, net, message, examine):
    with pytest.raises(RequestError, match=message):
        infer_config(dict(state_dict(load(weights))), examine(net).anatomy)


def test_a_net_without_blocks_has_no_config():
    net = Vgg()
    with pytest.raises(RequestError, match="no config describes Vgg: its data flow shows no blocks"):
        infer_config(shapes(net), dissect(trace(net, (1, 3, 32, 32))))


def test_names_of_no_known_style_are_named(examine):
    tensors = {f"trunk{number}": shape for number, shape in enumerate(shapes(resnet()).values())}
    with pytest.raises(RequestError, match="names follow no known style; they begin with trunk0, trunk1, trunk2"):
        infer_config(tensors, examine("resnet18").anatomy)


def test_tensors_of_another_part_are_not_left_out_in_silence(examine):
    tensors = {**shapes(resnet()), "decoder.0.weight": (21, 512, 1, 1), "decoder.0.bias": (21,)}
    message = r"2 of its tensors are not part of a ResNet; the first is decoder\.0\.weight"
    with pytest.raises(RequestError, match=message):
        infer_config(tensors, examine("resnet18").anatomy)


def test_blocks_that_no_field_describes_are_told_with_the_model(examine):
    tensors = {
        name.replace("conv1", "convs.0") if "layer" in name else name: shape for name, shape in shapes(resnet()).items()
    }
    tensors["layer1.0.conv1.weight"] = ()
    with pytest.raises(RequestError, match="no config describes resnet18: "):
        infer_config(tensors, examine("resnet18").anatomy)


def test_what_the_names_do_not_explain_is_no_config(examine):
    tensors = {**dict(state_dict(load("resnet18"))), "layer1.0.conv1.bias": (64,)}
    with pytest.raises(RequestError, match=r"1 tensors differ; the first is layer1\.0\.conv1\.bias"):
        infer_config(tensors, examine("resnet18").anatomy)


def test_of_several_tensors_that_differ_the_first_is_named(examine):
    biases = {f"layer{number}.0.conv1.bias": (64 * 2 ** (number - 1),) for number in (1, 2)}
    with pytest.raises(RequestError, match=r"2 tensors differ; the first is layer1\.0\.conv1\.bias"):
        infer_config({**dict(state_dict(load("resnet18"))), **biases}, examine("resnet18").anatomy)


def test_as_many_blocks_in_more_stages_are_another_net(examine):
    fields = {
        "stage_blocks": [2, 2, 2, 1, 1],
        "stage_widths": [64, 128, 256, 512, 512],
        "stage_strides": [1, 2, 2, 2, 1],
    }
    with pytest.raises(RequestError, match="shows 8 blocks in 5 stages, its names 8"):
        infer_config(dict(state_dict(load("resnet18"))), examine({"base": "resnet18", **fields}).anatomy)


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
    with pytest.raises(RequestError, match="H and W grow in it"):
        infer_config(shapes(net), anatomy)
