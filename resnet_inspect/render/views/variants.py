"""``variants`` as a page: the config table."""

from __future__ import annotations

from resnet_inspect.render.page import Cell, Column, Page, Prose, Row, Section, Table, line
from resnet_inspect.render.views.cells import plural
from resnet_inspect.reports.variants import VariantRow, VariantsReport

_COLUMNS = (
    Column("name", "variant"),
    Column("block", "block"),
    Column("stage_blocks", "stage blocks"),
    Column("shortcut", "shortcut"),
    Column("differs", "what is particular"),
    Column("origin", "figures from", keep=50),
)


def variants_page(report: VariantsReport) -> Page:
    """One row per variant, in the order of the table."""
    rows = tuple(_row(row) for row in report.variants)
    remark = "fields that are not shown have their defaults: resnet-inspect config NAME prints all of them"
    return Page(
        (
            Table(_COLUMNS, (Section(rows),)),
            Prose((line(f"{plural(len(rows), 'variant')}; {remark}", "dim"),)),
        )
    )


def _row(row: VariantRow) -> Row:
    config = row.config
    return Row(
        (
            Cell(row.name),
            Cell(config.block),
            Cell(", ".join(map(str, config.stage_blocks)), config.stage_blocks),
            Cell(config.shortcut),
            Cell(", ".join(row.differs)),
            Cell(row.origin, tone="dim"),
        )
    )
