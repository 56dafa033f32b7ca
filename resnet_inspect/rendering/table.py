"""A page as text for a terminal or a pipe, with its tables laid out by hand.

``docs/explanation/dependencies.md`` says why not by rich, with a measurement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from resnet_inspect.rendering import page
from resnet_inspect.rendering.excerpt import excerpt_lines
from resnet_inspect.rendering.pen import Look, Pen, cell_width, shorten

_GAP: Final = "  "
_NARROWEST: Final = 8
"""Cells that a shortened name keeps: with fewer, names in a column look alike."""


def write(report: page.HasPage, look: Look) -> str:
    """Write the page of a report."""
    return to_text(report.page(), width=look.width, colour=look.colour, ascii_only=look.ascii_only)


def to_text(content: page.Page, *, width: int | None, colour: bool, ascii_only: bool = False) -> str:
    """Write a page as text, with a blank line between its parts.

    Args:
        content: page to write.
        width: see ``Look``.
        colour: see ``Look``.
        ascii_only: see ``Look``.

    Returns:
        Lines without trailing spaces, each with its line end; empty for an empty page.
    """
    pen = Pen(width=width, colour=colour, ascii_only=ascii_only)
    lines: list[str] = []
    attached = True
    for part in content.parts:
        block = _part_lines(part, content, pen)
        if not block:
            continue
        if not attached:
            lines.append("")
        lines += block
        attached = isinstance(part, page.Heading)
    return "".join(text + "\n" for text in lines)


def _part_lines(part: page.Part, content: page.Page, pen: Pen) -> list[str]:
    match part:
        case page.Heading():
            return pen.wrapped(_titled(part))
        case page.Prose():
            return [text for spans in part.lines for text in pen.wrapped(spans, part.hang)]
        case page.Drawing():
            return [pen.verbatim(spans) for spans in part.lines]
        case page.Excerpt():
            return [pen.verbatim(spans) for spans in excerpt_lines(part, pen)]
        case page.Group():
            return [text for inner in part.parts for text in _part_lines(inner, content, pen)]
        case page.Table():
            # CSV has only the main table; Markdown has all tables.
            return table_lines(part.for_people, pen, "--format csv" if part is content.data else "--format markdown")


def _titled(heading: page.Heading) -> page.Line:
    title = page.Span(heading.text, "strong")
    return (title, page.Span("  " + heading.note, "dim")) if heading.note else (title,)


def table_lines(table: page.Table, pen: Pen, elsewhere: str) -> list[str]:
    """Lay out a table in lines that fit the pen's width if possible.

    If it is too wide, columns are left out, lowest ``keep`` first; a line below names them. Then names are shortened in
    the middle. Numbers are never shortened: a table that is still too wide stays too wide.

    Args:
        table: table to show.
        pen: writer of its text.
        elsewhere: option that shows the columns that were left out, e.g. ``--format csv``.
    """
    header = tuple(page.Span(pen.clean(column.title), "strong") for column in table.columns)
    sections = [(section.title, _cleaned(section.rows, pen)) for section in table.sections if section.rows]
    footer = _cleaned(table.footer, pen)
    layout = _laid_out(table, [header, *(row for _, rows in sections for row in rows), *footer], pen.width)

    groups = [[layout.row(header, pen)]] if table.has_header else []
    for title, rows in sections:
        heading = pen.wrapped(page.line(title, "dim")) if title else []
        groups.append([*heading, *(layout.row(row, pen) for row in rows)])
    if footer:
        groups.append([layout.row(row, pen) for row in footer])
    lines = _ruled(groups, layout.rule(pen))
    left_out = [index for index in range(len(table.columns)) if index not in layout.shown]
    return [*lines, *_hidden([table.columns[index] for index in left_out], pen, elsewhere)]


@dataclass(frozen=True, slots=True)
class _Layout:
    """The columns that are shown, from left to right.

    Attributes:
        shown: their indices in the table.
        widths: their widths in cells.
        aligns: their alignments.
    """

    shown: tuple[int, ...]
    widths: tuple[int, ...]
    aligns: tuple[page.Align, ...]

    def rule(self, pen: Pen) -> str:
        total = _total(self.widths)
        return pen.paint(pen.rule * (total if pen.width is None else min(total, pen.width)), "dim")

    def row(self, cells: page.Line, pen: Pen) -> str:
        columns = zip(self.shown, self.widths, self.aligns, strict=True)
        return _GAP.join(_padded(cells[index], width, align, pen) for index, width, align in columns).rstrip(" ")


def _padded(cell: page.Span, width: int, align: page.Align, pen: Pen) -> str:
    text = shorten(cell.text, width, pen.ellipsis)
    padding = " " * (width - cell_width(text))
    painted = pen.paint(text, cell.tone)
    return padding + painted if align == "right" else painted + padding


def _cleaned(rows: Iterable[page.Row], pen: Pen) -> list[page.Line]:
    return [tuple(page.Span(pen.clean(cell.text), cell.tone or row.tone) for cell in row.cells) for row in rows]


def _ruled(groups: Iterable[list[str]], rule: str) -> list[str]:
    lines: list[str] = []
    for group in groups:
        lines += [rule, *group] if lines else group
    return lines


def _hidden(columns: Sequence[page.Column[Any]], pen: Pen, elsewhere: str) -> list[str]:
    if not columns:
        return []
    names = ", ".join(column.title or column.key for column in columns)
    remark = f"hidden at {pen.width} columns: {names} (wider terminal, or {elsewhere})"
    return pen.wrapped(page.line(remark, "dim"))


def _laid_out(table: page.Table, rows: Sequence[page.Line], width: int | None) -> _Layout:
    natural = [max(cell_width(cell.text) for cell in column) for column in zip(*rows, strict=True)]
    shown = list(range(len(natural)))
    widths = natural
    if width is not None and _total(natural) > width:
        shown = _columns_that_fit(table, natural, width)
        widths = _squeezed(table, natural, shown, width)
    return _Layout(
        shown=tuple(shown),
        widths=tuple(widths[index] for index in shown),
        aligns=tuple(table.columns[index].align for index in shown),
    )


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * max(len(widths) - 1, 0)


def _columns_that_fit(table: page.Table, natural: Sequence[int], width: int) -> list[int]:
    shown = list(range(len(natural)))
    droppable = [index for index in shown if table.columns[index].keep < page.ALWAYS]
    least = [min(full, column.least or full) for full, column in zip(natural, table.columns, strict=True)]
    for index in sorted(droppable, key=lambda index: (table.columns[index].keep, -index)):
        if _total([least[kept] for kept in shown]) <= width or len(shown) == 1:
            break
        shown.remove(index)
    return shown


def _squeezed(table: page.Table, natural: Sequence[int], shown: Sequence[int], width: int) -> list[int]:
    """Narrow the widest column of names, cell by cell, until the shown columns fit or no column can be narrowed."""
    widths = list(natural)
    if _total([widths[index] for index in shown]) <= width:
        return widths
    least = {
        index: min(natural[index], max(cell_width(table.columns[index].title), table.columns[index].least, _NARROWEST))
        for index in shown
        if _holds_names(table, index)
    }
    for index, narrowest in least.items():
        widths[index] = max(min(widths[index], width), narrowest)
    while _total([widths[index] for index in shown]) > width:
        giving = [index for index, narrowest in least.items() if widths[index] > narrowest]
        if not giving:
            break
        widths[max(giving, key=lambda index: widths[index])] -= 1
    return widths


def _holds_names(table: page.Table, index: int) -> bool:
    if table.columns[index].align != "left":
        return False
    values = (row.cells[index].exact for row in (*table.rows, *table.footer))
    return not any(isinstance(value, int | float | tuple | list) for value in values)
