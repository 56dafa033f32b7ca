"""The sliding windows of convolutions and pools, and the positions of the input that they read, computed exactly.

Window ``i`` of an axis reads, with its tap ``t`` of ``kernel``, position ``i * stride + t * dilation - padding``;
positions below 0 and from ``length`` on are padding.
"""

from collections.abc import Iterator
from typing import NamedTuple

from resnet_inspect.anatomy.names import is_pad
from resnet_inspect.anatomy.records import Anatomy, Layer, layers_by_number
from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape, per_axis
from resnet_inspect.tracing.records import MODEL_INPUT, Op, Trace


class Axis(NamedTuple):
    """One axis of a sliding window.

    Attributes:
        length: number of positions of the input.
        kernel, stride, padding, dilation: geometry of the window.
        windows: number of windows, which is the length of the output.
    """

    length: int
    kernel: int
    stride: int
    padding: int
    dilation: int
    windows: int


def windows_in(axis: Axis, *, ceil_mode: bool) -> int:
    """Return the number of windows that fit on an axis.

    Source: torch.nn.MaxPool2d; in ceil mode no window begins beyond the input and its left padding.
    """
    room = axis.length + 2 * axis.padding - axis.dilation * (axis.kernel - 1) - 1
    if not ceil_mode:
        return max(room // axis.stride + 1, 0)
    windows = -(-room // axis.stride) + 1
    return max(windows - ((windows - 1) * axis.stride >= axis.length + axis.padding), 0)


def unread_borders(axis: Axis) -> tuple[int, int]:
    """Return the numbers of positions before the first and after the last one that a window reads."""
    first, last = axis.length, -1
    for tap in range(axis.kernel):
        start = tap * axis.dilation - axis.padding
        lowest, highest = _inside(axis, start)
        if lowest <= highest:
            first = min(first, start + lowest * axis.stride)
            last = max(last, start + highest * axis.stride)
    return (first, axis.length - 1 - last) if last >= 0 else (0, axis.length)


def positions_read(axis: Axis) -> int:
    """Return the number of positions that at least one window reads."""
    read: set[int] = set()
    for tap in range(axis.kernel):
        start = tap * axis.dilation - axis.padding
        lowest, highest = _inside(axis, start)
        read.update(range(start + lowest * axis.stride, start + highest * axis.stride + 1, axis.stride))
    return len(read)


def taps_inside(axis: Axis) -> int:
    """Return how many of the ``kernel * windows`` taps read the input; the others read padding."""
    bounds = (_inside(axis, tap * axis.dilation - axis.padding) for tap in range(axis.kernel))
    return sum(max(highest - lowest + 1, 0) for lowest, highest in bounds)


def _inside(axis: Axis, start: int) -> tuple[int, int]:
    """Return the first and last window whose tap reads the input, given its start in window 0; crossed if none does."""
    lowest = max(0, -(start // axis.stride))
    highest = min(axis.windows - 1, (axis.length - 1 - start) // axis.stride)
    return lowest, highest


class Sliding(NamedTuple):
    """A layer whose window slides over its input: a convolution or a pool, on any path to the output.

    Attributes:
        op, layer: the operator in the trace and in the anatomy.
        size: (h, w) of its input, without a border that the operator before it added.
        border: numbers of rows and columns of that border, both sides together.
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
        """The axes; the border counts as part of the input."""
        layer = self.layer
        window = (layer.kernel or (), layer.stride or (), layer.padding or (), layer.dilation or ())
        return tuple(map(Axis, layer.input_shape[2:], *window, layer.output_shape[2:]))

    def output_of(self, size: Shape) -> Shape:
        """Return the output size (h, w) for another input size without border."""
        layer = self.layer
        return tuple(
            windows_in(axis._replace(length=length + border), ceil_mode=layer.ceil_mode)
            for axis, length, border in zip(self.axes, size, self.border, strict=True)
        )

    @property
    def output(self) -> str:
        """The output size, ``56×56``."""
        return format_shape(self.layer.output_shape[2:])

    @property
    def geometry(self) -> str:
        """The geometry, ``3×3, stride 2, padding 1``."""
        layer = self.layer
        parts = [f"{format_shape(layer.kernel or ())}, stride {per_axis(self.stride)}"]
        if max(layer.kernel or (1,)) > 1:
            border = f" and a border of {per_axis(self.border)}" if any(self.border) else ""
            parts.append(f"padding {per_axis(layer.padding or ())}{border}")
        if max(layer.dilation or (1,)) > 1:
            parts.append(f"dilation {per_axis(layer.dilation or ())}")
        return ", ".join(parts)


def sliding_windows(trace: Trace, anatomy: Anatomy) -> Iterator[Sliding]:
    """Yield every sliding window of a successful run, in running order."""
    for number, layer in layers_by_number(trace, anatomy).items():
        op = trace.ops[number]
        window = op.window
        if window is None or window.adaptive or window.transposed or layer.role == "unused":
            continue
        if len(op.output_shape) == len(op.source_shapes[0]) == len(window.kernel) + 2:
            yield Sliding(op, layer, *_without_border(trace, op))


def _without_border(trace: Trace, op: Op) -> tuple[Shape, Shape]:
    size, source = op.source_shapes[0][2:], op.sources[0]
    if source != MODEL_INPUT and is_pad(trace.ops[source].name):
        bare = trace.ops[source].source_shapes[0][2:]
        return bare, tuple(after - before for before, after in zip(bare, size, strict=True))
    return size, (0,) * len(size)


def stage_number(layer: Layer) -> int | None:
    """Return the number of a layer's stage, from 0; ``None`` outside stages."""
    stage = layer.stage or ""
    return int(stage.removeprefix("stage")) - 1 if stage.startswith("stage") else None
