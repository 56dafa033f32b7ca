"""A line of a file, with marks under a part of it."""

from collections.abc import Sequence
from typing import Final

from resnet_inspect.rendering.page import Excerpt, Line, line
from resnet_inspect.rendering.pen import Pen, cell_width, safe, safe_ascii_drawing

_PAPER: Final = Pen()
_TAB: Final = " " * 4
_WIDEST: Final = 160
"""Cells of a line that are shown without a terminal: a config can be a single line of a megabyte."""
_NARROWEST: Final = 24


def excerpt_lines(part: Excerpt, pen: Pen = _PAPER) -> tuple[Line, Line]:
    """Return the line with its number, and the marks below it, in the width of the pen.

    A line that is too long is cut on both sides of the marked part. A tab takes four cells; control and bidi characters
    are spelled out and marked in that form.
    """
    number = f" {part.number} "
    room = max((pen.width or _WIDEST) - len(number) - 2, _NARROWEST)
    text, marks = _laid_out(part, room, pen)
    return (
        line(f"{number}│ ", "dim") + line(text),
        line(" " * len(number) + "│ ", "dim") + line(marks, part.tone),
    )


def _laid_out(part: Excerpt, room: int, pen: Pen) -> tuple[str, str]:
    text = part.text.rstrip("\r\n")
    start = min(max(part.start - 1, 0), len(text))
    # Only as much of a long line as can be shown is measured; all but a few characters take at least one cell.
    first, last = max(start - 4 * room, 0), start + 4 * room
    signs = [_shown(sign, pen) for sign in text[first:last]]
    widths = [cell_width(sign) for sign in signs]
    cut_before, cut_after = first > 0, last < len(text)
    begin, end = 0, len(signs)
    if cut_before or cut_after or sum(widths) + (start == len(text)) > room:
        begin, end = _window(widths, start - first, room - 2 * cell_width(pen.ellipsis))
    before = pen.ellipsis if cut_before or begin else ""
    after = pen.ellipsis if cut_after or end < len(signs) else ""
    marked = slice(start - first, min(max(part.end - 1 - first, start - first + 1), end))
    offset = cell_width(before) + sum(widths[begin : marked.start])
    marks = " " * offset + "^" * max(sum(widths[marked]), 1)
    return before + "".join(signs[begin:end]) + after, marks


def _shown(sign: str, pen: Pen) -> str:
    if sign == "\t":
        return _TAB
    return safe_ascii_drawing(sign) if pen.ascii_only else safe(sign)


def _window(widths: Sequence[int], start: int, room: int) -> tuple[int, int]:
    """Choose the characters to show: a third of the room before ``start``, the rest from there, and all of it used."""
    begin = start
    used = 0
    while begin > 0 and used + widths[begin - 1] <= room // 3:
        begin -= 1
        used += widths[begin]
    end = start
    while end < len(widths) and used + widths[end] <= room:
        used += widths[end]
        end += 1
    while begin > 0 and used + widths[begin - 1] <= room:
        begin -= 1
        used += widths[begin]
    return begin, end
