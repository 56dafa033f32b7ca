"""``stages``: the paper's Table 1, completed with what it leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from resnet_inspect.anatomy.irregular import irregularities
from resnet_inspect.anatomy.records import Anatomy, Layer, Stage, Totals
from resnet_inspect.anatomy.sizes import SizeStep, observations, size_steps, spreads
from resnet_inspect.console.options import ModelOptions, ReportOptions
from resnet_inspect.pipeline import RunOptions, Source, examine_partly
from resnet_inspect.rendering.cells import (
    NO_STAGES,
    exact_cell,
    model_heading,
    notes,
    percent,
    rounded,
    rounded_cell,
    shape_cell,
    step_cell,
)
from resnet_inspect.rendering.page import EMPTY, Cell, Column, Heading, Page, Prose, Table, line, table_of
from resnet_inspect.rendering.report import ModelRef, ModelReport
from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape, per_axis
from resnet_inspect.tracing.records import Failure


@dataclass(frozen=True, slots=True)
class StageRow:
    """The stem, a stage or the head, as a row of the completed Table 1.

    Attributes:
        name, paper_name, blocks, kind, output_shape, params, macs, receptive_field, total_stride: see ``Stage``.
        layers: weighted layers on the main branch of the first block (in stem and head, all), in Table 1's notation:
            ``1×1, 64``.
        stride: factors by which (h, w) shrink; empty if they grow, or if there are none.
        strided: names of all strided layers, shortcuts included: ``layer2.0.conv2``.
        strided_text: places of the strided layers, for people: ``block 1: conv2 3×3, shortcut``.
        padding: kernels larger than 1×1, each with its padding: ``3×3: 1``.
        params_share, macs_share: fractions of the model's totals, from 0 to 1.
    """

    name: str
    paper_name: str
    blocks: int
    kind: str
    layers: tuple[str, ...]
    output_shape: Shape
    stride: Shape
    strided: tuple[str, ...]
    strided_text: str
    padding: tuple[str, ...]
    params: int
    macs: int
    params_share: float
    macs_share: float
    receptive_field: Shape | None
    total_stride: Shape | None


def _square_cell(sizes: Shape | None, otherwise: str) -> Cell:
    if not sizes:
        return Cell(otherwise if sizes is None else "unknown", sizes)
    return Cell(per_axis(sizes), sizes)


_COLUMNS: tuple[Column[StageRow], ...] = (
    Column("name", "stage", lambda row: row.name),
    Column("paper_name", "paper", lambda row: row.paper_name, keep=96),
    Column("blocks", "blocks", lambda row: exact_cell(row.blocks), "right", keep=95),
    Column("kind", "kind", lambda row: row.kind, keep=80),
    Column("layers", "layers of a block", lambda row: Cell(" · ".join(row.layers), "; ".join(row.layers)), keep=45),
    Column("output_shape", "out", lambda row: shape_cell(row.output_shape), "right"),
    Column("stride", "stride", lambda row: step_cell(row.stride, 1) if row.stride else EMPTY, "right", keep=75),
    Column("strided", "strided", lambda row: Cell("", " ".join(row.strided)), hidden=True),
    Column("strided_text", "stride is on", lambda row: row.strided_text, keep=92),
    Column("padding", "padding", lambda row: "; ".join(row.padding), keep=60),
    Column("params", "params", lambda row: exact_cell(row.params), "right", keep=84),
    Column(
        "params_share", "of params", lambda row: Cell(percent(row.params_share), row.params_share), "right", keep=40
    ),
    Column("macs", "MACs", lambda row: rounded_cell(row.macs), "right", keep=85),
    Column("macs_share", "of MACs", lambda row: Cell(percent(row.macs_share), row.macs_share), "right", keep=72),
    Column("receptive_field", "rec. field", lambda row: _square_cell(row.receptive_field, "whole"), "right", keep=50),
    Column("total_stride", "total stride", lambda row: _square_cell(row.total_stride, ""), "right", keep=55),
)


@dataclass(frozen=True, repr=False)
class StagesReport(ModelReport):
    """The stages of a model.

    Attributes:
        input_shape: shape of the input, batch included.
        output_shape: shape of the output, batch included; ``None`` if the forward failed.
        rows: stem, stages and head.
        sizes: changes of H and W on the main path, in running order.
        observations: sentences about strides, padding, and blocks that do not form a sequence.
        totals: sums of the model.
        failure: failure of the forward, if it failed.
    """

    schema = "resnet-inspect/stages/1"

    input_shape: Shape
    output_shape: Shape | None
    rows: tuple[StageRow, ...]
    sizes: tuple[SizeStep, ...]
    observations: tuple[str, ...]
    totals: Totals
    failure: Failure | None

    def _page(self) -> Page:
        """Return the table of stem, stages and head, then the arithmetic of the sizes."""
        change = "change" if any(step.by_resampling for step in self.sizes) else "shrink"
        sizes = (Heading(f"how H and W {change}"), _sizes(self.sizes)) if self.sizes else ()
        sums = {
            "name": "total",
            "blocks": exact_cell(sum(row.blocks for row in self.rows)),
            "params": exact_cell(self.totals.params),
            "macs": rounded_cell(self.totals.macs),
        }
        table = table_of(_COLUMNS, self.rows, footer=[sums], continues=True)
        return Page(
            (
                model_heading(self.model.name, self.input_shape, self.output_shape),
                table if self.rows else self._without_stages(),
                *sizes,
                *notes([line(observation) for observation in self.observations]),
            ),
            unseen=None if self.rows else table,
        )

    def _without_stages(self) -> Prose:
        """Return the sums, and why there is no table, unless the forward failed before a possible stage."""
        so_far = " so far" if self.failure else ""
        sums = line(f"{self.totals.params:,} parameters, {rounded(self.totals.macs)} MACs{so_far}")
        return Prose((sums,) if self.failure else (line(NO_STAGES), sums))


def stages(source: Source, run: RunOptions = RunOptions()) -> StagesReport:
    """List the stages of a model, and how H and W change.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: options for running it.

    Returns:
        The paper's Table 1, completed. If the forward failed, it ends there, and a ``PartialRunWarning`` is issued.

    Raises:
        RequestError: if there is no such model, or an option of ``run`` does not apply to it.
    """
    subject = examine_partly(source, run)
    return stages_report(subject.model, subject.anatomy)


def command(model: ModelOptions, output: ReportOptions) -> int:
    """Write the report of ``stages``."""
    return output.write(stages(model.model, model.run))


def stages_report(model: ModelRef, anatomy: Anatomy) -> StagesReport:
    """Make the report."""
    sizes = size_steps(anatomy)
    return StagesReport(
        model=model,
        input_shape=anatomy.input_shape,
        output_shape=anatomy.output_shape,
        rows=tuple(_row(part, anatomy) for part in anatomy.parts),
        sizes=sizes,
        observations=(*observations(anatomy, sizes), *irregularities(anatomy)),
        totals=anatomy.totals,
        failure=anatomy.failure,
    )


def _row(stage: Stage, anatomy: Anatomy) -> StageRow:
    layers = [layer for layer in anatomy.layers if layer.stage == stage.name]
    strided = [layer for layer in layers if layer.strided]
    first = [layer for layer in layers if layer.weighted and layer.role in {"stem", "main", "head"} and not layer.block]
    return StageRow(
        name=stage.name,
        paper_name=stage.paper_name,
        blocks=stage.blocks,
        kind=stage.kind,
        layers=tuple(_in_table_1(layer) for layer in first),
        output_shape=stage.output_shape,
        stride=stage.stride,
        strided=tuple(layer.name for layer in strided),
        strided_text=_where(strided),
        padding=tuple(dict.fromkeys(_padding(layer) for layer in layers if spreads(layer))),
        params=stage.params,
        macs=stage.macs,
        params_share=stage.params / anatomy.totals.params if anatomy.totals.params else 0.0,
        macs_share=stage.macs / anatomy.totals.macs if anatomy.totals.macs else 0.0,
        receptive_field=stage.receptive_field,
        total_stride=stage.total_stride,
    )


def _in_table_1(layer: Layer) -> str:
    """Return ``3×3, 64``, ``3×3, 128, 32 groups``, or ``1000-d`` for a linear layer."""
    if layer.kernel is None:
        return f"{layer.out_channels}-d"
    groups = f", {layer.groups} groups" if layer.groups and layer.groups > 1 else ""
    return f"{format_shape(layer.kernel)}, {layer.out_channels}{groups}"


def _padding(layer: Layer) -> str:
    return f"{format_shape(layer.kernel or ())}: {per_axis(layer.padding or ())}"


def _where(strided: Sequence[Layer]) -> str:
    """Return the blocks, counted from 1, and the layers in them: ``block 1: conv2 3×3, shortcut``."""
    places = [
        "shortcut" if layer.role == "shortcut" else f"{_last_name(layer.name)} {format_shape(layer.kernel or ())}"
        for layer in strided
    ]
    blocks = sorted({layer.block + 1 for layer in strided if layer.block is not None})
    where = f"block{'s' if len(blocks) > 1 else ''} {', '.join(map(str, blocks))}: " if blocks else ""
    return where + ", ".join(dict.fromkeys(places))


def _last_name(path: str) -> str:
    """Return ``conv2`` of ``layer2.0.conv2``, and ``conv1.0`` of ``stem.conv1.0``."""
    parts = path.split(".")
    return ".".join(parts[-2:]) if parts[-1].isdigit() else parts[-1]


def _sizes(steps: tuple[SizeStep, ...]) -> Table:
    columns: list[Column[SizeStep]] = [
        Column("layer", "", lambda step: step.layer),
        Column("axis", "", lambda step: step.axis),
        Column("formula", "", _formula_cell),
    ]
    if not any("," not in step.axis for step in steps):
        del columns[1]
    return table_of(columns, steps)


def _formula_cell(step: SizeStep) -> Cell:
    meant = step.by_stride or step.by_border or step.by_resampling
    return Cell(step.formula, tone="" if meant else "warn")
