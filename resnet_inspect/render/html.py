"""A page as a fragment of HTML, for notebooks: self-contained, and readable on light and dark pages."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Final

from resnet_inspect.render.excerpt import excerpt_lines
from resnet_inspect.render.page import (
    Column,
    Drawing,
    Excerpt,
    Group,
    Heading,
    Line,
    Page,
    Part,
    Prose,
    Row,
    Section,
    Table,
    Tone,
)
from resnet_inspect.render.safe import safe

# Colours of middle lightness, at least 3.5 : 1 against both white and #1e1e1e.
_STYLES: Final[dict[Tone, str]] = {
    "dim": "opacity:.65",
    "strong": "font-weight:bold",
    "accent": "color:#0b8a99",
    "shortcut": "color:#b565c4",
    "attention": "color:#b27a00",
    "added": "color:#2e9048",
    "removed": "color:#d9534f",
    "good": "color:#2e9048",
    "warn": "color:#b27a00;font-weight:bold",
    "bad": "color:#d9534f;font-weight:bold",
}
_RULE: Final = "border-top:1px solid rgba(128,128,128,.5)"
_PROSE: Final = "white-space:pre-wrap"
# Notebooks align every cell to the right and collapse its spaces, unless the cell itself says otherwise.
_CELL: Final = "white-space:pre;text-align:"


def to_html(page: Page) -> str:
    """Write all parts of a page, whole, in one ``<div class="resnet-inspect">`` of well-formed HTML.

    Every tone is a class (``tone-added``) beside its inline style, so that a page can have its own.
    """
    parts = "\n".join(_part(part) for part in page.parts)
    return f'<div class="resnet-inspect">\n{parts}\n</div>\n'


def _part(part: Part) -> str:
    match part:
        case Heading():
            note = f" <small>{_text(part.note, 'dim')}</small>" if part.note else ""
            return f"<h3>{_text(part.text)}{note}</h3>"
        case Prose():
            return f'<p style="{_PROSE}">{_lines(part.lines)}</p>'
        case Drawing():
            return _preformatted(part.lines)
        case Excerpt():
            return _preformatted(excerpt_lines(part))
        case Group():
            return "\n".join(_part(inner) for inner in part.parts)
        case Table():
            return _table(part.for_people)


def _preformatted(lines: Iterable[Line]) -> str:
    return f'<pre style="line-height:1.2">{_lines(lines)}</pre>'


def _text(text: str, tone: Tone = "") -> str:
    escaped = html.escape(safe(text))
    return f'<span class="tone-{tone}" style="{_STYLES[tone]}">{escaped}</span>' if tone else escaped


def _lines(lines: Iterable[Line]) -> str:
    return "\n".join("".join(_text(span.text, span.tone) for span in spans) for spans in lines)


def _table(table: Table) -> str:
    groups = [_header(table)] if table.has_header else []
    groups += [_section(section, table.columns) for section in table.sections if section.rows]
    if table.footer:
        rows = "".join(_row(row, table.columns, "th") for row in table.footer)
        groups.append(f'<tfoot style="{_RULE}">\n{rows}</tfoot>')
    return '<table style="border-collapse:collapse">\n' + "\n".join(groups) + "\n</table>"


def _header(table: Table) -> str:
    titles = "".join(_cell("th", column, _text(column.title)) for column in table.columns)
    return f"<thead>\n<tr>{titles}</tr>\n</thead>"


def _section(section: Section, columns: tuple[Column, ...]) -> str:
    title = ""
    if section.title:
        title = (
            f'<tr><th colspan="{len(columns)}" scope="rowgroup" style="{_CELL}left">'
            f"{_text(section.title, 'dim')}</th></tr>\n"
        )
    rows = "".join(_row(row, columns, "td") for row in section.rows)
    return f'<tbody style="{_RULE}">\n{title}{rows}</tbody>'


def _row(row: Row, columns: tuple[Column, ...], tag: str) -> str:
    cells = (
        _cell(tag, column, _text(cell.text, cell.tone or row.tone))
        for column, cell in zip(columns, row.cells, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>\n"


def _cell(tag: str, column: Column, content: str) -> str:
    return f'<{tag} style="{_CELL}{column.align}">{content}</{tag}>'
