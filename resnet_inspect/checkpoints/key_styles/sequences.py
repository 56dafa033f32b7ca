"""Names that are numbers, since the modules stand in a list."""

from __future__ import annotations

from resnet_inspect.checkpoints.key_styles.imagenet import LINEAR, SINGLE_STEM
from resnet_inspect.checkpoints.key_styles.patterns import Case
from resnet_inspect.checkpoints.key_styles.style import KeyStyle

CHILDREN = KeyStyle(
    name="children",
    title="a ResNet's children in nn.Sequential",
    first="4.0.conv1",
    body=(
        Case("0", "conv1"),
        Case("0.{part:0}", "conv1.{part:0}"),
        Case("1", "bn1"),
        Case("{stage:4}.{block:0}.conv{layer:1}", "layer{stage:1}.{block:0}.conv{layer:1}"),
        Case("{stage:4}.{block:0}.bn{layer:1}", "layer{stage:1}.{block:0}.bn{layer:1}"),
        Case("{stage:4}.{block:0}.downsample.{part:0}", "layer{stage:1}.{block:0}.downsample.{part:0}"),
        Case("{stage:4}.{block:0}.se.fc{layer:1}", "layer{stage:1}.{block:0}.se.fc{layer:1}"),
        Case("{stage:4}.{block:0}.se.conv", "layer{stage:1}.{block:0}.se.conv"),
    ),
    heads=(Case("9", "fc"), Case("10", "fc")),
    placement="torchvision and timm (resnet.py), whose children have these numbers, stride the 3×3 (v1.5)",
)
"""conv1, bn1, act1, maxpool, layer1 to layer4, the pool and fc, in this order; a Flatten moves fc to 10."""

NVIDIA = KeyStyle(
    name="nvidia",
    title="NVIDIA's DeepLearningExamples",
    first="layers.0.0.conv1",
    body=(
        *SINGLE_STEM,
        Case("layers.{stage:0}.{block:0}.conv{layer:1}", "layer{stage:1}.{block:0}.conv{layer:1}"),
        Case("layers.{stage:0}.{block:0}.bn{layer:1}", "layer{stage:1}.{block:0}.bn{layer:1}"),
        Case("layers.{stage:0}.{block:0}.downsample.{part:0}", "layer{stage:1}.{block:0}.downsample.{part:0}"),
    ),
    heads=LINEAR,
    placement="NVIDIA's resnet50 strides the 3×3 (v1.5)",
)
