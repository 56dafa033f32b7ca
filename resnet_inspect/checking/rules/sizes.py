"""RI131 to RI133: the size of the image."""

from collections.abc import Iterator
from math import prod

from resnet_inspect.checking.evidence import Evidence
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.checking.rules.windows import Sliding, taps_inside
from resnet_inspect.text import format_shape

SMALL_IMAGE = 64
"""Pixels along a side; CIFAR has 32, Tiny ImageNet 64."""

STEM_REDUCTION = 4
"""Reduction of the ImageNet stem: a stride of 2, then a pool of stride 2."""


def _small_field(evidence: Evidence) -> Iterator[Finding]:
    stages, size = evidence.anatomy.stages, evidence.trace.input_shape[2:]
    field = stages[-1].receptive_field if stages and evidence.ran else None
    if field is not None and any(map(int.__lt__, field, size)):
        yield Finding(
            message=f"a pixel of {stages[-1].title} sees {format_shape(field)} of the {format_shape(size)} input",
            field_path=("input_size",),
            hint="more blocks or earlier strides see more",
        )


def _mostly_padding(evidence: Evidence) -> Iterator[Finding]:
    """Find windows that read mostly padding, unless the stem is too coarse, which RI133 reports."""
    if _stem_is_coarse(evidence):
        return
    found = [window for window in evidence.windows if window.layer.role == "main" and _pads_mostly(window)]
    if found:
        worst = max(found, key=_padding_share)
        layer = worst.layer
        yield Finding(
            message=f"{_convolutions(len(found))} more padding than image, {layer.name} at {format_shape(worst.size)}: "
            f"{100 * _padding_share(worst):.0f} % of its taps",
            field_path=("input_size",),
            why=f"the first is {found[0].layer.name}, at {format_shape(found[0].size)}",
            layer=found[0].layer.name,
        )


def _convolutions(count: int) -> str:
    return "1 convolution reads" if count == 1 else f"{count} convolutions read"


def _pads_mostly(window: Sliding) -> bool:
    """Return whether a window reads mostly padding; one that is small for its map is not counted, it cannot."""
    layer = window.layer
    sizes = zip(layer.kernel or (), layer.dilation or (), window.size, strict=True)
    wide = any(2 * step * (kernel - 1) > length for kernel, step, length in sizes)
    return wide and window.op.weighted and _padding_share(window) > 0.5


def _padding_share(window: Sliding) -> float:
    axes = window.axes
    return 1 - prod(taps_inside(axis) / (axis.kernel * axis.windows) for axis in axes)


def _coarse_stem(evidence: Evidence) -> Iterator[Finding]:
    stem, size = evidence.anatomy.stem, evidence.trace.input_shape[2:]
    if stem is not None and _stem_is_coarse(evidence):
        last = evidence.anatomy.stages[-1]
        yield Finding(
            message=f"the stem takes a {format_shape(size)} image to {format_shape(stem.output_shape[2:])} before the "
            "first block",
            field_path=("input_size",),
            why=f"an ImageNet stem reduces by {format_shape(stem.total_stride or ())}; "
            f"{last.name} works on {format_shape(last.output_shape[2:])}",
            hint='for small images: stem_kernel = 3, stem_stride = 1, stem_pool = "none"'
            if evidence.config
            else "for small images: a 3×3 convolution of stride 1, and no pool",
        )


def _stem_is_coarse(evidence: Evidence) -> bool:
    stem, size = evidence.anatomy.stem, evidence.trace.input_shape[2:]
    if stem is None or stem.total_stride is None or not evidence.ran or not evidence.anatomy.stages:
        return False
    return max(size) <= SMALL_IMAGE and min(stem.total_stride) >= STEM_REDUCTION


SMALL_FIELD = Rule(
    code="RI131",
    name="receptive-field-smaller-than-input",
    severity="warning",
    by_default=False,
    summary="A pixel of the last stage depends on only a part of the image.",
    why="What lies further apart can only be combined by the global pool, which forgets where it was. The "
    "theoretical field is an upper bound: what really counts is a smaller spot in its middle (arXiv:1701.04128). "
    "Off by default, because it is not a mistake: published networks do so, such as ResNet-26 with 195 of 224 "
    "pixels.",
    fix="Add blocks, stride earlier, or use a smaller image.",
    bad='base = "resnet26"\n',
    good='base = "resnet50"\n',
    find=_small_field,
)

MOSTLY_PADDING = Rule(
    code="RI132",
    name="mostly-padding",
    severity="warning",
    by_default=True,
    summary="Convolutions of a main branch read more padding than image.",
    why="A padded 3×3 window over one pixel has one tap on the image and eight on zeros; over 2×2 pixels five of "
    "nine are on zeros; a dilated one over a small map likewise. Most of those weights can learn nothing, and all "
    "of them are paid for. It comes from too many halvings for the size of the image; none of the built-in variants "
    "does so at its own size. Counted exactly, tap by tap; where an ImageNet stem is the reason, RI133 reports it "
    "instead of this rule.",
    fix="Use a larger image, fewer stages, or fewer strides.",
    bad='base = "resnet50"\ninput_size = [65, 65]\nstage_blocks = [2, 2, 2, 2, 2]\n',
    good='base = "resnet50"\ninput_size = [129, 129]\n',
    find=_mostly_padding,
)

COARSE_STEM = Rule(
    code="RI133",
    name="imagenet-stem-on-small-input",
    severity="warning",
    by_default=True,
    summary="A stem that reduces by 4 is applied to an image of at most 64 pixels a side.",
    why="At 32×32 the first block sees 8×8 pixels and the last stage a single one. The paper's networks for CIFAR-10 "
    "begin with a 3×3 convolution of stride 1 and no pool (arXiv:1512.03385, section 4.2). It is what remains when "
    "input_size and num_classes are changed and the stem is forgotten. A long strip, such as a spectrogram of 64×1000, "
    "is not a small image: where too little of it is left, RI132 reports it.",
    fix='Set stem_kernel = 3, stem_stride = 1, stem_pool = "none".',
    bad='base = "resnet18"\ninput_size = [32, 32]\nnum_classes = 10\n',
    good='base = "resnet18"\ninput_size = [32, 32]\nnum_classes = 10\n'
    'stem_kernel = 3\nstem_stride = 1\nstem_pool = "none"\n',
    find=_coarse_stem,
)

RULES = (SMALL_FIELD, MOSTLY_PADDING, COARSE_STEM)
