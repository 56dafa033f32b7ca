"""Peers that not every machine has: the same weights, the same logits."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from resnet_inspect.configs.files import load
from resnet_inspect.model.build import build

NAMES = ["resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2"]


def same_logits(theirs, name):
    torch.manual_seed(0)
    for module in theirs.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.normal_(module.running_mean, std=0.1)
    ours = build(load(name), device="cpu").eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    image = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(ours(image), theirs.eval()(image), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_torchvision(name):
    models = pytest.importorskip("torchvision.models")
    same_logits(models.get_model(name, weights=None), name)


@pytest.mark.parametrize("name", NAMES)
def test_timm(name):
    timm = pytest.importorskip("timm")
    same_logits(timm.create_model(name, pretrained=False), name)
