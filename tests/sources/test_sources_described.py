"""Nets that no config of ours built: the config that describes them, and why there is none."""

from __future__ import annotations

import re

import pytest
from each import for_each
from foreign_styles import DESCRIBED, DIFFERING, REFUSED, Flat, of_units
from model.small_configs import SMALL
from torch import nn

import resnet_inspect as ri
from resnet_inspect.configs.distance import differences
from resnet_inspect.configs.files import load
from resnet_inspect.errors import ModelRunError, RequestError
from resnet_inspect.model.build import build
from resnet_inspect.pipeline import Description, RunOptions, describe, examine_spec, find_model
from resnet_inspect.tracing.inputs import InputSpec

VARIANTS = ("resnet18", "resnet50_v1", "resnet50d", "resnetv2_50", "resnet20_cifar")


SIZE = RunOptions(input_shape=(1, 3, 32, 32))


def described(module, run=RunOptions()):
    found = find_model(module, run)
    return describe(found, lambda: examine_spec(found, run))


def infer_config(module, run=RunOptions()):
    return described(module, run).config


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
    assert describe(found, lambda: pytest.fail("was run")) == Description(found.config)


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
        (
            nn.Sequential(net("resnet18"), nn.Linear(1000, 10)),
            "it has 2 weighted layers (0.fc, 1) after its last block",
        ),
    ],
)
def test_what_no_config_describes(module, why):
    with pytest.raises(RequestError, match=re.escape(f"no config describes Sequential: {why}")):
        infer_config(module)


NOT_FROM_DATA_FLOW = {
    "plain": "its data flow shows no blocks",
    "plain bottleneck": "its data flow shows no blocks",
    "no head, plain": "its data flow shows no blocks",
}
"""Small configs whose blocks only modules show."""

SHOWN_BY_MODULES = {"three stages": {"stage_blocks", "stage_widths", "stage_strides"}, "pruned": {"stage_widths"}}
"""Fields that a flat list of layers does not show: stages that change nothing, and widths before pruning."""


@for_each("name, fields", SMALL.items())
def test_all_layers_in_one_list_are_the_same_network(name, fields):
    config = load({**fields, "input_size": [32, 32]})
    flat = Flat(build(config, device="meta"))
    if name in NOT_FROM_DATA_FLOW:
        with pytest.raises(RequestError, match=NOT_FROM_DATA_FLOW[name]):
            described(flat, SIZE)
        return
    size = RunOptions(input_shape=(1, config.in_channels, 32, 32))
    found = described(flat, size)
    differing = {difference.field for difference in differences(config, found.config)}
    assert (found.differs, differing - {"zero_init_last"}) == ((), SHOWN_BY_MODULES.get(name, set()))


@for_each("module, fields", DESCRIBED.values())
def test_a_net_of_unknown_names_is_described(module, fields):
    found = described(module, SIZE)
    assert found.differs == ()
    assert {field: getattr(found.config, field) for field in fields} == fields


@for_each("module, sentence", DIFFERING.values())
def test_what_no_field_expresses_is_listed(module, sentence):
    assert sentence in "; ".join(described(module, SIZE).differs)


@for_each("module, why", REFUSED.values())
def test_what_no_config_expresses_is_refused_with_the_reason(module, why):
    with pytest.raises(RequestError, match=re.escape(f"no config describes {type(module).__name__}: {why}")):
        described(module, SIZE)


def test_a_config_that_leaves_something_out_says_so_in_comments():
    lines = ri.config(DIFFERING["biases"][0], SIZE).splitlines()
    assert lines[0] == "# Net has what no field expresses:"
    assert lines[1].startswith("# bias of units.0.steps.0 and 7 more")
    assert ri.config(of_units(), SIZE).startswith("# Name of the model")


def test_a_config_with_comments_reads_back(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(ri.config(DIFFERING["biases"][0], SIZE))
    assert load(path).stage_blocks == (2, 2)
