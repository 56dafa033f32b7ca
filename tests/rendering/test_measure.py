from __future__ import annotations

import sys

import pytest
from hypothesis import given, strategies as st
from rich.cells import cell_len

from resnet_inspect.rendering import pen
from resnet_inspect.rendering.pen import cell_width, shorten, wrap

words = st.text(alphabet="ab é→層\u0301\ufe0f#", max_size=30)


def test_characters_known_to_be_narrow_are():
    known = [sign for sign in map(chr, range(sys.maxunicode + 1)) if pen._NARROW.fullmatch(sign)]
    shown = [sign for sign in known if sign.isprintable()]
    assert len(shown) > 1000
    assert [sign for sign in shown if cell_len(sign) != 1] == []


@given(words)
def test_width_is_that_of_rich(text):
    assert cell_width(text) == cell_len(text)


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("layer3.22.conv2", 15, "layer3.22.conv2"),
        ("layer3.22.conv2", 14, "layer3…2.conv2"),
        ("layer3.22.conv2", 9, "laye…onv2"),
        ("layer3.22.conv2", 8, "lay…onv2"),
        ("層層層層層", 10, "層層層層層"),
        ("層層層層層", 9, "層層…層層"),
        ("層層層層層", 8, "層…層層"),
        ("層層層層層", 6, "層…層"),
        ("abc", 1, "…"),
    ],
)
def test_shorten_keeps_both_ends(text, width, short):
    assert shorten(text, width) == short


@given(words, st.integers(1, 40))
def test_shortened_text_fits(text, width):
    short = shorten(text, width)
    assert cell_width(short) <= width
    assert ("…" in short) == (cell_width(text) > width)


@pytest.mark.parametrize(
    ("text", "width", "indent", "lines"),
    [
        ("", 10, 0, [""]),
        ("   ", 10, 3, [""]),
        ("one two three", 13, 0, ["one two three"]),
        ("one two three", 12, 0, ["one two", "three"]),
        ("one two three", 1, 0, ["one", "two", "three"]),
        ("  one two three", 9, 2, ["  one two", "three"]),
        ("  one two three", 8, 2, ["  one", "two", "three"]),
        ("one  two   three", 9, 0, ["one  two", "three"]),
        ("層層 層層", 8, 0, ["層層", "層層"]),
        ("層層 層層", 9, 0, ["層層 層層"]),
    ],
)
def test_wrap_breaks_at_spaces(text, width, indent, lines):
    assert [text[start:end] for start, end in wrap(text, width, indent)] == lines


@given(words, st.integers(1, 20))
def test_wrap_loses_no_word_and_overflows_only_for_a_long_one(text, width):
    lines = [text[start:end] for start, end in wrap(text, width, 0)]
    assert [word for piece in lines for word in piece.split()] == text.split()
    assert all(cell_width(piece) <= width or " " not in piece.strip(" ") for piece in lines)
