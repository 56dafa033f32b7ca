"""Networks without a classifier, and without a head: the variant's own tensors, all but the classifier's."""

from __future__ import annotations

import itertools

import pytest
import torch
from each import for_each

from resnet_inspect.configs import variants
from resnet_inspect.configs.arithmetic import figures
from resnet_inspect.configs.files import load
from resnet_inspect.configs.state_dict import state_dict
from resnet_inspect.model.build import build

HEADLESS = ({"num_classes": 0}, {"head": "none"})
CLASSIFIERS = ("fc.weight", "fc.bias", "head.fc.weight", "head.fc.bias")
DEEPEST = {"resnet1202_cifar", "resnet1001_cifar"}
SAMPLE = [name for name in variants.variant_names() if name not in DEEPEST][::6]


def rest(config):
    """Names and shapes of a variant, its classifier left out."""
    return tuple(entry for entry in state_dict(config) if entry[0] not in CLASSIFIERS)


@for_each("name, how", itertools.product(variants.variant_names(), HEADLESS))
def test_every_variant_loses_its_classifier_and_nothing_else(name, how):
    whole, config = load(name), load({"base": name, **how})
    assert state_dict(config) == rest(whole) != state_dict(whole)
    channels, classes = whole.stage_channels(-1), whole.num_classes
    before, after = figures(whole), figures(config)
    assert before.depth - after.depth == 1
    assert before.params - after.params == (channels + 1) * classes
    assert before.macs - after.macs == channels * classes


@pytest.mark.parametrize("how", HEADLESS, ids=str)
@pytest.mark.parametrize("name", SAMPLE)
def test_what_is_built_and_run_is_that(name, how, examine):
    whole, config = load(name), load({"base": name, **how})
    built = tuple((key, tuple(value.shape)) for key, value in build(config).state_dict().items())
    assert built == rest(whole)
    anatomy = examine({"base": name, **how}).anatomy
    found = figures(config)
    assert (anatomy.depth.depth, anatomy.totals.params, anatomy.totals.macs) == (found.depth, found.params, found.macs)
    last = anatomy.stages[-1].output_shape
    assert anatomy.output_shape == (last if config.head == "none" else last[:2])
    assert last[1] == whole.stage_channels(-1)


@pytest.mark.parametrize(
    "fields", [{"base": "resnet18"}, {"base": "resnetv2_50"}, {"base": "resnetv2_50x1_bit"}], ids=str
)
def test_a_backbone_computes_what_its_head_is_given(fields):
    """The average over H and W of what head none writes is what num_classes = 0 writes; the classifier takes that."""
    torch.manual_seed(0)
    small = {**fields, "stage_blocks": [1, 1, 1, 1]}
    whole = build(load({**small, "num_classes": 7}), device="cpu").eval()
    weights = {key: value for key, value in whole.state_dict().items() if key not in CLASSIFIERS}
    pooled, backbone = (build(load({**small, **how}), device="cpu").eval() for how in HEADLESS)
    pooled.load_state_dict(weights, strict=True)
    backbone.load_state_dict(weights, strict=True)
    image = torch.randn(2, 3, 64, 96)
    classifier = whole.head.fc if hasattr(whole, "head") else whole.fc
    with torch.no_grad():
        features, means = backbone(image), pooled(image)
        assert features.shape == (2, features.shape[1], 2, 3)
        assert features.abs().max() > 0.01
        torch.testing.assert_close(features.mean((2, 3)), means)
        given = means[:, :, None, None] if isinstance(classifier, torch.nn.Conv2d) else means
        torch.testing.assert_close(classifier(given).flatten(1), whole(image))
