"""Counts and lists in a sentence."""

from __future__ import annotations

import pytest

from resnet_inspect.text import join_names, per_axis, pluralise, uncapitalised


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("file",), "0 files"),
        (1, ("file",), "1 file"),
        (2, ("file",), "2 files"),
        (12_345, ("file",), "12,345 files"),
        (1, ("entry", "entries"), "1 entry"),
        (1_000, ("entry", "entries"), "1,000 entries"),
    ],
)
def test_a_noun_follows_its_number(number, words, said):
    assert pluralise(number, *words) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, ""), (1, "a"), (5, "a, b, c, d, e"), (6, "a, b, c, d, e, f"), (7, "a, b, c, d, e and 2 more")],
)
def test_one_name_more_is_not_worth_leaving_out(count, said):
    assert join_names("abcdefg"[:count]) == said


def test_a_list_says_how_much_it_leaves_out_and_nothing_that_a_terminal_obeys():
    assert join_names(["x"] * 1_204, 2) == "x, x and 1,202 more"
    assert join_names(["\x1b[31mred", "y" * 9], limit=5) == "\\x1b[…, yyyyy…"


@pytest.mark.parametrize(
    ("sizes", "said"), [((), ""), ((3,), "3"), ((3, 3), "3"), ((0, 0, 0), "0"), ((3, 5), "3×5"), ((1, 2, 1), "1×2×1")]
)
def test_what_is_the_same_on_every_axis_is_said_once(sizes, said):
    assert per_axis(sizes) == said


@pytest.mark.parametrize(
    ("sentence", "said"), [("Permission denied", "permission denied"), ("Is a Directory", "is a Directory"), ("", "")]
)
def test_a_sentence_goes_on_behind_others(sentence, said):
    assert uncapitalised(sentence) == said
