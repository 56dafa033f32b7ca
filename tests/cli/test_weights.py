"""``weights``: what of a file loads into a model, and the file that ``--convert`` writes."""

from __future__ import annotations

import csv
import io
import json
import pickle

import pytest
import torch
from checkpoints.styled_names import tensors, their_names, without, written
from checkpoints.weight_files import write_safetensors

import resnet_inspect as ri

NET = {"block": "bottleneck", "stage_blocks": [1, 2], "stage_widths": [8, 16], "stem_width": 8, "num_classes": 5}
TOML = 'block = "bottleneck"\nstage_blocks = [1, 2]\nstage_widths = [8, 16]\nstem_width = 8\nnum_classes = 5\n'


@pytest.fixture
def weights(tmp_path):
    return lambda shapes, name="net.safetensors": write_safetensors(tmp_path / name, shapes)


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(TOML, "utf-8")
    return path


def test_everything_loads(command, net, weights):
    done = command("weights", net, weights(tensors(NET)), "--exit-code")
    assert (done.code, done.err) == (0, "")
    assert "everything loads with strict=True\n" in done.out


@pytest.mark.parametrize(
    ("shapes", "code", "words"),
    [
        (tensors(NET, num_classes=7), 1, "2×  the classifier has 7 classes in the file, 5 in the model (fc.weight, …)"),
        (without(tensors(NET), "fc."), 1, "2×  the file has no classifier, only a backbone (fc.weight, …)"),
        (
            without(tensors(NET), "num_batches_tracked"),
            0,
            "the batch counters are missing; torch starts them at 0",
        ),
        (
            {**tensors(NET), "ema": (3,)},
            1,
            "the model gets every tensor; the file has 1 more, so strict=True fails",
        ),
        (written(tensors(NET), "detectron2"), 1, "the model gets every tensor, but under different names"),
        ({"a.weight": (3,)}, 1, "nothing loads"),
    ],
)
def test_what_does_not_load(command, net, weights, shapes, code, words):
    path = weights(shapes)
    done = command("weights", net, path, "--exit-code")
    assert done.code == code
    assert words in done.out
    assert command("weights", net, path).code == 0


def test_hundreds_with_one_reason_take_one_line(command, weights):
    done = command("weights", "resnet101", weights(tensors("resnet50")))
    assert "    306×  stage 3 has 23 blocks in the model, 6 in the file (layer3.6.conv1.weight, …)\n" in done.out
    assert done.out.count("\n") < 20


def test_csv_and_json_have_every_tensor(command, net, weights):
    path = weights(written(tensors(NET), "transformers", "resnet."))
    rows = list(csv.DictReader(io.StringIO(command("weights", net, path, "-f", "csv").out)))
    assert len(rows) == len(tensors(NET))
    assert rows[0] == {
        "status": "renamed",
        "model_key": "conv1.weight",
        "file_key": "resnet.embedder.embedder.convolution.weight",
        "model_shape": "8x3x7x7",
        "file_shape": "8x3x7x7",
        "reason": "names of Hugging Face transformers in the file, of torchvision and timm in the model",
    }
    report = json.loads(command("weights", net, path, "-f", "json").out)
    assert report["schema"] == "resnet-inspect/weights/1"
    assert [key["model_key"] for key in report["keys"]] == list(tensors(NET))
    assert report["counts"]["renamed"] == len(report["renames"]) == len(tensors(NET))
    assert (report["loads"], report["complete"], report["converted"]) == (False, True, None)


def raw(tensor):
    return tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes()


@pytest.mark.parametrize("style", ["torchvision", "detectron2", "transformers", "cifar"])
def test_convert_changes_names_and_no_value(command, net, tmp_path, style):
    load_file = pytest.importorskip("safetensors.torch").load_file
    model = ri.build(ri.load(NET), device="cpu")
    ours = model.state_dict()
    ours["bn1.running_mean"][:4] = torch.tensor([float("nan"), -0.0, float("inf"), 1e-42])
    ours = {name: tensor.half() if name.startswith("layer2") else tensor for name, tensor in ours.items()}
    theirs = {}
    for name, tensor in ours.items():
        module, _, leaf = name.rpartition(".")
        theirs[f"module.{their_names(style).translate(module)}.{leaf}"] = tensor
    torch.save({"state_dict": {**theirs, "module.queue": torch.ones(3)}, "epoch": 4}, tmp_path / "theirs.pth")

    target = tmp_path / "ours.safetensors"
    done = command("weights", net, tmp_path / "theirs.pth", "--convert", target, "--exit-code")
    assert (done.code, done.err) == (0, "")
    assert f"{len(ours)} tensors, values unchanged" in done.out
    converted = load_file(target)
    assert set(converted) == set(ours)
    for name, tensor in ours.items():
        assert (converted[name].dtype, converted[name].shape, raw(converted[name])) == (
            tensor.dtype,
            tensor.shape,
            raw(tensor),
        )
    assert command("weights", net, target, "--exit-code").code == 0
    model.load_state_dict(converted, strict=True)


def test_convert_replaces_nothing_unless_told_to(command, net, weights, tmp_path):
    path, target = weights(written(tensors(NET), "detectron2")), tmp_path / "out.safetensors"
    target.write_text("mine")
    done = command("weights", net, path, "--convert", target)
    assert (done.code, target.read_text()) == (2, "mine")
    assert "already exists; --force overwrites it" in done.err
    assert command("weights", net, path, "--convert", target, "--force").code == 0
    assert command("weights", net, target, "--exit-code").code == 0


def test_convert_of_what_fits_in_part(command, net, weights, tmp_path):
    target = tmp_path / "out.safetensors"
    done = command(
        "weights", net, weights(written(tensors(NET, num_classes=9), "detectron2")), "--convert", target, "--exit-code"
    )
    assert done.code == 1
    report = json.loads(command("weights", net, target, "-f", "json").out)
    assert (report["counts"]["missing"], report["counts"]["renamed"]) == (2, 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--force"], "--force needs --convert: it overwrites the file that --convert names"),
        (["--convert", "out.safetensors"], "no tensor of the file fits net: there is nothing to write"),
    ],
)
def test_what_cannot_be_done_is_refused(command, net, weights, arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command("weights", net, weights({"a.weight": (3,)}, "other.safetensors"), *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert not (tmp_path / "out.safetensors").exists()


def test_a_module_of_somebody_else(command, weights, tmp_path):
    code = tmp_path / "theirs.py"
    code.write_text("from torch import nn\ndef net(): return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))\n")
    path = weights({"module.0.weight": (4, 3, 3, 3), "module.0.bias": (4,), "module.1.weight": (5,)})
    report = json.loads(command("weights", f"{code}:net", path, "-f", "json").out)
    assert [(key["status"], key["model_key"]) for key in report["keys"]] == [
        ("renamed", "0.weight"),
        ("renamed", "0.bias"),
        ("wrong shape", "1.weight"),
        *(("missing", f"1.{name}") for name in ("bias", "running_mean", "running_var", "num_batches_tracked")),
    ]
    assert report["placement"] is None


def test_the_placement_is_said_where_weights_load(command, weights):
    out = command("weights", "resnet50_v1", weights(tensors("resnet50"))).out
    assert "the stride placement cannot be read from weights" in out


def test_a_pickle_that_runs_code_is_refused(command, net, tmp_path):
    class Bad:
        def __reduce__(self):
            return (open, (str(tmp_path / "pwned"), "w"))

    path = tmp_path / "bad.pth"
    torch.save({"a": torch.ones(1), "b": Bad()}, path, pickle_module=pickle)
    for arguments in (["identify", path], ["weights", net, path]):
        assert command(*arguments).code == 2
    assert not (tmp_path / "pwned").exists()


def test_one_of_two_networks_is_chosen_and_converted(command, net, weights, tmp_path):
    shapes = {f"{part}.{name}": shape for part in ("student", "teacher") for name, shape in tensors(NET).items()}
    path, out = weights(shapes), tmp_path / "out.safetensors"
    assert (
        "the one with the prefix student.; --prefix selects another: with the prefix teacher."
        in command("weights", net, path).out
    )
    done = command("weights", net, path, "--prefix", "teacher", "--convert", out)
    assert done.code == 0
    report = json.loads(command("weights", net, path, "--prefix", "teacher.", "-f", "json").out)
    assert (report["prefix"], report["beside"]) == ("teacher.", ["student."])
    assert all(rename["old"] == f"teacher.{rename['new']}" for rename in report["renames"])
    assert "everything loads" in command("weights", net, out, "--exit-code").out
    assert command("weights", net, path, "--into", "nothing").code == 2


def test_the_chosen_mapping_of_a_training_checkpoint_is_converted(command, net, tmp_path):
    first, second = (ri.build(ri.load(NET), device="cpu").state_dict() for _ in range(2))
    second = {name: torch.full_like(tensor, 7) for name, tensor in second.items()}
    path, out = tmp_path / "last.pth", tmp_path / "out.safetensors"
    torch.save({"model": first, "model_ema": {"module": second}}, path)
    assert command("weights", net, path, "--prefix", "model_ema", "--convert", out).code == 0
    safetensors = pytest.importorskip("safetensors.torch")
    assert all((tensor == 7).all() for tensor in safetensors.load_file(out).values())


def test_what_weights_do_not_show_of_the_model(command, net, weights):
    out = command("weights", net, weights(tensors(NET))).out
    assert (
        "model properties that weights do not determine: v1.5: the 3×3 convolution strides; its max pool pads by 1"
        in out
    )
    assert "types: float32 (" in out


def test_of_many_reasons_twenty_are_shown(command, net, weights):
    inside = {f"layer1.0.x{number}.weight": (1,) for number in range(30)}
    path = weights({**tensors(NET), **inside})
    out = command("weights", net, path).out
    assert out.count("something else inside the blocks") == 20
    assert "and 10 tensors for 10 other reasons: --format json has them all\n" in out
    assert len(json.loads(command("weights", net, path, "-f", "json").out)["groups"]) == 30


def test_a_long_name_is_cut_on_a_page_only(command, net, weights):
    path = weights({**tensors(NET), "n" * 5_000: (1,)})
    for arguments in (["weights", net, path], ["identify", path]):
        assert max(map(len, command(*arguments).out.splitlines())) < 500
    assert "n" * 5_000 in command("weights", net, path, "-f", "json").out
