"""Other projects' names, as their code and files have them, and back."""

from __future__ import annotations

import pytest
from checkpoints.styled_names import BY_NAME, tensors, their_names, without, written
from each import for_each

from resnet_inspect.checkpoints.key_styles.style import Dictionary
from resnet_inspect.checkpoints.key_styles.styles import STYLES
from resnet_inspect.checkpoints.translate import translations
from resnet_inspect.configs import variants
from resnet_inspect.configs.files import load
from resnet_inspect.configs.state_dict import state_dict

KEYS = {
    "torchvision": {
        "conv1": "conv1",
        "conv1.3": "conv1.3",
        "maxpool.2": "maxpool.2",
        "layer3.22.bn3": "layer3.22.bn3",
        "layer2.0.downsample.1": "layer2.0.downsample.1",
        "layer1.0.se.fc2": "layer1.0.se.fc2",
        "layer1.0.se.conv": "layer1.0.se.conv",
        "fc": "fc",
    },
    "resnetv2": {
        "stem.conv": "stem.conv",
        "stem.norm2": "stem.norm2",
        "stages.0.blocks.2.conv3": "stages.0.blocks.2.conv3",
        "stages.3.blocks.0.downsample.conv": "stages.3.blocks.0.downsample.conv",
        "norm": "norm",
        "head.fc": "head.fc",
    },
    "legacy_se": {
        "layer0.conv1": "conv1",
        "layer0.bn1": "bn1",
        "layer2.3.conv2": "layer2.3.conv2",
        "layer1.0.se_module.fc1": "layer1.0.se.fc1",
        "last_linear": "fc",
    },
    "legacy_senet154": {
        "layer0.conv1": "conv1.0",
        "layer0.bn2": "conv1.4",
        "layer0.conv3": "conv1.6",
        "layer0.bn3": "bn1",
    },
    "openmmlab": {"conv1": "conv1", "layer1.0.se_layer.conv1.conv": "layer1.0.se.fc1", "head.fc": "fc"},
    "openmmlab_deep": {"stem.0": "conv1.0", "stem.7": "bn1", "layer1.0.se_layer.conv2.conv": "layer1.0.se.fc2"},
    "transformers": {
        "embedder.embedder.convolution": "conv1",
        "embedder.embedder.normalization": "bn1",
        "encoder.stages.0.layers.0.shortcut.normalization": "layer1.0.downsample.1",
        "encoder.stages.2.layers.5.layer.1.convolution": "layer3.5.conv2",
        "classifier.1": "fc",
    },
    "transformers_bit": {
        "embedder.convolution": "stem.conv",
        "encoder.stages.2.layers.5.norm2": "stages.2.blocks.5.norm2",
        "encoder.stages.0.layers.0.downsample.conv": "stages.0.blocks.0.downsample.conv",
        "classifier.1": "head.fc",
    },
    "detectron2": {
        "stem.conv1": "conv1",
        "stem.conv1.norm": "bn1",
        "res2.0.conv1": "layer1.0.conv1",
        "res4.22.conv3.norm": "layer3.22.bn3",
        "res5.0.shortcut": "layer4.0.downsample.0",
        "res5.0.shortcut.norm": "layer4.0.downsample.1",
        "linear": "fc",
    },
    "detectron2_deeplab": {"stem.conv2": "conv1.3", "stem.conv2.norm": "conv1.4", "stem.conv3.norm": "bn1"},
    "maskrcnn_benchmark": {"stem.conv1": "conv1", "stem.bn1": "bn1", "layer1.0.downsample.0": "layer1.0.downsample.0"},
    "cifar": {"conv1": "conv1", "layer2.0.shortcut.0": "layer2.0.downsample.0", "linear": "fc"},
    "cifar_preact": {
        "conv1": "stem.conv",
        "layer1.0.bn1": "stages.0.blocks.0.norm1",
        "layer4.1.conv2": "stages.3.blocks.1.conv2",
        "layer2.0.shortcut.0": "stages.1.blocks.0.downsample.conv",
        "linear": "head.fc",
    },
    "caffe": {
        "conv1": "conv1",
        "bn_conv1": "bn1",
        "res2a_branch2a": "layer1.0.conv1",
        "bn3d_branch2c": "layer2.3.bn3",
        "scale3d_branch2c": "layer2.3.bn3",
        "res5a_branch1": "layer4.0.downsample.0",
        "bn5a_branch1": "layer4.0.downsample.1",
        "res4b22_branch2b": "layer3.22.conv2",
        "fc1000": "fc",
    },
    "numbered_stem": {"conv1": "conv1.0", "bn2": "conv1.4", "conv3": "conv1.6", "bn3": "bn1"},
    "clip": {
        "conv2": "conv1.3",
        "layer2.0.downsample.0": "layer2.0.downsample.1",
        "attnpool.c_proj": "attnpool.c_proj",
    },
    "children": {
        "0": "conv1",
        "0.3": "conv1.3",
        "1": "bn1",
        "4.0.conv1": "layer1.0.conv1",
        "7.2.bn3": "layer4.2.bn3",
        "5.0.downsample.1": "layer2.0.downsample.1",
        "6.1.se.fc2": "layer3.1.se.fc2",
        "9": "fc",
        "10": "fc",
    },
    "nvidia": {
        "conv1": "conv1",
        "layers.0.0.conv1": "layer1.0.conv1",
        "layers.3.2.bn3": "layer4.2.bn3",
        "layers.1.0.downsample.1": "layer2.0.downsample.1",
        "fc": "fc",
    },
}
MODULES = [(style, theirs, ours) for style, names in KEYS.items() for theirs, ours in names.items()]
ONE_WAY = {"10", "bn_conv1", "bn3d_branch2c", "scale3d_branch2c", "res4b22_branch2b"}
"""Modules that have other names too: a Flatten may stand before fc, Caffe splits a normalisation in two, and names late blocks in two ways."""


def test_every_style_is_tried():
    assert list(KEYS) == [style.name for style in STYLES]


@for_each("style, theirs, ours", MODULES)
def test_both_ways(style, theirs, ours):
    known = BY_NAME[style]
    assert (known.body_names.translate(theirs) or known.head_names.translate(theirs)) == ours
    if theirs not in ONE_WAY:
        assert their_names(style).translate(ours) == theirs


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_the_mark_is_the_first_convolution_of_the_first_block(style):
    assert style.body_names.translate(style.first) in {"layer1.0.conv1", "stages.0.blocks.0.conv1"}


@for_each("name", variants.variant_names())
def test_our_own_names_stay(name):
    names = [key for key, _ in state_dict(load(name))]
    found = translations(names)[0]
    assert (found.prefix, found.others, found.other_prefixes) == ("", (), ())
    assert list(found.names.items()) == [(key, key) for key in names]


@pytest.mark.parametrize(
    ("variant", "style"),
    [
        ("resnet50", "legacy_se"),
        ("seresnet50", "legacy_se"),
        ("senet154", "legacy_senet154"),
        ("seresnet50", "openmmlab"),
        ("resnet50c", "openmmlab_deep"),
        ("resnet101", "transformers"),
        ("resnet50", "detectron2"),
        ("resnet50c", "detectron2_deeplab"),
        ("resnet50", "maskrcnn_benchmark"),
        ("resnet18", "cifar"),
        ("resnet101", "caffe"),
        ("resnetv2_50", "transformers_bit"),
        ("resnet50c", "numbered_stem"),
        ("seresnet50", "children"),
        ("resnet50d", "children"),
        ("resnet50", "nvidia"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "module.backbone."])
def test_whole_nets(variant, style, prefix):
    ours = tensors(variant)
    found = translations(list(written(ours, style, prefix)))[0]
    assert (found.style.name, found.prefix, found.others) == (style, prefix, ())
    assert list(found.names.values()) == list(ours)


@pytest.mark.parametrize(
    ("depths", "kind", "variant"), [([3, 4, 6, 3], "bottleneck", "resnet50"), ([2, 2, 2, 2], "basic", "resnet18")]
)
@pytest.mark.parametrize("whole", [True, False])
def test_transformers_own_names(depths, kind, variant, whole):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    sizes = [64, 128, 256, 512] if kind == "basic" else [256, 512, 1024, 2048]
    config = transformers.ResNetConfig(depths=depths, hidden_sizes=sizes, layer_type=kind, num_labels=1000)
    with torch.device("meta"):
        model = (transformers.ResNetForImageClassification if whole else transformers.ResNetModel)(config)
    theirs = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    ours = tensors(variant) if whole else without(tensors(variant), "fc.")
    found = translations(list(theirs))[0]
    assert found.prefix == ("resnet." if whole else "")
    assert {found.names[name]: shape for name, shape in theirs.items()} == ours
    body = without(ours, "fc.")
    assert set(written(body, "transformers", found.prefix)) == set(theirs) - {
        "classifier.1.weight",
        "classifier.1.bias",
    }


def test_transformers_strides_the_3x3_unless_told_otherwise():
    transformers = pytest.importorskip("transformers")
    assert transformers.ResNetConfig().downsample_in_bottleneck is False
    assert "downsample_in_bottleneck false, its default, is the 3×3" in BY_NAME["transformers"].placement


def test_how_deep_a_network_lies_does_not_multiply_the_work(monkeypatch):
    """A classifier may stand on any of the levels above it, but few of them are levels of a given name."""
    asked = []
    translate = Dictionary.translate
    monkeypatch.setattr(Dictionary, "translate", lambda self, name: asked.append(name) or translate(self, name))

    def count(depth):
        asked.clear()
        prefix = "a." * depth
        names = [f"{prefix}{name}" for name in tensors("resnet18")] + [f"{prefix}x{number}.y" for number in range(200)]
        assert translations(names)[0].prefix == prefix
        return len(asked)

    assert count(16) <= count(1) * 2


@pytest.mark.parametrize("level", ["", "module.", "module.backbone."])
def test_a_classifier_may_stand_on_every_level(level):
    names = [f"module.backbone.{name}" for name in without(tensors("resnet18"), "fc.")]
    (found,) = [found for found in translations([*names, f"{level}fc.weight"]) if found.style.name == "torchvision"]
    assert found.names[f"{level}fc.weight"] == "fc.weight"
