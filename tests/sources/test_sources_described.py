"""Nets that no config of ours built: the config that describes them, and why there is none."""

from __future__ import annotations

import pytest
from torch import nn

from resnet_inspect.configs.distance import differences
from resnet_inspect.configs.files import load
from resnet_inspect.errors import ModelRunError, RequestError
from resnet_inspect.model.build import build
from resnet_inspect.pipeline import RunOptions, config_for, examine_spec, find_model
from resnet_inspect.tracing.inputs import InputSpec

VARIANTS = ("resnet18", "resnet50_v1", "resnet50d", "resnetv2_50", "resnet20_cifar")


def infer_config(module, run=RunOptions()):
    found = find_model(module, run)
    return config_for(found, lambda: examine_spec(found, run))


def net(name):
    return build(load(name), device="meta")


class Wrapped(nn.Module):
    """A net whose forward takes its image by name."""

    def __init__(self):
        super().__init__()
        self.backbone = net("resnet18")

    def forward(self, *, image):
        return {"logits": self.backbone(image)}


def test_a_config_is_its_own_description_and_nothing_runs():
    found = find_model("resnet50")
    assert config_for(found, lambda: pytest.fail("was run")) is found.config


@pytest.mark.parametrize("name", VARIANTS)
def test_a_module_gives_back_its_variant(name):
    size = load(name).input_size
    config = infer_config(net(name), RunOptions(input_shape=(1, 3, *size)))
    assert {found.field for found in differences(load(name), config)} <= {"zero_init_last"}
    assert config.name == type(net(name)).__name__


def test_a_wrapped_net_needs_its_inputs():
    with pytest.raises(ModelRunError, match="Wrapped cannot be described by a config: the forward failed"):
        infer_config(Wrapped())
    config = infer_config(Wrapped(), RunOptions(inputs=(InputSpec((1, 3, 64, 64), path="image"),)))
    assert (config.stage_blocks, config.input_size) == ((2, 2, 2, 2), (64, 64))


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3)), "its data flow shows no blocks"),
        (nn.Sequential(net("resnet18"), nn.Linear(1000, 10)), "2 of its tensors are not part of a ResNet"),
    ],
)
def test_what_no_config_describes(module, why):
    with pytest.raises(RequestError, match=f"no config describes Sequential: {why}"):
        infer_config(module)
