from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from sample_pages import LAYER_PAGE, hidden_characters, row, table, tables

from resnet_inspect.errors import RequestError
from resnet_inspect.rendering.csv import to_csv
from resnet_inspect.rendering.page import Cell, Column, Page, Prose, Row, Section, Table, line
from resnet_inspect.rendering.pen import safe


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def written(*cells):
    columns = tuple(Column(f"c{index}", "") for index in range(len(cells)))
    return read(to_csv(Page((Table(columns, (Section((Row(cells),)),)),))))[1]


@pytest.mark.parametrize(
    ("cell", "field"),
    [
        (Cell("25.6 M", 25557032), "25557032"),
        (Cell("big", 2**70), str(2**70)),
        (Cell("less", -12), "-12"),
        (Cell("3.1", 3.14159), "3.14159"),
        (Cell("7 by 7", (7, 7)), "7x7"),
        (Cell("shape", (1, 64, 112, 112)), "1x64x112x112"),
        (Cell("both", ("relu", "add")), "relu; add"),
        (Cell("yes", True), "true"),
        (Cell("no", False), "false"),
        (Cell("-", None), ""),
        (Cell("conv1"), "conv1"),
        (Cell('a,b "c"'), 'a,b "c"'),
        (Cell("a\r\nb\x1b"), r"a\x0d\x0ab\x1b"),
    ],
)
def test_values_are_exact(cell, field):
    assert written(cell) == [field]


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@sum(a)", "\uff1d1", "\uff0bx", "\uff0dx", "\uff20x", "- 1"])
def test_text_is_no_formula(text):
    assert written(Cell(text), Cell("", text)) == [f"'{text}"] * 2


@pytest.mark.parametrize("text", ["-1", "+2.5", "-1e-05", "a=b", "'=x", ""])
def test_numbers_and_harmless_text_stay(text):
    assert written(Cell(text), Cell("last")) == [text, "last"]


def test_layer_page():
    header, *rows = read(to_csv(LAYER_PAGE))
    assert header == [column.key for column in LAYER_PAGE.data.columns]
    assert [fields[0] for fields in rows] == [entry.cells[0].text for entry in LAYER_PAGE.data.rows]
    assert rows[-1][4:] == ["512x28x28", "1x1", "2", "0", "1", "131072", "102760448", str(102760448 / 4.09e9)]


def test_lines_end_in_newline_and_footers_are_left_out():
    assert to_csv(Page((table("a b", "1|2", footer=("all|2",)),))) == "a,b\n1,2\n"


def test_main_table_is_written():
    assert to_csv(Page((table("a", "1"), table("b", "2")), main=1)) == "b\n2\n"


def test_page_without_table_says_what_to_do():
    with pytest.raises(RequestError, match=r"has no table; use JSON \(--format json, or to_dict\(\)\)"):
        to_csv(Page((Prose((line("text"),)),)))


def expected(value):
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    return "x".join(map(str, value)) if isinstance(value, tuple) else safe(str(value))


@given(tables())
def test_csv_reads_back(shown):
    text = to_csv(Page((shown,)))
    header, *rows = read(text)
    assert hidden_characters(text) == []
    assert [field.removeprefix("'") for field in header] == [
        safe(column.key).removeprefix("'") for column in shown.columns
    ]
    assert len(rows) == len(shown.rows)
    for fields, entry in zip(rows, shown.rows, strict=True):
        for field, cell in zip(fields, entry.cells, strict=True):
            assert field in (expected(cell.exact), "'" + expected(cell.exact))


def test_sections_are_one_list():
    sections = (Section((row("a"),), "first"), Section((row("b"),), "second"))
    assert to_csv(Page((Table((Column("n", "Name"),), sections),))) == "n\na\nb\n"
