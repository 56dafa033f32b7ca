"""``layers`` as a page: one table, a section per stage, the sums and the counts below."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from resnet_inspect.anatomy.facts import Layer, Role, Stage
from resnet_inspect.render.page import Cell, Column, Heading, Line, Page, Prose, Row, Section, Table, Tone, line
from resnet_inspect.render.views.cells import (
    EMPTY,
    NO_STAGES,
    exact_cell,
    kernel_cell,
    rounded_cell,
    shape_cell,
    shape_text,
    step_cell,
    text_cell,
)
from resnet_inspect.reports.layers import LayersReport
from resnet_inspect.text import counted, listed

_COLUMNS = (
    Column("name", "layer"),
    Column("paper_name", "paper", keep=55),
    Column("op", "op", hidden=True),
    Column("type", "type", keep=40),
    Column("stage", "stage", hidden=True),
    Column("block", "block", hidden=True),
    Column("role", "role", keep=70),
    Column("input_shape", "in", "right", keep=60),
    Column("output_shape", "out", "right"),
    Column("kernel", "kernel", "right", keep=95),
    Column("stride", "stride", "right", keep=95),
    Column("padding", "pad", "right", keep=95),
    Column("dilation", "dilation", "right", hidden=True),
    Column("groups", "groups", "right", keep=50),
    Column("in_channels", "in channels", "right", hidden=True),
    Column("out_channels", "out channels", "right", hidden=True),
    Column("bias", "bias", hidden=True),
    Column("params", "params", "right", keep=90),
    Column("macs", "MACs", "right", keep=90),
)

_TONES: dict[Role, Tone] = {"shortcut": "shortcut", "attention": "attention", "unused": "dim"}


def layers_page(report: LayersReport) -> Page:
    """Rows in running order; a line between stages."""
    stages = {stage.name: stage for stage in (report.stem, *report.stages, report.head) if stage}
    sections = [
        Section(tuple(_row(layer) for layer in rows), _stage_title(stages.get(str(name))))
        for name, rows in groupby(report.layers, key=lambda layer: layer.stage)
    ]
    output = f" → {shape_text(report.output_shape)}" if report.output_shape else ""
    return Page(
        (
            Heading(report.model.name, f"{shape_text(report.input_shape)}{output}"),
            Table(_columns(report), tuple(sections), tuple(_footer(report))),
            Prose(tuple(_counts(report))),
        )
    )


def _columns(report: LayersReport) -> tuple[Column, ...]:
    """Dilation is shown where there is any."""
    if all(layer.dilation is None or max(layer.dilation) == 1 for layer in report.layers):
        return _COLUMNS
    shown = Column("dilation", "dilation", "right", keep=94)
    return tuple(shown if column.key == "dilation" else column for column in _COLUMNS)


def _stage_title(stage: Stage | None) -> str:
    if stage is None:
        return ""
    if not stage.blocks:
        return stage.name
    return f"{stage.title}: {counted(stage.blocks, f'{stage.kind} block')}"


def _row(layer: Layer) -> Row:
    return Row(
        (
            Cell(layer.name),
            text_cell(layer.paper_name, "dim"),
            text_cell(layer.op),
            Cell(_type(layer), layer.type, "dim"),
            text_cell(layer.stage),
            text_cell(layer.block),
            Cell(layer.role),
            shape_cell(layer.input_shape),
            shape_cell(layer.output_shape),
            kernel_cell(layer.kernel),
            step_cell(layer.stride, 1),
            step_cell(layer.padding, 0) if layer.padding and max(layer.padding) == 0 else _plain_step(layer),
            step_cell(layer.dilation, 1),
            text_cell(layer.groups),
            text_cell(layer.in_channels),
            text_cell(layer.out_channels),
            text_cell(layer.bias),
            exact_cell(layer.params),
            rounded_cell(layer.macs),
        ),
        _TONES.get(layer.role, ""),
    )


def _type(layer: Layer) -> str:
    """Class of a layer that is a module; of a functional operation, whose module does more, what it does."""
    own_module = layer.op is None or layer.name.partition("#")[0] == layer.module
    return layer.type if own_module else str(layer.op)


def _plain_step(layer: Layer) -> Cell:
    """A padding is nothing to stress: it goes with its kernel."""
    cell = step_cell(layer.padding, 0)
    return Cell(cell.text, cell.value)


def _footer(report: LayersReport) -> Iterator[Row]:
    if report.selection.partial:
        rows = report.layers
        yield _sum_row(f"selected: {len(rows)}", sum(layer.params for layer in rows), sum(layer.macs for layer in rows))
    yield _sum_row("total", report.totals.params, report.totals.macs)


def _sum_row(title: str, params: int, macs: int) -> Row:
    cells = {"name": Cell(title), "params": exact_cell(params), "macs": rounded_cell(macs)}
    return Row(tuple(cells.get(column.key, EMPTY) for column in _COLUMNS), "strong")


def _counts(report: LayersReport) -> Iterator[Line]:
    depth = report.depth
    apart = [counted(depth.shortcut, "layer") + " on shortcuts"] if depth.shortcut else []
    apart += [counted(depth.attention, "layer") + " in gates"] if depth.attention else []
    beside = f" ({', '.join(apart)})" if apart else ""
    yield line(
        f"{counted(depth.weighted, 'weighted layer')}: {counted(depth.conv, 'convolution')}, "
        f"{depth.linear} linear{beside}"
    )
    so_far = " so far" if report.failure else ""
    yield line(f"depth{so_far} ") + line(depth.formula, "strong")
    if not report.stages and not report.failure:
        yield line(NO_STAGES)
    yield line(f"{report.totals.params:,} parameters{_beside(report)}; {report.totals.macs:,} MACs{so_far}")
    if report.uncalled:
        unused = "not reached" if report.failure else "never used"
        owners = [path or "the model itself" for path in report.uncalled]
        yield line(f"{unused}: the parameters of {listed(owners, 8)}", "warn")
    if report.unmeasured:
        yield line(f"not in the MACs: the products in {listed(report.unmeasured, 8)}", "warn")


def _beside(report: LayersReport) -> str:
    """Parameters that no shown row has, where all weighted rows are shown and all are used: those of normalisations."""
    if report.selection.everything or report.selection.partial or report.uncalled:
        return ""
    rest = report.totals.params - sum(layer.params for layer in report.layers)
    return f", {rest:,} of them in normalisations and other operations" if rest else ""
