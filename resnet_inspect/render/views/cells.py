"""Cells that the views share: shapes, windows, exact and rounded numbers."""

from __future__ import annotations

from collections.abc import Sequence

from resnet_inspect.render.page import Cell, Line, Prose, Tone
from resnet_inspect.shapes import Shape
from resnet_inspect.text import per_axis, times

EMPTY = Cell("", None)

NO_BLOCKS = "the data flow shows no residual blocks"
NO_STAGES = f"{NO_BLOCKS}, and so no stages"

_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


def rounded(number: int) -> str:
    """``4.089 G``, ``118.0 M``, ``512``: four figures and the unit."""
    for size, unit in _UNITS:
        if abs(number) >= size:
            scaled = number / size
            digits = 3 if abs(scaled) < 10 else 2 if abs(scaled) < 100 else 1
            return f"{scaled:.{digits}f} {unit}"
    return str(number)


def exact_cell(number: int | None, tone: Tone = "") -> Cell:
    """``25,557,032``; empty for 0 and for nothing, where a table has mostly zeros."""
    return Cell(f"{number:,}" if number else "", number, tone)


def rounded_cell(number: int, tone: Tone = "") -> Cell:
    """``4.089 G`` for people, the exact number for machines; empty for 0."""
    return Cell(rounded(number) if number else "", number, tone)


def shape_cell(shape: Shape | None, tone: Tone = "") -> Cell:
    """A tensor's shape; a batch of 1 goes without saying."""
    if shape is None:
        return EMPTY
    return Cell(shape_text(shape), shape, tone)


def shape_text(shape: Shape) -> str:
    """``256×56×56`` for (1, 256, 56, 56)."""
    return times(shape[1:] if len(shape) > 1 and shape[0] == 1 else shape)


def kernel_cell(kernel: Shape | None) -> Cell:
    """``3×3``."""
    return EMPTY if kernel is None else Cell(times(kernel), kernel)


def step_cell(steps: Shape | None, usual: int) -> Cell:
    """A stride, padding or dilation: one number where all axes agree; strong where it is not the usual one."""
    if steps is None:
        return EMPTY
    text = per_axis(steps)
    return Cell(text, steps, "" if max(steps, default=usual) == usual else "strong")


def text_cell(text: object, tone: Tone = "") -> Cell:
    """A word; empty for nothing."""
    return EMPTY if text is None else Cell(str(text), text, tone)


def percent(share: float) -> str:
    """``58.6 %``."""
    return f"{100 * share:.1f} %"


def notes(lines: Sequence[Line]) -> tuple[Prose, ...]:
    """A paragraph, or nothing for no lines."""
    return (Prose(tuple(lines)),) if lines else ()
