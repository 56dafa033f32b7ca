"""``variants``: what is listed, in which order, and how it looks."""

from __future__ import annotations

import csv
import io
import json

import pytest
from loaded import modules_of_command

import resnet_inspect as ri
from resnet_inspect.commands.variants import VariantFilter
from resnet_inspect.configs import variants
from resnet_inspect.console.option_values import parse_limit
from resnet_inspect.errors import RequestError
from resnet_inspect.rendering.pen import Look
from resnet_inspect.rendering.report import render


@pytest.fixture(scope="module")
def everything():
    return {row.name: row for row in ri.variants().variants}


def names(command, *arguments):
    done = command("variants", *arguments, "-f", "json")
    assert done.code == 0, done.err
    return [row["name"] for row in json.loads(done.out)["variants"]]


@pytest.mark.parametrize(
    ("name", "depth", "params", "macs"),
    [
        ("resnet18", 18, 11_689_512, 1_814_073_344),
        ("resnet50", 50, 25_557_032, 4_089_184_256),
        ("resnet50_v1", 50, 25_557_032, 3_857_973_248),
        ("resnet50d", 52, 25_576_264, 4_328_824_832),
        ("resnet164_cifar", 164, 1_703_258, None),
    ],
)
def test_a_row_has_exact_figures(everything, name, depth, params, macs):
    row = everything[name]
    assert (row.depth, row.params) == (depth, params)
    assert row.macs == macs or macs is None


@pytest.mark.parametrize("name", ["resnet34_a", "senet154", "resnetrs50", "resnetv2_50x1_bit", "ecaresnet50d_pruned"])
def test_figures_are_those_of_the_traced_model(everything, examine, name):
    anatomy = examine(name).anatomy
    row = everything[name]
    assert (row.depth, row.params, row.macs) == (anatomy.depth.depth, anatomy.totals.params, anatomy.totals.macs)


def test_without_a_wish_all_come_in_the_order_of_the_table(command):
    assert names(command) == list(variants.variant_names())


@pytest.mark.parametrize(
    ("arguments", "fits"),
    [
        (["--block", "basic"], lambda row: "basic" in row.config.stage_kinds),
        (["--block", "bottleneck"], lambda row: "bottleneck" in row.config.stage_kinds),
        (["--max-params", "30M"], lambda row: row.params <= 30_000_000),
        (["--max-params", "25_557_032"], lambda row: row.params <= 25_557_032),
        (["--max-macs", "4.1G"], lambda row: row.macs <= 4_100_000_000),
        (
            ["resnet*", "--block", "bottleneck", "--max-params", "25.6m", "--max-macs", "5g"],
            lambda row: row.name.startswith("resnet") and "bottleneck" in row.config.stage_kinds
            and row.params <= 25_600_000 and row.macs <= 5 * 10**9,
        ),
    ],
)  # fmt: skip
def test_filters(command, everything, arguments, fits):
    expected = [name for name, row in everything.items() if fits(row)]
    assert 0 < len(expected) < len(everything)
    assert names(command, *arguments) == expected


@pytest.mark.parametrize("key", ["name", "depth", "params", "macs"])
def test_sort_is_by_the_column_and_keeps_the_order_of_the_table_among_equals(command, everything, key):
    assert names(command, "--sort", key) == sorted(everything, key=lambda name: getattr(everything[name], key))


def test_an_alias_is_found_where_no_pattern_matches(command):
    assert names(command, "ResNet-50") == names(command, "microsoft/resnet-50") == ["resnet50"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--max-params", "many"], "--max-params 'many' is not a number: write a number like 30M, 4.1G, 512k"),
        (["--max-macs", "5X"], "--max-macs '5X' is not a number"),
        (["--max-params", "-3"], "is not a number"),
        (["--max-params", ""], "--max-params '' is not a number"),
        (["--max-params", "1,2"], "is not a number"),
        (["--max-params", "1"], "no variant that matches '*' is within the given limits"),
        (["vgg*"], "no variant matches 'vgg*'"),
        (["vgg16"], "unknown variant 'vgg16'"),
        (["R-50"], "resnet50_v1 (v1, stride on the first 1x1"),
        (["--block", "wide"], "wide"),
        (["--sort", "size"], "size"),
    ],
)
def test_a_wrong_wish_is_refused(command, arguments, words):
    done = command("variants", *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("30M", 30_000_000), ("4.1G", 4_100_000_000), ("4.1e9", 4_100_000_000), ("30M params", 30_000_000), ("25_557_032", 25_557_032), ("25,557,032", 25_557_032),
        ("25.6m", 25_600_000), ("1.5 k", 1_500), ("0", 0), ("7", 7), ("1.9", 1), ("2B", 2 * 10**9), ("1T", 10**12),
        (" 12 ", 12), ("0.1M", 100_000), ("999999999999999999T", 999_999_999_999_999_999 * 10**12),
    ],
)  # fmt: skip
def test_quantities(text, number):
    assert parse_limit("--max-params", text, "params") == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "M",
        "1e",
        "e6",
        "4 GFLOPs",
        "25,6M",
        "1_2",
        "1__000",
        ".5M",
        "5.",
        "٣",
        "1 2",
        "nan",
        "inf",
        "9" * 5000,
        "0x10",
    ],
)
def test_no_quantities(text):
    with pytest.raises(RequestError, match="--max-macs"):
        parse_limit("--max-macs", text, "macs")


@pytest.mark.parametrize(("width", "titles"), [(80, 6), (120, 8), (160, 9), (400, 10)])
def test_the_columns_that_matter_most_fit_the_terminal(width, titles):
    lines = render(ri.variants(), "table", Look(width=width)).splitlines()
    assert lines[0].split()[:5] == ["variant", "depth", "params", "MACs", "stage"]
    assert len([title for title in lines[0].split("  ") if title]) == titles
    assert max(map(len, lines)) <= width
    assert any(line.startswith("seresnextaa201d_32x8d ") for line in lines), "no name is cut"
    assert all("…" not in line[:60] for line in lines)


def test_published_models_are_named(command):
    (row,) = json.loads(command("variants", "resnet50", "-f", "json").out)["variants"]
    assert row["published"] == ["torchvision:resnet50", "timm:resnet50", "transformers:microsoft/resnet-50"]
    assert row["input_size"] == [224, 224]
    assert "torchvision, timm, microsoft/resnet-50" in command("variants", "resnet50").out


def test_csv_is_exact(command):
    rows = list(csv.DictReader(io.StringIO(command("variants", "-f", "csv").out)))
    assert len(rows) == len(variants.variant_names())
    row = next(row for row in rows if row["name"] == "test_resnet")
    assert (row["block"], row["params"], row["published"]) == ("basic, bottleneck", "469688", "timm:test_resnet")


@pytest.mark.parametrize("output_format", ["markdown", "html"])
def test_other_formats_name_every_variant(command, output_format):
    done = command("variants", "-f", output_format)
    assert done.code == 0
    assert all(name in done.out for name in ("resnet50", "resnetv2_152x4_bit", "ecaresnet101d_pruned"))


def test_python_takes_the_same_wishes():
    report = ri.variants("resnext*", VariantFilter(max_params=50_000_000, order="params"))
    assert [row.name for row in report.variants] == ["resnext50_32x4d", "resnext50d_32x4d", "resnext101_32x4d"]


def test_it_needs_no_torch():
    assert "torch" not in modules_of_command(["variants", "--sort", "macs"])
