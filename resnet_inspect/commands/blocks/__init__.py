"""``blocks``: the distinct kinds of residual block in a network, where each is used, and a drawing of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from resnet_inspect.anatomy.records import Anatomy
from resnet_inspect.commands.blocks.drawing import MARGIN, drawing
from resnet_inspect.commands.blocks.kinds import DistinctBlock, block_kinds
from resnet_inspect.console.options import ModelOptions, ReportOptions
from resnet_inspect.pipeline import RunOptions, Source, examine_partly
from resnet_inspect.rendering.cells import NO_BLOCKS, exact_cell, rounded, rounded_cell, shape_cell, step_cell
from resnet_inspect.rendering.page import EMPTY, Cell, Column, Drawing, Heading, Page, Part, Prose, line, table_of
from resnet_inspect.rendering.report import ModelRef, ModelReport
from resnet_inspect.shapes import Shape
from resnet_inspect.text import pluralise
from resnet_inspect.tracing.records import Failure


class _Numbered(NamedTuple):
    """A kind of block and its number on the page, from 1."""

    number: int
    block: DistinctBlock


_COLUMNS: tuple[Column[_Numbered], ...] = (
    Column("number", "", lambda row: row.number, "right"),
    Column("kind", "kind", lambda row: row.block.kind),
    Column("shortcut", "shortcut", lambda row: row.block.shortcut),
    Column("stride", "stride", lambda row: step_cell(row.block.stride, 1) if row.block.stride else EMPTY, "right"),
    Column(
        "channels_change",
        "channels",
        lambda row: Cell("change" if row.block.channels_change else "same", row.block.channels_change),
        keep=90,
    ),
    Column("count", "blocks", lambda row: exact_cell(row.block.count), "right"),
    Column("used", "used in", lambda row: "; ".join(row.block.used), hidden=True),
    Column("example", "shown", lambda row: row.block.example, keep=60),
    Column("input_shape", "in", lambda row: shape_cell(row.block.input_shape), "right", keep=65),
    Column("output_shape", "out", lambda row: shape_cell(row.block.output_shape), "right", keep=66),
    Column("params", "params", lambda row: exact_cell(row.block.params), "right", keep=50),
    Column("macs", "MACs", lambda row: rounded_cell(row.block.macs), "right", keep=50),
)


@dataclass(frozen=True, repr=False)
class BlocksReport(ModelReport):
    """The kinds of block of a model.

    Attributes:
        input_shape: shape of the input, batch included.
        kinds: kinds of block, in order of first use.
        total: number of blocks.
        failure: failure of the forward, if it failed.
    """

    schema = "resnet-inspect/blocks/1"
    command = "blocks"

    input_shape: Shape
    kinds: tuple[DistinctBlock, ...]
    total: int
    failure: Failure | None

    def _page(self) -> Page:
        """Return a table of the kinds, then a drawing of each."""
        title = f"{pluralise(len(self.kinds), 'kind')} of block, {pluralise(self.total, 'block')}"
        numbered = [_Numbered(number, kind) for number, kind in enumerate(self.kinds, start=1)]
        table = table_of(_COLUMNS, numbered)
        heading = Heading(self.model.name, title)
        if not numbered:
            without = () if self.failure else (Prose((line(NO_BLOCKS),)),)
            return Page((heading, *without), unseen=table)
        parts: list[Part] = [heading, table]
        for number, kind in numbered:
            parts += [Heading(f"{number}. {kind.title}"), _place(kind), Drawing(tuple(drawing(kind)))]
        return Page(tuple(parts))


def _place(kind: DistinctBlock) -> Prose:
    cost = f"{kind.params:,} parameters, {rounded(kind.macs)} MACs"
    in_order = "some layers of its main branch are parallel; they are listed in running order"
    return Prose(
        (
            line(f"{MARGIN}{pluralise(kind.count, 'block')}: {'; '.join(kind.used)}"),
            line(f"{MARGIN}shown: {kind.example}, {cost}", "dim"),
            *((line(f"{MARGIN}{in_order}"),) if kind.side_by_side else ()),
        )
    )


def blocks(source: Source, run: RunOptions = RunOptions()) -> BlocksReport:
    """List the kinds of block of a model.

    Args:
        source: a variant, a path, a dict, a config, or a module.
        run: options for running it.

    Returns:
        Each kind, and where it is used. If the forward failed, blocks end there, and a ``PartialRunWarning`` is issued.

    Raises:
        RequestError: if there is no such model, or an option of ``run`` does not apply to it.
    """
    subject = examine_partly(source, run)
    return blocks_report(subject.model, subject.anatomy)


def blocks_report(model: ModelRef, anatomy: Anatomy) -> BlocksReport:
    """Make the report."""
    return BlocksReport(model, anatomy.input_shape, block_kinds(anatomy), len(anatomy.blocks), anatomy.failure)


def command(model: ModelOptions, output: ReportOptions) -> int:
    """Write the report of ``blocks``."""
    return output.write(blocks(model.model, model.run))
