"""Hugging Face transformers, the nets for CIFAR, and the authors' Caffe names."""

from __future__ import annotations

from string import ascii_lowercase

from resnet_inspect.checkpoints.key_styles.imagenet import CONVOLUTIONS, FIRST, SINGLE_STEM
from resnet_inspect.checkpoints.key_styles.patterns import Case
from resnet_inspect.checkpoints.key_styles.style import KeyStyle

_LAYERS = "encoder.stages.{stage:0}.layers.{block:0}"

TRANSFORMERS = KeyStyle(
    name="transformers",
    title="Hugging Face transformers",
    first="encoder.stages.0.layers.0.layer.0.convolution",
    body=(
        Case("embedder.embedder.convolution", "conv1"),
        Case("embedder.embedder.normalization", "bn1"),
        Case(f"{_LAYERS}.layer.{{layer:0}}.convolution", "layer{stage:1}.{block:0}.conv{layer:1}"),
        Case(f"{_LAYERS}.layer.{{layer:0}}.normalization", "layer{stage:1}.{block:0}.bn{layer:1}"),
        Case(f"{_LAYERS}.shortcut.convolution", "layer{stage:1}.{block:0}.downsample.0"),
        Case(f"{_LAYERS}.shortcut.normalization", "layer{stage:1}.{block:0}.downsample.1"),
    ),
    heads=(Case("classifier.1", "fc"),),
    placement=(
        "transformers strides either, depending on an option: downsample_in_bottleneck false, its default, is the "
        "3×3 (v1.5), true the first 1×1 (v1)"
    ),
)

BIT = KeyStyle(
    name="transformers_bit",
    title="Hugging Face transformers, BiT",
    first="encoder.stages.0.layers.0.conv1",
    body=(
        Case("embedder.convolution", "stem.conv"),
        Case(f"{_LAYERS}.conv{{layer:1}}", "stages.{stage:0}.blocks.{block:0}.conv{layer:1}"),
        Case(f"{_LAYERS}.norm{{layer:1}}", "stages.{stage:0}.blocks.{block:0}.norm{layer:1}"),
        Case(f"{_LAYERS}.downsample.conv", "stages.{stage:0}.blocks.{block:0}.downsample.conv"),
        Case("norm", "norm"),
    ),
    heads=(Case("classifier.1", "head.fc"),),
    placement="transformers' BiT strides the 3×3",
)

_CIFAR_HEADS = (Case("linear", "fc"), Case("fc", "fc"))

CIFAR = KeyStyle(
    name="cifar",
    title="networks for CIFAR (kuangliu's pytorch-cifar)",
    first=FIRST,
    body=(
        *SINGLE_STEM,
        *CONVOLUTIONS,
        Case("layer{stage:1}.{block:0}.shortcut.{part:0}", "layer{stage:1}.{block:0}.downsample.{part:0}"),
    ),
    heads=_CIFAR_HEADS,
    placement="kuangliu's pytorch-cifar strides the 3×3 (v1.5), as fb.resnet.torch does",
)

_CIFAR_HEAD_V2 = (Case("linear", "head.fc"), Case("fc", "head.fc"))

CIFAR_PREACT = KeyStyle(
    name="cifar_preact",
    title="pre-activation networks for CIFAR (kuangliu's pytorch-cifar)",
    first=FIRST,
    body=(
        Case("conv1", "stem.conv"),
        Case("layer{stage:1}.{block:0}.bn{layer:1}", "stages.{stage:0}.blocks.{block:0}.norm{layer:1}"),
        Case("layer{stage:1}.{block:0}.conv{layer:1}", "stages.{stage:0}.blocks.{block:0}.conv{layer:1}"),
        Case("layer{stage:1}.{block:0}.shortcut.0", "stages.{stage:0}.blocks.{block:0}.downsample.conv"),
        Case("bn", "norm"),
        Case("bn1", "norm"),
    ),
    heads=_CIFAR_HEAD_V2,
    placement="kuangliu's pytorch-cifar strides the 3×3; the authors' own pre-activation networks stride the first 1×1",
)


def _caffe_blocks() -> tuple[Case, ...]:
    """``res3a_branch2b``; from the second block on deep nets count: ``res3b1_branch2b`` is the second block."""
    blocks = [(letter, str(number)) for number, letter in enumerate(ascii_lowercase)] + [("b{block:0}", "{block:0}")]
    cases = []
    for theirs, ours in blocks:
        branches = [(f"2{letter}", number) for number, letter in enumerate("abc", start=1)]
        for kind, name in (("res", "conv"), ("bn", "bn"), ("scale", "bn")):
            place = f"{kind}{{stage:2}}{theirs}_branch"
            cases += [
                Case(f"{place}{branch}", f"layer{{stage:1}}.{ours}.{name}{number}") for branch, number in branches
            ]
            cases.append(Case(f"{place}1", f"layer{{stage:1}}.{ours}.downsample.{0 if name == 'conv' else 1}"))
    return tuple(cases)


CAFFE = KeyStyle(
    name="caffe",
    title="the authors' Caffe networks",
    first="res2a_branch2a",
    body=(Case("conv1", "conv1"), Case("bn_conv1", "bn1"), Case("scale_conv1", "bn1"), *_caffe_blocks()),
    heads=(Case("fc1000", "fc"),),
    placement="the authors' Caffe networks stride the first 1×1 (v1)",
)
