"""``blocks`` as a page: the kinds of block in a table, then each one drawn with both branches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap

from resnet_inspect.render.page import (
    Cell,
    Column,
    Drawing,
    Heading,
    Line,
    Page,
    Part,
    Prose,
    Row,
    Section,
    Span,
    Table,
    Tone,
    line,
)
from resnet_inspect.render.views.cells import (
    EMPTY,
    NO_BLOCKS,
    exact_cell,
    rounded,
    rounded_cell,
    shape_cell,
    shape_text,
    step_cell,
)
from resnet_inspect.reports.blocks import BlockKind, BlockLayer, BlocksReport
from resnet_inspect.text import counted, times

_COLUMNS = (
    Column("number", "", "right"),
    Column("kind", "kind"),
    Column("shortcut", "shortcut"),
    Column("stride", "stride", "right"),
    Column("channels_change", "channels", keep=90),
    Column("count", "blocks", "right"),
    Column("used", "used in", hidden=True),
    Column("example", "shown", keep=60),
    Column("input_shape", "in", "right", keep=65),
    Column("output_shape", "out", "right", keep=66),
    Column("params", "params", "right", keep=50),
    Column("macs", "MACs", "right", keep=50),
)

_MARGIN = "   "
_GAP = 4
_ROOM = 38


def blocks_page(report: BlocksReport) -> Page:
    """A table of the kinds, in order of first use, then a drawing of each."""
    title = f"{counted(len(report.kinds), 'kind')} of block, {counted(report.total, 'block')}"
    rows = tuple(_row(number, kind) for number, kind in enumerate(report.kinds, start=1))
    table = Table(_COLUMNS, (Section(rows),))
    heading = Heading(report.model.name, title)
    if not rows:
        said = () if report.failure else (Prose((line(NO_BLOCKS),)),)
        return Page((heading, *said), unseen=table)
    parts: list[Part] = [heading, table]
    for number, kind in enumerate(report.kinds, start=1):
        parts += [Heading(f"{number}. {kind.title}"), _place(kind), Drawing(tuple(_drawing(kind)))]
    return Page(tuple(parts))


def _place(kind: BlockKind) -> Prose:
    cost = f"{kind.params:,} parameters, {rounded(kind.macs)} MACs"
    beside = "some layers of its main branch stand side by side; they are listed in running order"
    return Prose(
        (
            line(f"{_MARGIN}{counted(kind.count, 'block')}: {'; '.join(kind.used)}"),
            line(f"{_MARGIN}shown: {kind.example}, {cost}", "dim"),
            *((line(f"{_MARGIN}{beside}"),) if kind.side_by_side else ()),
        )
    )


def _row(number: int, kind: BlockKind) -> Row:
    return Row(
        (
            Cell(str(number), number),
            Cell(kind.kind),
            Cell(kind.shortcut),
            step_cell(kind.stride, 1) if kind.stride else EMPTY,
            Cell("change" if kind.channels_change else "same", kind.channels_change),
            exact_cell(kind.count),
            Cell("; ".join(kind.used)),
            Cell(kind.example),
            shape_cell(kind.input_shape),
            shape_cell(kind.output_shape),
            exact_cell(kind.params),
            rounded_cell(kind.macs),
        )
    )


def _drawing(kind: BlockKind) -> Iterator[Line]:
    """Input above, output below; main branch on the left, shortcut on the right: solid if it is the identity."""
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


def _two_branches(main: Sequence[Line], kind: BlockKind) -> Iterator[Line]:
    solid = kind.shortcut == "identity"
    along, down = ("─", "│") if solid else ("╌", "╎")
    tone: Tone = "" if solid else "shortcut"
    beside = list(_branch(kind.shortcut_layers, (), down, tone))
    column = max(sum(len(span.text) for span in left) for left in main) + _GAP
    yield line(_MARGIN + "├") + line(along * (column - 1) + "┐", tone)
    for left, right in zip_longest(main, beside or [line(f"{down} {kind.shortcut}", tone)]):
        length = sum(len(span.text) for span in left) if left else 1
        yield (line(_MARGIN) + (left or line("│")) + line(" " * (column - length)) + (right or line(down, tone)))
    yield line(_MARGIN + ("⊖" if kind.joined[:1] == ("sub",) else "⊕")) + line(along * (column - 1) + "┘", tone)


def _branch(layers: Sequence[BlockLayer], gate: Sequence[BlockLayer], down: str, tone: Tone = "") -> Iterator[Line]:
    """Each convolution or pool with its window, and below it what follows, up to the next one."""
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
            following.append(layer.op)
    yield from _after(down, following, tone)


def _after(down: str, names: Sequence[str], tone: Tone) -> Iterator[Line]:
    """What follows a convolution, on as many lines as leave room for the other branch on 80 columns."""
    for text in wrap(", ".join(names), _ROOM):
        yield (Span(down, tone), Span(f" {text}", "dim"))


def _what(layer: BlockLayer) -> str:
    """``3×3, 64 → 128, 32 groups``; ``max_pool2d 3×3``."""
    kernel = times(layer.kernel or ())
    if not layer.weighted:
        return f"{layer.op} {kernel}{', fixed kernel' if layer.op.startswith('conv') else ''}"
    groups = f", {layer.groups} groups" if layer.groups and layer.groups > 1 else ""
    return f"{kernel}{', ' if kernel else ''}{layer.in_channels} → {layer.out_channels}{groups}"


def _window(layer: BlockLayer) -> str:
    if layer.stride is None or layer.padding is None:
        return ""
    dilation = layer.dilation if layer.dilation and max(layer.dilation) > 1 else ()
    dilated = f", dilation {step_cell(dilation, 1).text}" if dilation else ""
    return f"stride {step_cell(layer.stride, 1).text}, pad {step_cell(layer.padding, 0).text}{dilated} "


def _gate_part(layer: BlockLayer) -> str:
    return f"{layer.name} {layer.in_channels} → {layer.out_channels}" if layer.weighted else layer.op
