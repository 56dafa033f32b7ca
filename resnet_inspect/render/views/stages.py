"""``stages`` as a page: the completed Table 1, how H and W shrink, what the trace shows."""

from __future__ import annotations

from resnet_inspect.render.page import Cell, Column, Heading, Page, Prose, Row, Section, Table, line
from resnet_inspect.render.views.cells import (
    EMPTY,
    NO_STAGES,
    exact_cell,
    notes,
    percent,
    rounded,
    rounded_cell,
    shape_cell,
    shape_text,
    step_cell,
    text_cell,
)
from resnet_inspect.reports.sizes import SizeStep
from resnet_inspect.reports.stages import StageRow, StagesReport
from resnet_inspect.shapes import Shape
from resnet_inspect.text import per_axis

_COLUMNS = (
    Column("name", "stage"),
    Column("paper_name", "paper", keep=96),
    Column("blocks", "blocks", "right", keep=95),
    Column("kind", "kind", keep=80),
    Column("layers", "layers of a block", keep=45),
    Column("output_shape", "out", "right"),
    Column("stride", "stride", "right", keep=75),
    Column("strided", "strided", hidden=True),
    Column("strided_text", "stride is on", keep=92),
    Column("padding", "padding", keep=60),
    Column("params", "params", "right", keep=84),
    Column("params_share", "of params", "right", keep=40),
    Column("macs", "MACs", "right", keep=85),
    Column("macs_share", "of MACs", "right", keep=72),
    Column("receptive_field", "rec. field", "right", keep=50),
    Column("total_stride", "total stride", "right", keep=55),
)


def stages_page(report: StagesReport) -> Page:
    """Stem, stages and head; below, the arithmetic of the sizes."""
    output = f" → {shape_text(report.output_shape)}" if report.output_shape else ""
    change = "change" if any(step.by_resampling for step in report.sizes) else "shrink"
    sizes = (Heading(f"how H and W {change}"), _sizes(report.sizes)) if report.sizes else ()
    rows = tuple(_row(row) for row in report.rows)
    table = Table(_COLUMNS, (Section(rows),), (_footer(report),), continues=True)
    return Page(
        (
            Heading(report.model.name, f"{shape_text(report.input_shape)}{output}"),
            table if rows else _without_stages(report),
            *sizes,
            *notes([line(observation) for observation in report.observations]),
        ),
        unseen=None if rows else table,
    )


def _without_stages(report: StagesReport) -> Prose:
    """The sums, and why there is no table; a forward that failed may have had stages ahead."""
    so_far = " so far" if report.failure else ""
    sums = line(f"{report.totals.params:,} parameters, {rounded(report.totals.macs)} MACs{so_far}")
    return Prose((sums,) if report.failure else (line(NO_STAGES), sums))


def _row(row: StageRow) -> Row:
    return Row(
        (
            Cell(row.name),
            text_cell(row.paper_name),
            exact_cell(row.blocks),
            text_cell(row.kind),
            Cell(" · ".join(row.layers), "; ".join(row.layers)),
            shape_cell(row.output_shape),
            step_cell(row.stride, 1) if row.stride else EMPTY,
            Cell("", " ".join(row.strided)),
            text_cell(row.strided_text),
            Cell("; ".join(row.padding)),
            exact_cell(row.params),
            Cell(percent(row.params_share), row.params_share),
            rounded_cell(row.macs),
            Cell(percent(row.macs_share), row.macs_share),
            _square_cell(row.receptive_field, "whole"),
            _square_cell(row.total_stride, ""),
        )
    )


def _square_cell(sizes: Shape | None, otherwise: str) -> Cell:
    if not sizes:
        return Cell(otherwise if sizes is None else "unknown", sizes)
    return Cell(per_axis(sizes), sizes)


def _footer(report: StagesReport) -> Row:
    blocks = sum(row.blocks for row in report.rows)
    cells = {
        "name": Cell("total"),
        "blocks": exact_cell(blocks),
        "params": exact_cell(report.totals.params),
        "macs": rounded_cell(report.totals.macs),
    }
    return Row(tuple(cells.get(column.key, EMPTY) for column in _COLUMNS), "strong")


def _sizes(steps: tuple[SizeStep, ...]) -> Table:
    several = any("," not in step.axis for step in steps)
    columns = (Column("layer", ""), *((Column("axis", ""),) if several else ()), Column("formula", ""))
    rows = [
        Row(
            (
                Cell(step.layer),
                *((Cell(step.axis),) if several else ()),
                Cell(step.formula, tone="" if step.by_stride or step.by_border or step.by_resampling else "warn"),
            )
        )
        for step in steps
    ]
    return Table(columns, (Section(tuple(rows)),))
