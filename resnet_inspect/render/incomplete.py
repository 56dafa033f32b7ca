"""The page of a report whose model did not run to its end: it says so and why, whatever the report and the format."""

from __future__ import annotations

from dataclasses import replace

from resnet_inspect.render.page import Cell, Column, Heading, Page, Part, Prose, Row, Section, Table, line
from resnet_inspect.trace.records import Failure

_REASON = Column("failure", "failure", hidden=True)
_NOTHING = Cell("", None)


def incomplete(page: Page, failure: Failure) -> Page:
    """Say of a page that it ends where the forward failed: in a sentence at its top, in its sums, and in its data.

    The data gets a column with the reason in every row, since CSV has no place for a sentence; where there are no rows,
    a row that holds nothing else.
    """
    reason = f"the forward failed {failure.where}: {failure.cause}"
    notice = Prose((line(f"incomplete: {reason}; this is what ran up to there", "warn"),))
    data = page.data
    extended = None if data is None else _with_reason(data, reason)
    visible = extended if data is not page.unseen and data is not None and data.rows else None
    parts = [_so_far(visible if visible and part is data else part) for part in page.parts]
    parts.insert(1 if isinstance(parts[0], Heading) else 0, notice)
    return Page(tuple(parts), main=page.main, unseen=None if visible else extended)


def _so_far(part: Part) -> Part:
    """Mark the sums below a table."""
    if not isinstance(part, Table):
        return part
    return replace(part, footer=tuple(_marked(row) for row in part.footer))


def _marked(row: Row) -> Row:
    first, *others = row.cells
    return replace(row, cells=(replace(first, text=f"{first.text} so far"), *others))


def _with_reason(table: Table, reason: str) -> Table:
    empty = Section((Row((*(_NOTHING for _ in table.columns), Cell(reason))),))
    sections = tuple(_longer(section, Cell(reason)) for section in table.sections)
    return replace(
        table,
        columns=(*table.columns, _REASON),
        sections=sections if table.rows else (empty,),
        footer=_longer(Section(table.footer), _NOTHING).rows,
    )


def _longer(section: Section, last: Cell) -> Section:
    return replace(section, rows=tuple(replace(row, cells=(*row.cells, last)) for row in section.rows))
