"""Lines of a file, and where a value on one of them ends."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from resnet_inspect.checking.locate import Lines, line_at
from resnet_inspect.configs.positions import Position, PositionsInOrder, position_at


@pytest.mark.parametrize(
    ("text", "column", "end"),
    [
        ("depth = 50  # many", 9, 11),
        ("depth = 50", 1, 6),
        ('base = "a # b" # c', 8, 15),
        (r'base = "a \" b" # c', 8, 16),
        ("base = 'a # b' # c", 8, 15),
        ("x = [1, [2, 3], ']'] # c", 5, 21),
        ("x = [1, [2, 3],", 5, 16),
        ("x = [1, [2, 3],  ", 5, 16),
        ('x = {a = "}"}', 5, 14),
        ("[expect]", 2, 8),
        ("a: b, c", 4, 5),
        ("x = ", 5, None),
        ("x = #", 5, 6),
        ("x = 'open", 5, 10),
        ("x = 1", 99, None),
    ],
)
def test_where_a_value_ends(text, column, end):
    assert Lines(text).end(Position(1, column)) == end


def test_lines_are_as_they_stand():
    lines = Lines("a = 1\r\nb = 2\n" + "x" * 2000)
    assert [lines.text(Position(line, 1)) for line in (1, 2, 3, 4)] == ["a = 1", "b = 2", "", ""]
    assert lines.text(None) == Lines("a = 1").text(Position(0, 1)) == ""
    assert lines.end(Position(3, 5)) is None


@pytest.mark.parametrize("text", ["", "ab", "a\nb\n", "\n\n", "x" * 999 + "\n" + "y" * 1_001, "z" * 1_000, "\r\na"])
def test_a_line_is_found_from_an_offset(text):
    for offset in range(len(text)):
        assert line_at(text, offset).rstrip("\r") == Lines(text).text(position_at(text, offset))


@given(st.text(alphabet="a\n\r", max_size=30), st.lists(st.integers(0, 30), max_size=6))
def test_positions_in_order_are_positions(text, offsets):
    positions = PositionsInOrder(text)
    for offset in sorted(min(offset, len(text)) for offset in offsets):
        assert positions.at(offset) == position_at(text, offset)
