"""``identify``: which ResNet a file of weights is of."""

from __future__ import annotations

import csv
import io
import json
import tomllib

import pytest
from checkpoints.styled_names import tensors, without, written
from checkpoints.weight_files import write_safetensors
from loaded import modules_of_command

from resnet_inspect.configs.files import load
from resnet_inspect.configs.state_dict import state_dict

CANNOT_BE_READ = "the stride placement cannot be read from weights: v1 and v1.5 have the same names and shapes"


@pytest.fixture
def weights(tmp_path):
    return lambda shapes, name="net.safetensors": write_safetensors(tmp_path / name, shapes)


def test_equal_variants(command, weights):
    done = command("identify", weights(tensors("resnet50")))
    assert (done.code, done.err) == (0, "")
    assert "equals resnet50, and by its weights also resnet50_v1, resnetaa50, resnetblur50\n" in done.out
    assert "names: torchvision and timm\n" in done.out
    assert f"{CANNOT_BE_READ}; torchvision and timm (resnet.py) stride the 3×3 (v1.5)" in done.out
    assert 'stride_in = "3x3"  names and shapes are the same either way\n' in done.out


def test_the_nearest_variant(command, weights):
    shapes = written(without(tensors("resnet50", num_classes=10), "num_batches_tracked"), "detectron2", "backbone.")
    done = command("identify", weights(shapes))
    assert done.code == 0
    assert "the nearest is resnet50, except for 10 classes instead of 1,000\n" in done.out
    assert (
        "names: Detectron2, with the prefix backbone.; --format json says what each of 267 is called here\n" in done.out
    )
    assert "STRIDE_IN_1X1" in done.out


def test_basic_blocks_have_no_placement(command, weights):
    done = command("identify", weights(tensors("resnet18")))
    assert "v1 and v1.5 differ in bottlenecks only, and there is none here\n" in done.out
    assert CANNOT_BE_READ not in done.out


@pytest.mark.parametrize(
    "source",
    ["resnet50", "ecaresnet50d_pruned", "resnetv2_50x1_bit", "test_resnet", {"base": "resnet101", "num_classes": 3}],
    ids=str,
)
def test_the_config_is_one_that_explains_the_weights(command, weights, source):
    shapes = tensors(source)
    report = json.loads(command("identify", weights(shapes), "--format", "json").out)
    config = load(tomllib.loads(report["toml"]))
    assert dict(state_dict(config)) == shapes
    assert json.loads(config.model_dump_json()) == report["config"]
    assert config.name == "net"


def test_json_has_the_names(command, weights):
    shapes = {**written(tensors("resnet18"), "transformers", "resnet."), "extra\x1b[31m.weight": (1,)}
    report = json.loads(command("identify", weights(shapes), "-f", "json").out)
    assert report["schema"] == "resnet-inspect/identify/1"
    names = {rename["old"]: rename["new"] for rename in report["renames"]}
    assert names["resnet.encoder.stages.3.layers.0.shortcut.convolution.weight"] == "layer4.0.downsample.0.weight"
    assert list(names.values()) == list(tensors("resnet18"))
    assert report["others"] == ["extra\x1b[31m.weight"]
    assert (report["style"], report["prefix"]) == ("Hugging Face transformers", "resnet.")
    assert report["file"]["tensors"] == len(shapes)
    assert [known["name"] for known in report["variants"]] == ["resnet18", "resnetblur18"]


def test_csv_has_one_row_a_variant(command, weights):
    rows = list(csv.DictReader(io.StringIO(command("identify", weights(tensors("resnet34_a")), "-f", "csv").out)))
    assert [(row["name"], row["equal"], row["differs"]) for row in rows] == [
        ("resnet34_a", "true", ""),
        ("plain34", "true", ""),
    ]


def test_what_no_config_explains_is_listed(command, weights):
    shapes = {**tensors("resnet18"), "layer1.0.conv1.bias": (64,), "layer2.0.bn1.weight": (7,)}
    out = command("identify", weights(shapes)).out
    assert "like resnet18, but not exactly any ResNet that a config describes" in out
    assert "layer2.0.bn1.weight: 7 in the file, 128 in the config" in out
    assert "layer1.0.conv1.bias: 64 in the file, missing in the config" in out


def test_names_cannot_reach_the_terminal(command, weights):
    shapes = {**{f"\x1b[31m.{name}": shape for name, shape in tensors("resnet18").items()}, "\x1b]0;x\x07": (1,)}
    for output_format in ("table", "markdown", "html", "csv"):
        out = command("identify", weights(shapes), "-f", output_format).out
        assert "\x1b" not in out
        assert "\x07" not in out


@pytest.mark.parametrize(
    ("shapes", "words"),
    [({"features.conv0.weight": (64, 3, 7, 7)}, "not a ResNet"), ({"layer1.0.conv1.weight": (1,)}, "no stages")],
)
def test_other_nets_are_refused_in_words(command, weights, shapes, words):
    done = command("identify", weights(shapes))
    assert (done.code, done.out) == (2, "")
    assert words in done.err


@pytest.mark.parametrize("name", ["\x1b[31mred", "\udcff", "x" * 200, ".safetensors"])
def test_any_name_of_a_file_names_the_config(command, weights, name):
    path = weights(tensors("resnet18"), name)
    report = json.loads(command("identify", path, "-f", "json").out)
    assert 1 <= len(report["config"]["name"]) <= 200
    assert load(tomllib.loads(report["toml"])).name == report["config"]["name"]
    assert report["config"]["name"].isprintable()


def test_a_file_that_is_not_there(command, tmp_path):
    done = command("identify", tmp_path / "nothing.pth")
    assert (done.code, done.out) == (2, "")
    assert "nothing.pth" in done.err


@pytest.mark.parametrize("arguments", [["identify"], ["weights", "resnet18"]], ids=" ".join)
def test_no_torch_is_needed(weights, arguments):
    path = str(weights(tensors("resnet18")))
    assert not modules_of_command([*arguments, path]) & {"torch", "torchinfo", "yaml", "tree_sitter"}


def test_one_of_two_networks_is_chosen(command, weights):
    two = [
        *((f"a.{n}", s) for n, s in tensors("resnet18").items()),
        *((f"b.{n}", s) for n, s in tensors("resnet34").items()),
    ]
    path = weights(dict(two))
    out = command("identify", path).out
    assert "equals resnet34" in out
    assert "other networks in the file: a.; --prefix selects one" in out
    assert "of other parts" not in out
    assert "equals resnet18" in command("identify", path, "--prefix", "a.").out
    done = command("identify", path, "--prefix", "c")
    assert (done.code, done.err) == (2, "error: no network with the prefix 'c'; there is one with: a., b.\n")


def test_weights_in_a_list_have_their_place(command, tmp_path):
    import torch

    tensors_of = {name: torch.zeros(shape) for name, shape in tensors("resnet20_cifar").items()}
    torch.save([tensors_of], tmp_path / "list.pth")
    assert "torch, entry 0, " in command("identify", tmp_path / "list.pth").out
