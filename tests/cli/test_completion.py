"""Completion of values, by the protocol in which bash, zsh and fish ask; none of it needs torch."""

from __future__ import annotations

import pytest
from loaded import COMMAND, ran

import resnet_inspect as ri
from resnet_inspect.anatomy.records import ROLES
from resnet_inspect.checking.registry import RULES
from resnet_inspect.commands import COMMANDS
from resnet_inspect.formats import formats_of

MAIN = """
import sys
from resnet_inspect.cli.main import main
sys.argv = ["resnet-inspect"]
main()
"""
STAGES = (("stage{}", 0), ("conv{}_x", 1), ("layer{}", 0))


def completed(shell: str, line: str) -> list[str]:
    """The values that a shell is offered for the last word of a line."""
    words = line.split(" ")
    asked = {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    if shell == "bash":
        asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = ran(MAIN, COMMAND, **asked, _RESNET_INSPECT_COMPLETE=f"complete_{shell}")
    assert "torch" not in done.modules
    assert done.err == ""
    return [_value(each) for each in done.out.splitlines() if each]


def _value(offered: str) -> str:
    """The value alone: zsh and fish are told what it means, too."""
    return offered.partition("\t")[0].strip("\"'").partition('":"')[0]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_offered_values(shell):
    offered = " ".join(completed(shell, "resnet-inspect layers resnet15"))
    assert "resnet152" in offered
    assert "resnet18" not in offered


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("layers resnext", [row.name for row in ri.variants("resnext*").variants]),
        ("compare resnet18 resnet15", [row.name for row in ri.variants("resnet15*").variants]),
        ("variants wide", [row.name for row in ri.variants("wide*").variants]),
        ("layers resnet18 --stage conv", ["conv2_x", "conv3_x", "conv4_x", "conv5_x"]),
        ("layers resnet20_cifar --stage stage", ["stage1", "stage2", "stage3"]),
        ("layers resnet20_cifar --stage layer", ["layer1", "layer2", "layer3"]),
        (
            "layers resnet18 --stage ",
            ["stem", *(form.format(n + plus) for form, plus in STAGES for n in range(1, 5)), "head"],
        ),
        ("layers resnet18 --block conv3", ["conv3_1", "conv3_2"]),
        ("layers resnet34 --block conv4", [f"conv4_{block}" for block in range(1, 7)]),
        ("layers nothing --block conv2", ["conv2_1", "conv2_2", "conv2_3"]),
        ("layers resnet18 --role ", list(ROLES)),
        ("rule RI30", [code for code in RULES if code.startswith("RI30")]),
        ("layers resnet18 --format ", list(formats_of("layers"))),
        ("layers resnet18 --device m", ["meta"]),
        ("variants --sort ", ["name", "depth", "params", "macs"]),
        ("", [command.name for command in COMMANDS]),
        ("co", ["count", "compare", "config"]),
    ],
)
def test_what_is_offered(line, expected):
    offered = completed("bash", f"resnet-inspect {line}")
    assert offered == expected


def test_configs_and_folders_are_models_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("net.toml", "net.yaml", "net.json", "net.py", "notes.md"):
        (tmp_path / name).write_text("")
    (tmp_path / "nets").mkdir()
    assert completed("bash", "resnet-inspect layers ne") == ["net.json", "net.toml", "net.yaml", "nets/"]
