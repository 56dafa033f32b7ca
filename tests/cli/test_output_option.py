"""``-o FILE``: every command that reports writes what it would print, in the format that the suffix means."""

from __future__ import annotations

from pathlib import Path

import pytest

from resnet_inspect.formats import Format, formats_of

REPORTS = (
    ["layers", "resnet18"],
    ["stages", "resnet18"],
    ["count", "resnet18"],
    ["blocks", "resnet18"],
    ["compare", "resnet18", "resnet34"],
    ["nearest", "resnet18", "-n", "1"],
    ["rule", "RI102"],
    ["variants", "resnet1*"],
)
TEXTS = (["config", "resnet18"], ["schema"], ["summary", "resnet18", "--depth", "1"])


@pytest.mark.parametrize("arguments", REPORTS, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize("name", formats_of(""))
def test_a_report_goes_to_the_file_in_the_format_of_its_suffix(command, tmp_path, arguments, name):
    file = tmp_path / f"report{Format[name].suffixes[0]}"
    done = command(*arguments, "-o", str(file))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert file.read_text("utf-8") == command(*arguments, "-f", name).out


@pytest.mark.parametrize("arguments", TEXTS, ids=lambda arguments: arguments[0])
def test_a_text_goes_to_the_file(command, tmp_path, arguments):
    file = tmp_path / "text"
    done = command(*arguments, "-o", str(file))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert file.read_text("utf-8") == command(*arguments).out


def test_weights_too(command, tmp_path, weights_file):
    for arguments in (["identify", weights_file], ["weights", "resnet18", weights_file]):
        file = tmp_path / "report.json"
        assert command(*arguments, "-o", str(file)).code == 0
        assert file.read_text("utf-8") == command(*arguments, "-f", "json").out


@pytest.fixture
def weights_file(tmp_path):
    import torch
    from safetensors.torch import save_file

    import resnet_inspect as ri

    state = {name: torch.zeros(value.shape) for name, value in ri.build("resnet18").state_dict().items()}
    save_file(state, tmp_path / "r18.safetensors")
    return str(tmp_path / "r18.safetensors")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["count", "resnet18", "-o", "r.json", "-f", "csv"], "the suffix means json"),
        (["count", "resnet18", "-o", "r.sarif"], "no format has the suffix '.sarif'"),
        (["count", "resnet18", "-o", "gone/r.json"], "gone"),
        (["count", "resnet18", "-o", "net.toml", "-f", "json"], "which the report would replace"),
        (["config", "resnet18", "-o", "net.toml"], "which the report would replace"),
    ],
)
def test_what_cannot_be_written_is_refused(command, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "net.toml"
    config.write_text('base = "resnet18"\n')
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert config.read_text() == 'base = "resnet18"\n'


def test_a_model_that_fails_is_written_as_far_as_it_ran(command, tmp_path):
    file = tmp_path / "r.txt"
    arguments = ["stages", "resnet18", "--input", "1x4x224x224"]
    done = command(*arguments, "-o", str(file))
    assert (done.code, done.out) == (3, "")
    assert "the forward failed in conv1" in done.err
    assert file.read_text("utf-8") == command(*arguments).out


def test_weights_and_code_are_not_replaced(command, tmp_path, monkeypatch, weights_file):
    monkeypatch.chdir(tmp_path)
    code = tmp_path / "mine.py"
    code.write_text("from torch import nn\n\nnet = nn.Conv2d(3, 8, 3)\n")
    (tmp_path / "weights.bin").write_bytes(Path(weights_file).read_bytes())
    converted = ["weights", "resnet18", weights_file, "--convert", "both.json"]
    for arguments, file in (
        (["identify", weights_file, "-f", "csv"], weights_file),
        (["identify", weights_file, "-f", "csv"], "weights.bin"),
        (["weights", "resnet18", weights_file, "-f", "json"], weights_file),
        (["layers", "mine.py:net", "-f", "json"], "mine.py"),
        (converted, "both.json"),
    ):
        before = None if arguments is converted else Path(file).read_bytes()
        done = command(*arguments, "-o", file)
        assert done.code == 2
        assert "which the report would replace" in done.err
        assert before in {None, Path(file).read_bytes()}
    assert b"\0" in Path("both.json").read_bytes()
