"""The real torchvision and timm, where they are installed: models that equal a variant, and the usual families."""

from __future__ import annotations

import pytest

import resnet_inspect as ri
from resnet_inspect.configs import variants
from resnet_inspect.sources.resolve import resolve
from resnet_inspect.sources.running import run_model

EQUALS = [
    (name, model)
    for name in ("resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "seresnet50", "resnet50d", "resnetv2_50")
    for model in variants.published(name)
    if model.startswith(("torchvision:", "timm:"))
]
FAMILIES = [
    "torchvision:fcn_resnet50", "torchvision:r3d_18", "torchvision:densenet121", "timm:res2net50_26w_4s",
    "timm:resnest50d", "timm:skresnet50", "timm:regnety_032", "timm:eca_nfnet_l0",
]  # fmt: skip


def installed(source):
    pytest.importorskip(source.partition(":")[0], exc_type=Exception)
    return source


@pytest.mark.parametrize(("name", "model"), EQUALS)
def test_a_published_model_equals_its_variant(name, model):
    report = ri.compare(name, installed(model))
    assert report.weights_interchangeable
    assert (report.identical, report.changes) == (True, ())


@pytest.mark.parametrize("model", FAMILIES)
def test_every_family_runs_on_meta(model):
    ran = run_model(resolve(installed(model)))
    assert (ran.trace.failure, ran.notes) == (None, ())
    assert all(parameter.is_meta for parameter in ran.module.parameters())
