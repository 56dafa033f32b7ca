"""Operators without a stride of their own that reduce H and W: slices, interpolations, rearranged pixels."""

from collections.abc import Sequence
from typing import NamedTuple

from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.records import Op

_REARRANGING = frozenset({
    "permute", "transpose", "movedim", "t", "view", "reshape", "unflatten", "flatten",
    "as_strided", "squeeze", "unsqueeze",
})  # fmt: skip
"""Operators behind which the last axes need not be H and W; so it is with Fourier transforms."""


class _Image(NamedTuple):
    """The pixels that an operator's output is made of.

    Attributes:
        size: lengths of H and W when they were last seen.
        left: number of the operator behind which they cannot be seen; ``None`` if they are the output's last axes.
    """

    size: Shape
    left: int | None = None


def reducing_ops(ops: Sequence[Op], main: Sequence[int], last: int) -> list[int]:
    """Return the numbers of the operators of a main branch that reduce H and W, except by the stride of a window.

    Where pixels are rearranged first, as by a reshape before a mean, that operator counts. What leaves fewer pixels
    than the block does, such as a mean over the image for a context, is no part of its stride.

    Args:
        ops: all operators.
        main: numbers of the main branch.
        last: number of the last operator of the block.
    """
    given, returned = ops[main[0]].source_shapes[0], ops[last].output_shape
    if len(given) != len(returned) or len(given) < 3 or given[2:] == returned[2:]:
        return []
    images: dict[int, _Image] = {}
    found: list[int] = []
    for number in main:
        op = ops[number]
        before = _joined(op, images, len(given))
        if before is None:
            continue
        size = op.output_shape[2:]
        if op.window and not op.window.adaptive and len(size) == len(before.size):
            images[number] = _Image(size)
        elif _shows_image(op, before, given[0]):
            if any(2 * a >= 3 * b for a, b in zip(before.size, size, strict=True)) and _covers(size, returned[2:]):
                found.append(number if before.left is None else before.left)
            images[number] = _Image(size)
        else:
            images[number] = _Image(before.size, number if before.left is None else before.left)
    return found


def _joined(op: Op, images: dict[int, _Image], rank: int) -> _Image | None:
    """Return the largest image among the operands; ``None`` if there is none."""
    known = [
        images.get(source) or _Image(shape[2:])
        for source, shape in zip(op.sources, op.source_shapes, strict=True)
        if source in images or len(shape) == rank
    ]
    if not known:
        return None
    size = tuple(map(max, zip(*(image.size for image in known), strict=True)))
    return _Image(size, next((image.left for image in known if image.left is not None), None))


def _shows_image(op: Op, before: _Image, batch: int) -> bool:
    """Return whether the last axes of the output are H and W again, or still."""
    shape = op.output_shape
    if len(shape) != len(before.size) + 2 or shape[0] != batch:
        return False
    hidden = before.left is not None or op.name in _REARRANGING or "fft" in op.name
    if not hidden:
        return True
    factors = {_factor(*lengths) for lengths in zip(before.size, shape[2:], strict=True)}
    return len(factors) == 1 and None not in factors


def _factor(before: int, after: int) -> int | None:
    """Return the whole factor by which a length is reduced; ``None`` if there is none."""
    factor = (2 * before + after) // (2 * after) if after else 0
    return factor if factor and before // factor <= after <= -(-before // factor) else None


def _covers(size: Shape, other: Shape) -> bool:
    return all(a >= b for a, b in zip(size, other, strict=True))
