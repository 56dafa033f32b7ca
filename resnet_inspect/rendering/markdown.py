"""A page as GitHub-flavoured Markdown."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from resnet_inspect.rendering import page
from resnet_inspect.rendering.excerpt import excerpt_lines
from resnet_inspect.rendering.pen import Look, cell_width, safe

_NO_BREAK_SPACE: Final = "\u00a0"
# GitHub takes an underscore inside a word (stage_blocks) literally, so it needs no escape.
_SPECIAL: Final = re.compile(r"[\\`*\[\]|~#$]|(?<![^\W_])_|_(?![^\W_])")
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# The starts of lines that would become a list, a rule or the underline of a heading.
_BLOCK_START: Final = re.compile(r"^(?=[-+=])|^(\d+)(?=[.)](?: |$))")
_NARROWEST: Final = 3
"""Least number of dashes in an alignment row."""


def write(report: page.HasPage, _look: Look) -> str:
    """Write the page of a report."""
    return to_markdown(report.page())


def to_markdown(content: page.Page) -> str:
    """Write all parts of a page, with tables as GitHub tables and drawings as code blocks.

    The title of a section is a row with one bold cell; the rows of a footer are bold. Tones are not shown.
    """
    blocks = [block for part in content.parts for block in _blocks(part)]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _blocks(part: page.Part) -> list[str]:
    match part:
        case page.Heading():
            note = [_escaped_line(part.note)] if part.note else []
            return [f"{'#' * part.level} {_escaped(part.text)}".rstrip(), *note]
        case page.Prose():
            return _paragraphs(part.lines)
        case page.Drawing():
            return [_fenced([safe(page.plain_text(spans)).rstrip() for spans in part.lines], part.language)]
        case page.Excerpt():
            return [_fenced([page.plain_text(spans).rstrip() for spans in excerpt_lines(part)])]
        case page.Group():
            return [block for inner in part.parts for block in _blocks(inner)]
        case page.Table():
            return [_table(part.for_people)]


def _escaped(text: str) -> str:
    """Return the Markdown source of ``text`` without the spaces around it."""
    # Made safe before it is stripped, because strip() would remove a carriage return that has to be shown.
    return _SPECIAL.sub(lambda match: "\\" + match[0], safe(text).strip().translate(_ENTITIES))


def _indented(text: str) -> str:
    """Return escaped text with leading no-break spaces: Markdown drops plain spaces, or takes four for code."""
    words = _escaped(text)
    return _NO_BREAK_SPACE * (len(text) - len(text.lstrip(" "))) + words if words else ""


def _escaped_line(text: str) -> str:
    return _BLOCK_START.sub(lambda match: (match[1] or "") + "\\", _indented(text))


def _paragraphs(lines: Iterable[page.Line]) -> list[str]:
    texts = (_escaped_line(page.plain_text(spans)) for spans in lines)
    return ["\\\n".join(paragraph) for filled, paragraph in groupby(texts, key=bool) if filled]


def _fenced(lines: Sequence[str], language: str = "text") -> str:
    longest = max((len(run) for text in lines for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence + language, *lines, fence])


def _table(table: page.Table) -> str:
    blank = [""] * (len(table.columns) - 1)
    rows = [[_escaped(column.title) for column in table.columns]]
    for section in table.sections:
        if section.rows and section.title:
            rows.append([_bold(section.title), *blank])
        rows += [[_indented(cell.text) for cell in row.cells] for row in section.rows]
    rows += [[_bold(cell.text) for cell in row.cells] for row in table.footer]

    aligns = [column.align for column in table.columns]
    widths = [max(_NARROWEST, *(cell_width(text) for text in column)) for column in zip(*rows, strict=True)]
    header, *body = [_row(texts, widths, aligns) for texts in rows]
    ruler = [
        "-" * (width - 1) + ":" if align == "right" else "-" * width
        for width, align in zip(widths, aligns, strict=True)
    ]
    return "\n".join([header, _row(ruler, widths, aligns), *body])


def _row(texts: Sequence[str], widths: Sequence[int], aligns: Sequence[page.Align]) -> str:
    fields = zip(texts, widths, aligns, strict=True)
    return f"| {' | '.join(_padded(text, width, align) for text, width, align in fields)} |"


def _padded(text: str, width: int, align: page.Align) -> str:
    padding = " " * (width - cell_width(text))
    return padding + text if align == "right" else text + padding


def _bold(text: str) -> str:
    words = _escaped(text)
    return f"**{words}**" if words else ""
