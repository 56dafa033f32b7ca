from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from rich.cells import cell_len
from sample_pages import LAYER_PAGE, TIMES, hidden_characters, layer_table, pages, row, table, tables

from resnet_inspect.rendering.page import Cell, Column, Drawing, Heading, Page, Prose, Row, Section, Table, line
from resnet_inspect.rendering.table import to_text

widths = st.one_of(st.none(), st.integers(1, 120))
short_words = st.text(alphabet="ab1.|[] \x1b層", max_size=4)


def plain(*parts, width=None, **options):
    return to_text(Page(parts), width=width, colour=False, **options)


def without_colour(text):
    return re.sub("\x1b\\[[0-9;]*m", "", text)


# ---- the look ----


def test_table_is_ruled_and_numbers_line_up_right():
    shown = table("name params> kind", "conv1|9,408|stem", "fc|2,049,000|head", footer=("2 layers|2,058,408|",))
    assert plain(shown) == (
        "name         params  kind\n"
        "─────────────────────────\n"
        "conv1         9,408  stem\n"
        "fc        2,049,000  head\n"
        "─────────────────────────\n"
        "2 layers  2,058,408\n"
    )


def test_sections_are_set_off_by_a_line_and_empty_ones_left_out():
    columns = (Column("name", "name"),)
    sections = (Section((row("a"),), "stage1"), Section(()), Section((row("b"),)), Section((), "none"))
    assert plain(Table(columns, sections)).split("\n") == ["name", "────", "stage1", "a", "────", "b", ""]


def test_table_without_titles_has_no_header():
    columns = (Column("fact", ""), Column("value", "", align="right"))
    assert plain(Table(columns, (Section((row("depth|50"), row("blocks|16"))),))) == "depth   50\nblocks  16\n"


def test_parts_are_apart_and_headings_stand_on_theirs():
    prose = Prose((line("first"), line(), line("second")))
    shown = plain(prose, Heading("Title", "note"), Prose(()), Drawing((line("┌┐ "),)), prose)
    assert shown == "first\n\nsecond\n\nTitle  note\n┌┐\n\nfirst\n\nsecond\n"


def test_empty_page_is_empty():
    assert plain() == ""


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (None, "note: the first block strides\n  here as well, in v1.5\n"),
        (16, "note: the first\nblock strides\n  here as well,\n  in v1.5\n"),
        (4, "note:\nthe\nfirst\nblock\nstrides\n  here\n  as\n  well,\n  in\n  v1.5\n"),
    ],
)
def test_prose_wraps_on_a_terminal_with_its_own_indent(width, expected):
    prose = Prose(
        (line("note: the ") + line("first block", "strong") + line(" strides"), line("  here as well, in v1.5"))
    )
    assert plain(prose, width=width) == expected
    assert without_colour(to_text(Page((prose,)), width=width, colour=True)) == expected


def test_line_of_blanks_that_are_no_spaces_is_empty():
    assert plain(Prose((line("  one \u00a0\u00a0 two"),)), width=5) == "  one\n\n  two\n"


def test_drawing_is_never_wrapped():
    drawing = Drawing((line("│ a  b ") + line("c", "shortcut"),))
    assert plain(drawing, width=3) == "│ a  b c\n"


def test_markup_is_text():
    assert "[red]x[/red]" in plain(table("a", "[red]x[/red]"), Heading("[red]x[/red]"))


def test_wide_characters_line_up():
    assert plain(table("a n>", "層層|1", "abc|2")) == "a     n\n───────\n層層  1\nabc   2\n"


# ---- a terminal that is too narrow ----

DROPPING = Table(
    (Column("a", "aaaa"), Column("b", "bbbb", keep=10), Column("c", "cccc", keep=20), Column("d", "", keep=10)),
    (Section((row("1|2|3|4444"),)),),
)


@pytest.mark.parametrize(
    ("width", "titles", "hidden"),
    [
        (22, "aaaa  bbbb  cccc", None),
        (21, "aaaa  bbbb  cccc", "d"),
        (16, "aaaa  bbbb  cccc", "d"),
        (15, "aaaa  cccc", "bbbb, d"),
        (9, "aaaa", "bbbb, cccc, d"),
        (2, "aaaa", "bbbb, cccc, d"),
    ],
)
def test_columns_are_left_out_by_keep_then_from_the_right(width, titles, hidden):
    header, _, _, *remark = plain(DROPPING, width=width).splitlines()
    assert header == titles
    expected = f"hidden at {width} columns: {hidden} (wider terminal, or --format csv)" if hidden else ""
    assert " ".join(remark) == expected


SHORTENED = Table(
    (Column("a", "aaaa"), Column("b", "bbbb", keep=20, least=10), Column("c", "cccc", keep=10)),
    (Section((row("1|" + "x" * 30 + "|2"),)),),
)


@pytest.mark.parametrize(
    ("width", "titles", "longest"), [(42, 3, 30), (41, 3, 29), (22, 3, 10), (21, 2, 15), (16, 2, 10), (15, 1, 0)]
)
def test_a_column_of_names_is_shortened_to_its_least_before_it_is_left_out(width, titles, longest):
    header, _, cells, *_ = plain(SHORTENED, width=width).splitlines()
    assert len(header.split()) == titles
    assert len(cells) <= width
    assert max((len(cell) for cell in cells.split() if "x" in cell), default=0) == longest


def test_one_column_always_stays():
    shown = plain(table("long names", "1|2", keep=0), width=2)
    assert shown.splitlines()[0] == "long"


def test_columns_of_a_second_table_are_in_markdown_not_csv():
    shown = plain(table("x", "1"), DROPPING, width=15)
    assert " ".join(shown.split()).endswith("(wider terminal, or --format markdown)")


def test_pipe_gets_all():
    shown = plain(layer_table())
    assert "hidden" not in shown
    assert "…" not in shown
    assert all(column.title in shown for column in layer_table().columns)


def test_names_are_shortened_when_nothing_can_be_left_out():
    shown = plain(table("layer role params>", "layer3.22.downsample.0|shortcut|1,180,160"), width=33)
    assert shown.splitlines()[2] == "layer…mple.0  shortcut  1,180,160"
    assert cell_len(shown.splitlines()[2]) == 33


def test_the_widest_names_give_first():
    shown = plain(table("a b", "0123456789|abcdefghijklmnopqrst", "x|y"), width=22)
    assert shown.splitlines()[2] == "0123456789  abcd…pqrst"


@pytest.mark.parametrize(
    "cell",
    [
        Cell("1,180,160,123", 1180160123),
        Cell(f"512{TIMES}28{TIMES}28", (512, 28, 28)),
        Cell("3.14159265358", 3.14159265358),
    ],
)
def test_numbers_are_never_shortened(cell):
    numbers = Table((Column("n", "n"), Column("m", "m", align="right")), (Section((Row((cell, Cell("123456789"))),)),))
    last = plain(numbers, width=5).splitlines()[2]
    assert last == f"{cell.text}  123456789"


@given(tables(short_words, most=99), st.integers(20, 60))
def test_no_line_is_wider_than_the_terminal_where_columns_can_be_left_out(shown, width):
    fitted = plain(shown, width=width)
    assert all(cell_len(text) <= width for text in fitted.splitlines())
    rules = [text for text in plain(shown).splitlines() if set(text) == {"─"}]
    assert not rules or ("hidden at" in fitted) == (len(rules[0]) > width)


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_layer_page_fits(width):
    assert all(cell_len(text) <= width for text in plain(*LAYER_PAGE.parts, width=width).splitlines())


# ---- streams ----


@given(pages, widths, st.booleans())
def test_text_is_safe_and_has_no_trailing_spaces(page, width, ascii_only):
    shown = to_text(page, width=width, colour=False, ascii_only=ascii_only)
    assert hidden_characters(shown) == []
    assert [text for text in shown.split("\n") if text != text.rstrip()] == []
    assert shown.isascii() or not ascii_only
    assert shown.encode().decode() == shown


@given(pages, widths, st.booleans())
def test_colour_adds_escapes_and_nothing_else(page, width, ascii_only):
    bare = to_text(page, width=width, colour=False, ascii_only=ascii_only)
    assert without_colour(to_text(page, width=width, colour=True, ascii_only=ascii_only)) == bare


def test_colour_marks_cells_and_not_the_space_between():
    columns = (Column("a", ""), Column("b", ""))
    tinted = Table(columns, (Section((Row((Cell("x", tone="added"), Cell("y")), "dim"), row("long|z"))),))
    first = to_text(Page((tinted,)), width=None, colour=True).splitlines()[0]
    assert first == "\x1b[32mx\x1b[0m     \x1b[2my\x1b[0m"


def test_ascii_is_laid_out_in_its_own_width():
    shown = plain(table("a n>", f"1{TIMES}1 → 3|2", "abc|10"), ascii_only=True)
    assert shown == "a          n\n------------\n1x1 -> 3   2\nabc       10\n"


def test_rich_is_not_loaded_for_our_own_signs():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from sample_pages import LAYER_PAGE\n"
        "from resnet_inspect.rendering.table import to_text\n"
        "for width in (60, None): to_text(LAYER_PAGE, width=width, colour=True)\n"
        "sys.exit('rich' in sys.modules)"
    )
    folder = str(Path(__file__).parent)
    assert subprocess.run([sys.executable, "-c", code, folder], check=False).returncode == 0


def test_a_table_says_what_is_hidden():
    columns = (Column("name", "name"), *(Column(key, key, keep=10 - n) for n, key in enumerate("abcd")))
    row = Row((Cell("first"), *(Cell(key * 12) for key in "abcd")))
    assert "hidden at 34 columns: c, d" in plain(Table(columns, (Section((row,)),)), width=34)
