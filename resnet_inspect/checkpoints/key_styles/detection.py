"""Detectron2 and its predecessor."""

from __future__ import annotations

from resnet_inspect.checkpoints.key_styles.imagenet import BLOCKS, DEEP_STEM, FIRST, LINEAR
from resnet_inspect.checkpoints.key_styles.patterns import Case
from resnet_inspect.checkpoints.key_styles.style import KeyStyle

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
    """Detectron2 hangs a normalisation below its convolution: ``bn2`` is ``conv2.norm``."""
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
    body=(*(Case(f"stem.{_stem_norm(theirs)}", ours) for theirs, ours in DEEP_STEM), *_BLOCKS),
    heads=_HEADS,
    placement=f"Detectron2 {_PLACEMENT}",
)

MASKRCNN = KeyStyle(
    name="maskrcnn_benchmark",
    title="maskrcnn-benchmark",
    first=FIRST,
    body=(Case("stem.conv1", "conv1"), Case("stem.bn1", "bn1"), *BLOCKS),
    heads=LINEAR,
    placement=f"maskrcnn-benchmark {_PLACEMENT}",
)
