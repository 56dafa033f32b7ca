"""Receptive field and total stride of every operator, by the recurrence r' = r + (k - 1) * d * j, j' = j * s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resnet_inspect.anatomy.naming import is_pad
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import MODEL_INPUT, Op


@dataclass(frozen=True, slots=True)
class Reach:
    """What one output pixel sees.

    Attributes:
        field: (h, w) input pixels that it depends on.
        jump: (h, w) input pixels from one output pixel to the next.
    """

    field: Shape
    jump: Shape


def reaches(ops: Sequence[Op], alive: Sequence[int], axes: int) -> dict[int, Reach | None]:
    """Number -> reach; ``None`` where it is the whole input, or where windows alone do not tell it."""
    found: dict[int, Reach | None] = {MODEL_INPUT: Reach((1,) * axes, (1,) * axes)}
    for number in alive:
        found[number] = _after(ops[number], [found.get(source) for source in ops[number].sources], axes)
    return found


def _widest(known: Sequence[Reach]) -> Reach:
    """What several branches see together; they meet at the same stride."""
    return Reach(tuple(max(sizes) for sizes in zip(*(reach.field for reach in known), strict=True)), known[0].jump)


def _keeps_size(op: Op, axes: int) -> bool:
    """Whether H and W are those of an operand; of a single pixel, a slice in steps of any size leaves that pixel."""
    size = op.output_shape[2:]
    if op.name == "slice" and 1 in size:
        return False
    return any(shape[2:] == size for shape in op.source_shapes if len(shape) == axes + 2)


def _after(op: Op, before: list[Reach | None], axes: int) -> Reach | None:
    known = [reach for reach in before if reach is not None]
    if not known:
        return None
    widest = known[0] if len(known) == 1 else _widest(known)
    window = op.window
    if window is None:
        if is_pad(op.name) and len(op.output_shape) == axes + 2:
            return widest
        return widest if len(op.output_shape) == axes + 2 and _keeps_size(op, axes) else None
    if window.adaptive or window.transposed or len(window.kernel) != axes:
        return None
    return Reach(
        tuple(
            field + (kernel - 1) * dilation * jump
            for field, kernel, dilation, jump in zip(
                widest.field, window.kernel, window.dilation, widest.jump, strict=True
            )
        ),
        tuple(jump * stride for jump, stride in zip(widest.jump, window.stride, strict=True)),
    )
