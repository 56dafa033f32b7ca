"""A page as HTML: a document for a browser, or a fragment for a notebook.

A document has a stylesheet for light and dark schemes. A fragment has only inline styles: notebooks drop stylesheets
from untrusted outputs, and a stylesheet that is kept applies to all outputs.
"""

import html
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Final

from resnet_inspect.rendering import page
from resnet_inspect.rendering.excerpt import excerpt_lines
from resnet_inspect.rendering.html_style import ELEMENT_STYLES, STYLESHEET
from resnet_inspect.rendering.pen import Look, safe

_LONG: Final = 40
"""Length from which the text of a cell is wrapped."""


def write(report: page.HasPage, _look: Look) -> str:
    """Write the page of a report as a document."""
    return to_html(report.page(), report.command)


def to_html(content: page.Page, command: str) -> str:
    """Write all parts of a page as a document that needs no other file and runs no script.

    Args:
        content: page to write.
        command: command that made it, e.g. ``layers``; part of the title, and the heading of a page without one.
    """
    program = f"resnet-inspect {command}"
    match content.parts:
        case (page.Heading() as first, *_):
            title, parts = f"{first.text} – {program}", content.parts
        case _:
            title, parts = program, (page.Heading(program, content.summary), *content.parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{_escaped(title)}</title>\n<style>\n{STYLESHEET}</style>\n</head>\n"
        f"<body>\n<main>\n{_Document().written(parts)}\n</main>\n</body>\n</html>\n"
    )


def to_fragment(content: page.Page) -> str:
    """Write all parts of a page in one ``<div class="resnet-inspect">`` with inline styles."""
    return f'<div class="resnet-inspect">\n{_Fragment().written(content.parts)}\n</div>\n'


def _escaped(text: str) -> str:
    return html.escape(safe(text))


class _Fragment:
    """Writer of elements with inline styles."""

    _scrolls = ""
    """Attribute that lets the keyboard scroll an element wider than its page; notebooks scroll their outputs."""

    def written(self, parts: Sequence[page.Part]) -> str:
        """Write parts from top to bottom."""
        sections = accumulate(int(isinstance(part, page.Heading)) for part in parts)
        return "\n".join(map(self._part, parts, sections))

    def _part(self, part: page.Part, section: int) -> str:
        """Write one part; ``section`` counts the headings so far."""
        match part:
            case page.Heading():
                return self._heading(part, section)
            case page.Table():
                return self._table(part.for_people, section)
            case page.Group():
                blocks = "\n".join(self._block(inner, "tight") for inner in part.parts)
                return f"<div{self._looks('group')}>\n{blocks}\n</div>"
            case _:
                return self._block(part)

    def _looks(self, *names: str, own: str = "") -> str:
        """Return the attributes that give an element these styles; later ones override earlier ones."""
        declarations = ";".join(
            [*(ELEMENT_STYLES[name].declarations for name in names if name), *([own] if own else [])]
        )
        return f' style="{declarations}"' if declarations else ""

    def _heading(self, heading: page.Heading, section: int) -> str:
        del section
        return f"<h3>{self._title(heading)}</h3>"

    def _title(self, heading: page.Heading) -> str:
        note = f" <small{self._looks('dim')}>{_escaped(heading.note)}</small>" if heading.note else ""
        return f"{_escaped(heading.text)}{note}"

    def _block(self, part: page.Prose | page.Drawing | page.Excerpt, *looks: str) -> str:
        match part:
            case page.Prose():
                return self._prose(part, *looks)
            case page.Drawing():
                return self._preformatted(part.lines, *looks)
            case page.Excerpt():
                return self._preformatted(excerpt_lines(part), *looks)

    def _prose(self, prose: page.Prose, *looks: str) -> str:
        indents = [_indent(spans) + prose.hang for spans in prose.lines]
        if not any(indents):
            return f"<p{self._looks('prose', *looks)}>{self._lines(prose.lines)}</p>"
        # Indents are in cells, and wrapped text is aligned with the text of its line.
        hanging = [
            f"<span{self._looks('line', own=_hanging(indent))}>{self._line(spans)}</span>"
            for spans, indent in zip(prose.lines, indents, strict=True)
        ]
        return f"<p{self._looks('code', *looks)}>" + "\n".join(hanging) + "</p>"

    def _preformatted(self, lines: Iterable[page.Line], *looks: str) -> str:
        text = self._lines(lines)
        swallowed = "\n" if text.startswith("\n") else ""  # a browser ignores a line end at the start
        return f"<pre{self._looks('code', 'drawing', *looks)}{self._scrolls}>{swallowed}{text}</pre>"

    def _lines(self, lines: Iterable[page.Line]) -> str:
        return "\n".join(map(self._line, lines))

    def _line(self, spans: page.Line) -> str:
        return "".join(
            f"<span{self._looks(span.tone)}>{_escaped(span.text)}</span>" if span.tone else _escaped(span.text)
            for span in spans
        )

    def _table(self, table: page.Table, section: int) -> str:
        del section
        groups = [self._header(table.columns)] if table.has_header else []
        groups += [self._section(rows, table.columns) for rows in table.sections if rows.rows]
        if table.footer:
            rows = "".join(self._row(row, table.columns) for row in table.footer)
            groups.append(f"<tfoot{self._looks('section')}>\n{rows}</tfoot>")
        return f"<table{self._looks('table')}>\n" + "\n".join(groups) + "\n</table>"

    def _header(self, columns: Sequence[page.Column[Any]]) -> str:
        cells = "".join(self._cell(column, page.Cell(column.title), "col") for column in columns)
        return f"<thead>\n<tr>{cells}</tr>\n</thead>"

    def _section(self, section: page.Section, columns: Sequence[page.Column[Any]]) -> str:
        title = ""
        if section.title:
            attributes = f'colspan="{len(columns)}" scope="rowgroup"{self._looks("cell", "left", "dim")}'
            title = f"<tr><th {attributes}>{_escaped(section.title)}</th></tr>\n"
        rows = "".join(self._row(row, columns) for row in section.rows)
        return f"<tbody{self._looks('section')}>\n{title}{rows}</tbody>"

    def _row(self, row: page.Row, columns: Sequence[page.Column[Any]]) -> str:
        cells = "".join(
            self._cell(column, cell, "" if index else "row", row.tone)
            for index, (column, cell) in enumerate(zip(columns, row.cells, strict=True))
        )
        return f"<tr>{cells}</tr>\n"

    def _cell(self, column: page.Column[Any], cell: page.Cell, scope: str, tone: page.Tone = "") -> str:
        """Write a cell; one with a scope is the header of its column or row."""
        if not cell.text:
            return "<td></td>"
        tag, attribute = ("th", f' scope="{scope}"') if scope else ("td", "")
        shape = "right" if column.align == "right" else "long" if len(cell.text) >= _LONG else "left"
        looks = self._looks("cell", shape, "row" if scope == "row" else "", cell.tone or tone)
        return f"<{tag}{attribute}{looks}>{_escaped(cell.text)}</{tag}>"


class _Document(_Fragment):
    """Writer of elements with classes for the stylesheet of a document."""

    _scrolls = ' tabindex="0"'

    def _looks(self, *names: str, own: str = "") -> str:
        classes = " ".join(name for name in names if name and not ELEMENT_STYLES[name].selector)
        return (f' class="{classes}"' if classes else "") + (f' style="{own}"' if own else "")

    def _heading(self, heading: page.Heading, section: int) -> str:
        level = 1 if section == 1 else 2
        return f'<h{level} id="{_identity(section)}">{self._title(heading)}</h{level}>'

    def _table(self, table: page.Table, section: int) -> str:
        label = f'role="group" aria-labelledby="{_identity(section)}"'
        return f'<div class="scroll" {label}{self._scrolls}>\n{super()._table(table, section)}\n</div>'


def _identity(section: int) -> str:
    return f"section-{section}"


def _hanging(indent: int) -> str:
    return f"padding-left:{indent}ch;text-indent:-{indent}ch" if indent else ""


def _indent(spans: page.Line) -> int:
    text = page.plain_text(spans)
    return len(text) - len(text.lstrip(" "))
