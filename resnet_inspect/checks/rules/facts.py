"""What several rules ask of a run, worked out once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from resnet_inspect.anatomy.facts import Anatomy, Layer
from resnet_inspect.anatomy.naming import is_pad
from resnet_inspect.checks.rules.coverage import Axis, windows_in
from resnet_inspect.checks.rules.joints import Mismatch, mismatches
from resnet_inspect.shapes import Shape
from resnet_inspect.text import per_axis, times
from resnet_inspect.trace.records import MODEL_INPUT, Op, Trace


class Sliding(NamedTuple):
    """A layer whose window slides over its input: a convolution or a pool, on any way to the output.

    Attributes:
        op, layer: the same operator, as it ran and as it is understood.
        size: (h, w) of what it reads, without a border that an operation right before it has added.
        border: rows and columns so added, of both sides together.
    """

    op: Op
    layer: Layer
    size: Shape
    border: Shape

    @property
    def stride(self) -> Shape:
        """Step along each axis."""
        return self.layer.stride or ()

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Each axis with its numbers; the border counts as part of the input."""
        layer = self.layer
        window = (layer.kernel or (), layer.stride or (), layer.padding or (), layer.dilation or ())
        return tuple(map(Axis, layer.input_shape[2:], *window, layer.output_shape[2:]))

    def output_of(self, size: Shape) -> Shape:
        """(h, w) that it would make of another size; its border is added to that one too."""
        layer = self.layer
        return tuple(
            windows_in(axis._replace(length=length + border), ceil_mode=layer.ceil_mode)
            for axis, length, border in zip(self.axes, size, self.border, strict=True)
        )

    @property
    def output(self) -> str:
        """``56×56``."""
        return times(self.layer.output_shape[2:])

    @property
    def geometry(self) -> str:
        """``3×3, stride 2, padding 1``."""
        layer = self.layer
        parts = [f"{times(layer.kernel or ())}, stride {_steps(layer.stride)}"]
        if max(layer.kernel or (1,)) > 1:
            border = f" and a border of {_steps(self.border)}" if any(self.border) else ""
            parts.append(f"padding {_steps(layer.padding)}{border}")
        if max(layer.dilation or (1,)) > 1:
            parts.append(f"dilation {_steps(layer.dilation)}")
        return ", ".join(parts)


def _steps(steps: Shape | None) -> str:
    """One number where all axes agree."""
    steps = steps or ()
    return per_axis(steps)


class Facts(NamedTuple):
    """What several rules ask of a run.

    Attributes:
        windows: every sliding window, in running order; none if the forward failed, since rules judge what ran.
        strided: those of the stem and the main branches that take fewer pixels than they are given.
        mismatches: residual additions whose branches do not fit together, the one that failed included.
    """

    windows: tuple[Sliding, ...]
    strided: tuple[Sliding, ...]
    mismatches: tuple[Mismatch, ...]


def facts_of(trace: Trace, anatomy: Anatomy) -> Facts:
    """Work them out."""
    windows = () if trace.failure else tuple(_windows(trace, anatomy))
    strided = tuple(found for found in windows if found.layer.strided and found.layer.role in {"stem", "main"})
    return Facts(windows, strided, tuple(mismatches(trace, anatomy)))


def _windows(trace: Trace, anatomy: Anatomy) -> Iterator[Sliding]:
    for op, layer in zip(_reading(trace), anatomy.operations, strict=True):
        window = op.window
        if window is None or window.adaptive or window.transposed or layer.role == "unused":
            continue
        if len(op.output_shape) == len(op.source_shapes[0]) == len(window.kernel) + 2:
            yield Sliding(op, layer, *_without_border(trace, op))


def _reading(trace: Trace) -> Iterator[Op]:
    """The operators of ``Anatomy.operations``, in its order."""
    return (op for op in trace.ops if op.sources)


def _without_border(trace: Trace, op: Op) -> tuple[Shape, Shape]:
    size, source = op.source_shapes[0][2:], op.sources[0]
    if source != MODEL_INPUT and is_pad(trace.ops[source].name):
        bare = trace.ops[source].source_shapes[0][2:]
        return bare, tuple(after - before for before, after in zip(bare, size, strict=True))
    return size, (0,) * len(size)


def stage_number(layer: Layer) -> int | None:
    """Number of a layer's stage, from 0; ``None`` outside stages."""
    stage = layer.stage or ""
    return int(stage.removeprefix("stage")) - 1 if stage.startswith("stage") else None
