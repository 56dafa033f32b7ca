"""Names of other projects: Detectron2, transformers, networks for CIFAR, Caffe; and the table of all styles."""

from string import ascii_lowercase

from resnet_inspect.checkpoints.key_styles import imagenet
from resnet_inspect.checkpoints.key_styles.style import Case, KeyStyle

_BLOCKS = (
    Case("res{stage:2}.{block:0}.conv{layer:1}", "layer{stage:1}.{block:0}.conv{layer:1}"),
    Case("res{stage:2}.{block:0}.conv{layer:1}.norm", "layer{stage:1}.{block:0}.bn{layer:1}"),
    Case("res{stage:2}.{block:0}.shortcut", "layer{stage:1}.{block:0}.downsample.0"),
    Case("res{stage:2}.{block:0}.shortcut.norm", "layer{stage:1}.{block:0}.downsample.1"),
)
_FIRST = "res2.0.conv1"
_HEADS = (Case("linear", "fc"),)
_PLACEMENT = (
    "strides either, depending on an option: STRIDE_IN_1X1 true, its default, is the first 1×1 (v1), false the 3×3 "
    "(v1.5)"
)


def _stem_norm(theirs: str) -> str:
    """Return Detectron2's name for a layer of the stem: ``bn2`` is ``conv2.norm``."""
    return f"{theirs.replace('bn', 'conv')}.norm" if theirs.startswith("bn") else theirs


DETECTRON2 = KeyStyle(
    name="detectron2",
    title="Detectron2",
    first=_FIRST,
    body=(Case("stem.conv1", "conv1"), Case("stem.conv1.norm", "bn1"), *_BLOCKS),
    heads=_HEADS,
    placement=f"Detectron2 {_PLACEMENT}",
)

DEEPLAB = KeyStyle(
    name="detectron2_deeplab",
    title="Detectron2, DeepLab's stem",
    first=_FIRST,
    body=(*(Case(f"stem.{_stem_norm(theirs)}", ours) for theirs, ours in imagenet.DEEP_STEM), *_BLOCKS),
    heads=_HEADS,
    placement=f"Detectron2 {_PLACEMENT}",
)

MASKRCNN = KeyStyle(
    name="maskrcnn_benchmark",
    title="maskrcnn-benchmark",
    first=imagenet.FIRST,
    body=(Case("stem.conv1", "conv1"), Case("stem.bn1", "bn1"), *imagenet.BLOCKS),
    heads=imagenet.LINEAR,
    placement=f"maskrcnn-benchmark {_PLACEMENT}",
)


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
    first=imagenet.FIRST,
    body=(
        *imagenet.SINGLE_STEM,
        *imagenet.CONVOLUTION_NAMES,
        Case("layer{stage:1}.{block:0}.shortcut.{part:0}", "layer{stage:1}.{block:0}.downsample.{part:0}"),
    ),
    heads=_CIFAR_HEADS,
    placement="kuangliu's pytorch-cifar strides the 3×3 (v1.5), as fb.resnet.torch does",
)

_CIFAR_HEAD_V2 = (Case("linear", "head.fc"), Case("fc", "head.fc"))

CIFAR_PREACT = KeyStyle(
    name="cifar_preact",
    title="pre-activation networks for CIFAR (kuangliu's pytorch-cifar)",
    first=imagenet.FIRST,
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
    """Return the rows for ``res3a_branch2b``, and for ``res3b1_branch2b``: deep networks number blocks from b1 on."""
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


STYLES: tuple[KeyStyle, ...] = (
    imagenet.TORCHVISION,
    imagenet.RESNETV2,
    imagenet.LEGACY_SE,
    imagenet.LEGACY_SENET154,
    imagenet.MMLAB,
    imagenet.MMLAB_DEEP,
    TRANSFORMERS,
    BIT,
    DETECTRON2,
    DEEPLAB,
    MASKRCNN,
    CIFAR,
    CIFAR_PREACT,
    CAFFE,
    imagenet.NUMBERED_STEM,
    imagenet.CLIP,
    imagenet.CHILDREN,
    imagenet.NVIDIA,
)
"""All styles; of two that explain a file equally well, the first one is taken."""
