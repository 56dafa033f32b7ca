"""``stages``: the paper's Table 1, completed with what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from resnet_inspect.anatomy.irregular import irregularities
from resnet_inspect.anatomy.records import Anatomy, Layer, Stage, Totals
from resnet_inspect.anatomy.sizes import SizeStep, observations, size_steps, spreads
from resnet_inspect.console.options import ModelOptions, ReportOptions
from resnet_inspect.pipeline import RunOptions, Source, examine_partly
from resnet_inspect.rendering import cells
from resnet_inspect.rendering.page import EMPTY, Cell, Column, Heading, Page, Prose, Table, line, table_of
from resnet_inspect.rendering.report import ModelRef, ModelReport
from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape, per_axis
from resnet_inspect.tracing.records import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow(Stage):
    """The stem, a stage or the head, as a row of the completed Table 1.

    Attributes:
        layers: weighted layers on the main branch of the first block (in stem and head, all), in Table 1's notation:
            ``1×1, 64``.
        strided: names of all strided layers, shortcuts included: ``layer2.0.conv2``.
        strided_text: places of the strided layers, for people: ``block 1: conv2 3×3, shortcut``.
        padding: kernels larger than 1×1, each with its padding: ``3×3: 1``.
        params_share, macs_share: fractions of the model's totals, from 0 to 1.
    """

    layers: tuple[str, ...]
    strided: tuple[str, ...]
    strided_text: str
    padding: tuple[str, ...]
    params_share: float
    macs_share: float


_ROW = {
    "fields": (
        "name", "paper_name", "blocks", "kind", "layers", "output_shape", "stride", "strided", "strided_text",
        "padding", "params", "macs", "params_share", "macs_share", "receptive_field", "total_stride",
    )
}  # fmt: skip
"""Metadata of the rows: JSON has their fields in the order of the columns."""


@dataclass(frozen=True, slots=True)
class Table1Row:
    """A row of the paper's Table 1. Its conv1 ends before the max pool, which it lists in conv2_x.

    Attributes:
        name, paper_name, blocks, layers, output_shape, stride: as in ``StageRow``; of the stem or of its pool.
    """

    name: str
    paper_name: str
    blocks: int
    layers: tuple[str, ...]
    output_shape: Shape
    stride: Shape


def _square_cell(sizes: Shape | None, otherwise: str) -> Cell:
    if not sizes:
        return Cell(otherwise if sizes is None else "unknown", sizes)
    return Cell(per_axis(sizes), sizes)


_STAGE: Column[Any] = Column("name", "stage", lambda row: row.name)

_TABLE_1: tuple[Column[Any], ...] = (
    _STAGE,
    Column("paper_name", "paper", lambda row: row.paper_name, keep=96),
    Column("blocks", "blocks", lambda row: cells.exact_cell(row.blocks), "right", keep=95),
    Column(
        "layers",
        "layers of a block",
        lambda row: Cell(" · ".join(row.layers), "; ".join(row.layers)),
        keep=90,
        least=20,
    ),
    Column("output_shape", "out", lambda row: cells.shape_cell(row.output_shape), "right"),
    Column("stride", "stride", lambda row: cells.step_cell(row.stride, 1) if row.stride else EMPTY, "right", keep=85),
)

_COSTS: tuple[Column[StageRow], ...] = (
    Column("kind", "kind", lambda row: row.kind, keep=60),
    Column("params", "params", lambda row: cells.exact_cell(row.params), "right", keep=90),
    Column("params_share", "of params", lambda row: cells.share_cell(row.params_share), "right", keep=70),
    Column("macs", "MACs", lambda row: cells.rounded_cell(row.macs), "right", keep=95),
    Column("macs_share", "of MACs", lambda row: cells.share_cell(row.macs_share), "right", keep=75),
    Column("receptive_field", "rec. field", lambda row: _square_cell(row.receptive_field, "whole"), "right", keep=50),
)

_STRIDES: tuple[Column[StageRow], ...] = (
    Column("strided", "strided", lambda row: Cell("", " ".join(row.strided)), hidden=True),
    Column("strided_text", "stride is on", lambda row: row.strided_text, keep=95, least=20),
    Column("padding", "padding", lambda row: "; ".join(row.padding), keep=60),
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
        table_1: rows of the paper's Table 1.
        failure: failure of the forward, if it failed.
    """

    schema = "resnet-inspect/stages/1"
    command = "stages"

    input_shape: Shape
    output_shape: Shape | None
    rows: tuple[StageRow, ...] = field(metadata=_ROW)
    sizes: tuple[SizeStep, ...]
    observations: tuple[str, ...]
    totals: Totals
    table_1: tuple[Table1Row, ...] = field(metadata={"json": False})
    failure: Failure | None

    def _page(self) -> Page:
        """Return Table 1, the costs, then strides and the arithmetic of the sizes."""
        sums = {
            "name": "total",
            "params": cells.exact_cell(self.totals.params),
            "macs": cells.rounded_cell(self.totals.macs),
        }
        costs, strides = table_of((_STAGE, *_COSTS), self.rows, footer=[sums]), table_of((_STAGE, *_STRIDES), self.rows)
        change = "change" if any(step.by_resampling for step in self.sizes) else "shrink"
        counted = "blocks are counted from 1" if any(row.blocks and row.strided for row in self.rows) else ""
        return Page(
            (
                cells.model_heading(self.model.name, self.input_shape, self.output_shape),
                *((table_of(_TABLE_1, self.table_1), costs) if self.rows else (self._without_stages(),)),
                *((Heading(f"how H and W {change}", counted),) if self.sizes else ()),
                *((strides,) if self.rows else ()),
                *((_sizes(self.sizes),) if self.sizes else ()),
                *cells.notes([line(observation) for observation in self.observations]),
            ),
            unseen=table_of((*_TABLE_1, *_COSTS, *_STRIDES), self.rows),
        )

    def _without_stages(self) -> Prose:
        """Return the sums, and why there is no table, unless the forward failed before a possible stage."""
        so_far = " so far" if self.failure else ""
        sums = line(f"{self.totals.params:,} parameters, {cells.rounded(self.totals.macs)} MACs{so_far}")
        return Prose((sums,) if self.failure else (line(cells.NO_STAGES), sums))


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
        table_1=tuple(row for part in anatomy.parts for row in _table_1(part, anatomy)),
    )


def _table_1(stage: Stage, anatomy: Anatomy) -> Iterator[Table1Row]:
    """Yield a row; for a stem that ends in a pool, one before it and one for it, which belongs to the next stage."""
    layers = [layer for layer in anatomy.layers if layer.stage == stage.name]
    row = Table1Row(stage.name, stage.paper_name, stage.blocks, _first(layers), stage.output_shape, stage.stride)
    last = max((at for at, layer in enumerate(layers) if layer.weighted), default=-1)
    pools = layers[last + 1 :]
    if row.name != "stem" or last < 0 or not pools or len({pool.paper_name for pool in layers[last:]}) != 2:
        yield row
        return
    size, step = pools[0].input_shape, layers[last].total_stride or ()
    names = tuple(f"{format_shape(pool.kernel or ())} {_pool_name(pool)}" for pool in pools)
    rest = tuple(after // before for after, before in zip(stage.total_stride or (), step, strict=False))
    yield replace(row, output_shape=size, stride=step)
    yield replace(row, paper_name=pools[0].paper_name, layers=names, stride=rest)


def _row(stage: Stage, anatomy: Anatomy) -> StageRow:
    layers = [layer for layer in anatomy.layers if layer.stage == stage.name]
    strided = [layer for layer in layers if layer.strided]
    return StageRow(
        **asdict(stage),
        layers=_first(layers),
        strided=tuple(layer.name for layer in strided),
        strided_text=_where(strided),
        padding=tuple(dict.fromkeys(_padding(layer) for layer in layers if spreads(layer))),
        params_share=stage.params / anatomy.totals.params if anatomy.totals.params else 0.0,
        macs_share=stage.macs / anatomy.totals.macs if anatomy.totals.macs else 0.0,
    )


def _first(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Return the layers of the main branch of the first block, or all of a stem or head, as Table 1 writes them."""
    inside = [
        layer for layer in layers if layer.weighted and layer.role in {"stem", "main", "head"} and not layer.block
    ]
    return tuple(map(_in_table_1, inside))


def _pool_name(layer: Layer) -> str:
    kinds = {"max": "max pool", "avg": "average pool"}
    return next((words for word, words in kinds.items() if word in str(layer.op)), "blur")


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
