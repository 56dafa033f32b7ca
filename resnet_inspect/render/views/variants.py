"""``variants`` as a page: the config table."""

from __future__ import annotations

from resnet_inspect.render.page import Cell, Column, Page, Prose, Row, Section, Table, line
from resnet_inspect.render.views.cells import rounded_cell
from resnet_inspect.reports.variants import VariantRow, VariantsReport, value_text
from resnet_inspect.text import counted, times

_COLUMNS = (
    Column("name", "variant"),
    Column("depth", "depth", "right"),
    Column("params", "params", "right"),
    Column("macs", "MACs", "right"),
    Column("input_size", "input", "right", hidden=True),
    Column("stage_blocks", "stage blocks"),
    Column("block", "block", keep=90),
    Column("shortcut", "shortcut", keep=80),
    Column("differs", "non-default fields", keep=70, least=28),
    Column("published", "published as", keep=60, least=40),
    Column("origin", "figures from", keep=50),
)


def variants_page(report: VariantsReport) -> Page:
    """One row per variant."""
    rows = tuple(_row(row) for row in report.variants)
    remark = "fields that are not shown have their defaults: resnet-inspect config NAME prints all of them"
    return Page(
        (
            Table(_COLUMNS, (Section(rows),)),
            Prose((line(f"{counted(len(rows), 'variant')}; {remark}", "dim"),)),
        )
    )


def _row(row: VariantRow) -> Row:
    config = row.config
    kinds = tuple(dict.fromkeys(config.stage_kinds))
    return Row(
        (
            Cell(row.name),
            Cell(str(row.depth), row.depth),
            rounded_cell(row.params),
            rounded_cell(row.macs),
            Cell(times(row.input_size), row.input_size),
            Cell(value_text(config.stage_blocks), config.stage_blocks),
            Cell(kinds[0] if len(kinds) == 1 else "mixed", ", ".join(kinds)),
            Cell(config.shortcut),
            Cell(", ".join(text.removesuffix(" = true") for text in row.differs), ", ".join(row.differs)),
            Cell(", ".join(_short(model, row.name) for model in row.published), ", ".join(row.published)),
            Cell(row.origin, tone="dim"),
        )
    )


def _short(model: str, variant: str) -> str:
    """``timm`` where its name there is the name here; of transformers' the name on the hub tells the source."""
    source, _, name = model.partition(":")
    return source if name == variant else name if "/" in name else model
