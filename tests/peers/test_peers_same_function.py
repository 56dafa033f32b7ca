"""What ``compare`` says of variants and of other libraries' models, proven by running both with the same weights."""

from __future__ import annotations

import pytest
import torch
from commands.function_nets import outputs_agree

import resnet_inspect as ri

SHAPE = (1, 3, 64, 64)
RUN = ri.RunOptions(input_shape=SHAPE)


def torchvision(name):
    return pytest.importorskip("torchvision").models.get_model(name)


def timm(name):
    return pytest.importorskip("timm").create_model(name)


def transformers(name):
    library = pytest.importorskip("transformers")
    sizes = {"resnet18": ("basic", [64, 128, 256, 512]), "resnet50_v1": ("bottleneck", [256, 512, 1024, 2048])}
    kind, widths = sizes[name]
    depths = [2, 2, 2, 2] if kind == "basic" else [3, 4, 6, 3]
    config = library.ResNetConfig(
        depths=depths, hidden_sizes=widths, layer_type=kind, num_labels=1000,
        downsample_in_bottleneck=name.endswith("v1"),
    )  # fmt: skip
    return Logits(library.ResNetForImageClassification(config))


class Logits(torch.nn.Module):
    """A model of transformers that returns its logits alone."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x).logits


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (torchvision, "resnet18"), (torchvision, "resnet50"), (torchvision, "resnext50_32x4d"),
        (timm, "resnet26d"), (timm, "seresnet50"), (timm, "resnetv2_50"), (timm, "resnetblur18"),
        (transformers, "resnet18"), (transformers, "resnet50_v1"),
    ],
)  # fmt: skip
def test_a_variant_and_its_model_elsewhere_compute_the_same(source, name):
    theirs = source(name)
    variant = ri.build(ri.load(name), device="cpu")
    report = ri.compare(variant, theirs, RUN, RUN)
    assert report.outputs == "equal"
    assert outputs_agree(variant, theirs, report, SHAPE)


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_another_eps_is_seen(name):
    models = pytest.importorskip("torchvision").models
    other = models.get_model(name, norm_layer=lambda channels: torch.nn.BatchNorm2d(channels, eps=1e-3))
    variant = ri.build(ri.load(name), device="cpu")
    report = ri.compare(variant, other, RUN, RUN)
    assert report.outputs == "different"
    assert {change.field for change in report.changes} == {"eps"}
    assert not outputs_agree(variant, other, report, SHAPE)
