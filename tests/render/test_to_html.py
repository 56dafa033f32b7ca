from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from sample_pages import LAYER_PAGE, TONES, hidden_characters, pages, table

from resnet_inspect.render import html
from resnet_inspect.render.html import to_html
from resnet_inspect.render.page import (
    Cell,
    Column,
    Drawing,
    Group,
    Heading,
    Page,
    Prose,
    Row,
    Section,
    Table,
    line,
)
from resnet_inspect.render.safe import safe


def parsed(*parts):
    return ET.fromstring(to_html(Page(parts)))


def seen(element):
    return "".join(element.itertext())


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("background", ["#ffffff", "#1e1e1e"])
@pytest.mark.parametrize("style", [style for style in html._STYLES.values() if "#" in style])
def test_colours_read_on_light_and_dark(style, background):
    colour = style[style.index("#") :][:7]
    assert contrast(colour, background) >= 3.5


def test_every_tone_has_a_style():
    assert set(html._STYLES) == set(TONES) - {""}


def test_markup_is_text():
    evil = "<script>alert(\"1\" & '2')</script>"
    assert "<script" not in to_html(
        Page((table("a", evil), Heading(evil), Prose((line(evil),)), Drawing((line(evil),))))
    )
    assert seen(parsed(table("a", evil)).find(".//td")) == evil


def test_table_parts():
    shown = Table(
        (Column("a", "name"), Column("n", "n", "right")),
        (Section(table("a n", "x|1").rows, "stage1"), Section((), "none")),
        table("a n", "all|1").rows,
    )
    root = parsed(shown)
    assert [seen(cell) for cell in root.findall(".//thead/tr/th")] == ["name", "n"]
    assert [seen(entry) for entry in root.findall(".//tbody/tr")] == ["stage1", "x1"]
    assert root.find(".//tbody/tr/th").get("colspan") == "2"
    assert [cell.get("style") for cell in root.findall(".//tbody/tr/td")] == [
        "white-space:pre;text-align:left",
        "white-space:pre;text-align:right",
    ]
    assert seen(root.find(".//tfoot")).strip() == "all1"


def test_tone_of_a_cell_goes_before_that_of_its_row():
    cells = (Cell("x", tone="added"), Cell("y"))
    root = parsed(Table((Column("a", ""), Column("b", "")), (Section((Row(cells, "dim"),)),)))
    assert [span.get("class") for span in root.iter("span")] == ["tone-added", "tone-dim"]
    assert root.find(".//thead") is None


def test_drawing_keeps_its_lines():
    drawing = Drawing((line("┌ ") + line("┐", "shortcut"), line("  └┘")))
    assert seen(parsed(drawing).find("pre")) == "┌ ┐\n  └┘"


def test_layer_page():
    root = ET.fromstring(to_html(LAYER_PAGE))
    assert len(root.findall(".//td")) == len(LAYER_PAGE.data.rows) * len(LAYER_PAGE.data.columns)


@given(pages)
def test_html_is_well_formed_safe_and_whole(page):
    text = to_html(page)
    root = ET.fromstring(text)
    assert hidden_characters(text) == []
    cells = [cell.text for part in page.parts if isinstance(part, Table) for entry in part.rows for cell in entry.cells]
    assert [seen(cell) for cell in root.iter("td")] == [safe(cell) for cell in cells]
    parts = [inner for part in page.parts for inner in (part.parts if isinstance(part, Group) else [part])]
    prose = [part for part in parts if isinstance(part, Prose)]
    lines = [["".join(safe(span.text) for span in spans) for spans in part.lines] for part in prose]
    assert [seen(block) for block in root.iter("p")] == ["\n".join(block) for block in lines]
