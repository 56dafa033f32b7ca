"""Receptive field and total stride of every operator, by the recurrence r' = r + (k - 1) * d * j, j' = j * s.

It holds for windows that shrink the image or keep its size. What enlarges, moves or mixes pixels in another way leaves
them unknown, and so does every join with it: what one branch is known to see is not all that a sum depends on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resnet_inspect.anatomy.naming import is_pad
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import MODEL_INPUT, Op, Window


@dataclass(frozen=True, slots=True)
class Reach:
    """What one output pixel sees.

    Attributes:
        field: (h, w) input pixels that it depends on; ``None``: the whole input; empty: unknown.
        jump: (h, w) input pixels from one output pixel to the next; ``None`` where windows do not tell it.
    """

    field: Shape | None
    jump: Shape | None


_WHOLE = Reach(None, None)
_UNKNOWN = Reach((), None)

_MIXING = frozenset({"linear", "matmul", "mm", "bmm", "addmm", "baddbmm", "scaled_dot_product_attention", "cumsum"})
_MOVING = frozenset({"permute", "transpose", "flip", "roll"})
"""With ``_MIXING``: what may give a tensor of the same size, of other pixels."""

_PICKING = frozenset({"slice", "select", "index", "index_select", "gather"})
_RESHAPING = frozenset({"view", "reshape", "_unsafe_view", "_reshape_alias", "unflatten"})


def reaches(ops: Sequence[Op], reading: Sequence[int], axes: int) -> dict[int, Reach]:
    """Number -> reach, for the operators ``reading`` data; the image has that many ``axes``."""
    found = {MODEL_INPUT: Reach((1,) * axes, (1,) * axes)}
    for number in reading:
        op = ops[number]
        seen = [found[source] for source in op.sources]
        found[number] = _after(op, seen[0] if len(seen) == 1 else _together(op, seen, axes), axes)
    return found


def _together(op: Op, seen: Sequence[Reach], axes: int) -> Reach:
    """What the operands see, all of them."""
    if op.generated:
        seen = seen[:1]  # as of gates, what its weight is made from is left aside
    elif op.name == "mul":
        seen = _without_gates(op, seen, axes)
    first = seen[0]
    if len(seen) == 1 or (first.jump and all(reach is first or reach == first for reach in seen)):
        return first
    if any(reach.field == () for reach in seen):
        return _UNKNOWN
    if any(reach.field is None for reach in seen):
        return _WHOLE
    jumps = {reach.jump for reach in seen if reach.jump}
    if len(jumps) != 1:
        return _UNKNOWN
    (jump,) = jumps
    fields = [reach.field for reach in seen if reach.field and reach.jump]
    widest = tuple(max(lengths) for lengths in zip(*fields, strict=True))
    slices = [reach.field for reach in seen if reach.field and not reach.jump]
    covered = all(one > other for part in slices for one, other in zip(widest, part, strict=True))
    # A slice of the same image as a wider branch is taken to begin at the first pixel, as those of shortcuts do.
    return Reach(widest, jump) if covered else _UNKNOWN


def _without_gates(op: Op, seen: Sequence[Reach], axes: int) -> Sequence[Reach]:
    """What a gate averages is left aside: an operand that sees everything, or is spread over the pixels."""
    size = op.output_shape[-axes:]
    gated = [
        reach
        for reach, shape in zip(seen, op.source_shapes, strict=True)
        if reach.field is not None and shape[-axes:] == size
    ]
    return gated or seen


def _after(op: Op, seen: Reach, axes: int) -> Reach:
    if not seen.field:
        return seen
    if op.window is not None:
        return _through(op, op.window, seen, axes)
    if _keeps_pixels(op, axes):
        return seen
    if op.name in _PICKING:
        return Reach(seen.field, None) if len(op.output_shape) == axes + 2 else _UNKNOWN
    return _WHOLE if _is_of_all_pixels(op, axes) else _UNKNOWN


def _through(op: Op, window: Window, seen: Reach, axes: int) -> Reach:
    if window.adaptive and set(op.output_shape[2:]) == {1} and len(window.kernel) == axes:
        return _WHOLE
    if window.transposed or len(window.kernel) != axes or (window.adaptive and not _divides(op)):
        return _UNKNOWN
    if seen.jump is None:
        return seen if set(window.kernel) == {1} else _UNKNOWN
    return Reach(
        tuple(
            field + (kernel - 1) * dilation * jump
            for field, kernel, dilation, jump in zip(
                seen.field or (), window.kernel, window.dilation, seen.jump, strict=True
            )
        ),
        tuple(jump * stride for jump, stride in zip(seen.jump, window.stride, strict=True)),
    )


def _divides(op: Op) -> bool:
    """Whether the windows of an adaptive pool are all alike."""
    sizes = zip(op.source_shapes[0][2:], op.output_shape[2:], strict=True)
    return all(after and before % after == 0 for before, after in sizes)


def _keeps_pixels(op: Op, axes: int) -> bool:
    """Whether each pixel is made of the one at its place; of a single pixel, a slice in any steps leaves that one."""
    name, after = op.name, op.output_shape
    if name in _MIXING or name in _MOVING or (name == "slice" and 1 in after[-axes:]):
        return False
    if len(after) == axes + 2:
        if after == op.source_shapes[0]:
            return True
        alike = any(shape[2:] == after[2:] for shape in op.source_shapes if len(shape) == axes + 2)
        if alike or is_pad(name):
            return True
    # Channels in groups have an axis of their own: stacked, weighed, summed again.
    kept = axes if name in _RESHAPING else axes + 1
    return len(after) >= axes + 2 and any(shape[-kept:] == after[-kept:] for shape in op.source_shapes)


def _is_of_all_pixels(op: Op, axes: int) -> bool:
    """Whether what is left of each image has no pixels, or a single one: an average, or all of them in a row."""
    before, after = op.source_shapes[0], op.output_shape
    one = len(after) <= 2 or (len(after) == axes + 2 and set(after[2:]) == {1})
    return one and (not after or after[0] == before[0])
