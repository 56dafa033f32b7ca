"""Wrong input: a clear message on standard error, the right exit code, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from forked import tool

from resnet_inspect.cli.main import run


def check(done, code: int, *words: str) -> None:
    assert done.code == code
    assert done.out == ""
    assert "Traceback" not in done.err
    assert "bug in resnet-inspect" not in done.err
    for word in words:
        assert word in done.err, done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["layers", "resnt50"], ["unknown variant 'resnt50'", "did you mean resnet50", "resnet-inspect variants"]),
        (
            ["layers", "R-50"],
            ["'R-50' does not name a single network: write resnet50 (v1.5", "resnet50_v1 (v1, stride"],
        ),
        (["layers", "[red]x"], ["unknown variant '[red]x'"]),
        (["layers", "a\x1b[31m\u202eb"], [r"a\x1b[31m\u202eb"]),
        (["layers", "none.toml"], ["none.toml", "no such file"]),
        (["layers", "resnet50", "--input", "abc"], ["--input 'abc' is not a shape", "3x224x224"]),
        (["layers", "resnet50", "--input", "3x0x224"], ["out of range"]),
        (["layers", "resnet50", "--input", "3x-1x224"], ["not a shape"]),
        (["layers", "resnet50", "--input", "3x999999999x9"], ["not a shape"]),
        (["layers", "resnet50", "--input", "3x99999x9"], ["out of range", "16,384"]),
        (["layers", "resnet50", "--input", "3x224"], ["not a shape"]),
        (["layers", "resnet18", "-i", "3x8x8", "-i", "3x9x9"], ["resnet18 takes one image", "3×8×8, 1×3×9×9"]),
        (["stages", "resnet18", "-i", "image=1x3x8x8"], ["resnet18 takes one image", "without a name", "image="]),
        (["layers", "resnet50", "--stage", "five"], ["--stage 'five' is not a stage", "conv2_x"]),
        (["layers", "resnet50", "--stage", "0"], ["not a stage"]),
        (
            ["layers", "resnet50", "--stage", "9"],
            ["resnet50 has no stage9", "stem, stage1, stage2, stage3, stage4, head"],
        ),
        (["layers", "resnet50", "--role", "hero"], ["--role 'hero' is not a role", "shortcut"]),
        (["layers", "resnet50", "--role", "attention"], ["no layer whose role is attention", "stem, main, shortcut"]),
        (["layers", "resnet50", "--block", "7"], ["resnet50 has no block 7", "1 to 6 in stage3"]),
        (["layers", "resnet50", "--stage", "head", "--block", "1"], ["no block 1 in head"]),
        (["layers", "resnet50", "--block", "0"], ["--block 0", "counted from 1"]),
        (["layers", "resnet50", "--block", "x"], ["--block 'x' is not a block", "conv3_1"]),
        (["layers", "resnet50", "--v1", "--v1.5"], ["cannot be used together", "compare"]),
        (["compare", "resnet50"], ["needs two models"]),
        (["compare", "-", "-"], ["standard input can only be read once"]),
        (["compare", "resnet50", "resnet5O"], ["unknown variant 'resnet5O'"]),
        (["variants", "vgg*"], ["vgg*"]),
        (["config", "nothing"], ["unknown variant"]),
    ],
    ids=lambda value: " ".join(value).encode("unicode_escape").decode() if value and " " not in value[0] else "",
)
def test_a_wrong_request_is_refused_with_the_way_out(command, arguments, words):
    check(command(*arguments), 2, *words)


def test_a_stage_of_more_digits_than_python_reads_is_not_a_stage(command):
    check(command("layers", "resnet50", "--stage", "0001" + 5_000 * "1"), 2, "is not a stage")


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["nonsense"], ["layers"], ["layers", "resnet50", "--nope"], ["layers", "resnet50", "--format", "xml"],
        ["layers", "resnet50", "--device", "tpu"], ["layers", "resnet50", "--block", "-1"],
        ["layers", "resnet50", "--block", "x"], ["compare"],
    ],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2(command, arguments):
    done = command(*arguments)
    assert done.code == 2
    assert "Traceback" not in done.err


CONFIGS = {
    "empty": ("", ["empty"]),
    "broken": ("block = \n", ["bad.toml:1:"]),
    "unknown field": ('block = "basic"\nstage_blocks = [1]\nstage_block = 2\n', ["bad.toml:3:1", "stage_blocks"]),
    "wrong type": ('block = "basic"\nstage_blocks = ["2"]\n', ["bad.toml:2:", "whole number"]),
    "zero": ('block = "basic"\nstage_blocks = [0]\n', ["bad.toml:2:", "at least 1"]),
    "negative": ('block = "basic"\nstage_blocks = [2]\nnum_classes = -3\n', ["bad.toml:3:", "at least 0"]),
    "too many blocks": ('block = "basic"\nstage_blocks = [1000000]\n', ["1,000,000 blocks", "at most 20,000"]),
    "absurd width": ('base = "resnet50"\nstage_widths = [1, 1, 1, 10000000]\n', ["bad.toml:2:", "at most"]),
    "groups": ('base = "resnet50"\ngroups = 3\nbase_width = 0\n', ["bad.toml:3:"]),
    "foreign": ('base = "resnet50"\nstyle = "caffe"\n', ["bad.toml:2:1", 'stride_in = "1x1"', "OpenMMLab"]),
    "hostile name": ('base = "resnet50"\nname = "\\u202e[red]"\nfoo = 1\n', ["bad.toml:3:1"]),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_wrong_config_is_refused_with_file_line_and_column(command, tmp_path, monkeypatch, name):
    text, words = CONFIGS[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    check(command("layers", "bad.toml"), 2, *words)


def test_all_problems_are_told_at_once(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text("block: basik\nstage_blocks: [2, 0]\nlayers: 3\nwidth: 5\n", encoding="utf-8")
    done = command("layers", "bad.yaml")
    check(done, 2, "bad.yaml:1:8", '"basic"', "bad.yaml:2:", "bad.yaml:3:1", "bad.yaml:4:1")
    assert len(done.err.splitlines()) == 4


def test_a_hostile_name_is_shown_spelled_out(command, tmp_path):
    path = tmp_path / "net.toml"
    path.write_text('base = "resnet18"\nname = "\\u001b[31mred\\u202e[bold]"\n', encoding="utf-8")
    for output_format in ("table", "csv", "markdown", "html"):
        done = command("layers", path, "-f", output_format)
        assert done.code == 0
        assert "\x1b" not in done.out
        assert "\u202e" not in done.out
    assert r"\x1b[31mred\u202e[bold]" in command("layers", path).out


def test_a_model_that_cannot_run_shows_what_ran_and_exits_with_3(command):
    done = command("layers", "resnet50_caffe", "--input", "3x2x2")
    assert done.code == 3
    assert "conv1" in done.out
    assert "incomplete: the forward failed in maxpool" in done.out
    assert "the forward failed in maxpool: max_pool2d of 1×64×1×1: Given input size" in done.err
    assert "Traceback" not in done.err
    report = json.loads(command("layers", "resnet50_caffe", "--input", "3x2x2", "-f", "json").out)
    assert report["failure"]["module"] == "maxpool"
    assert report["output_shape"] is None


@pytest.mark.parametrize("name", ["stages", "count", "blocks"])
def test_every_report_survives_a_failing_model(command, name):
    done = command(name, "resnet50", "--input", "4x64x64")
    assert done.code == 3
    assert "incomplete" in done.out
    assert "conv1" in done.err


def test_two_models_are_compared_only_if_both_run(command):
    done = command("compare", "resnet50_caffe", "resnet50", "--input", "3x2x2")
    check(done, 3, "resnet50_caffe cannot be compared", "maxpool")


def test_a_device_that_is_not_there(command):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is one")
    check(command("layers", "resnet18", "--device", "cuda"), 2, "device 'cuda' cannot be used", "use meta or cpu")


def in_a_shell(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell line in which $TOOL is the command, and $PYTHON starts a Python for it."""
    return subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TOOL": tool(), "PYTHON": f"{sys.executable} -m resnet_inspect", **environment},
    )


def test_a_closed_pipe_is_no_error():
    done = in_a_shell("$TOOL layers resnet152 | head -n 1")
    assert done.stdout.startswith("resnet152")
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("line", ["layers resnet18", "config resnet18", "summary resnet18"])
def test_a_full_disk_is_no_fault_of_ours(line):
    done = in_a_shell(f"$TOOL {line} > /dev/full")
    assert done.returncode == 2
    assert done.stderr == "error: cannot write to standard output: No space left on device\n"


def test_a_closed_output_is_no_error():
    done = in_a_shell("$PYTHON config resnet18 >&-")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_failed_forward_is_not_held_against_the_name(command):
    done = command("count", "resnet50", "--input", "4x64x64")
    assert done.code == 3
    assert "the name says" not in done.out


def test_a_config_comes_from_standard_input():
    done = in_a_shell("""printf 'base = "resnet18"\\n' | $TOOL count -""")
    assert (done.returncode, done.stderr) == (0, "")
    assert "18 = 1 + 2·(2+2+2+2) + 1" in done.stdout


def test_an_output_that_cannot_take_unicode_gets_ascii():
    done = in_a_shell("$TOOL stages resnet18", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "conv1" in done.stdout


def test_colour_is_for_terminals_and_for_those_who_force_it():
    assert "\x1b" not in in_a_shell("$TOOL count resnet18").stdout
    assert "\x1b[" in in_a_shell("$TOOL count resnet18", FORCE_COLOR="1").stdout
    assert "\x1b" not in in_a_shell("$TOOL count resnet18", FORCE_COLOR="1", NO_COLOR="1").stdout


def test_a_fault_of_ours_is_owned_up_to(monkeypatch, capsys):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("the model has no such thing")

    monkeypatch.setattr("resnet_inspect.commands.count.count", broken)
    assert run(["count", "resnet18"]) == 70
    assert "bug in resnet-inspect" in capsys.readouterr().err
