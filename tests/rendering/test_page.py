from __future__ import annotations

from functools import partial

import pytest
from sample_pages import LAYER_PAGE, row, table

from resnet_inspect.rendering.csv import to_csv
from resnet_inspect.rendering.html import to_fragment, to_html
from resnet_inspect.rendering.markdown import to_markdown
from resnet_inspect.rendering.page import Cell, Column, Page, Prose, Section, Span, Table, line, plain_text
from resnet_inspect.rendering.table import to_text

SMALL = table("a b", "1|2")


@pytest.mark.parametrize(
    ("cell", "exact"),
    [(Cell("7x7"), "7x7"), (Cell("7x7", (7, 7)), (7, 7)), (Cell("none", None), None), (Cell("0", 0), 0)],
)
def test_exact_value_is_the_text_unless_one_is_given(cell, exact):
    assert cell.exact == exact


def test_lines_join():
    spans = line("stem ") + line("7x7", "strong")
    assert spans == (Span("stem "), Span("7x7", "strong"))
    assert plain_text(spans) == "stem 7x7"


@pytest.mark.parametrize("main", [0, 1])
def test_main_names_the_table_of_data(main):
    other = table("c", "3")
    page = Page((Prose((line("first"),)), SMALL, other), main=main)
    assert page.data is (SMALL, other)[main]


def test_page_without_table_has_no_data():
    assert Page((Prose((line("first"),)),)).data is None


def test_main_table_must_exist():
    with pytest.raises(ValueError, match="main is table 2, but the page has 1"):
        Page((SMALL,), main=2)


@pytest.mark.parametrize("place", ["sections", "footer"])
def test_every_row_has_a_cell_for_each_column(place):
    parts = {"sections": (), "footer": ()} | {
        place: (Section((row("1|2"),)),) if place == "sections" else (row("1|2"),)
    }
    with pytest.raises(ValueError, match="a row of 2 cells in a table of 1 columns"):
        Table((Column("a", "a"),), **parts)


def test_table_has_columns():
    with pytest.raises(ValueError, match="at least one column"):
        Table((), ())


def test_rows_are_those_of_all_sections_without_footer():
    data = LAYER_PAGE.data
    assert [entry.cells[0].text for entry in data.rows] == [
        "conv1",
        "layer2.0.conv1",
        "layer2.0.conv2",
        "layer2.0.conv3",
        "layer2.0.downsample.0",
    ]


@pytest.mark.parametrize(
    "write",
    [
        partial(to_text, width=4, colour=False),
        to_markdown,
        to_fragment,
        partial(to_html, command="layers"),
    ],
)
def test_hidden_columns_are_in_csv_alone(write):
    columns = (Column("name", "name"), Column("machine_key", "machine title", hidden=True))
    page = Page((Table(columns, (Section((row("conv1|secret"),)),), (row("all|total"),)),))
    assert "name" in write(page)
    assert not [word for word in ("machine", "secret", "total") if word in write(page)]
    assert to_csv(page) == "name,machine_key\nconv1,secret\n"


def test_unseen_data_is_for_csv_alone():
    page = Page((SMALL,), unseen=Table((Column("path", "path"),), ()))
    assert to_csv(page) == "path\n"
    assert "path" not in to_text(page, width=None, colour=False) + to_markdown(page) + to_fragment(page)
