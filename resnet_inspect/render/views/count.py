"""``count`` as a page: the sum, where its terms come from, what is left out, and whether the name agrees."""

from __future__ import annotations

from collections.abc import Iterator

from resnet_inspect.render.page import Cell, Column, Heading, Line, Page, Prose, Row, Section, Table, line
from resnet_inspect.render.views.cells import EMPTY, exact_cell, text_cell
from resnet_inspect.reports.count import CountReport, CountRow

_COLUMNS = (
    Column("stage", "part"),
    Column("paper_name", "paper"),
    Column("blocks", "blocks", "right", hidden=True),
    Column("text", "made of"),
    Column("counted", "counted", "right"),
    Column("shortcut", "on shortcuts", "right"),
    Column("attention", "in gates", "right", keep=90),
)


def count_page(report: CountReport) -> Page:
    """The sum first: it is what was asked."""
    heading = Heading(report.model.name, "depth")
    table = Table(_columns(report), (Section(tuple(_row(row) for row in report.rows)),), (_footer(report),))
    if report.failure and not report.depth.weighted:
        return Page((heading,), unseen=table)
    formula = Prose((line(f"  {report.depth.formula}", "strong"),))
    return Page((heading, formula, table, Prose(tuple(_words(report)))))


def _columns(report: CountReport) -> tuple[Column, ...]:
    """Gates have a column of their own only where there are any."""
    if report.depth.attention:
        return _COLUMNS
    return (*_COLUMNS[:-1], Column("attention", "in gates", "right", hidden=True))


def _row(row: CountRow) -> Row:
    return Row(
        (
            text_cell(row.stage),
            text_cell(row.paper_name),
            exact_cell(row.blocks),
            Cell(row.text),
            exact_cell(row.counted),
            exact_cell(row.shortcut, "shortcut"),
            exact_cell(row.attention, "attention"),
        )
    )


def _footer(report: CountReport) -> Row:
    depth = report.depth
    return Row(
        (
            Cell("sum"),
            EMPTY,
            EMPTY,
            EMPTY,
            exact_cell(depth.depth),
            exact_cell(depth.shortcut),
            exact_cell(depth.attention),
        ),
        "strong",
    )


def _words(report: CountReport) -> Iterator[Line]:
    for sentence in report.explanation:
        yield line(sentence)
    if report.agrees and not report.reasons:
        yield line(f"the name agrees: {report.number}", "good")
    for reason in report.reasons:
        yield line(reason, "" if report.agrees else "warn")
