from __future__ import annotations

import sys

import pytest
from hypothesis import given
from sample_pages import DANGEROUS, TIMES, hidden_characters, texts

from resnet_inspect.rendering.pen import safe, safe_ascii, safe_ascii_drawing
from resnet_inspect.text import sanitise


def test_what_is_passed_without_a_look_is_what_sanitise_passes():
    printable = "".join(sign for sign in map(chr, range(sys.maxunicode + 1)) if sign.isprintable())
    assert sanitise(printable, limit=len(printable)) == printable


def test_dangerous_characters_are_spelled_out():
    assert safe("a\x1b[31mb\u202ec\nd") == r"a\x1b[31mb\u202ec\x0ad"
    assert hidden_characters(safe(DANGEROUS)) == []


def test_long_text_is_not_cut():
    assert safe("x" * 5000 + "\x1b") == "x" * 5000 + r"\x1b"


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        (f"256{TIMES}56 → 512{TIMES}28", "256x56 -> 512x28"),
        ("⌊(224 \u2212 7 + 2·3) / 2⌋ + 1", "floor((224 - 7 + 2*3) / 2) + 1"),
        ("≤ 3, ≥ 4, ≠ 5, ±1", "<= 3, >= 4, != 5, +/-1"),
        ("Δ params — k² …", "delta params - k^2 ..."),
        ("層", r"\u5c64"),
        ("\x1b[31m", r"\x1b[31m"),
        ("plain", "plain"),
    ],
)
def test_ascii_says_the_same(text, ascii_text):
    assert safe_ascii(text) == ascii_text


@pytest.mark.parametrize(
    ("drawing", "ascii_drawing"),
    [
        ("┌─┬─┐", "+-+-+"),
        ("├─┼─┤", "+-+-+"),
        ("│ → │", "| > |"),
        ("╌╌▼⊕", "..v+"),
        ("╔═╗", "+-+"),
        (f"256{TIMES}56", "256x56"),
    ],
)
def test_ascii_drawing_keeps_its_columns(drawing, ascii_drawing):
    assert safe_ascii_drawing(drawing) == ascii_drawing
    assert len(drawing) == len(ascii_drawing)


@given(texts)
def test_ascii_is_ascii(text):
    for shown in (safe_ascii(text), safe_ascii_drawing(text)):
        assert shown.isascii()
        assert hidden_characters(shown) == []
