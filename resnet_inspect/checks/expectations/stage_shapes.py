"""RI205: a stage's output has not the expected shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from resnet_inspect.anatomy.facts import Layer, Stage
from resnet_inspect.checks.expectations.expected import unmet, where_expected
from resnet_inspect.checks.findings import Observation
from resnet_inspect.checks.rule import Rule
from resnet_inspect.checks.rules.facts import Sliding
from resnet_inspect.shapes import Shape
from resnet_inspect.text import listed, times

if TYPE_CHECKING:
    from resnet_inspect.checks.evidence import DeclaredEvidence

_FIELD = "stage_shapes"


def _judge(evidence: DeclaredEvidence, expected: Sequence[Shape]) -> Iterator[Observation]:
    stages = evidence.anatomy.stages
    if len(stages) != len(expected):
        yield unmet((_FIELD,), f"{len(stages)} stages", expected=str(len(expected)), found=str(len(stages)))
    image = (evidence.config.in_channels, *evidence.config.input_size)
    wanted_before = found_before = image
    for index, (stage, wanted) in enumerate(zip(stages, expected, strict=False)):
        found = stage.output_shape[1:]
        if found != wanted:
            layer, why = _why(evidence, stage, (wanted_before, wanted), (found_before, found))
            said = f"{stage.name} writes {times(found)}"
            yield unmet((_FIELD, index), said, expected=times(wanted), found=times(found), why=why, layer=layer)
        wanted_before, found_before = wanted, found


def _why(
    evidence: DeclaredEvidence, stage: Stage, wanted: tuple[Shape, Shape], found: tuple[Shape, Shape]
) -> tuple[str, str]:
    """The layer that makes the difference, and how: by its channels, or by its stride."""
    inside = _layers(evidence, stage)
    if found[1][0] != wanted[1][0]:
        last = [layer for layer in inside if layer.weighted][-1]
        return last.name, f"{last.name} writes {last.out_channels:,} channels"
    if _ratios(*found) == _ratios(*wanted):
        return _rounding(evidence, stage, wanted, found[0])
    strided = [layer for layer in inside if layer.strided]
    if not strided:
        dilated = [layer.name for layer in inside if layer.dilation and max(layer.dilation) > 1]
        return "", f"nothing strides in {stage.name}" + (f": {listed(dilated, 2)} dilated instead" if dilated else "")
    steps = [f"{layer.name} strides by {times(dict.fromkeys(layer.stride or ()))}" for layer in strided]
    return strided[-1].name, listed(steps)


def _rounding(evidence: DeclaredEvidence, stage: Stage, wanted: tuple[Shape, Shape], reached: Shape) -> tuple[str, str]:
    """The layer that rounds a size another way than expected, judged by the size that is expected before the stage."""
    steps = list(_steps(evidence, stage, wanted[0][1:]))
    size = steps[-1].after
    if size == wanted[1][1:]:
        return "", f"{times(reached)} reached it already; {stage.name} itself reduces as expected"
    changing = [step for step in steps if step.before != step.after]
    if not changing:
        return "", f"nothing strides in {stage.name}"
    axis = next(number for number, length in enumerate(size) if length != wanted[1][1 + number])
    layer, verdict = _other_way(changing, axis, wanted[1][1 + axis])
    start = "" if wanted[0] == reached else f"from the expected {times(wanted[0])}, "
    return layer, f"{start}{', '.join(step.words for step in changing)}: {verdict}"


def _other_way(steps: Sequence[_Step], axis: int, expected: int) -> tuple[str, str]:
    """The last of the layers that round one way where the other way gives what is expected; if none is, the last."""
    down = up = steps[0].before[axis]
    for step in steps:
        stride = step.window.stride[axis]
        down, up = down // stride, -(-up // stride)
    if not down <= expected <= up:
        return steps[-1].name, f"{expected:,} would need a different input, stride or padding"
    is_up = steps[-1].after[axis] > expected
    rounding = [step.name for step in steps if step.rounds(axis) == (1 if is_up else -1)]
    here, there = ("up", "down") if is_up else ("down", "up")
    verb = "rounds" if len(rounding) == 1 else "round"
    return rounding[-1], f"{' and '.join(rounding)} {verb} {here}, {expected:,} supposes {there}"


class _Step(NamedTuple):
    """A window on the way through a stage, and what it makes of a size (h, w)."""

    window: Sliding
    before: Shape
    after: Shape

    @property
    def name(self) -> str:
        return self.window.layer.name

    def rounds(self, axis: int) -> int:
        """1 where it rounds a length up, -1 down, 0 where the length can be divided."""
        rest = self.after[axis] * self.window.stride[axis] - self.before[axis]
        return (rest > 0) - (rest < 0)

    @property
    def words(self) -> str:
        return f"{self.name} ({self.window.geometry}) takes {times(self.before)} to {times(self.after)}"


def _steps(evidence: DeclaredEvidence, stage: Stage, size: Shape) -> Iterator[_Step]:
    inside = {layer.name for layer in _layers(evidence, stage)}
    for window in evidence.facts.windows:
        if window.layer.name in inside:
            before, size = size, window.output_of(size)
            yield _Step(window, before, size)


def _layers(evidence: DeclaredEvidence, stage: Stage) -> list[Layer]:
    """Weighted and pooling layers on the way through a stage; the first one is reached through the stem."""
    parts = {stage.name, "stem"} if stage == evidence.anatomy.stages[0] else {stage.name}
    return [layer for layer in evidence.anatomy.layers if layer.stage in parts and layer.role in {"stem", "main"}]


def _ratios(before: Shape, after: Shape) -> tuple[int, ...]:
    """By which H and W shrink, rounded: 7 to 4 is a halving."""
    return tuple(round(a / b) for a, b in zip(before[1:], after[1:], strict=True))


RULE = Rule(
    code="RI205",
    name="expected-stage-shapes",
    severity="error",
    by_default=True,
    summary="The output of a stage does not have the expected shape.",
    why="Detectors and segmentation heads are built for the channels and the sizes of a backbone's stages: a stage "
    "that halves twice, or not at all, changes the scale of every feature map after it. Shapes are [C, H, W] at the "
    "config's own input_size; for ResNet-50 at 224×224 they are the output sizes of the paper's Table 1.",
    mend="Look at the layer that the finding names: stage_strides, stem_stride, stem_pool and output_stride decide H "
    "and W, stage_widths the channels.",
    bad='base = "resnet18"\nstage_strides = [1, 2, 4, 2]\n\n[expect]\n'
    "stage_shapes = [[64, 56, 56], [128, 28, 28], [256, 14, 14], [512, 7, 7]]\n",
    good='base = "resnet18"\n\n[expect]\nstage_shapes = [[64, 56, 56], [128, 28, 28], [256, 14, 14], [512, 7, 7]]\n',
    find=where_expected(_FIELD, _judge),
)
