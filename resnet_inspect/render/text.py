"""A page as text, for a terminal or a pipe."""

from __future__ import annotations

from resnet_inspect.render.excerpt import excerpt_lines
from resnet_inspect.render.page import Drawing, Excerpt, Group, Heading, Line, Page, Part, Prose, Span, Table
from resnet_inspect.render.pen import Pen
from resnet_inspect.render.text_table import table_lines


def to_text(page: Page, *, width: int | None, colour: bool, ascii_only: bool = False) -> str:
    r"""Write a page as text, a blank line between its parts.

    Args:
        page: what to write.
        width: cells per line of the terminal; ``None`` for a pipe, where everything is whole: nothing is
            wrapped, cut or left out.
        colour: whether to use ANSI colours; without, there is no escape sequence in the text.
        ascii_only: for streams whose encoding is not UTF-8: signs become look-alikes (``→`` is ``->``), and
            whatever else is not ASCII ``\uXXXX``.

    Returns:
        Lines without trailing spaces, the last one ended too; empty for an empty page.
    """
    pen = Pen(width=width, colour=colour, ascii_only=ascii_only)
    lines: list[str] = []
    attached = True
    for part in page.parts:
        block = _part_lines(part, page, pen)
        if not block:
            continue
        if not attached:
            lines.append("")
        lines += block
        attached = isinstance(part, Heading)
    return "".join(text + "\n" for text in lines)


def _part_lines(part: Part, page: Page, pen: Pen) -> list[str]:
    match part:
        case Heading():
            return pen.wrapped(_titled(part))
        case Prose():
            return [text for spans in part.lines for text in pen.wrapped(spans, part.hang)]
        case Drawing():
            return [pen.verbatim(spans) for spans in part.lines]
        case Excerpt():
            return [pen.verbatim(spans) for spans in excerpt_lines(part, pen)]
        case Group():
            return [text for inner in part.parts for text in _part_lines(inner, page, pen)]
        case Table():
            # Csv writes the main table alone; markdown has them all, whole.
            return table_lines(part.for_people, pen, "--format csv" if part is page.data else "--format markdown")


def _titled(heading: Heading) -> Line:
    title = Span(heading.text, "strong")
    return (title, Span("  " + heading.note, "dim")) if heading.note else (title,)
