"""The marks on a page whose figures end where the forward of the model failed."""

from dataclasses import replace

from resnet_inspect.rendering.page import EMPTY, Cell, Column, Heading, Page, Part, Prose, Row, Section, Table, line
from resnet_inspect.tracing.records import Failure

_REASON: Column[object] = Column("failure", "failure", hidden=True)


def incomplete(page: Page, failure: Failure) -> Page:
    """Mark a page as ending where the forward failed: at its top, in its sums, and in its data.

    The data gets a column that repeats the reason in every row, because CSV has no place for a sentence; data without
    rows gets one row that holds only the reason.
    """
    notice = Prose((line(f"incomplete: {failure.reason}; {failure.covered}", "warn"),))
    data = page.data
    extended = None if data is None else _with_reason(data, failure.reason)
    visible = extended if data is not page.unseen and data is not None and data.rows else None
    parts = [_so_far(visible if visible and part is data else part) for part in page.parts]
    parts.insert(1 if isinstance(parts[0], Heading) else 0, notice)
    return Page(tuple(parts), main=page.main, unseen=None if visible else extended)


def _so_far(part: Part) -> Part:
    """Mark the sums below a table as incomplete."""
    if not isinstance(part, Table):
        return part
    return replace(part, footer=tuple(_marked(row) for row in part.footer))


def _marked(row: Row) -> Row:
    first, *others = row.cells
    return replace(row, cells=(replace(first, text=f"{first.text} so far"), *others))


def _with_reason(table: Table, reason: str) -> Table:
    empty = Section((Row((*(EMPTY for _ in table.columns), Cell(reason))),))
    sections = tuple(_longer(section, Cell(reason)) for section in table.sections)
    return replace(
        table,
        columns=(*table.columns, _REASON),
        sections=sections if table.rows else (empty,),
        footer=_longer(Section(table.footer), EMPTY).rows,
    )


def _longer(section: Section, last: Cell) -> Section:
    return replace(section, rows=tuple(replace(row, cells=(*row.cells, last)) for row in section.rows))
