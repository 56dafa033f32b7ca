"""Names and shapes by arithmetic, against the modules that are built and the state_dicts of torchvision and timm."""

from __future__ import annotations

import math

import pytest
from configs.config_problems import outcome
from each import for_each
from golden.read_golden import golden
from hypothesis import example, given, settings
from model.every_axis import any_fields
from model.small_configs import SMALL

from resnet_inspect.configs import variants
from resnet_inspect.configs.arithmetic import figures
from resnet_inspect.configs.files import load
from resnet_inspect.configs.state_dict import state_dict
from resnet_inspect.model.build import build

OF_THE_NORM = ("running_mean", "running_var", "num_batches_tracked")


def built(config):
    return tuple((name, tuple(tensor.shape)) for name, tensor in build(config).state_dict().items())


def learned(config):
    """Elements of what is no buffer."""
    return sum(math.prod(shape) for name, shape in state_dict(config) if not name.endswith(OF_THE_NORM))


@for_each("name", variants.variant_names())
def test_every_variant(name):
    config = load(name)
    assert state_dict(config) == built(config)
    assert learned(config) == figures(config).params


@for_each("fields", SMALL.values())
def test_every_small_config(fields):
    config = load(fields)
    assert state_dict(config) == built(config)
    assert learned(config) == figures(config).params


@settings(max_examples=100)
@given(any_fields())
@example({"block": "basic", "stage_blocks": [1, 1], "shortcut": "C", "shortcut_kernel": 3, "output_stride": 4})
@example({"block": "basic", "stage_blocks": [1], "stem": "deep", "stem_bias": True, "stem_pool": "conv"})
@example({"block": "basic", "stage_blocks": [1], "anti_alias": "avg", "stem_pool": "conv", "norm": "group"})
@example({"block": "bottleneck", "stage_blocks": [1, 1], "stem": "deep_tiered", "preact": True, "head": "conv"})
@example({"block": "bottleneck", "stage_blocks": [1, 1], "attention": "eca", "reduce_first": 2, "avg_down": True})
def test_any_config(fields):
    if not outcome(lambda: load(fields)):
        config = load(fields)
        assert state_dict(config) == built(config)
        assert learned(config) == figures(config).params


@pytest.mark.parametrize(("source", "file"), [("torchvision", "torchvision.json.gz"), ("timm", "timm_resnet.json.gz")])
def test_every_published_model(source, file):
    equal = {model: name for name in variants.variant_names() for model in variants.published(name)}
    for model, facts in golden(file)["models"].items():
        config = load(equal[f"{source}:{model}"])
        assert state_dict(config) == tuple((name, tuple(shape)) for name, shape in facts["state_dict"])
