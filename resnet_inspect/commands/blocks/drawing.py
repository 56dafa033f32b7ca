"""The drawing of a block: its branches from input to output."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap

from resnet_inspect.anatomy.records import Layer
from resnet_inspect.commands.blocks.kinds import DistinctBlock
from resnet_inspect.rendering.cells import shape_text, step_cell
from resnet_inspect.rendering.page import Line, Span, Tone, line
from resnet_inspect.text import format_shape

MARGIN = "   "
_GAP = 4
_ROOM = 38
"""Cells for the operations after a convolution; leaves room for the other branch in 80 columns."""


def drawing(kind: DistinctBlock) -> Iterator[Line]:
    """Draw a block from input to output: main branch left, shortcut right, with solid lines for an identity."""
    main = list(_branch(kind.main, kind.attention, "│"))
    yield line(MARGIN + shape_text(kind.input_shape))
    yield from (line(MARGIN) + above for above in _branch(kind.shared, (), "│"))
    if kind.shortcut == "none":
        yield from (line(MARGIN) + left for left in main)
    else:
        yield from _two_branches(main, kind)
    if kind.joined[1:] or (kind.shortcut == "none" and kind.joined):
        names = kind.joined if kind.shortcut == "none" else kind.joined[1:]
        yield line(MARGIN + "│ ") + line(", ".join(names), "dim")
    yield line(MARGIN + shape_text(kind.output_shape))


def _two_branches(main: Sequence[Line], kind: DistinctBlock) -> Iterator[Line]:
    solid = kind.shortcut == "identity"
    along, down = ("─", "│") if solid else ("╌", "╎")
    tone: Tone = "" if solid else "shortcut"
    right_side = list(_branch(kind.shortcut_layers, (), down, tone))
    column = max(sum(len(span.text) for span in left) for left in main) + _GAP
    yield line(MARGIN + "├") + line(along * (column - 1) + "┐", tone)
    for left, right in zip_longest(main, right_side or [line(f"{down} {kind.shortcut}", tone)]):
        length = sum(len(span.text) for span in left) if left else 1
        yield (line(MARGIN) + (left or line("│")) + line(" " * (column - length)) + (right or line(down, tone)))
    yield line(MARGIN + ("⊖" if kind.joined[:1] == ("sub",) else "⊕")) + line(along * (column - 1) + "┘", tone)


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
