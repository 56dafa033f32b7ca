"""RI205, RI206, RI211: the shapes of stages and of the output, and the inputs at which the network must run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from resnet_inspect.anatomy.records import Layer, Stage
from resnet_inspect.checking.evidence import DeclaredEvidence
from resnet_inspect.checking.expectations.expected import EXPECT_TABLE, unmet, where_expected
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.checking.rules.runs import explain_failure, sizes_that_run
from resnet_inspect.checking.rules.windows import Sliding
from resnet_inspect.configs.toml_format import toml_value
from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape, join_names


def _judge_stages(evidence: DeclaredEvidence, expected: Sequence[Shape]) -> Iterator[Finding]:
    stages = evidence.anatomy.stages
    if len(stages) != len(expected):
        yield unmet(("stage_shapes",), f"{len(stages)} stages", expected=str(len(expected)), found=str(len(stages)))
    image = (evidence.config.in_channels, *evidence.config.input_size)
    wanted_before = found_before = image
    for index, (stage, wanted) in enumerate(zip(stages, expected, strict=False)):
        found = stage.output_shape[1:]
        if found != wanted:
            layer, why = _explain_stage(evidence, stage, (wanted_before, wanted), (found_before, found))
            said = f"{stage.name} writes {format_shape(found)}"
            yield unmet(
                ("stage_shapes", index),
                said,
                expected=format_shape(wanted),
                found=format_shape(found),
                why=why,
                layer=layer,
            )
        wanted_before, found_before = wanted, found


def _explain_stage(
    evidence: DeclaredEvidence, stage: Stage, wanted: tuple[Shape, Shape], found: tuple[Shape, Shape]
) -> tuple[str, str]:
    """Return the layer that makes the difference, and how: by its channels, or by its stride."""
    inside = _layers(evidence, stage)
    if found[1][0] != wanted[1][0]:
        last = [layer for layer in inside if layer.weighted][-1]
        return last.name, f"{last.name} writes {last.out_channels:,} channels"
    if _ratios(*found) == _ratios(*wanted):
        return _rounding(evidence, stage, wanted, found[0])
    strided = [layer for layer in inside if layer.strided]
    if not strided:
        dilated = [layer.name for layer in inside if layer.dilation and max(layer.dilation) > 1]
        return "", f"nothing strides in {stage.name}" + (
            f": {join_names(dilated, 2)} dilated instead" if dilated else ""
        )
    steps = [f"{layer.name} strides by {format_shape(dict.fromkeys(layer.stride or ()))}" for layer in strided]
    return strided[-1].name, join_names(steps)


def _rounding(evidence: DeclaredEvidence, stage: Stage, wanted: tuple[Shape, Shape], reached: Shape) -> tuple[str, str]:
    """Return the layer that rounds unlike the expectation, given the size that is expected before the stage."""
    steps = list(_steps(evidence, stage, wanted[0][1:]))
    size = steps[-1].after
    if size == wanted[1][1:]:
        return "", f"{format_shape(reached)} reached it already; {stage.name} itself reduces as expected"
    changing = [step for step in steps if step.before != step.after]
    if not changing:
        return "", f"nothing strides in {stage.name}"
    axis = next(number for number, length in enumerate(size) if length != wanted[1][1 + number])
    layer, verdict = _other_way(changing, axis, wanted[1][1 + axis])
    start = "" if wanted[0] == reached else f"from the expected {format_shape(wanted[0])}, "
    return layer, f"{start}{', '.join(step.words for step in changing)}: {verdict}"


def _other_way(steps: Sequence[_Step], axis: int, expected: int) -> tuple[str, str]:
    """Return the last layer whose rounding the other way gives the expected length; if none does, the last layer."""
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
    """A window on the path through a stage, and its effect on a size (h, w)."""

    window: Sliding
    before: Shape
    after: Shape

    @property
    def name(self) -> str:
        return self.window.layer.name

    def rounds(self, axis: int) -> int:
        """Return 1 where it rounds a length up, -1 where down, 0 where the length can be divided."""
        rest = self.after[axis] * self.window.stride[axis] - self.before[axis]
        return (rest > 0) - (rest < 0)

    @property
    def words(self) -> str:
        return f"{self.name} ({self.window.geometry}) takes {format_shape(self.before)} to {format_shape(self.after)}"


def _steps(evidence: DeclaredEvidence, stage: Stage, size: Shape) -> Iterator[_Step]:
    inside = {layer.name for layer in _layers(evidence, stage)}
    for window in evidence.windows:
        if window.layer.name in inside:
            before, size = size, window.output_of(size)
            yield _Step(window, before, size)


def _layers(evidence: DeclaredEvidence, stage: Stage) -> list[Layer]:
    """Return the weighted and pooling layers on the path through a stage; the first one is reached through the stem."""
    parts = {stage.name, "stem"} if stage == evidence.anatomy.stages[0] else {stage.name}
    return [layer for layer in evidence.anatomy.layers if layer.stage in parts and layer.role in {"stem", "main"}]


def _ratios(before: Shape, after: Shape) -> tuple[int, ...]:
    """Return the factors by which H and W shrink, rounded: 7 to 4 is a halving."""
    return tuple(round(a / b) for a, b in zip(before[1:], after[1:], strict=True))


def _judge_output(evidence: DeclaredEvidence, expected: Shape) -> Iterator[Finding]:
    output = evidence.trace.output_shape or ()
    found = output[1:]
    if found == expected:
        return
    layer, why = _explain_output(evidence)
    yield unmet(
        ("output_shape",),
        f"output shape {toml_value(found)}",
        expected=toml_value(expected),
        found=toml_value(found),
        why=why,
        hint="leave the batch out" if expected == output else "",
        layer=layer,
    )


def _explain_output(evidence: DeclaredEvidence) -> tuple[str, str]:
    """Return the layer that computes the output, if it is one, and what decides its shape."""
    config = evidence.config
    if config.classifies:
        last = [layer for layer in evidence.anatomy.layers if layer.weighted][-1]
        return last.name, f"{last.name} has {last.out_channels:,} outputs, which is num_classes"
    written = f"{evidence.anatomy.stages[-1].name} writes {config.stage_channels(-1):,} channels"
    if config.head == "none":
        return "", f'{written}, and with head = "none" no pool follows, and no classifier'
    return "", f"{written}, and with num_classes = 0 only the average pool follows"


def _judge_inputs(evidence: DeclaredEvidence, inputs: Sequence[Shape]) -> Iterator[Finding]:
    for index, image in enumerate(inputs):
        shape = (1, *image)
        own = shape == evidence.trace.input_shape
        trace = evidence.trace if own else evidence.run_at(shape)
        if trace.failure is not None:
            channels = evidence.config.in_channels
            run = evidence if own else evidence.seen_in(trace)
            reason = explain_failure(run, trace.failure)
            yield Finding(
                message=f"it does not run at {format_shape(image)}: {reason.said}",
                field_path=(EXPECT_TABLE, "inputs", index),
                why=reason.why,
                hint=f"in_channels is {channels}" if image[0] != channels else sizes_that_run(run),
                layer=reason.layer,
                follows=own,
            )


STAGES = Rule(
    code="RI205",
    name="expected-stage-shapes",
    severity="error",
    by_default=True,
    summary="The output of a stage does not have the expected shape.",
    why="Detectors and segmentation heads are built for the channels and the sizes of a backbone's stages: a stage "
    "that halves twice, or not at all, changes the scale of every feature map after it. Shapes are [C, H, W] at the "
    "config's own input_size; for ResNet-50 at 224×224 they are the output sizes of the paper's Table 1.",
    fix="Look at the layer that the finding names: stage_strides, stem_stride, stem_pool and output_stride decide H "
    "and W, stage_widths the channels.",
    bad='base = "resnet18"\nstage_strides = [1, 2, 4, 2]\n\n[expect]\n'
    "stage_shapes = [[64, 56, 56], [128, 28, 28], [256, 14, 14], [512, 7, 7]]\n",
    good='base = "resnet18"\n\n[expect]\nstage_shapes = [[64, 56, 56], [128, 28, 28], [256, 14, 14], [512, 7, 7]]\n',
    find=where_expected("stage_shapes", _judge_stages),
)

OUTPUT = Rule(
    code="RI206",
    name="expected-output-shape",
    severity="error",
    by_default=True,
    summary="The output of the network does not have the expected shape.",
    why="What follows the network, a loss over classes or a head of another project, is made for one shape. It is "
    "written without the batch: [1000] for a thousand classes, [2048, 7, 7] for what a detector reads of ResNet-50.",
    fix="Set num_classes and head, or correct the expectation.",
    bad='base = "resnet18"\nnum_classes = 100\n\n[expect]\noutput_shape = [1000]\n',
    good='base = "resnet18"\nnum_classes = 100\n\n[expect]\noutput_shape = [100]\n',
    find=where_expected("output_shape", _judge_output),
)

INPUTS = Rule(
    code="RI211",
    name="expected-inputs",
    severity="error",
    by_default=True,
    summary="The network does not run at an input that it must accept.",
    why="A network that runs at 224×224 can fail at another size: where the main branch rounds a halving down and the "
    "shortcut up, the two cannot be added; a small image has no pixel left for the last stage. The forward is run at "
    "each input without values, so its size costs nothing.",
    fix="Feed sizes that are multiples of the output stride, or change what rounds: anti_alias, avg_down, "
    "stem_pool_ceil and stem_pool_padding.",
    bad='base = "resnet50"\nanti_alias = "avg"\n\n[expect]\ninputs = [[3, 224, 224], [3, 240, 240]]\n',
    good='base = "resnet50"\nanti_alias = "avg"\n\n[expect]\ninputs = [[3, 224, 224], [3, 320, 320]]\n',
    find=where_expected("inputs", _judge_inputs, needs_run=False),
)

RULES = (STAGES, OUTPUT, INPUTS)
