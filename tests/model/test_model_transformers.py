"""The same weights in Hugging Face's ResNet give the same logits: a witness that nobody here wrote."""

from __future__ import annotations

import re

import pytest
import torch

from resnet_inspect.configs.files import load
from resnet_inspect.model.build import build

transformers = pytest.importorskip("transformers")

WIDTHS, BLOCKS, CLASSES = [8, 16, 24], [2, 2, 1], 7
EXPANSION = {"basic": 1, "bottleneck": 4}

# The largest logit is about 1; float32 sums in another order differ by about 1e-7.
TOLERANCE = 1e-5

_OUR_NAMES = [
    (r"resnet\.embedder\.embedder\.convolution", "conv1"),
    (r"resnet\.embedder\.embedder\.normalization", "bn1"),
    (r"resnet\.encoder\.stages\.(\d+)\.layers\.(\d+)\.shortcut\.convolution", "layer{0}.{1}.downsample.0"),
    (r"resnet\.encoder\.stages\.(\d+)\.layers\.(\d+)\.shortcut\.normalization", "layer{0}.{1}.downsample.1"),
    (r"resnet\.encoder\.stages\.(\d+)\.layers\.(\d+)\.layer\.(\d+)\.convolution", "layer{0}.{1}.conv{2}"),
    (r"resnet\.encoder\.stages\.(\d+)\.layers\.(\d+)\.layer\.(\d+)\.normalization", "layer{0}.{1}.bn{2}"),
    (r"classifier\.1", "fc"),
]


def our_name(theirs):
    module, _, tensor = theirs.rpartition(".")
    for pattern, name in _OUR_NAMES:
        if found := re.fullmatch(pattern, module):
            numbers = [int(number) for number in found.groups()]
            one_based = [number + 1 if place != 1 else number for place, number in enumerate(numbers)]
            return f"{name.format(*one_based)}.{tensor}"
    raise KeyError(theirs)


def their_model(block, *, downsample_in_bottleneck):
    config = transformers.ResNetConfig(
        layer_type=block,
        embedding_size=16,
        hidden_sizes=[width * EXPANSION[block] for width in WIDTHS],
        depths=BLOCKS,
        downsample_in_bottleneck=downsample_in_bottleneck,
        num_labels=CLASSES,
    )
    model = transformers.ResNetForImageClassification(config).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            # As after training: fresh ones are all alike, and mixing two up would not show.
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.1)
            torch.nn.init.normal_(module.running_mean, std=0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
    return model


def our_model(block, stride_in):
    fields = {"block": block, "stage_blocks": BLOCKS, "stage_widths": WIDTHS, "stem_width": 16}
    return build(load({**fields, "num_classes": CLASSES, "stride_in": stride_in}), device="cpu").eval()


def logits(block, *, downsample_in_bottleneck, stride_in, size=(64, 64)):
    """Theirs and ours, with their weights in both."""
    torch.manual_seed(0)
    theirs = their_model(block, downsample_in_bottleneck=downsample_in_bottleneck)
    ours = our_model(block, stride_in)
    ours.load_state_dict({our_name(name): value for name, value in theirs.state_dict().items()}, strict=True)
    image = torch.randn(2, 3, *size)
    with torch.no_grad():
        return theirs(image).logits, ours(image)


@pytest.mark.parametrize("size", [(64, 64), (63, 97)], ids=["64x64", "63x97"])
@pytest.mark.parametrize(
    ("block", "downsample_in_bottleneck", "stride_in"),
    [
        ("bottleneck", True, "1x1"),
        ("bottleneck", False, "3x3"),
        ("basic", True, "3x3"),
        ("basic", False, "3x3"),
        ("basic", False, "1x1"),
    ],
)
def test_the_same_logits(block, downsample_in_bottleneck, stride_in, size):
    theirs, ours = logits(block, downsample_in_bottleneck=downsample_in_bottleneck, stride_in=stride_in, size=size)
    assert theirs.abs().max() > 0.1
    torch.testing.assert_close(ours, theirs, atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("size", [(64, 64), (63, 97)], ids=["64x64", "63x97"])
@pytest.mark.parametrize("block", ["basic", "bottleneck"])
def test_the_same_features_without_a_classifier(block, size):
    """ResNetModel ends with its last stage and pools beside it; ResNetBackbone with the stage that it was asked for."""
    torch.manual_seed(0)
    theirs = their_model(block, downsample_in_bottleneck=False).resnet
    weights = {our_name(f"resnet.{name}"): value for name, value in theirs.state_dict().items()}
    fields = {"block": block, "stage_blocks": BLOCKS, "stage_widths": WIDTHS, "stem_width": 16}
    bare, pooled = (
        build(load({**fields, **how}), device="cpu").eval() for how in ({"head": "none"}, {"num_classes": 0})
    )
    for ours in bare, pooled:
        ours.load_state_dict(weights, strict=True)
    backbone = transformers.ResNetBackbone(theirs.config).eval()
    backbone.load_state_dict(theirs.state_dict(), strict=True)
    image = torch.randn(2, 3, *size)
    with torch.no_grad():
        expected, features = theirs(image), bare(image)
        assert features.shape == expected.last_hidden_state.shape
        assert features.abs().max() > 0.1
        torch.testing.assert_close(features, expected.last_hidden_state, atol=TOLERANCE, rtol=0)
        torch.testing.assert_close(features, backbone(image).feature_maps[-1], atol=TOLERANCE, rtol=0)
        torch.testing.assert_close(pooled(image), expected.pooler_output.flatten(1), atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize(("downsample_in_bottleneck", "stride_in"), [(True, "3x3"), (False, "1x1")])
def test_the_other_setting_loads_and_gives_other_logits(downsample_in_bottleneck, stride_in):
    theirs, ours = logits("bottleneck", downsample_in_bottleneck=downsample_in_bottleneck, stride_in=stride_in)
    assert (theirs - ours).abs().max() > 1000 * TOLERANCE
