"""Names of torchvision and timm, which this package uses as well, and of projects whose names derive from them."""

from resnet_inspect.checkpoints.key_styles.style import Case, KeyStyle, same

CONVOLUTION_NAMES = same("layer{stage:1}.{block:0}.conv{layer:1}", "layer{stage:1}.{block:0}.bn{layer:1}")
PROJECTION = same("layer{stage:1}.{block:0}.downsample.{part:0}")
BLOCKS = (*CONVOLUTION_NAMES, *PROJECTION)
FIRST = "layer1.0.conv1"
SINGLE_STEM = same("conv1", "bn1")
LINEAR = same("fc")

DEEP_STEM = (
    ("conv1", "conv1.0"),
    ("bn1", "conv1.1"),
    ("conv2", "conv1.3"),
    ("bn2", "conv1.4"),
    ("conv3", "conv1.6"),
    ("bn3", "bn1"),
)
"""Numbered layers of a stem of three convolutions -> this package's names, a sequence with activations in between."""

TORCHVISION = KeyStyle(
    name="torchvision",
    title="torchvision and timm",
    first=FIRST,
    body=(
        *SINGLE_STEM,
        *same("conv1.{part:0}", "maxpool.{part:0}"),
        *BLOCKS,
        *same("layer{stage:1}.{block:0}.se.fc{layer:1}", "layer{stage:1}.{block:0}.se.conv"),
    ),
    heads=(*LINEAR, Case("head.fc", "fc"), Case("head", "fc"), Case("classifier", "fc")),
    placement=(
        "torchvision and timm (resnet.py) stride the 3×3 (v1.5); others use the same names, OpenMMLab with the stride "
        "on either (style='pytorch' or 'caffe')"
    ),
)

RESNETV2 = KeyStyle(
    name="resnetv2",
    title="timm's resnetv2",
    first="stages.0.blocks.0.conv1",
    body=same(
        "stem.conv",
        "stem.conv{layer:1}",
        "stem.norm{layer:1}",
        "stages.{stage:0}.blocks.{block:0}.conv{layer:1}",
        "stages.{stage:0}.blocks.{block:0}.norm{layer:1}",
        "stages.{stage:0}.blocks.{block:0}.downsample.conv",
        "norm",
    ),
    heads=same("head.fc"),
    placement="timm's resnetv2.py strides the 3×3; the authors' own pre-activation networks stride the first 1×1",
)

_LEGACY_BLOCKS = (
    *BLOCKS,
    Case("layer{stage:1}.{block:0}.se_module.fc{layer:1}", "layer{stage:1}.{block:0}.se.fc{layer:1}"),
)
_LEGACY_HEADS = (Case("last_linear", "fc"),)

LEGACY_SE = KeyStyle(
    name="legacy_se",
    title="timm's legacy_senet",
    first=FIRST,
    body=(Case("layer0.conv1", "conv1"), Case("layer0.bn1", "bn1"), *_LEGACY_BLOCKS),
    heads=_LEGACY_HEADS,
    placement=(
        "timm's legacy_seresnet strides the first 1×1 (v1), as its Caffe originals do, its legacy_seresnext the 3×3; "
        "their max pool does not pad, and rounds up"
    ),
)

LEGACY_SENET154 = KeyStyle(
    name="legacy_senet154",
    title="timm's legacy_senet, deep stem",
    first=FIRST,
    body=(*(Case(f"layer0.{theirs}", ours) for theirs, ours in DEEP_STEM), *_LEGACY_BLOCKS),
    heads=_LEGACY_HEADS,
    placement=(
        "timm's legacy_senet154 strides the 3×3 (v1.5), unlike its legacy_seresnet; its max pool does not pad, and "
        "rounds up"
    ),
)

_MMLAB_BLOCKS = (
    *BLOCKS,
    Case("layer{stage:1}.{block:0}.se_layer.conv{layer:1}.conv", "layer{stage:1}.{block:0}.se.fc{layer:1}"),
)
_MMLAB_HEADS = (Case("head.fc", "fc"),)
_MMLAB_PLACEMENT = (
    "OpenMMLab strides either, depending on an option: style='pytorch' is the 3×3 (v1.5), style='caffe' the first "
    "1×1 (v1)"
)

MMLAB = KeyStyle(
    name="openmmlab",
    title="OpenMMLab",
    first=FIRST,
    body=(*SINGLE_STEM, *_MMLAB_BLOCKS),
    heads=_MMLAB_HEADS,
    placement=_MMLAB_PLACEMENT,
    within="backbone.",
)

MMLAB_DEEP = KeyStyle(
    name="openmmlab_deep",
    title="OpenMMLab, deep stem",
    first=FIRST,
    body=(
        *(Case(f"stem.{part}", f"conv1.{part}") for part in (0, 1, 3, 4, 6)),
        Case("stem.7", "bn1"),
        *_MMLAB_BLOCKS,
    ),
    heads=_MMLAB_HEADS,
    placement=_MMLAB_PLACEMENT,
    within="backbone.",
)

NUMBERED_STEM = KeyStyle(
    name="numbered_stem",
    title="torchvision's blocks after a stem of three convolutions (semseg)",
    first=FIRST,
    body=(*(Case(theirs, ours) for theirs, ours in DEEP_STEM), *BLOCKS),
    heads=LINEAR,
    placement="semseg and others with these names stride the 3×3 (v1.5)",
    needs="conv3",
)

CLIP = KeyStyle(
    name="clip",
    title="CLIP's ModifiedResNet",
    first=FIRST,
    body=(
        *(Case(theirs, ours) for theirs, ours in DEEP_STEM),
        *CONVOLUTION_NAMES,
        Case("layer{stage:1}.{block:0}.downsample.0", "layer{stage:1}.{block:0}.downsample.1"),
        Case("layer{stage:1}.{block:0}.downsample.1", "layer{stage:1}.{block:0}.downsample.2"),
        *same("attnpool", "attnpool.q_proj", "attnpool.k_proj", "attnpool.v_proj", "attnpool.c_proj"),
    ),
    heads=(),
    placement=(
        "in CLIP's ModifiedResNet no convolution strides: an average pool does, after the 3×3 and before the 1×1 of a "
        "projection; the stem ends with one too"
    ),
    needs="attnpool.q_proj",
)
"""The attention pool is not part of a config; it distinguishes these names from others with such a stem."""


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
