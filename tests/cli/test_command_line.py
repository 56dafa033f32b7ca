"""A command line that names no command, and values that no option takes: what is said, in our own words."""

from __future__ import annotations

import pytest
from typer.main import get_command

from resnet_inspect.cli.app import app
from resnet_inspect.cli.command_line import _OTHER_NAMES

NO_COMMAND = [
    (["resnet50"], "a model is shown by 'resnet-inspect layers resnet50'"),
    (["ResNet-50", "-f", "json"], "'resnet-inspect layers ResNet-50 -f json'"),
    (["torchvision:resnet50"], "'resnet-inspect layers torchvision:resnet50'"),
    (["resnet50", "resnet101"], "models are compared by 'resnet-inspect compare resnet50 resnet101'"),
    (["a.toml", "R-50", "-f", "json"], "models are compared by 'resnet-inspect compare a.toml R-50 -f json'"),
    (["resnet50", "--stage", "2"], "'resnet-inspect layers resnet50 --stage 2'"),
    (["R-50"], "a model is shown by 'resnet-inspect layers R-50'."),
    (["RN50"], "a model is shown by 'resnet-inspect layers RN50'."),
    (["RI301"], "a rule is explained by 'resnet-inspect rule RI301'."),
    (["stage-halved-twice"], "'resnet-inspect rule stage-halved-twice'."),
    (["net.py:Net"], "'resnet-inspect layers net.py:Net'"),
    (["net.py"], "code is shown by 'resnet-inspect layers net.py:NAME'"),
    (["net.toml"], "shown by 'resnet-inspect layers net.toml', and checked by 'resnet-inspect check net.toml'"),
    (["r50.pth"], "'r50.pth' is weights, not a config: 'resnet-inspect identify r50.pth' says which network"),
    (["my r50.pth"], "'resnet-inspect identify 'my r50.pth''"),
    (["r50.onnx"], "'r50.onnx' is an ONNX model, which is not read: name a torch module instead"),
    (["."], "the configs in a folder are checked by 'resnet-inspect check .'"),
    (["layer", "resnet50"], "did you mean 'resnet-inspect layers resnet50'?"),
    (["compares", "a", "b"], "did you mean 'resnet-inspect compare a b'?"),
    (["diff", "a", "b c"], "did you mean 'resnet-inspect compare a 'b c''?"),
    (["params"], "did you mean 'resnet-inspect layers'?"),
    (["show"], "did you mean 'resnet-inspect layers'?"),
    (["inspect", "r50"], "did you mean 'resnet-inspect layers r50'?"),
    (["help"], "did you mean 'resnet-inspect --help'?"),
    (["version"], "did you mean 'resnet-inspect --version'?"),
    (["Check"], "did you mean 'resnet-inspect check'?"),
    (["zzz"], "No such command 'zzz': 'resnet-inspect -h' lists all commands."),
    ([""], "No such command '': "),
    (["a\x1b[31m"], r"No such command 'a\x1b[31m': "),
    (["²"], "No such command '²': "),
]


@pytest.mark.parametrize(("arguments", "words"), NO_COMMAND, ids=[ascii(case[0]) for case in NO_COMMAND])
def test_a_word_that_is_no_command_leads_to_one(command, arguments, words):
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["layer", "resnet50"], "Error: No such command 'layer': did you mean 'resnet-inspect layers resnet50'?"),
        (["resnet50"], "Error: No such command 'resnet50': a model is shown by 'resnet-inspect layers resnet50'."),
    ],
)
def test_a_hint_ends_in_one_mark(command, arguments, line):
    assert command(*arguments).err.splitlines()[-1] == line


def test_other_names_lead_to_commands_and_hide_none():
    commands = set(get_command(app).commands)
    assert set(_OTHER_NAMES.values()) <= {*commands, "--help", "--version"}
    assert not set(_OTHER_NAMES) & commands


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--stage", "2", "layers", "resnet50"],
            "options follow the command: resnet-inspect layers resnet50 --stage 2",
        ),
        (["-f", "json", "count", "resnet50"], "options follow the command: resnet-inspect count resnet50 -f json"),
        (["--locked", "check"], "options follow the command: resnet-inspect check --locked"),
    ],
)
def test_an_option_before_its_command_is_put_behind(command, arguments, words):
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


@pytest.mark.parametrize("arguments", [["--stage", "2", "count", "x"], ["--nope", "layers"], ["--stage", "2"]])
def test_an_option_of_no_such_command_is_only_refused(command, arguments):
    done = command(*arguments)
    assert done.code == 2
    assert "No such option" in done.err
    assert "follow the command" not in done.err


VALUES = [
    (["layers", "resnet50", "--format", "svg"], "'svg' is not one of 'table', 'json', 'csv', 'markdown', 'html'"),
    (["layers", "resnet50", "--device", "tpu"], "'tpu' is not one of 'auto', 'meta', 'cpu', 'cuda'"),
    (["check", "--format", "xml"], "'xml' is not one of 'table', 'json'"),
    (["variants", "--sort", "size"], "'size' is not one of 'name', 'depth'"),
    (["variants", "--block", "wide"], "'wide' is not one of 'basic', 'bottleneck'"),
    (["check", "--jobs", "-1"], "must be at least 0, found '-1'"),
    (["check", "--jobs", "9999"], "must be at most 1024, found '9999'"),
    (["check", "--jobs", "9" * 5000], "must be a whole number of sensible size, found '999"),
    (["summary", "resnet50", "--depth", "x"], "must be a whole number, found 'x'"),
    (["nearest", "resnet50", "--count", "1.5"], "must be a whole number, found '1.5'"),
    (["lock", "--timeout", "soon"], "must be a number, found 'soon'"),
]


@pytest.mark.parametrize(("arguments", "words"), VALUES, ids=[" ".join(case[0])[:40] for case in VALUES])
def test_a_wrong_value_is_told_without_a_librarys_words(command, arguments, words):
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    for theirs in ("Value error", "Input should", "unable to parse", "Unable to parse", "Traceback"):
        assert theirs not in done.err


@pytest.mark.parametrize(
    "stage",
    [
        "conv" + "9" * 5000 + "_x",
        "0001" + "9" * 5000,
        "9" * 5000,
        "conv²_x",
        "conv٣_x",
        "²",
        "٣",
        "conv1_x",
        "conv_x",
        "0",
    ],
)
def test_a_stage_of_any_digits_is_refused(command, stage):
    done = command("layers", "resnet18", "--stage", stage)
    assert (done.code, done.out) == (2, "")
    assert "is not a stage" in done.err


@pytest.mark.parametrize("stage", ["2", "stage2", "002", "conv3_x", "CONV3_X", "conv03_x"])
def test_a_stage_by_each_of_its_names(command, stage):
    done = command("layers", "resnet18", "--stage", stage)
    assert done.code == 0
    assert "stage2 (conv3_x)" in done.out


@pytest.mark.parametrize("name", ["layers", "nearest", "config", "compare"])
@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("r50.pth", "r50.pth: is weights, not a config ('resnet-inspect identify r50.pth' says which network"),
        ("a/r50.safetensors", "'resnet-inspect weights MODEL a/r50.safetensors' whether they load into one"),
        ("r50.onnx", "r50.onnx: is an ONNX model, which is not read"),
        ("r50.keras", "r50.keras: is a model of Keras, which is not read"),
        ("r50.pt2", "r50.pt2: is a program of torch.export, which is not read"),
    ],
)
def test_weights_in_the_place_of_a_model_lead_to_identify(command, tmp_path, monkeypatch, name, file, words):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.touch()
    done = command(name, file, *(["resnet50"] if name == "compare" else []))
    assert (done.code, done.out) == (2, "")
    assert words in done.err


@pytest.mark.parametrize("file", ["nope.pth", "nope.onnx", "a/nope.safetensors.index.json"])
def test_weights_that_are_not_there_are_told_so(command, file):
    done = command("layers", file)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {file}: no such file")


NAMES = [
    "ResNet-152 999999999999999999999",
    "ResNet-152 " + "9" * 180,
    "ResNet-" + "9" * 150,
    "ResNet-" + "9" * 5000,
    "resnet٣٤",
    "ResNet-50²",
    "timm/resnet50.a1_in" + "9" * 100 + "k",
    "transformers:ResNet-" + "9" * 150,
]


@pytest.mark.parametrize("written", NAMES, ids=range(len(NAMES)))
@pytest.mark.parametrize("name", ["layers", "compare", "nearest"])
def test_a_name_of_any_digits_is_refused(command, name, written):
    done = command(name, written, *(["resnet50"] if name == "compare" else []))
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
