"""A layer table as the product prints it, and strategies for pages that nobody would print."""

from __future__ import annotations

import functools
import unicodedata
from typing import Any

from hypothesis import strategies as st

from resnet_inspect.rendering.page import (
    ALWAYS,
    Cell,
    Column,
    Drawing,
    Excerpt,
    Group,
    Heading,
    Line,
    Page,
    Prose,
    Row,
    Section,
    Span,
    Table,
    line,
)

TIMES = "\u00d7"
DANGEROUS = "\x1b[31m\x9b\x07\r\n\t\x00\u202e\u2066\u200f\u2028\ufeff\U000e0041\ud800"
TONES = ("", "dim", "strong", "accent", "shortcut", "attention", "added", "removed", "good", "warn", "bad")

LAYER_COLUMNS = (
    Column("name", "layer"),
    Column("kind", "kind", keep=50),
    Column("role", "role", keep=20),
    Column("paper", "paper", keep=5),
    Column("shape", "input → output", keep=60),
    Column("kernel", "kernel", keep=90),
    Column("stride", "stride", align="right", keep=95),
    Column("padding", "pad", align="right", keep=40),
    Column("groups", "groups", align="right", keep=10),
    Column("parameters", "params", align="right", keep=80),
    Column("macs", "MACs", align="right", keep=70),
    Column("share", "% MACs", align="right", keep=30),
)


def layer_row(name: str, role: str, channels: tuple[int, int], sizes: tuple[int, int], kernel: int) -> Row:
    """One convolution; ``channels`` and ``sizes`` are those of its input and output."""
    parameters = channels[0] * channels[1] * kernel**2
    macs = parameters * sizes[1] ** 2
    shapes = [TIMES.join(map(str, (count, size, size))) for count, size in zip(channels, sizes, strict=True)]
    stride = sizes[0] // sizes[1]
    return Row(
        (
            Cell(name, tone="accent"),
            Cell("Conv2d"),
            Cell(role),
            Cell("conv1" if role == "stem" else "conv3_x"),
            Cell(" → ".join(shapes), (channels[1], sizes[1], sizes[1])),
            Cell(f"{kernel}{TIMES}{kernel}", (kernel, kernel)),
            Cell(str(stride), stride, "strong" if stride > 1 else "dim"),
            Cell(str(kernel // 2), kernel // 2),
            Cell("1", 1, "dim"),
            Cell(f"{parameters:,}", parameters),
            Cell(f"{macs / 1e6:.1f} M", macs),
            Cell(f"{macs / 4.09e7:.1f}", macs / 4.09e9),
        ),
        tone="shortcut" if role == "shortcut" else "",
    )


def layer_table() -> Table:
    """The stem and a stage of ResNet-50."""
    stem = Section((layer_row("conv1", "stem", (3, 64), (224, 112), 7),), "stem (conv1)")
    stage = Section(
        (
            layer_row("layer2.0.conv1", "main", (256, 128), (56, 56), 1),
            layer_row("layer2.0.conv2", "main", (128, 128), (56, 28), 3),
            layer_row("layer2.0.conv3", "main", (128, 512), (28, 28), 1),
            layer_row("layer2.0.downsample.0", "shortcut", (256, 512), (56, 28), 1),
        ),
        f"stage2 (conv3_x): 4 blocks, 512{TIMES}28{TIMES}28",
    )
    blank = [Cell("", None)] * 8
    total = Row((Cell("5 convolutions"), *blank, Cell("386,240"), Cell("490.5 M"), Cell("12.0")), "strong")
    return Table(LAYER_COLUMNS, (stem, stage), (total,))


LAYER_PAGE = Page(
    (
        Heading("resnet50", "25.6 M parameters, 4.09 G MACs at 224 by 224"),
        Prose(
            (
                line("v1.5: the 3x3 convolution of a downsampling bottleneck strides, ")
                + line("as in torchvision", "strong")
                + line(", not its first 1x1 as in the paper."),
                line("  note: depth counts weighted layers on the main branches, so shortcuts are left out", "dim"),
            )
        ),
        layer_table(),
        Heading("One block"),
        Drawing(
            (
                line("┌──────────┐"),
                line(f"│ 1{TIMES}1, 128 │") + line("╌╌╌╌ projection, stride 2", "shortcut"),
                line("└────┬─────┘"),
                line("     ⊕"),
            )
        ),
    )
)

# Names in any script, escape sequences, bidi controls, markup of every format.
texts = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="|\\`*_<>&[]#~-+=@\"'$ 1.", max_size=12),
    st.text(alphabet=DANGEROUS + "ab", max_size=8),
    st.text(alphabet="a1 層畳み込\u0301\ufe0f#☁", max_size=12),
    st.sampled_from(["layer2.0.downsample.0", "[red]x[/red]", "=cmd()", "```", f"256{TIMES}56 → 512{TIMES}28"]),
)
tones = st.sampled_from(TONES)
lines: st.SearchStrategy[Line] = st.lists(st.builds(Span, texts, tones), max_size=3).map(tuple)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.lists(st.integers(0, 999), min_size=2, max_size=4).map(tuple),
    texts,
)


@st.composite
def tables(draw: st.DrawFn, content: st.SearchStrategy[str] = texts, most: int = ALWAYS) -> Table:
    """Tables of 1 to 5 columns, whose cells show ``content`` and whose ``keep`` is at most ``most``."""
    header = draw(headers(content, most))
    sections, footer = (draw(part) for part in bodies(content, len(header)))
    return Table(header, sections, footer)


@functools.cache  # a strategy that is made anew for each example is also checked anew
def headers(content: st.SearchStrategy[str], most: int) -> st.SearchStrategy[tuple[Column, ...]]:
    columns = st.builds(Column, content, content, align=st.sampled_from(["left", "right"]), keep=st.integers(0, most))
    return st.lists(columns, min_size=1, max_size=5).map(tuple)


@functools.cache
def bodies(content: st.SearchStrategy[str], width: int) -> tuple[st.SearchStrategy[Any], st.SearchStrategy[Any]]:
    """Sections, and rows of a footer, of a table of that many columns."""
    cells = st.one_of(st.builds(Cell, content, tone=tones), st.builds(Cell, content, values, tones))
    few_rows = st.lists(st.builds(Row, st.tuples(*[cells] * width), tones), max_size=3).map(tuple)
    return st.lists(st.builds(Section, few_rows, content), max_size=3).map(tuple), few_rows


prose = st.builds(Prose, st.lists(lines, max_size=3).map(tuple))
excerpts = st.builds(Excerpt, st.integers(1, 999), texts, st.integers(1, 14), st.integers(1, 14), tones)
parts = st.one_of(
    st.builds(Heading, texts, texts),
    prose,
    st.builds(Drawing, st.lists(lines, max_size=3).map(tuple)),
    excerpts,
    st.builds(Group, st.tuples(prose, excerpts)),
    tables(),
)
pages = st.lists(parts, max_size=4).map(lambda some: Page(tuple(some)))


def hidden_characters(text: str) -> list[str]:
    """Characters of ``text`` that a terminal would obey or that reorder it, line ends apart."""
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return [sign for sign in text if unicodedata.category(sign) in hidden and sign != "\n"]


def table(columns: str, *rows: str, footer: tuple[str, ...] = (), **options: object) -> Table:
    """A table from words: columns ``name n>`` (``>`` aligns right), rows ``conv1|64``; options go to all columns."""
    header = tuple(
        Column(word.rstrip(">"), word.rstrip(">"), align="right" if word.endswith(">") else "left", **options)
        for word in columns.split()
    )
    return Table(header, (Section(tuple(map(row, rows))),), tuple(map(row, footer)))


def row(text: str) -> Row:
    """A row from its texts, ``|`` between them."""
    return Row(tuple(Cell(field) for field in text.split("|")))
