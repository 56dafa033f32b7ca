"""The commands, as a user calls them: what they print, in which format, with which exit code."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from resnet_inspect.commands import COMMANDS

REPORTING = {
    "layers": ["layers", "resnet34"],
    "stages": ["stages", "resnet50"],
    "count": ["count", "resnet34"],
    "blocks": ["blocks", "resnet50"],
    "compare": ["compare", "resnet50", "--v1", "--v1.5"],
    "variants": ["variants", "resnet*"],
}


@pytest.mark.parametrize("name", REPORTING)
def test_json_says_its_schema_first(command, name):
    done = command(*REPORTING[name], "--format", "json")
    assert done.code == 0
    document = json.loads(done.out)
    assert next(iter(document.items())) == ("schema", f"resnet-inspect/{name}/1")


@pytest.mark.parametrize("name", REPORTING)
def test_csv_has_as_many_fields_in_every_row(command, name):
    rows = list(csv.reader(io.StringIO(command(*REPORTING[name], "-f", "csv").out)))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(set(rows[0])) == len(rows[0])


@pytest.mark.parametrize("name", REPORTING)
def test_markdown_has_a_table_and_html_too(command, name):
    assert "| --" in command(*REPORTING[name], "-f", "markdown").out.replace("|:-", "| -").replace("|-", "| -")
    assert "<table" in command(*REPORTING[name], "-f", "html").out


@pytest.mark.parametrize("name", REPORTING)
def test_html_is_a_document_that_says_what_it_is(command, name):
    text = command(*REPORTING[name], "-f", "html").out
    assert text.startswith("<!doctype html>\n")
    assert re.search(rf"<title>.*resnet-inspect {name}</title>", text)
    assert text.count("<h1 ") == 1
    assert text.endswith("</html>\n")


@pytest.mark.parametrize("name", REPORTING)
@pytest.mark.parametrize("output_format", ["table", "csv", "markdown"])
def test_a_pipe_gets_no_escapes_and_no_trailing_spaces(command, name, output_format):
    out = command(*REPORTING[name], "-f", output_format).out
    assert "\x1b" not in out
    if output_format == "table":
        assert not [line for line in out.splitlines() if line != line.rstrip()]
        assert "hidden at" not in out


LAYERS_KEYS = {
    "name", "paper_name", "op", "stage", "block", "role", "kernel", "stride", "padding", "dilation", "groups",
    "in_channels", "out_channels", "bias", "input_shape", "output_shape", "params", "macs",
}  # fmt: skip


def test_the_json_of_layers(command):
    report = json.loads(command("layers", "resnet34", "-f", "json").out)
    assert {"model", "input_shape", "output_shape", "layers", "stages", "depth", "totals"} <= report.keys()
    assert {"name", "config"} <= report["model"].keys()
    assert report["input_shape"] == [1, 3, 224, 224]
    assert report["output_shape"] == [1, 1000]
    assert all(LAYERS_KEYS <= layer.keys() for layer in report["layers"])
    first = report["layers"][0]
    assert (first["name"], first["op"], first["stage"], first["block"]) == ("conv1", "conv2d", "stem", None)
    assert (first["kernel"], first["stride"], first["padding"]) == ([7, 7], [2, 2], [3, 3])
    shortcut = next(layer for layer in report["layers"] if layer["name"] == "layer2.0.downsample.0")
    assert (shortcut["paper_name"], shortcut["role"], shortcut["stage"], shortcut["block"]) == (
        "conv3_1", "shortcut", "stage2", 0,
    )  # fmt: skip
    assert [stage["blocks"] for stage in report["stages"]] == [3, 4, 6, 3]
    assert [stage["paper_name"] for stage in report["stages"]] == ["conv2_x", "conv3_x", "conv4_x", "conv5_x"]
    assert report["depth"] == {
        "depth": 34, "weighted": 37, "conv": 36, "linear": 1, "shortcut": 3, "attention": 0, "parallel": 0,
        "constant": 0,
        "formula": "34 = 1 + 2·(3+4+6+3) + 1",
    }  # fmt: skip
    assert report["totals"]["params"] == 21_797_672
    assert report["totals"]["macs"] == 3_663_761_408


def test_the_json_of_compare(command):
    report = json.loads(command("compare", "resnet50", "--v1", "--v1.5", "-f", "json").out)
    assert report["identical"] is False
    assert report["totals"]["macs"] == {"left": 3_857_973_248, "right": 4_089_184_256, "delta": 231_211_008}
    assert report["totals"]["params"]["delta"] == 0
    assert report["stride_placement"] == {"left": "v1", "right": "v1.5"}
    assert report["weights_interchangeable"] is True
    assert report["only_left"] == report["only_right"] == []
    moved = {(change["path"], change["field"]): (change["left"], change["right"]) for change in report["changes"]}
    assert moved["layer2.0.conv1", "stride"] == ([2, 2], [1, 1])
    assert moved["layer2.0.conv2", "stride"] == ([1, 1], [2, 2])
    assert {path for path, _ in moved} == {f"layer{stage}.0.conv{n}" for stage in (2, 3, 4) for n in (1, 2)}
    assert report["verdict"] == [
        "v1 → v1.5: in the first block of stages 2, 3, 4 the stride moves from conv1 (1×1) to conv2 (3×3); "
        "+231,211,008 MACs, +5.99 %"
    ]


@pytest.mark.parametrize("model", ["resnet18", "resnet34", "resnet20_cifar", "plain34"])
def test_comparing_basic_nets_by_version_says_that_there_is_no_such_thing(command, model):
    done = command("compare", model, "--v1", "--v1.5", "--exit-code")
    assert done.code == 0
    assert "the v1 / v1.5 distinction does not apply here" in done.out
    assert "identical" in done.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["resnet50", "--v1", "--v1.5"], 1),
        (["resnet50", "--v1.5"], 0),
        (["resnet50", "--v1"], 1),
        (["resnet50_v1", "--v1"], 0),
        (["resnet50", "resnet50"], 0),
        (["resnet50", "resnet50_v1", "--v1"], 0),
        (["resnet50", "resnet50_v1", "--v1.5"], 0),
        (["resnet18", "resnet34"], 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_each_flag_applies_to_its_side_and_exit_code_tells_as_git_does(command, arguments, code):
    assert command("compare", *arguments, "--exit-code").code == code
    assert command("compare", *arguments).code == 0


@pytest.mark.parametrize(("flag", "macs"), [("--v1", 3_857_973_248), ("--v1.5", 4_089_184_256)])
@pytest.mark.parametrize("name", ["layers", "stages"])
def test_the_version_flags_select_the_version(command, name, flag, macs):
    report = json.loads(command(name, "resnet50", flag, "-f", "json").out)
    assert report["totals"]["macs"] == macs


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--stage", "stem"], ["conv1", "maxpool"]),
        (["--stage", "head"], ["avgpool", "fc"]),
        (["--stage", "layer2", "--block", "1", "--role", "shortcut"], ["layer2.0.downsample.0"]),
        (["--stage", "2", "--role", "shortcut"], ["layer2.0.downsample.0"]),
        (["--stage", "conv3_x", "--role", "SHORTCUT"], ["layer2.0.downsample.0"]),
        (["--stage", "4", "--block", "conv5_3"], ["layer4.2.conv1", "layer4.2.conv2"]),
    ],
)
def test_filters_select_rows_and_leave_the_sums_alone(command, options, names):
    report = json.loads(command("layers", "resnet34", *options, "-f", "json").out)
    assert [layer["name"] for layer in report["layers"]] == names
    assert report["totals"]["params"] == 21_797_672


def test_all_shows_modules_and_functional_operations(command):
    weighted = json.loads(command("layers", "resnet18", "-f", "json").out)["layers"]
    report = json.loads(command("layers", "resnet18", "--all", "-f", "json").out)
    names = [layer["name"] for layer in report["layers"]]
    assert {layer["name"] for layer in weighted} < set(names)
    assert {"bn1", "relu", "layer1", "layer1.0", "layer1.0:add", "layer2.0.downsample", "flatten"} <= set(names)
    assert names.index("layer1") < names.index("layer1.0") < names.index("layer1.0.conv1")
    assert sum(layer["params"] for layer in report["layers"]) == report["totals"]["params"]
    assert sum(layer["macs"] for layer in report["layers"]) == report["totals"]["macs"]


@pytest.mark.parametrize(
    ("text", "shape"), [("3x320x320", [1, 3, 320, 320]), ("2x3x64x96", [2, 3, 64, 96]), ("3×64×64", [1, 3, 64, 64])]
)
def test_the_input_is_what_was_asked_for(command, text, shape):
    assert json.loads(command("layers", "resnet18", "--input", text, "-f", "json").out)["input_shape"] == shape


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_the_device_changes_nothing_that_is_shown(command, device):
    arguments = ("layers", "resnet18", "--input", "3x64x64", "-f", "csv")
    assert command(*arguments, "--device", device).out == command(*arguments).out


def test_variants_filters_by_glob(command):
    rows = list(csv.DictReader(io.StringIO(command("variants", "*_cifar", "-f", "csv").out)))
    assert [row["name"] for row in rows] == [f"resnet{n}_cifar" for n in (20, 32, 44, 56, 110, 1202, 164, 1001)]


def test_config_starts_a_custom_net(command, tmp_path):
    path = tmp_path / "my-net.toml"
    path.write_text(command("config", "resnet50").out, encoding="utf-8")
    done = command("compare", "resnet50", path, "--exit-code")
    assert done.code == 0, done.out
    path.write_text(path.read_text(encoding="utf-8").replace("[3, 4, 6, 3]", "[3, 4, 9, 3]"), encoding="utf-8")
    done = command("compare", "resnet50", path, "--exit-code")
    assert done.code == 1
    assert "stage3: 6 → 9 blocks" in done.out
    assert "depth 50 → 59" in done.out


def test_config_writes_the_version_that_was_asked_for(command):
    assert 'stride_in = "1x1"' in command("config", "resnet50", "--v1").out


def test_summary_is_torchinfos(command):
    out = command("summary", "resnet18", "--depth", "1").out
    assert "Total params: 11,689,512" in out
    assert "Sequential (layer1)" in out


def test_version_and_help(command):
    assert command("--version").out.startswith("resnet-inspect 0.")
    for name in ("layers", "stages", "count", "blocks", "compare", "variants", "config", "summary"):
        assert name in command("--help").out
        assert command(name, "--help").code == 0


@pytest.mark.parametrize("name", [listed.name for listed in COMMANDS])
def test_help_shows_no_types_of_python(command, name):
    out = command(name, "--help").out
    assert "Usage: resnet-inspect" in out
    assert not re.search(r"<(str|bool|int|float|list|path|file)\b|\{", out)


def test_blocks_draws_solid_and_dashed_shortcuts(command):
    out = command("blocks", "resnet34").out
    assert "2 kinds of block, 16 blocks" in out
    identity, projection = out.split("2. basic")
    assert "┐" in identity
    assert "╌" not in identity
    assert "╌" in projection
    assert "downsample.0 1×1, 64 → 128\n" in projection
    assert "╎ stride 2, pad 0 → 128×28×28" in projection
    assert "no shortcut" in command("blocks", "plain18").out


def test_count_explains_the_name(command):
    out = command("count", "resnet34").out
    assert "34 = 1 + 2·(3+4+6+3) + 1" in out
    assert "3 weighted layers on shortcuts; with them there are 37 weighted layers, 36 of them convolutions" in out
    assert "the name agrees: 34" in out
