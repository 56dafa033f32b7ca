"""Cells and texts that several pages share: shapes, windows, exact and rounded numbers."""

from collections.abc import Sequence

from resnet_inspect.rendering.page import EMPTY, Cell, Heading, Line, Prose, Tone
from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape, per_axis

SEVERITY_TONES: dict[str, Tone] = {"error": "bad", "warning": "warn"}

NO_BLOCKS = "the data flow shows no residual blocks"
NO_STAGES = f"{NO_BLOCKS}, and so no stages"

_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


def rounded(number: int) -> str:
    """Return four significant digits and the unit: ``4.089 G``, ``118.0 M``, ``512``."""
    for size, unit in _UNITS:
        if abs(number) >= size:
            scaled = number / size
            digits = 3 if abs(scaled) < 10 else 2 if abs(scaled) < 100 else 1
            return f"{scaled:.{digits}f} {unit}"
    return str(number)


def exact_cell(number: int | None, tone: Tone = "") -> Cell:
    """Return ``25,557,032``; empty for 0 and ``None``."""
    return Cell(f"{number:,}" if number else "", number, tone)


def rounded_cell(number: int, tone: Tone = "") -> Cell:
    """Return ``4.089 G`` with the exact number as its value; empty for 0."""
    return Cell(rounded(number) if number else "", number, tone)


def shape_cell(shape: Shape | None, tone: Tone = "") -> Cell:
    """Return the shape of a tensor; the text leaves out a batch of 1."""
    return EMPTY if shape is None else Cell(shape_text(shape), shape, tone)


def shape_text(shape: Shape) -> str:
    """Return ``256×56×56`` for (1, 256, 56, 56)."""
    return format_shape(shape[1:] if len(shape) > 1 and shape[0] == 1 else shape)


def model_heading(name: str, input_shape: Shape, output_shape: Shape | None) -> Heading:
    """Return ``resnet50  3×224×224 → 1000``; without the output if the forward failed."""
    output = f" → {shape_text(output_shape)}" if output_shape else ""
    return Heading(name, f"{shape_text(input_shape)}{output}")


def kernel_cell(kernel: Shape | None) -> Cell:
    """Return ``3×3``; empty for ``None``."""
    return EMPTY if kernel is None else Cell(format_shape(kernel), kernel)


def step_cell(steps: Shape | None, usual: int) -> Cell:
    """Return a stride, padding or dilation: one number if all axes agree; strong if larger than ``usual``."""
    if steps is None:
        return EMPTY
    text = per_axis(steps)
    return Cell(text, steps, "" if max(steps, default=usual) == usual else "strong")


def share_cell(share: float) -> Cell:
    """Return ``58.6 %`` for 0.586."""
    return Cell(f"{100 * share:.1f} %", share)


def notes(lines: Sequence[Line]) -> tuple[Prose, ...]:
    """Return a paragraph; nothing if there are no lines."""
    return (Prose(tuple(lines)),) if lines else ()


def value_text(value: object) -> str:
    """Return the value of a config's field: ``true``, ``[3, 4, 6, 3]``, ``none``; for a list of lists, their number."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        nested = any(isinstance(entry, tuple) for entry in value)
        return f"{len(value)} lists" if nested else f"[{', '.join(map(str, value))}]"
    return str(value)
