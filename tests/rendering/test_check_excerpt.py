"""A source line and the marks below it."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from rich.cells import cell_len
from sample_pages import hidden_characters, texts

from resnet_inspect.rendering import excerpt
from resnet_inspect.rendering.excerpt import excerpt_lines
from resnet_inspect.rendering.page import Excerpt, plain_text
from resnet_inspect.rendering.pen import Pen


def shown(text, start, end, width=80, number=7, ascii_only=False):
    """The source line and the marks, without their gutters."""
    pen = Pen(width=width, colour=False, ascii_only=ascii_only)
    source, marks = map(plain_text, excerpt_lines(Excerpt(number, text, start, end), pen))
    gutter = f" {number} │ "
    assert source.startswith(gutter)
    assert marks.startswith(" " * (len(gutter) - 2) + "│ ")
    return source[len(gutter) :], marks[len(gutter) :]


@pytest.mark.parametrize(
    ("text", "start", "end", "source", "marks"),
    [
        ("depth = 50\n", 9, 11, "depth = 50", "        ^^"),
        ("depth = 50\r\n", 9, 11, "depth = 50", "        ^^"),
        ("\tdepth = 50", 10, 12, "    depth = 50", "            ^^"),
        ("a\tb", 3, 4, "a    b", "     ^"),
        ("\ta", 1, 2, "    a", "^^^^"),
        ('名前 = "層層"', 7, 9, '名前 = "層層"', "        ^^^^"),
        ("e\u0301 = 5", 6, 7, "e\u0301 = 5", "    ^"),
        ("a\u202e\x1b = 5", 7, 8, "a\\u202e\\x1b = 5", "              ^"),
        ("\x1b", 1, 2, "\\x1b", "^^^^"),
        ("depth =", 8, 9, "depth =", "       ^"),  # what is missing stands behind the end
        ("depth =", 80, 90, "depth =", "       ^"),
        ("depth", 3, 3, "depth", "  ^"),
        ("depth", 3, 1, "depth", "  ^"),
        ("depth", 0, 2, "depth", "^"),
        ("depth", 2, 99, "depth", " ^^^^"),
        ("", 1, 2, "", "^"),
    ],
)
def test_marks_stand_under_what_is_meant(text, start, end, source, marks):
    assert shown(text, start, end) == (source, marks)


def test_marks_stand_under_the_spelling_in_ascii():
    assert shown('macs = "4 ± 1"', 8, 15, ascii_only=True) == ('macs = "4 +/- 1"', "       ^^^^^^^^^")


def test_a_long_line_is_cut_around_what_is_meant():
    source, marks = shown("x" * 500 + " depth " + "y" * 500, 502, 507, width=60)
    assert source == "…" + "x" * 16 + " depth " + "y" * 30 + "…"
    assert marks == " " * 18 + "^" * 5
    assert shown("x" * 500, 1, 2, width=40)[0] == "x" * 33 + "…"
    assert shown("x" * 500, 500, 501, width=40) == ("…" + "x" * 33, " " * 33 + "^")
    assert shown("x" * 35, 35, 36, width=40) == ("x" * 35, " " * 34 + "^")
    assert shown("x" * 35, 36, 37, width=40) == ("…" + "x" * 33, " " * 34 + "^")  # the mark needs a cell as well
    assert shown("x" * 500, 1, 2, width=40, ascii_only=True)[0] == "x" * 29 + "..."


def test_in_a_pipe_a_long_line_is_cut_as_well():
    source, marks = shown("x" * 1_000_000 + "!" + "x" * 1_000_000, 1_000_001, 1_000_002, width=None)
    assert cell_len(source) <= 160
    assert source[len(marks) - 1] == "!"


def test_no_more_of_a_long_line_is_looked_at_than_can_be_shown(monkeypatch):
    looked_at = []
    monkeypatch.setattr(excerpt, "cell_width", lambda sign: looked_at.append(sign) or 1)
    shown("x" * 1_000_000, 500_000, 500_001)
    assert len(looked_at) < 1_000


@given(
    st.one_of(texts, st.text(alphabet="ab\t層\x1b\u0301\U000e0041 ", max_size=300)),
    st.integers(1, 320),
    st.integers(0, 320),
    st.sampled_from([24, 40, 80, None]),
    st.booleans(),
)
def test_any_line_fits_and_is_marked(text, start, length, width, ascii_only):
    source, marks = shown(text, start, start + length, width, ascii_only=ascii_only)
    assert hidden_characters(source) == []
    assert marks.lstrip(" ").strip("^") == ""
    assert marks.endswith("^")
    assert max(cell_len(source), cell_len(marks)) <= max((width or 160) - len(" 7 │ "), 24)


@given(st.text(alphabet="abc層 ", min_size=1, max_size=300), st.data())
def test_the_first_mark_stands_under_the_first_character_that_is_meant(text, data):
    start = data.draw(st.integers(1, len(text)))
    source, marks = shown(text, start, start + 1, 60)
    before = len(marks) - len(marks.lstrip(" "))
    cells = 0
    for sign in source:
        if cells == before:
            assert sign == text[start - 1]
            return
        cells += cell_len(sign)
    assert text[start - 1 :].isspace()
