"""``blocks``: the distinct kinds of residual block in a network, where each is used, and a drawing of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap

from resnet_inspect.anatomy.records import Anatomy, Layer
from resnet_inspect.commands.blocks.kinds import DistinctBlock, block_kinds
from resnet_inspect.console.options import ModelOptions, ReportOptions
from resnet_inspect.pipeline import RunOptions, Source, examine_partly
from resnet_inspect.rendering.cells import (
    NO_BLOCKS,
    exact_cell,
    rounded,
    rounded_cell,
    shape_cell,
    shape_text,
    step_cell,
)
from resnet_inspect.rendering.page import (
    EMPTY,
    Cell,
    Column,
    Drawing,
    Heading,
    Line,
    Page,
    Part,
    Prose,
    Span,
    Tone,
    line,
    table_of,
)
from resnet_inspect.rendering.report import ModelRef, ModelReport
from resnet_inspect.shapes import Shape
from resnet_inspect.text import format_shape, pluralise
from resnet_inspect.tracing.records import Failure

_MARGIN = "   "
_GAP = 4
_ROOM = 38
"""Cells for the operations after a convolution; leaves room for the other branch in 80 columns."""

_COLUMNS: tuple[Column[tuple[int, DistinctBlock]], ...] = (
    Column("number", "", lambda row: row[0], "right"),
    Column("kind", "kind", lambda row: row[1].kind),
    Column("shortcut", "shortcut", lambda row: row[1].shortcut),
    Column("stride", "stride", lambda row: step_cell(row[1].stride, 1) if row[1].stride else EMPTY, "right"),
    Column(
        "channels_change",
        "channels",
        lambda row: Cell("change" if row[1].channels_change else "same", row[1].channels_change),
        keep=90,
    ),
    Column("count", "blocks", lambda row: exact_cell(row[1].count), "right"),
    Column("used", "used in", lambda row: "; ".join(row[1].used), hidden=True),
    Column("example", "shown", lambda row: row[1].example, keep=60),
    Column("input_shape", "in", lambda row: shape_cell(row[1].input_shape), "right", keep=65),
    Column("output_shape", "out", lambda row: shape_cell(row[1].output_shape), "right", keep=66),
    Column("params", "params", lambda row: exact_cell(row[1].params), "right", keep=50),
    Column("macs", "MACs", lambda row: rounded_cell(row[1].macs), "right", keep=50),
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

    input_shape: Shape
    kinds: tuple[DistinctBlock, ...]
    total: int
    failure: Failure | None

    def _page(self) -> Page:
        """Return a table of the kinds, then a drawing of each."""
        title = f"{pluralise(len(self.kinds), 'kind')} of block, {pluralise(self.total, 'block')}"
        numbered = tuple(enumerate(self.kinds, start=1))
        table = table_of(_COLUMNS, numbered)
        heading = Heading(self.model.name, title)
        if not numbered:
            without = () if self.failure else (Prose((line(NO_BLOCKS),)),)
            return Page((heading, *without), unseen=table)
        parts: list[Part] = [heading, table]
        for number, kind in numbered:
            parts += [Heading(f"{number}. {kind.title}"), _place(kind), Drawing(tuple(_drawing(kind)))]
        return Page(tuple(parts))


def _place(kind: DistinctBlock) -> Prose:
    cost = f"{kind.params:,} parameters, {rounded(kind.macs)} MACs"
    in_order = "some layers of its main branch are parallel; they are listed in running order"
    return Prose(
        (
            line(f"{_MARGIN}{pluralise(kind.count, 'block')}: {'; '.join(kind.used)}"),
            line(f"{_MARGIN}shown: {kind.example}, {cost}", "dim"),
            *((line(f"{_MARGIN}{in_order}"),) if kind.side_by_side else ()),
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


def _drawing(kind: DistinctBlock) -> Iterator[Line]:
    """Draw a block from input to output: main branch left, shortcut right, with solid lines for an identity."""
    main = list(_branch(kind.main, kind.attention, "│"))
    yield line(_MARGIN + shape_text(kind.input_shape))
    yield from (line(_MARGIN) + above for above in _branch(kind.shared, (), "│"))
    if kind.shortcut == "none":
        yield from (line(_MARGIN) + left for left in main)
    else:
        yield from _two_branches(main, kind)
    if kind.joined[1:] or (kind.shortcut == "none" and kind.joined):
        names = kind.joined if kind.shortcut == "none" else kind.joined[1:]
        yield line(_MARGIN + "│ ") + line(", ".join(names), "dim")
    yield line(_MARGIN + shape_text(kind.output_shape))


def _two_branches(main: Sequence[Line], kind: DistinctBlock) -> Iterator[Line]:
    solid = kind.shortcut == "identity"
    along, down = ("─", "│") if solid else ("╌", "╎")
    tone: Tone = "" if solid else "shortcut"
    right_side = list(_branch(kind.shortcut_layers, (), down, tone))
    column = max(sum(len(span.text) for span in left) for left in main) + _GAP
    yield line(_MARGIN + "├") + line(along * (column - 1) + "┐", tone)
    for left, right in zip_longest(main, right_side or [line(f"{down} {kind.shortcut}", tone)]):
        length = sum(len(span.text) for span in left) if left else 1
        yield (line(_MARGIN) + (left or line("│")) + line(" " * (column - length)) + (right or line(down, tone)))
    yield line(_MARGIN + ("⊖" if kind.joined[:1] == ("sub",) else "⊕")) + line(along * (column - 1) + "┘", tone)


def _branch(layers: Sequence[Layer], gate: Sequence[Layer], down: str, tone: Tone = "") -> Iterator[Line]:
    """Draw each convolution or pool with its window, and below it the operations up to the next one."""
    following: list[str] = []
    for layer in layers:
        if layer.kernel is not None or layer.weighted:
            yield from _after(down, following, tone)
            following = []
            yield line(f"{layer.name} ", "strong") + line(_what(layer), tone)
            yield (Span(down, tone), Span(f" {_window(layer)}→ {shape_text(layer.output_shape)}", "dim"))
        elif layer.op == "mul" and gate:
            following.append(f"× gate ({', '.join(_gate_part(part) for part in gate)})")
        else:
            following.append(str(layer.op))
    yield from _after(down, following, tone)


def _after(down: str, names: Sequence[str], tone: Tone) -> Iterator[Line]:
    """Draw the operations after a convolution, on as many lines as they need."""
    for text in wrap(", ".join(names), _ROOM):
        yield (Span(down, tone), Span(f" {text}", "dim"))


def _what(layer: Layer) -> str:
    """Return ``3×3, 64 → 128, 32 groups``, or ``max_pool2d 3×3``."""
    kernel = format_shape(layer.kernel or ())
    if not layer.weighted:
        return f"{layer.op} {kernel}{', fixed kernel' if str(layer.op).startswith('conv') else ''}"
    groups = f", {layer.groups} groups" if layer.groups and layer.groups > 1 else ""
    return f"{kernel}{', ' if kernel else ''}{layer.in_channels} → {layer.out_channels}{groups}"


def _window(layer: Layer) -> str:
    if layer.stride is None or layer.padding is None:
        return ""
    dilation = layer.dilation if layer.dilation and max(layer.dilation) > 1 else ()
    dilated = f", dilation {step_cell(dilation, 1).text}" if dilation else ""
    return f"stride {step_cell(layer.stride, 1).text}, pad {step_cell(layer.padding, 0).text}{dilated} "


def _gate_part(layer: Layer) -> str:
    return f"{layer.name} {layer.in_channels} → {layer.out_channels}" if layer.weighted else str(layer.op)
