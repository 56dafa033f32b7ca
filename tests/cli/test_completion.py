"""Completion of values, by the protocol in which bash, zsh and fish ask; none of it needs torch or pydantic."""

from __future__ import annotations

import os
import pty
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from forked import tool
from loaded import COMMAND, ran

import resnet_inspect as ri
from resnet_inspect.anatomy.role_names import ROLES
from resnet_inspect.checking.registry import RULES
from resnet_inspect.commands import COMMANDS
from resnet_inspect.formats import formats_of

MAIN = """
import sys
from resnet_inspect.cli.main import main
sys.argv = ["resnet-inspect"]
main()
"""
SHELLS = ["bash", "zsh", "fish"]
HEAVY = {"torch", "pydantic", "pydantic_core", "numpy", "yaml", "tree_sitter", "rich.console"}
STAGES = (("{}", 0), ("stage{}", 0), ("conv{}_x", 1), ("layer{}", 0))
KINDS = [
    ("layers resnext", [row.name for row in ri.variants("resnext*").variants]),
    ("layers resnet20_cifar --stage layer", ["layer1", "layer2", "layer3"]),
    ("layers resnet18 --block conv3", ["conv3_1", "conv3_2"]),
    ("layers resnet18 --role ", list(ROLES)),
    ("layers resnet18 --format ", list(formats_of("layers"))),
    ("rule RI30", [code for code in RULES if code.startswith("RI30")]),
    ("check --select RI10", [code for code in RULES if code.startswith("RI10")]),
    ("check --select RI2,unused-w,RI30", [f"RI2,unused-w,{code}" for code in RULES if code.startswith("RI30")]),
    ("check --fail-on ", ["error", "warning"]),
]
"""A line for each kind of value, and what is offered for its last word."""


def question(shell: str, line: str) -> dict[str, str]:
    """The environment variables in which a shell asks for the last word of a line."""
    asked = {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    if shell == "bash":
        asked = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    return {**asked, "_RESNET_INSPECT_COMPLETE": f"complete_{shell}"}


def completed(shell: str, line: str) -> list[str]:
    """The values that a shell is offered for the last word of a line; none of them needs anything heavy."""
    done = ran(MAIN, COMMAND, **question(shell, f"resnet-inspect {line}"))
    assert not done.err
    assert not done.modules & HEAVY
    if shell == "zsh":
        return [value.replace(r"\\:", ":") for value in re.findall(r'^(?:.*\(\()?"([^"]*)"', done.out, re.MULTILINE)]
    return [offered.partition("\t")[0] for offered in done.out.splitlines()]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("line", "expected"), KINDS)
def test_each_shell_is_offered_values(shell, line, expected):
    assert completed(shell, line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("compare resnet18 resnet15", [row.name for row in ri.variants("resnet15*").variants]),
        ("variants wide", [row.name for row in ri.variants("wide*").variants]),
        ("layers resnet18 --stage conv", ["conv2_x", "conv3_x", "conv4_x", "conv5_x"]),
        ("layers resnet20_cifar --stage stage", ["stage1", "stage2", "stage3"]),
        (
            "layers resnet18 --stage ",
            ["stem", *(form.format(n + plus) for form, plus in STAGES for n in range(1, 5)), "head"],
        ),
        ("layers resnet34 --block conv4", [f"conv4_{block}" for block in range(1, 7)]),
        ("layers nothing --block conv2", ["conv2_1", "conv2_2", "conv2_3"]),
        ("layers R-50 --block conv2", ["conv2_1", "conv2_2", "conv2_3"]),
        ("layers ResNet-18 --block layer", [f"layer{n}.{block}" for n in range(1, 5) for block in range(2)]),
        ("layers microsoft/resnet-18 --block conv3", ["conv3_1", "conv3_2"]),
        ("layers resnet101 --block 1", ["1", *(str(n) for n in range(10, 20))]),
        ("layers resnet18 --stage 2", ["2"]),
        ("layers resnet18 --device m", ["meta"]),
        ("check --ignore RI1,invalid-c", ["RI1,invalid-config"]),
        ("variants --sort ", ["name", "depth", "params", "macs"]),
        ("variants --block b", ["basic", "bottleneck"]),
        ("", [command.name for command in COMMANDS]),
        ("co", ["count", "compare", "config"]),
    ],
)
def test_what_is_offered(line, expected):
    assert completed("bash", line) == expected


def test_fish_is_offered_one_line_for_each_option():
    assert all(offered.startswith("--") for offered in completed("fish", "check --"))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_completion_imports_nothing_heavy_for_any_command(command):
    assert "--help" in completed("zsh", f"{command.name} --h")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("net.toml", "net.yaml", "net.json", "net.py", "notes.md", "nets/inner/a.toml", "nets/inner/b.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", ["layers", "compare resnet18", "check", "lock"])
def test_configs_and_folders_are_models_too(shell, command):
    assert completed(shell, f"{command} ne") == ["net.json", "net.toml", "net.yaml", "nets/"]
    assert completed(shell, f"{command} nets") == ["nets/inner/a.toml", "nets/inner/b.toml"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_goes_on_into_a_folder(folders):
    """Typed into a bash at a terminal: a folder gets no blank, and a file gets one."""
    program = folders / "bin" / "resnet-inspect"
    program.parent.mkdir()
    words = f'[ -z "$_RESNET_INSPECT_COMPLETE" ] || exec {tool()}\nprintf "<%s>" "$@"\n'
    program.write_text(f"#!/bin/sh\n{words}")
    program.chmod(0o755)
    script = folders / "script"
    script.write_bytes(
        subprocess.run(
            shlex.split(f"{sys.executable} -m resnet_inspect --show-completion bash"),
            env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}, capture_output=True, check=True,
        ).stdout
    )  # fmt: skip
    ours, theirs = pty.openpty()
    bash = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "TERM": "dumb", "PS1": "", "HISTFILE": ""},
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, b". ./script\nresnet-inspect layers nets\tend\nresnet-inspect layers net.t\tend\nexit\n")
    shown = b""
    while part := _read(ours):
        shown += part
    bash.wait()
    os.close(ours)
    assert b"<layers><nets/inner/end>" in shown
    assert b"<layers><net.toml><end>" in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # bash has closed its side
        return b""
