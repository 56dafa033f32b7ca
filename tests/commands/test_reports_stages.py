"""The arithmetic that is shown must be true."""

from __future__ import annotations

import math
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from each import for_each
from hypothesis import assume, given, settings
from stage_reports import report_on
from torch import nn

import resnet_inspect as ri
from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.commands.stages import stages_report
from resnet_inspect.configs.variants import variant_names
from resnet_inspect.rendering.page import Table
from resnet_inspect.rendering.report import ModelRef
from resnet_inspect.rendering.table import to_text
from resnet_inspect.tracing.recorder import trace

every_variant = for_each("name", variant_names())


def evaluated(arithmetic):
    signs = {"⌊": "math.floor(", "⌈": "math.ceil(", "⌋": ")", "⌉": ")", "·": "*", "−": "-"}
    return eval("".join(signs.get(sign, sign) for sign in arithmetic), {"math": math})


def assert_true(steps):
    for step in steps:
        arithmetic, _, result = step.formula.partition(" = ")
        assert evaluated(arithmetic) == int(result) == step.after, step
        assert arithmetic.lstrip("⌊⌈(").startswith(f"{step.before} "), step


def reported(subject):
    return stages_report(subject.model, subject.anatomy)


@every_variant
def test_sizes(name, examine):
    report = reported(examine(name))
    assert_true(report.sizes)
    size = report.input_shape[2]
    for step in report.sizes:
        assert (step.before, step.axis) == (size, "h, w")
        assert step.by_stride != step.by_border
        size = step.after
    assert size == report.rows[-2].output_shape[2]


@every_variant
def test_every_halving_is_done_by_a_stride_of_2(name, examine):
    """True of all published nets, whatever pads for the window that strides."""
    report = reported(examine(name))
    strides = [step.layer for step in report.sizes if step.by_stride]
    assert report.observations[0] == f"every halving is done by a stride of 2: {', '.join(strides)}"
    assert len(strides) == (2 if name.endswith("_cifar") else 5)


def test_the_sizes_of_resnet50():
    assert [f"{step.layer}: {step.formula}" for step in ri.stages("resnet50").sizes] == [
        "conv1: ⌊(224 + 2·3 − 7)/2⌋ + 1 = 112",
        "maxpool: ⌊(112 + 2·1 − 3)/2⌋ + 1 = 56",
        "layer2.0.conv2: ⌊(56 + 2·1 − 3)/2⌋ + 1 = 28",
        "layer3.0.conv2: ⌊(28 + 2·1 − 3)/2⌋ + 1 = 14",
        "layer4.0.conv2: ⌊(14 + 2·1 − 3)/2⌋ + 1 = 7",
    ]


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        (
            "resnetv2_50x1_bit",
            [
                "stem.conv: ⌊(224 + 2·3 − 7)/2⌋ + 1 = 112",
                "stem.pad: 112 + 2 = 114",
                "stem.pool: ⌊(114 + 2·0 − 3)/2⌋ + 1 = 56",
                "stages.1.blocks.0.conv2: ⌊(56 + 2·1 − 3)/2⌋ + 1 = 28",
            ],
        ),
        (
            "resnetblur50",
            [
                "conv1: ⌊(224 + 2·3 − 7)/2⌋ + 1 = 112",
                "maxpool.1:pad: 112 + 2 = 114",
                "maxpool.1: ⌊(114 + 2·0 − 3)/2⌋ + 1 = 56",
                "layer2.0.aa:pad: 56 + 2 = 58",
                "layer2.0.aa: ⌊(58 + 2·0 − 3)/2⌋ + 1 = 28",
            ],
        ),
        (
            "resnetaa50",
            [
                "conv1: ⌊(224 + 2·3 − 7)/2⌋ + 1 = 112",
                "maxpool: ⌊(112 + 2·0 − 2)/2⌋ + 1 = 56",
                "layer2.0.aa: ⌊(56 + 2·0 − 2)/2⌋ + 1 = 28",
            ],
        ),
        ("resnetrs50", ["conv1.0: ⌊(224 + 2·1 − 3)/2⌋ + 1 = 112", "maxpool.0: ⌊(112 + 2·1 − 3)/2⌋ + 1 = 56"]),
    ],
)
def test_sizes_of_other_stems_and_pools(name, steps):
    found = [f"{step.layer}: {step.formula}" for step in ri.stages(name).sizes]
    assert found[: len(steps)] == steps


def test_a_border_of_each_axis_is_shown_apart():
    net = nn.Sequential(
        nn.ZeroPad2d((1, 0, 2, 2)), nn.Conv2d(3, 4, (5, 2)), nn.ReLU(), nn.ZeroPad2d((0, 1, 0, 1)), nn.MaxPool2d(2)
    )
    report = report_on(net, (1, 3, 9, 7))
    assert [(step.layer, step.axis, step.formula) for step in report.sizes] == [
        ("0", "h", "9 + 4 = 13"),
        ("0", "w", "7 + 1 = 8"),
        ("1", "h", "⌊(13 + 2·0 − 5)/1⌋ + 1 = 9"),
        ("1", "w", "⌊(8 + 2·0 − 2)/1⌋ + 1 = 7"),
        ("3", "h", "9 + 1 = 10"),
        ("3", "w", "7 + 1 = 8"),
        ("4", "h", "⌊(10 + 2·0 − 2)/2⌋ + 1 = 5"),
        ("4", "w", "⌊(8 + 2·0 − 2)/2⌋ + 1 = 4"),
    ]
    assert report.observations == (
        "every halving is done by a stride of 2: 4",
        "at stride 1, padding keeps the size in the one layer with a kernel larger than 1×1",
    )


def test_a_border_that_is_cropped_again_is_told():
    net = nn.Sequential(nn.ZeroPad2d(2), nn.Conv2d(3, 4, 3))
    assert report_on(net, (1, 3, 9, 9)).observations == (
        "1 takes 9 to 11 at stride 1: its padding does not keep the size",
    )


def test_rounding_up_is_shown():
    assert ri.stages("resnet50_caffe").sizes[1].formula == "⌈(112 + 2·0 − 3)/2⌉ + 1 = 56"


WINDOWS = st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(0, 2), st.integers(1, 3))


@settings(max_examples=150)
@given(st.sampled_from(["conv", "max", "ceil"]), st.tuples(WINDOWS, WINDOWS), st.tuples(*[st.integers(1, 30)] * 2))
def test_sizes_of_any_window(kind, windows, size):
    kernel, stride, padding, dilation = zip(*windows, strict=True)
    if kind == "conv":
        net = nn.Conv2d(3, 4, kernel, stride, padding, dilation)
    else:
        assume(all(2 * pad <= length for pad, length in zip(padding, kernel, strict=True)))
        net = nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=kind == "ceil")
    traced = trace(nn.Sequential(net, nn.ReLU()), (1, 3, *size))
    assume(traced.failure is None)
    sizes = stages_report(ModelRef("net", None), dissect(traced)).sizes
    assert_true(sizes)
    changed = {axis for axis, before, after in zip("hw", size, traced.output_shape[2:], strict=True) if before != after}
    assert {axis for step in sizes for axis in step.axis.split(", ")} == changed


@every_variant
def test_shares(name, examine):
    report = reported(examine(name))
    assert sum(row.params_share for row in report.rows) == pytest.approx(1)
    assert sum(row.macs_share for row in report.rows) == pytest.approx(1)
    assert sum(row.params for row in report.rows) == report.totals.params
    assert sum(row.macs for row in report.rows) == report.totals.macs
    for row in report.rows:
        assert row.params_share * report.totals.params == pytest.approx(row.params)
        assert row.macs_share * report.totals.macs == pytest.approx(row.macs)


def test_nothing_to_share():
    report = report_on(nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)), (1, 3, 8, 8))
    assert report.rows == ()
    assert (report.totals.params, report.totals.macs) == (0, 0)


def test_the_rows_of_resnet50():
    rows = ri.stages("resnet50").rows
    assert [row.name for row in rows] == ["stem", "stage1", "stage2", "stage3", "stage4", "head"]
    assert [row.blocks for row in rows] == [0, 3, 4, 6, 3, 0]
    assert rows[0].layers == ("7×7, 64",)
    assert rows[2].layers == ("1×1, 128", "3×3, 128", "1×1, 512")
    assert rows[-1].layers == ("1000-d",)
    assert [row.stride for row in rows[:-1]] == [(4, 4), (1, 1), (2, 2), (2, 2), (2, 2)]
    assert rows[0].strided == ("conv1", "maxpool")
    assert rows[1].strided == ()
    assert rows[2].strided == ("layer2.0.conv2", "layer2.0.downsample.0")
    assert rows[2].strided_text == "block 1: conv2 3×3, shortcut"
    assert rows[0].padding == ("7×7: 3", "3×3: 1")
    assert rows[2].padding == ("3×3: 1",)


@pytest.mark.parametrize(
    ("name", "stem", "later"),
    [
        ("resnet50", "conv1 7×7, maxpool 3×3", "block 1: conv2 3×3, shortcut"),
        ("resnetrs50", "conv1.0 3×3, maxpool.0 3×3", "block 1: conv2 3×3, shortcut"),
        ("resnetblur50", "conv1 7×7, maxpool.1 3×3", "block 1: aa 3×3, shortcut"),
        ("resnetv2_50", "conv 7×7, pool 3×3", "block 1: shortcut, conv2 3×3"),
    ],
)
def test_where_the_strides_are_in_words(name, stem, later):
    rows = ri.stages(name).rows
    assert (rows[0].strided_text, rows[2].strided_text) == (stem, later)


def test_groups_are_shown():
    assert "3×3, 128, 32 groups" in ri.stages("resnext50_32x4d").rows[1].layers


@pytest.mark.parametrize("size", [(224, 224), (225, 191), (33, 64), (32, 32), (1, 1)])
@pytest.mark.parametrize("name", ["resnet50", "resnet18", "resnet34_a"])
def test_strides_do_not_depend_on_the_input(name, size):
    rows = ri.stages(name, ri.RunOptions(input_shape=(1, 3, *size))).rows
    assert [row.stride for row in rows[:-1]] == [(4, 4), (1, 1), (2, 2), (2, 2), (2, 2)]


def table_1(name, **run):
    """Return stage, the paper's name, layers and output size of each row that the page shows first."""
    table = next(part for part in ri.stages(name, ri.RunOptions(**run)).page().parts if isinstance(part, Table))
    return [tuple(row.cells[at].text for at in (0, 1, 3, 4)) for row in table.rows]


@for_each(
    "name, rows",
    [
        (
            "resnet34",
            [
                ("stem", "conv1", "7×7, 64", "64×112×112"),
                ("stem", "conv2_x", "3×3 max pool", "64×56×56"),
                ("stage1", "conv2_x", "3×3, 64 · 3×3, 64", "64×56×56"),
            ],
        ),
        (
            "resnetblur50",
            [
                ("stem", "conv1", "7×7, 64", "64×112×112"),
                ("stem", "conv2_x", "3×3 max pool · 3×3 blur", "64×56×56"),
                ("stage1", "conv2_x", "1×1, 64 · 3×3, 64 · 1×1, 256", "256×56×56"),
            ],
        ),
        (
            "resnet50d",
            [
                ("stem", "conv1", "3×3, 32 · 3×3, 32 · 3×3, 64", "64×112×112"),
                ("stem", "conv2_x", "3×3 max pool", "64×56×56"),
                ("stage1", "conv2_x", "1×1, 64 · 3×3, 64 · 1×1, 256", "256×56×56"),
            ],
        ),
        (
            "resnet20_cifar",
            [
                ("stem", "conv1", "3×3, 16", "16×32×32"),
                ("stage1", "conv2_x", "3×3, 16 · 3×3, 16", "16×32×32"),
                ("stage2", "conv3_x", "3×3, 32 · 3×3, 32", "32×16×16"),
            ],
        ),
        (
            "resnetrs50",  # a convolution in place of the max pool
            [
                ("stem", "conv1", "3×3, 32 · 3×3, 32 · 3×3, 64 · 3×3, 64", "64×56×56"),
                ("stage1", "conv2_x", "1×1, 64 · 3×3, 64 · 1×1, 256", "256×56×56"),
                ("stage2", "conv3_x", "1×1, 128 · 3×3, 128 · 1×1, 512", "512×28×28"),
            ],
        ),
    ],
)
def test_the_page_has_the_rows_of_table_1(name, rows):
    """In the paper, conv1 ends at 112×112, and conv2_x begins with the max pool."""
    assert table_1(name)[:3] == rows


def test_stem_and_pool_stride_by_2_each():
    rows = ri.stages("resnet50").table_1
    assert [row.stride for row in rows] == [(2, 2), (2, 2), (1, 1), (2, 2), (2, 2), (2, 2), ()]
    assert [row.blocks for row in rows] == [0, 0, 3, 4, 6, 3, 0]


def headers(text):
    """Return the first line of each table."""
    lines = text.splitlines()
    return [above.split() for above, below in pairwise(lines) if below and set(below) == {"─"} and above[:5] == "stage"]


def test_the_same_columns_are_together_at_every_width():
    page = ri.stages("resnet50").page()
    wide = headers(to_text(page, width=None, colour=False))
    assert [len(columns) for columns in wide] == [9, 10, 7]  # words
    for width in (80, 100, 200):
        text = to_text(page, width=width, colour=False)
        assert headers(text) == wide
        assert "hidden" not in text
        assert max(map(len, text.splitlines())) <= width


def test_csv_has_a_row_for_each_part_with_every_column():
    report = ri.stages("resnet50")
    data = report.page().data
    assert [row.cells[0].text for row in data.rows] == [row.name for row in report.rows]
    assert len(data.columns) == 16


@pytest.mark.parametrize(("stride", "said"), [(2, True), (1, False)])
def test_the_page_says_how_blocks_are_counted_if_it_names_one(stride, said):
    report = ri.stages({"base": "resnet18", "stage_strides": [1, stride, 1, 1]})
    assert ("blocks are counted from 1" in ri.render(report)) == said == ("block 1: " in ri.render(report))
