"""Receptive field and total stride of every operator, by the recurrence r' = r + (k - 1) * d * j, j' = j * s.

It is valid for windows that shrink the image or keep its size. After an operator that enlarges the image, or moves or
mixes pixels in another way, both are unknown, even if such a branch is joined with one whose field is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from resnet_inspect.anatomy.names import is_pad
from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.records import MODEL_INPUT, Op, Window


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """The receptive field of one output pixel.

    Attributes:
        size: (h, w) input pixels that it depends on; ``None``: the whole input; empty: unknown.
        jump: (h, w) input pixels from one output pixel to the next; ``None`` if unknown.
    """

    size: Shape | None
    jump: Shape | None


_WHOLE = ReceptiveField(None, None)
UNKNOWN_FIELD = ReceptiveField((), None)

_MIXING = frozenset({"linear", "matmul", "mm", "bmm", "addmm", "baddbmm", "scaled_dot_product_attention", "cumsum"})
_MOVING = frozenset({"permute", "transpose", "flip", "roll"})
"""With ``_MIXING``: operators whose output may have the same size as their input, but other pixels."""

_PICKING = frozenset({"slice", "select", "index", "index_select", "gather"})
_RESHAPING = frozenset({"view", "reshape", "unflatten"})


def receptive_fields(ops: Sequence[Op], reading: Sequence[int], axes: int) -> dict[int, ReceptiveField]:
    """Return number -> receptive field, for the operators ``reading`` data; images have that many spatial ``axes``."""
    found = {MODEL_INPUT: ReceptiveField((1,) * axes, (1,) * axes)}
    for number in reading:
        op = ops[number]
        seen = [found[source] for source in op.sources]
        found[number] = _behind(op, seen[0] if len(seen) == 1 else _joined(op, seen, axes), axes)
    return found


def _joined(op: Op, seen: Sequence[ReceptiveField], axes: int) -> ReceptiveField:
    """Return the receptive field of all operands together."""
    if op.generated:
        seen = seen[:1]  # like gates, the data that its weight is made from are not counted
    elif op.name == "mul":
        seen = _without_gates(op, seen, axes)
    first = seen[0]
    if len(seen) == 1 or (first.jump and all(field is first or field == first for field in seen)):
        return first
    if any(field.size == () for field in seen):
        return UNKNOWN_FIELD
    if any(field.size is None for field in seen):
        return _WHOLE
    jumps = {field.jump for field in seen if field.jump}
    if len(jumps) != 1:
        return UNKNOWN_FIELD
    (jump,) = jumps
    fields = [field.size for field in seen if field.size and field.jump]
    widest = tuple(max(lengths) for lengths in zip(*fields, strict=True))
    slices = [field.size for field in seen if field.size and not field.jump]
    covered = all(one > other for part in slices for one, other in zip(widest, part, strict=True))
    # A slice of an image that a wider branch reads too is assumed to begin at the first pixel, as in shortcuts.
    return ReceptiveField(widest, jump) if covered else UNKNOWN_FIELD


def _without_gates(op: Op, seen: Sequence[ReceptiveField], axes: int) -> Sequence[ReceptiveField]:
    """Return the fields without those of gates: operands that see the whole input, or are broadcast over the pixels."""
    size = op.output_shape[-axes:]
    others = [
        field
        for field, shape in zip(seen, op.source_shapes, strict=True)
        if field.size is not None and shape[-axes:] == size
    ]
    return others or seen


def _behind(op: Op, seen: ReceptiveField, axes: int) -> ReceptiveField:
    if not seen.size:
        return seen
    if op.window is not None:
        return _behind_window(op, op.window, seen, axes)
    if _keeps_pixels(op, axes):
        return seen
    if op.name in _PICKING:
        return ReceptiveField(seen.size, None) if len(op.output_shape) == axes + 2 else UNKNOWN_FIELD
    return _WHOLE if _reads_all_pixels(op, axes) else UNKNOWN_FIELD


def _behind_window(op: Op, window: Window, seen: ReceptiveField, axes: int) -> ReceptiveField:
    if window.adaptive and set(op.output_shape[2:]) == {1} and len(window.kernel) == axes:
        return _WHOLE
    if window.transposed or len(window.kernel) != axes or (window.adaptive and not _has_equal_windows(op)):
        return UNKNOWN_FIELD
    if seen.jump is None:
        return seen if set(window.kernel) == {1} else UNKNOWN_FIELD
    return _widened(seen.size or (), seen.jump, window.kernel, window.dilation, window.stride)


@lru_cache(maxsize=4096)  # a network repeats the same few windows
def _widened(size: Shape, jump: Shape, kernel: Shape, dilation: Shape, stride: Shape) -> ReceptiveField:
    spans = ((one - 1) * gap for one, gap in zip(kernel, dilation, strict=True))
    return ReceptiveField(
        tuple(length + span * step for length, span, step in zip(size, spans, jump, strict=True)),
        tuple(step * times for step, times in zip(jump, stride, strict=True)),
    )


def _has_equal_windows(op: Op) -> bool:
    """Return whether the windows of an adaptive pool are all equal."""
    sizes = zip(op.source_shapes[0][2:], op.output_shape[2:], strict=True)
    return all(after and before % after == 0 for before, after in sizes)


def _keeps_pixels(op: Op, axes: int) -> bool:
    """Return whether each output pixel depends only on the input pixel at the same position.

    A slice that leaves one row or column does not count: its shape does not tell the step.
    """
    name, after = op.name, op.output_shape
    if name in _MIXING or name in _MOVING or (name == "slice" and 1 in after[-axes:]):
        return False
    if len(after) == axes + 2:
        if after == op.source_shapes[0]:
            return True
        alike = any(shape[2:] == after[2:] for shape in op.source_shapes if len(shape) == axes + 2)
        if alike or is_pad(name):
            return True
    # Groups of channels may have an axis of their own: stacked, weighted, summed again.
    kept = axes if name in _RESHAPING else axes + 1
    return len(after) >= axes + 2 and any(shape[-kept:] == after[-kept:] for shape in op.source_shapes)


def _reads_all_pixels(op: Op, axes: int) -> bool:
    """Return whether the output has one pixel per image, or none: an average, or all pixels flattened."""
    before, after = op.source_shapes[0], op.output_shape
    one = len(after) <= 2 or (len(after) == axes + 2 and set(after[2:]) == {1})
    return one and (not after or after[0] == before[0])
