from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st
from markdown_it import MarkdownIt
from sample_pages import LAYER_PAGE, hidden_characters, lines, pages, table, tables, texts

from resnet_inspect.rendering.markdown import to_markdown
from resnet_inspect.rendering.page import Column, Drawing, Heading, Page, Prose, Section, Table, line, plain_text
from resnet_inspect.rendering.pen import safe

PLAIN_INLINE = {"text", "strong_open", "strong_close", "hardbreak"}


def inlines(text):
    """The inline tokens of a markdown text, as GitHub reads it."""
    return [token for token in MarkdownIt("commonmark").enable("table").parse(text) if token.type == "inline"]


def read(token):
    """What a reader sees of an inline token, which may hold text, bold text and line ends only."""
    assert {child.type for child in token.children} <= PLAIN_INLINE
    seen = "".join("\n" if child.type == "hardbreak" else child.content for child in token.children)
    return seen.replace("\u00a0", " ").strip()


def seen(text):
    return safe(text).replace("\u00a0", " ").strip()


def unescaped_pipes(text):
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", text))


def test_table():
    shown = table("name n>", "conv1|9", "layer1.0.bn_1|128", footer=("all|137",))
    assert to_markdown(Page((shown,))) == (
        "| name          |       n |\n"
        "| ------------- | ------: |\n"
        "| conv1         |       9 |\n"
        "| layer1.0.bn_1 |     128 |\n"
        "| **all**       | **137** |\n"
    )


def test_section_titles_are_bold_rows():
    shown = Table(
        (Column("a", "a"), Column("b", "b")), (Section(table("a b", "1|2").rows, "stage1"), Section((), "none"))
    )
    assert "| **stage1** |     |\n| 1          | 2   |\n" in to_markdown(Page((shown,)))
    assert "none" not in to_markdown(Page((shown,)))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("`x`", r"\`x\`"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("stage_blocks", "stage_blocks"),
        ("_private", r"\_private"),
        ("[a](b)", r"\[a\](b)"),
        ("a\nb", r"a\\x0ab"),
    ],
)
def test_cells_are_escaped(text, escaped):
    assert escaped in to_markdown(Page((Table((Column("k", text),), ()),)))


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("1. item", r"1\. item"),
        ("===", r"\==="),
        ("# no", r"\# no"),
        ("1.5 M", "1.5 M"),
        ("    code", "\u00a0" * 4 + "code"),
    ],
)
def test_prose_stays_prose(text, start):
    assert to_markdown(Page((Prose((line(text),)),))) == start + "\n"


def test_prose_keeps_its_lines_and_gaps():
    prose = Prose((line("one"), line("two"), line(), line("three")))
    assert to_markdown(Page((prose,))) == "one\\\ntwo\n\nthree\n"


def test_heading_and_note():
    assert to_markdown(Page((Heading("Layers", "54 in all"),))) == "## Layers\n\n54 in all\n"


@pytest.mark.parametrize(("text", "fence"), [("┌─┐", "```"), ("```", "````"), ("a ````` b", "``````")])
def test_drawing_is_fenced(text, fence):
    assert to_markdown(Page((Drawing((line(text),)),))) == f"{fence}text\n{text}\n{fence}\n"


def test_layer_page_reads_back():
    names = [read(token) for token in inlines(to_markdown(LAYER_PAGE))]
    assert "layer2.0.downsample.0" in names
    assert "stage2 (conv3_x): 4 blocks, 512\u00d728\u00d728" in names


@given(tables())
def test_rows_have_the_same_pipes(shown):
    rows = to_markdown(Page((shown,))).removesuffix("\n").split("\n")
    assert {unescaped_pipes(text) for text in rows} == {len(shown.columns) + 1}


@given(tables())
def test_cells_read_back(shown):
    tokens = inlines(to_markdown(Page((shown,))))
    expected = [column.title for column in shown.columns]
    for section in shown.sections:
        if section.rows and section.title:
            expected += [section.title, *[""] * (len(shown.columns) - 1)]
        expected += [cell.text for entry in section.rows for cell in entry.cells]
    expected += [cell.text for entry in shown.footer for cell in entry.cells]
    assert [read(token) for token in tokens] == [seen(text) for text in expected]


@given(st.lists(lines, max_size=4).map(tuple))
def test_prose_reads_back(some):
    tokens = inlines(to_markdown(Page((Prose(some),))))
    shown = [read(token) for token in tokens]
    expected = [seen(plain_text(spans)) for spans in some]
    assert [text.strip() for block in shown for text in block.split("\n")] == [text for text in expected if text]


@given(texts)
def test_heading_reads_back(text):
    tokens = inlines(to_markdown(Page((Heading(text),))))
    assert [read(token) for token in tokens] == [seen(text)]


@given(pages)
def test_markdown_is_safe(page):
    assert hidden_characters(to_markdown(page)) == []
