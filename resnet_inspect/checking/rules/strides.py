"""RI102, RI111, RI115: strides and dilations."""

from collections.abc import Iterator, Sequence

from resnet_inspect.anatomy.records import Layer, Stage
from resnet_inspect.checking.evidence import Evidence
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.checking.rules.windows import Sliding, unread_borders
from resnet_inspect.text import format_shape, pluralise


def _halved_twice(evidence: Evidence) -> Iterator[Finding]:
    strided = evidence.strided
    stem = [found for found in strided if found.layer.stage == "stem"]
    for number, stage in enumerate(evidence.anatomy.stages):
        own = [found for found in strided if found.layer.stage == stage.name]
        if own and _shrinks_beyond(stage, own):
            yield _twice(number, stage, own)
        elif own and number == 0 and len(stem) > 1:
            yield _twice(number, stage, [stem[-1], *own])


def _shrinks_beyond(stage: Stage, own: Sequence[Sliding]) -> bool:
    """Return whether a stage reduces by more than any one of its layers; strides on parallel paths do not multiply."""
    if stage.total_stride is None:
        return False
    return any(total > max(found.stride[axis] for found in own) for axis, total in enumerate(stage.stride))


def _twice(number: int, stage: Stage, layers: Sequence[Sliding]) -> Finding:
    names = [found.layer.name for found in layers]
    steps = (f"{found.layer.name} takes {format_shape(found.size)} to {found.output}" for found in layers)
    return Finding(
        message=f"{stage.title} is halved more than once: by {' and by '.join(names)}",
        field_path=("stage_strides", number),
        why=", ".join(steps),
        layer=names[-1],
    )


def _loses_pixels(evidence: Evidence) -> Iterator[Finding]:
    for found in evidence.windows:
        if found.layer.strided and all(k >= s for k, s in zip(found.layer.kernel or (), found.stride, strict=True)):
            lost = [_lost(found, axis) for axis in range(len(found.size))]
            if any(lost):
                yield _lossy(found, lost, evidence)


def _lost(found: Sliding, axis: int) -> int:
    """Return the number of rows or columns that no window reads, less those of an added border."""
    return max(sum(unread_borders(found.axes[axis])) - found.border[axis], 0)


def _lossy(found: Sliding, lost: Sequence[int], evidence: Evidence) -> Finding:
    layer = found.layer
    axis = next(number for number, count in enumerate(lost) if count)
    nouns = ("row", "column") if len(lost) == 2 else ("position",) * len(lost)
    words = dict.fromkeys(pluralise(count, noun) for count, noun in zip(lost, nouns, strict=True) if count)
    unpadded = layer.role == "stem" and "max_pool" in (layer.op or "") and not max(layer.padding or (0,))
    size = "an input size that the windows divide"
    return Finding(
        message=f"{layer.name} never reads {' and '.join(words)} at the border of its {format_shape(found.size)} input",
        field_path=("stem_pool_padding",) if unpadded else ("input_size", axis),
        why=f"{found.geometry}: {found.output} windows do not reach the end",
        hint=f"{', '.join(_remedies(layer, evidence, unpadded=unpadded))} or {size}",
        layer=layer.name,
    )


def _remedies(layer: Layer, evidence: Evidence, *, unpadded: bool) -> tuple[str, ...]:
    """Return the changes that make windows read the border at this size: fields of the config, if there is one."""
    config = evidence.config
    if unpadded and config:
        return ("stem_pool_ceil = true (rounds the size up)", "stem_pool_padding = 1")
    if "avg_pool" in (layer.op or "") and config and config.anti_alias == "avg":
        return ('anti_alias = "blur" (reads the border)',)
    return ("round the size up (ceil_mode)", "pad") if "pool" in (layer.op or "") else ("pad",)


def _shrinking_dilation(evidence: Evidence) -> Iterator[Finding]:
    for found in evidence.windows:
        layer, after = found.layer, found.layer.output_shape[2:]
        if max(layer.dilation or (1,)) > 1 and not layer.strided and any(map(int.__gt__, found.size, after)):
            taps = zip(layer.kernel or (), layer.dilation or (), strict=True)
            yield Finding(
                message=f"{layer.name} is dilated without its padding: {format_shape(found.size)} becomes "
                f"{found.output}",
                why=found.geometry,
                hint=f"padding {format_shape(step * (kernel - 1) // 2 for kernel, step in taps)} keeps the size",
                layer=layer.name,
            )


HALVED_TWICE = Rule(
    code="RI102",
    name="stage-halved-twice",
    severity="warning",
    by_default=True,
    summary="Two layers, one after the other, reduce H and W for one stage.",
    why="Each stage of a ResNet halves once. conv2_x is the trap: its halving is the max pool's, so its first block "
    "has stride 1 (arXiv:1512.03385, Table 1 and section 4.1). With a stride there too, every later stage works on a "
    "quarter of the pixels that it should have, the network reduces by 64 instead of 32, and costs less for no "
    "visible reason. Strides side by side, as in Res2Net, are one halving.",
    fix="Let one of the two layers stride: set the stage's entry in stage_strides to 1, or leave out the stem's pool.",
    bad='base = "resnet50"\nstage_strides = [2, 2, 2, 2]\n',
    good='base = "resnet50"\nstage_strides = [2, 2, 2, 2]\nstem_pool = "none"\n',
    find=_halved_twice,
)

LOSES_PIXELS = Rule(
    code="RI111",
    name="stride-loses-pixels",
    severity="warning",
    by_default=True,
    summary="The windows of a strided layer end before the border, so that no window reads the last rows or columns.",
    why="The last window starts at stride · (n − 1) − padding; where it ends before the input does, the rest of the "
    "picture has no influence. It is the usual sign of a pool that was carried over from Caffe, which rounds sizes "
    "up; PyTorch rounds down unless ceil_mode says otherwise, and of 112 pixels the last is lost. It is worked out "
    "exactly, from size, kernel, stride, padding, dilation and rounding. A window smaller than its stride is another "
    "matter: RI112 to RI114. None of the built-in variants loses anything at its own size.",
    fix="Round up (stem_pool_ceil = true), pad (stem_pool_padding = 1), or choose an input size that fits.",
    bad='base = "resnet50"\nstem_pool_padding = 0\n',
    good='base = "resnet50"\nstem_pool_padding = 0\nstem_pool_ceil = true\n',
    find=_loses_pixels,
)

_BAD_PADDING = """\
from torch import nn


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1, dilation=2))
"""

SHRINKING_DILATION = Rule(
    code="RI115",
    name="dilation-without-padding",
    severity="warning",
    by_default=True,
    summary="A dilated window of stride 1 has too little padding, so that its output shrinks.",
    why="A kernel k with dilation d keeps the size with padding d · (k − 1) / 2. Who sets a dilation and forgets the "
    "padding gets a smaller map, and a shortcut that does not fit it. torchvision's resnet.py sets padding = dilation "
    "for its 3×3 convolutions. A config cannot build this: its convolutions pad for their dilation; code can, and is "
    "found when it is named: resnet-inspect check mine:Net.",
    fix="Set the padding to d · (k − 1) / 2.",
    bad=_BAD_PADDING,
    good=_BAD_PADDING.replace("padding=1, dilation=2", "padding=2, dilation=2"),
    find=_shrinking_dilation,
    language="python",
)

RULES = (HALVED_TWICE, LOSES_PIXELS, SHRINKING_DILATION)
