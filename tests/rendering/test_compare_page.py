"""``compare`` as text."""

from __future__ import annotations

import pytest

import resnet_inspect as ri
from resnet_inspect.rendering.pen import Look


def test_a_long_list_of_layers_is_cut_and_counted():
    text = ri.render(ri.compare("resnet20_cifar", "resnet1202_cifar"))
    last = text.splitlines()[-1]
    assert last.startswith("  layer1.3.conv1, layer1.3.conv2, ")
    assert last.endswith(" and 1,158 more")
    assert last.count("layer") == 24


def test_of_two_lists_of_operations_the_difference_is_shown():
    report = ri.compare("resnet18", "plain18")
    rows = [line.split() for line in ri.render(report).splitlines() if "operations  " in line]
    assert rows == [
        [f"layer{stage}.{block}", "main", "operations", "add", "none"] for stage in (1, 2, 3, 4) for block in (0, 1)
    ]
    assert '"batch_norm, relu, batch_norm, add, relu"' in ri.render(report, "csv")


def test_operations_that_share_nothing_are_shown_whole():
    text = ri.render(ri.compare("resnet18_a", "resnet18"))
    assert "slice, slice, pad  batch_norm" in text


@pytest.mark.parametrize("pair", [("resnet34", "plain34"), ("resnet18_a", "resnet18"), ("resnet50", "resnet34")])
def test_every_line_fits_80_columns(pair):
    text = ri.render(ri.compare(*pair), look=Look(width=80))
    assert max(map(len, text.splitlines())) <= 80
