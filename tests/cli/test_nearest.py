"""``nearest``: which variants are close to a custom net, and what differs."""

from __future__ import annotations

import csv
import io
import json
import sys

import pytest

NET = """
base = "resnet50"
name = "mine"
stage_blocks = [3, 4, 9, 3]
num_classes = 10
"""


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "my-net.toml"

    def written(text=NET):
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_the_page_names_the_closest_first_and_says_what_differs(command, net):
    done = command("nearest", net())
    assert (done.code, done.err) == (0, "")
    assert "no variant equals it; the closest is resnet50, except for stage_blocks, num_classes" in done.out
    assert "stage_blocks: [3, 4, 6, 3] → [3, 4, 9, 3]" in done.out
    assert "num_classes: 1000 → 10" in done.out
    assert "depth 50 → 59: 50 = 1 + 3·(3+4+6+3) + 1, 59 = 1 + 3·(3+4+9+3) + 1" in done.out
    assert "stage3: 6 → 9 blocks" in done.out
    assert "traced: something differs in 2 places, 9 layers only in this network" in done.out
    assert done.out.index("resnet50 → mine") < done.out.index("resnet101 → mine")


@pytest.mark.parametrize(
    ("text", "name", "published"),
    [
        ('base = "resnet34"\nblock = "bottleneck"\n', "resnet50", "timm:resnet50"),
        ('base = "resnet50"\nattention = "se"\ninput_size = [160, 160]\n', "seresnet50", "timm:seresnet50"),
        ('base = "resnet18"\nstride_in = "1x1"\nzero_init_last = true\n', "resnet18", "torchvision:resnet18"),
    ],
)
def test_an_equal_variant_is_named_with_what_was_published(command, net, text, name, published):
    done = command("nearest", net(text), "--count", "1")
    assert f"equals {name}, published as" in done.out
    assert published in done.out
    assert "no variant equals it" not in done.out


def test_another_stride_is_not_equal(command, net):
    text = 'base = "resnet50"\nstride_in = "1x1"\nstem_bias = true\n'
    (near,) = json.loads(command("nearest", net(text), "-n", "1", "-f", "json").out)["variants"]
    assert (near["name"], near["equal"]) == ("resnet50_v1", False)


@pytest.mark.parametrize("count", [1, 4])
def test_count(command, net, count):
    report = json.loads(command("nearest", net(), "--count", str(count), "-f", "json").out)
    assert report["schema"] == "resnet-inspect/nearest/1"
    assert len(report["variants"]) == count
    assert [near["distance"] for near in report["variants"]] == sorted(near["distance"] for near in report["variants"])


def test_csv_has_one_row_a_variant(command, net):
    rows = list(csv.DictReader(io.StringIO(command("nearest", net(), "-f", "csv").out)))
    assert [row["name"] for row in rows] == ["resnet50", "resnet101", "resnet152"]
    assert rows[0]["differs"] == "stage_blocks: [3, 4, 6, 3] → [3, 4, 9, 3], num_classes: 1000 → 10"
    assert (rows[0]["params"], rows[0]["equal"], rows[0]["only_net"]) == ("25557032", "false", "9")


@pytest.mark.parametrize("output_format", ["markdown", "html"])
def test_other_formats_show_the_fields(command, net, output_format):
    done = command("nearest", net(), "-f", output_format)
    assert done.code == 0
    assert "[3, 4, 6, 3] → [3, 4, 9, 3]" in done.out.replace("\\", "")  # of Markdown


@pytest.mark.parametrize(
    ("text", "arguments", "code", "words"),
    [
        (NET, ["--count", "0"], 2, "--count"),
        (NET, ["--input", "4x64x64"], 3, "mine cannot be compared: the forward failed in conv1"),
        ('base = "R-50"\n', [], 2, '"R-50" does not name a single network'),
        ("grups = 1\n", [], 2, "unknown field"),
    ],
)
def test_what_cannot_be_done_is_refused(command, net, text, arguments, code, words):
    done = command("nearest", net(text), *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err


def test_standard_input_is_read_once(monkeypatch, command):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NET.encode())))
    assert "nearest to mine" in command("nearest", "-", "-n", "1").out
