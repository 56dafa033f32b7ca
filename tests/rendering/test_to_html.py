from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree as ET

import pytest
from each import for_each
from hypothesis import given
from sample_pages import LAYER_PAGE, TONES, hidden_characters, pages, row, table

from resnet_inspect.rendering.html import to_fragment, to_html
from resnet_inspect.rendering.html_style import ELEMENT_STYLES, SCHEMES, STYLESHEET, TONES as TONE_STYLES
from resnet_inspect.rendering.page import (
    Cell,
    Column,
    Drawing,
    Excerpt,
    Group,
    Heading,
    Page,
    Prose,
    Row,
    Section,
    Table,
    line,
)
from resnet_inspect.rendering.pen import safe

EVIL = "<script>alert(\"1\" & '2')</script></title></style>\x1b[31m\u202e"


def parsed(*parts):
    return ET.fromstring(to_fragment(Page(parts)))


def document(*parts, command="layers", **options):
    """The ``body`` of a document; what stands before it is HTML, but not XML."""
    text = to_html(Page(parts, **options), command)
    start, end = text.index("<body>"), text.index("</body>") + len("</body>")
    assert text[end:] == "\n</html>\n"
    return ET.fromstring(text[start:end])


def seen(element):
    return "".join(element.itertext())


# --- colours ---


def channels(colour):
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def mixed(one, other, share):
    """``share`` of one colour and the rest of the other, as ``color-mix(in srgb, ...)`` mixes them."""
    return [share * a + (1 - share) * b for a, b in zip(one, other, strict=True)]


def luminance(colour):
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def shown(style, text, background):
    """The colour of a text in a style: mixed with the colour of the text around it, or with what is behind it."""
    if found := re.fullmatch(r"opacity:(\.\d+)", style):
        return mixed(text, background, float(found[1]))
    if "color:" not in style:
        return text
    found = re.match(r"color:color-mix\(in srgb,(#\w{6}) (\d+)%,currentColor\)", style)
    return mixed(channels(found[1]), text, int(found[2]) / 100)


NOTEBOOKS = {
    "JupyterLab light": ("#212121", "#f5f5f5"),
    "JupyterLab dark": ("#e1e1e1", "#212121"),
    "VS Code light": ("#3b3b3b", "#ffffff"),
    "VS Code dark": ("#cccccc", "#1f1f1f"),
    "Colab dark": ("#d5d5d5", "#383838"),
}
"""Colours of text, and of the rows of a table where it reads worst."""


@for_each("tone, place", itertools.product(TONE_STYLES, [*SCHEMES, *NOTEBOOKS]))
def test_every_tone_has_the_contrast_of_wcag_aa(tone, place):
    text, background = map(channels, (SCHEMES | NOTEBOOKS)[place])
    assert contrast(shown(TONE_STYLES[tone], text, background), background) >= 4.5


def test_every_tone_has_a_style():
    assert set(TONE_STYLES) == set(TONES) - {""}
    assert all(f".{tone}{{{style}}}" in STYLESHEET for tone, style in TONE_STYLES.items())


def test_a_document_is_light_or_dark_as_the_reader_wishes():
    light, dark = (f":root{{color:{text};background:{background}}}" for text, background in SCHEMES.values())
    assert f"{light}\n@media screen and (prefers-color-scheme:dark){{{dark}}}" in STYLESHEET
    assert "color-scheme:light dark" in STYLESHEET


# --- a document ---


def test_a_document_is_whole():
    text = to_html(LAYER_PAGE, "layers")
    assert text.startswith('<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n')
    assert '<meta name="viewport" content="width=device-width,initial-scale=1">' in text
    assert "<title>resnet50 – resnet-inspect layers</title>" in text
    assert f"<style>\n{STYLESHEET}</style>\n</head>" in text
    assert text == to_html(LAYER_PAGE, "layers")
    assert len(STYLESHEET) < 3000


def test_it_needs_nothing_else_and_runs_nothing():
    parts = (Heading(EVIL, EVIL), table("a b", f"{EVIL}|2"), Prose((line(EVIL, "bad"),)), Drawing((line(EVIL),)))
    text = to_html(Page(parts, summary=EVIL), "layers")
    assert hidden_characters(text) == []
    assert not re.search(r"<(script|link|img|iframe|object|base)|\b(src|href|on\w+)=|@import|url\(", text)
    assert [text.count(tag) for tag in ("<title>", "</title>", "<style>", "</style>")] == [1, 1, 1, 1]
    assert seen(document(*parts).find(".//th[@scope='row']")) == safe(EVIL)


def test_the_first_heading_is_that_of_the_document():
    root = document(Heading("resnet50", "depth"), table("a", "1"), Heading("names"), table("b", "2"))
    assert [(each.tag, seen(each)) for each in root.iter() if each.tag in {"h1", "h2"}] == [
        ("h1", "resnet50 depth"),
        ("h2", "names"),
    ]
    boxes = root.findall(".//div[@class='scroll']")
    names = [root.find(f".//*[@id='{box.get('aria-labelledby')}']") for box in boxes]
    assert [seen(name) for name in names] == ["resnet50 depth", "names"]
    assert {box.get("tabindex") for box in boxes} == {"0"}  # a keyboard scrolls what it can reach


@pytest.mark.parametrize("parts", [(), (Prose((line("nothing found"),)),), (table("a", "1"), Heading("names"))])
def test_a_page_that_begins_otherwise_gets_a_heading(parts):
    root = document(*parts, command="check", summary="2 files checked")
    assert [seen(heading) for heading in root.iter("h1")] == ["resnet-inspect check 2 files checked"]
    assert next(iter(root.find("main"))).tag == "h1"
    assert "<title>resnet-inspect check</title>" in to_html(Page(parts), "check")


def test_a_document_has_classes_of_its_stylesheet():
    root = document(*LAYER_PAGE.parts, Group((Prose((line("  x"),), hang=2), Excerpt(1, "a = b", 5, 6, "bad"))))
    used = {name for element in root.iter() for name in (element.get("class") or "").split()}
    assert {"right", "shortcut", "dim", "line", "group", "tight"} <= used <= {*ELEMENT_STYLES, "scroll"}
    assert all(f".{name}" in STYLESHEET for name in used)


# --- a fragment ---


def test_a_fragment_holds_its_own_looks():
    text = to_fragment(LAYER_PAGE)
    assert text.startswith('<div class="resnet-inspect">\n')
    assert not re.search(r"<(html|head|body|style|h1)|\bid=|<!", text)
    assert [each.get("class") for each in ET.fromstring(text).iter() if each.get("class")] == ["resnet-inspect"]


def test_markup_is_text():
    assert "<script" not in to_fragment(
        Page((table("a", EVIL), Heading(EVIL), Prose((line(EVIL),)), Drawing((line(EVIL),))))
    )
    assert seen(parsed(table("a", EVIL)).find(".//tbody/tr/th")) == safe(EVIL)


# --- the parts of either ---


@pytest.mark.parametrize("read", [parsed, document])
def test_table_parts(read):
    whole = Table(
        (Column("a", "name"), Column("n", "n", align="right"), Column("b", "")),
        (Section(table("a n b", "x|1|", "|2|y").rows, "stage1"), Section((), "none")),
        table("a n b", "all|1|").rows,
    )
    root = read(whole)
    assert [(seen(cell), cell.get("scope")) for cell in root.findall(".//thead/tr/th")] == [
        ("name", "col"),
        ("n", "col"),
    ]
    assert [seen(entry) for entry in root.findall(".//tbody/tr")] == ["stage1", "x1", "2y"]
    assert root.find(".//tbody/tr/th").get("colspan") == "3"
    heads = [[cell.get("scope") for cell in entry] for entry in root.findall(".//tbody/tr")]
    assert heads == [["rowgroup"], ["row", None, None], [None, None, None]]
    assert [cell.get("scope") for cell in root.find(".//tfoot/tr")] == ["row", None, None]
    assert seen(root.find(".//tfoot")).strip() == "all1"


def test_every_cell_says_how_it_is_aligned_and_that_its_spaces_count():
    whole = Table((Column("a", "name"), Column("n", "n", align="right")), (Section((row("x|1"),)),))
    styles = [cell.get("style") for cell in parsed(whole).find(".//tbody/tr")]
    assert all("padding:" in style and "white-space:pre" in style for style in styles)
    assert [re.findall(r"text-align:(\w+)", style)[-1] for style in styles] == ["left", "right"]
    assert [cell.get("class") for cell in document(whole).find(".//tbody/tr")] == [None, "right"]
    assert "\nth,td{padding:.15em .6em}\nth,td{text-align:left;white-space:pre}\n" in STYLESHEET


def test_a_sentence_in_a_cell_is_wrapped_and_a_name_or_a_number_is_not():
    whole = table("a b c>", f"name|{'word ' * 20}|{'1' * 60}")
    cells = document(whole).find(".//tbody/tr")
    assert [cell.get("class") for cell in cells] == [None, "long", "right"]


def test_tone_of_a_cell_goes_before_that_of_its_row():
    cells = (Cell("x", tone="added"), Cell("y"))
    whole = Table((Column("a", ""), Column("b", "")), (Section((Row(cells, "dim"),)),))
    assert [cell.get("class") for cell in document(whole).find(".//tbody/tr")] == ["added", "dim"]
    styles = [cell.get("style") for cell in parsed(whole).find(".//tbody/tr")]
    assert [style.endswith(TONE_STYLES[tone]) for style, tone in zip(styles, ("added", "dim"), strict=True)] == [
        True,
        True,
    ]
    assert parsed(whole).find(".//thead") is None


@pytest.mark.parametrize("read", [parsed, document])
def test_drawing_keeps_its_lines(read):
    drawing = Drawing((line("┌ ") + line("┐", "shortcut"), line("  └┘")))
    assert seen(read(drawing).find(".//pre")) == "┌ ┐\n  └┘"


def test_an_empty_first_line_of_a_drawing_is_shown():
    """A browser ignores a line end right behind ``<pre>``."""
    assert seen(parsed(Drawing((line(""), line("x")))).find(".//pre")) == "\n\nx"


@pytest.mark.parametrize("read", [parsed, document])
def test_prose_that_is_laid_out_with_spaces_hangs_from_its_indent(read):
    block = read(Prose((line("   why   ", "dim") + line("text"), line(""), line("end")), hang=2)).find(".//p")
    assert seen(block) == "   why   text\n\nend"
    assert [re.search(r"padding-left:\d+ch;text-indent:-\d+ch$", each.get("style"))[0] for each in block] == [
        "padding-left:5ch;text-indent:-5ch",
        "padding-left:2ch;text-indent:-2ch",
        "padding-left:2ch;text-indent:-2ch",
    ]
    assert list(read(Prose((line("plain"),))).find(".//p")) == []


def test_layer_page():
    root = ET.fromstring(to_fragment(LAYER_PAGE))
    cells = [*root.findall(".//tbody//td"), *root.findall(".//tbody//th[@scope='row']")]
    assert len(cells) == len(LAYER_PAGE.data.rows) * len(LAYER_PAGE.data.columns)


@pytest.mark.parametrize("read", [parsed, document])
@given(page=pages)
def test_html_is_well_formed_safe_and_whole(read, page):
    assert hidden_characters(to_fragment(page) + to_html(page, "layers")) == []
    root = read(*page.parts)
    cells = [cell.text for part in page.parts if isinstance(part, Table) for entry in part.rows for cell in entry.cells]
    written = [cell for entry in root.findall(".//tbody/tr") for cell in entry if cell.get("scope") != "rowgroup"]
    assert [seen(cell) for cell in written] == [safe(cell) for cell in cells]
    parts = [inner for part in page.parts for inner in (part.parts if isinstance(part, Group) else [part])]
    prose = [part for part in parts if isinstance(part, Prose)]
    texts = [["".join(safe(span.text) for span in spans) for spans in part.lines] for part in prose]
    assert [seen(block) for block in root.iter("p")] == ["\n".join(block) for block in texts]
