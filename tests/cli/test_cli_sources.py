"""Every command takes every source; what the user's code prints and where it ran goes to standard error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from loaded import modules_of_command

NETS = """
import torch
from torch import nn
print("hello")

class Unit(nn.Module):
    def __init__(self, looks):
        super().__init__()
        self.looks, self.conv = looks, nn.Conv2d(8, 8, 3, padding=1)
    def forward(self, x):
        y = self.conv(x)
        return x + (y if not self.looks or y.sum() < 10**9 else -y)

def build(fails):
    raise ValueError("no units")

def net(looks=False, units=1):
    return nn.Sequential(nn.Conv2d(3, 8, 3), *(Unit(looks) for _ in range(units)))

def ours(name, folder=None):
    from resnet_inspect.configs.files import load
    from resnet_inspect.model.build import build
    return build(load(name), device="cpu")

class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(10, 4)
        self.out = nn.Linear(4, 2)
    def forward(self, ids, *, batch):
        return {"scores": self.out(self.table(ids) + batch["more"])}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    (tmp_path / "cli_nets.py").write_text(NETS)
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    yield
    sys.path[:] = path
    sys.modules.pop("cli_nets", None)


@pytest.mark.parametrize("source", ["cli_nets:net", "cli_nets.py:net"])
@pytest.mark.parametrize("name", ["layers", "stages", "count", "blocks"])
def test_a_command_takes_code(command, name, source):
    done = command(name, source, "--kwargs", "units=2", "-k", "looks=true", "-i", "3x9x9", "-f", "json")
    assert done.code == 0, done.err
    report = json.loads(done.out)
    why = "the forward asks for values, which meta tensors do not have (at 1)"
    assert report["model"] == {
        "name": f"{source}(units=2, looks=True)",
        "config": None,
        "notes": [f"traced on cpu: {why}"],
    }
    assert "hello" in done.err
    assert f"note: traced on cpu: {why}" in done.err


def test_both_sides_of_a_comparison_take_code(command):
    done = command(
        "compare", "cli_nets:net", "cli_nets.py:net", "-i", "3x9x9", "--other-input", "3x11x11", "--other-kwargs",
        "units=2", "-f", "json",
    )  # fmt: skip
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert report["left"]["input_shape"] == [1, 3, 9, 9]
    assert report["right"]["input_shape"] == [1, 3, 11, 11]
    assert report["totals"]["params"]["delta"] == 8 * 8 * 9 + 8


def test_summary_takes_code(command):
    done = command("summary", "cli_nets:net", "-k", "looks=1", "-i", "3x9x9")
    assert (done.code, "Unit" in done.out, "hello" in done.out) == (0, True, False)
    assert "traced on cpu: the forward asks for values" in done.out


def test_config_takes_code_and_what_it_writes_is_a_config(command, tmp_path):
    done = command("config", "cli_nets:ours", "-k", "name=resnet26d", "-i", "3x96x96")
    assert (done.code, done.err) == (0, "hello\n")
    (tmp_path / "mine.toml").write_text(done.out)
    assert "input_size = [96, 96]" in done.out
    compared = command("compare", "resnet26d", "mine.toml", "-i", "3x96x96", "--exit-code")
    assert (compared.code, "identical" in compared.out) == (0, True)


def test_nearest_takes_code(command):
    done = command("nearest", "cli_nets.py:ours", "-k", "name=resnet34", "-n", "1", "-f", "json")
    (near,) = json.loads(done.out)["variants"]
    assert (near["name"], near["equal"]) == ("resnet34", True)


@pytest.mark.parametrize("name", ["layers", "stages", "blocks"])
def test_a_net_without_residual_blocks_is_said_to_have_none(command, name):
    done = command(name, "torch.nn:Linear", "-k", "in_features=3", "-k", "out_features=4", "-i", "1x3:float32")
    assert done.code == 0
    assert "the data flow shows no residual blocks" in done.out
    assert "stride is on" not in done.out
    assert command("stages", "torch.nn:Identity", "-f", "csv").out.startswith("name,paper_name")
    assert "number,kind" in command("blocks", "torch.nn:Identity", "-f", "csv").out
    assert "no residual blocks" not in command(name, "resnet18").out


def test_a_layer_that_is_the_whole_model_has_a_name(command):
    linear = ("torch.nn:Linear", "-k", "in_features=3", "-k", "out_features=4")
    (layer,) = json.loads(command("layers", *linear, "-i", "1x3:float32", "-f", "json").out)["layers"]
    assert layer["name"] == "linear"
    assert "not reached: the parameters of the model itself" in command("layers", *linear).out


def test_why_a_comparison_fails_says_which_input_was_taken(command):
    done = command("compare", "resnet18", "cli_nets:Words")
    assert (done.code, done.out) == (3, "")
    assert "cli_nets:Words cannot be compared: the forward failed" in done.err
    assert "its input was taken to be 1×3×224×224: --input sets another" in done.err


def test_inputs_of_all_kinds(command):
    inputs = ["-i", "1x3:int64", "-i", "batch.more=1x3x4"]
    done = command("layers", "cli_nets:Words", *inputs, "-f", "json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["output_shape"] == [1, 3, 2]
    assert command("summary", "cli_nets:Words", *inputs).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["layers", "cli_nets:nets"], 2, "'cli_nets' has no attribute 'nets': did you mean net?"),
        (["layers", "cli_nets:build", "-k", "fails=true"], 2, "ValueError: no units (cli_nets.py:"),
        (["layers", "cli_nets:net", "--v1"], 2, "v1 sets a config's stride_in, and cli_nets:net is not built"),
        (["layers", "cli_nets:net", "-k", "units"], 2, "--kwargs 'units' is not an argument"),
        (["layers", "resnet18", "-k", "units=2"], 2, "argument units: resnet18 is not built by a factory"),
        (["config", "resnet18", "-k", "units=2"], 2, "argument units: resnet18 is not built by a factory"),
        (["nearest", "resnet18", "-k", "units=2"], 2, "argument units: resnet18 is not built by a factory"),
        (["layers", "cli_nets:net", "-i", "pixels=1x3x9x9"], 3, "unexpected keyword argument 'pixels'"),
        (["layers", "cli_nets:net", "-i", "3x9x9", "-i", "3x9x9"], 3, "the forward failed in the model's own forward"),
        (["config", "cli_nets:Words"], 3, "cli_nets:Words cannot be described by a config: the forward failed"),
        (
            ["config", "cli_nets:net", "-i", "3x9x9"],
            2,
            "no config describes cli_nets:net: block 1 is 3x3, neither basic",
        ),
        (
            ["nearest", "cli_nets:net", "-i", "3x9x9"],
            2,
            "no config describes cli_nets:net: block 1 is 3x3, neither basic",
        ),
        (["layers", "cli_nets:Words"], 3, "its input was taken to be 1×3×224×224: --input sets another"),
        (
            ["layers", "cli_nets:net", "-k", "looks=1", "--device", "meta"],
            3,
            "(at 1): tensors on cpu do (--device cpu)",
        ),
        (["layers", "timm:"], 2, "'timm:' names no model"),
    ],
)
def test_what_goes_wrong_is_said_without_a_traceback(command, arguments, code, words):
    done = command(*arguments)
    assert done.code == code, done.err
    assert words in done.err
    assert "Traceback" not in done.err
    assert "hello" not in done.out


@pytest.mark.parametrize("name", ["layers", "stages", "count", "blocks", "compare", "nearest", "config", "summary"])
def test_help_says_that_importing_runs_code(command, name):
    text = " ".join(command(name, "--help").out.replace("│", " ").split())
    assert "which imports, and therefore executes, that code" in text
    assert "--kwargs" in text


def test_the_current_folder_is_found_by_the_installed_command_too():
    """Run from a script that stands elsewhere, as an entry point does."""
    elsewhere = Path.cwd() / "bin"
    elsewhere.mkdir()
    (elsewhere / "tool.py").write_text("from resnet_inspect.cli.main import main\nmain()\n")
    done = subprocess.run(
        [sys.executable, str(elsewhere / "tool.py"), "count", "cli_nets:net", "-f", "csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("stage,")


def test_a_variant_s_name_loads_no_adapter():
    sources = "resnet_inspect.sources."
    loaded = modules_of_command(["count", "resnet18", "-f", "csv"], "import torch")
    loaded = {name.removeprefix(sources) for name in loaded if name.startswith(sources)}
    assert loaded == {"building", "model_spec", "resolve", "running"}
