"""The GitHub action and the pre-commit hook: valid, and their steps run here as the runner would run them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from resnet_inspect.cli.main import run
from resnet_inspect.formats import Format

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HOOK, LOCK_HOOK = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
INSTALL, CHECK = ACTION["runs"]["steps"]

DEEP = 'base = "resnet18"\n[expect]\ndepth = 19\n'
HOSTILE = "$(touch pwned) `touch pwned`; touch pwned; \"'\\ ${{ github.token }}"


def test_inputs_never_stand_in_a_script():
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_every_input_is_described_and_used_once():
    used = re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", str([step["env"] for step in ACTION["runs"]["steps"]]))
    assert sorted(used) == sorted(ACTION["inputs"])
    assert all(each["description"] and "default" in each for each in ACTION["inputs"].values())


def test_the_formats_that_are_named_are_those_of_the_command():
    named = ACTION["inputs"]["format"]["description"].partition(": ")[2]
    assert set(re.findall(r"\w+", named)) - {"or"} == set(Format)


class Step(NamedTuple):
    """How a step ended: exit code, what it printed, the commands it called, what it put out for the steps behind it."""

    code: int
    printed: str
    calls: list[list[str]]
    output: str

    @property
    def called(self):
        """The command of a step that calls one."""
        (only,) = self.calls
        return only


@pytest.fixture
def step(tmp_path):
    """``step(CHECK, paths=...)`` runs a step as GitHub's runner does, and tells what it called.

    pip and the command are stood in for by a script that writes down its arguments, and leaves with ``code``.
    """
    tools = tmp_path / "tools"
    tools.mkdir()
    work = tmp_path / "work"
    work.mkdir()
    for name in ("resnet-inspect", "python3"):
        (tools / name).write_text('#!/bin/sh\nprintf "%s\\0" $(($# + 1)) "${0##*/}" "$@" >> called\nexit "$CODE"\n')
        (tools / name).chmod(0o755)

    def execute(chosen, code=0, **inputs):
        (work / "called").write_text("")
        values = {name: each["default"] for name, each in ACTION["inputs"].items()} | inputs
        script = tmp_path / "step.sh"
        script.write_text(chosen["run"])
        output = tmp_path / "output"
        output.write_text("")
        environment = {
            name: values[match[1]] if (match := re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", value)) else "/the action"
            for name, value in chosen["env"].items()
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=work, capture_output=True, text=True, check=False,
            env={**os.environ, **environment, "PATH": f"{tools}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(output),
                 "CODE": str(code)},
        )  # fmt: skip
        assert not list(tmp_path.rglob("pwned"))
        words = iter((work / "called").read_text().split("\0")[:-1])
        calls = [list(islice(words, int(count))) for count in words]
        return Step(done.returncode, done.stdout, calls, output.read_text())

    return execute


@pytest.mark.parametrize("code", [0, 1, 2, 70])
def test_the_step_checks_and_leaves_with_the_code(step, code):
    done = step(CHECK, code)
    assert done.called == ["resnet-inspect", "check", "--format=github", "--"]
    assert (done.code, done.output) == (code, f"exit-code={code}\n")


def test_options_and_paths_are_one_a_line(step):
    done = step(CHECK, paths="deep.toml\n\na b.toml\n*.yaml\n", args="--ignore=RI201\n--verbose", format="csv")
    options, paths = ["--format=csv", "--ignore=RI201", "--verbose"], ["deep.toml", "a b.toml", "*.yaml"]
    assert done.called == ["resnet-inspect", "check", *options, "--", *paths]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("paths", ["--format=github", "--", HOSTILE]),
        ("args", ["--format=github", HOSTILE, "--"]),
        ("format", [f"--format={HOSTILE}", "--"]),
    ],
)
def test_inputs_are_never_run(step, name, arguments):
    assert step(CHECK, **{name: HOSTILE}).called == ["resnet-inspect", "check", *arguments]


def test_what_the_step_calls_is_what_the_command_takes(step, tmp_path, monkeypatch, capsys):
    """The stand-in takes anything; here the command itself gets what it got."""
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    Path("deep.toml").write_text(DEEP)
    assert run(step(CHECK).called[1:]) == 1
    assert "::error file=deep.toml,line=3," in capsys.readouterr().out
    assert "RI201" in (tmp_path / "summary").read_text()
    assert run(step(CHECK, args="--ignore=RI201\n--verbose").called[1:]) == 0
    assert run(step(CHECK, args="--extend-select=RI112\n--ignore=RI201\n--fail-on=error").called[1:]) == 0
    Path("pyproject.toml").write_text('[tool.resnet-inspect]\npaths = ["none"]\n')
    assert run(step(CHECK).called[1:]) == 2, "the paths are those of the project"
    Path("pyproject.toml").unlink()
    capsys.readouterr()
    assert run(step(CHECK, paths="--exit-zero\ndeep.toml").called[1:]) == 2
    assert "no such file or folder: --exit-zero" in capsys.readouterr().err
    assert run(step(CHECK, format=HOSTILE).called[1:]) == 2


@pytest.mark.parametrize("code", [0, 1])
def test_what_is_installed_is_the_action_s_own_checkout(step, code):
    """No package of that name is published; one that bears it would be a stranger's, and so would a pip.py beside it."""
    done = step(INSTALL, code)
    assert (done.code, done.called) == (code, ["python3", "-P", "-m", "pip", "install", "--quiet", "/the action"])


def test_torch_comes_from_the_index_that_is_asked_for(step):
    """First and from there alone, so that what is installed behind it finds a torch and keeps it."""
    pip = ["python3", "-P", "-m", "pip", "install", "--quiet"]
    first = [*pip, "--index-url=https://index.example/cpu", "torch"]
    done = step(INSTALL, **{"torch-index-url": "https://index.example/cpu"})
    assert (done.code, done.calls) == (0, [first, [*pip, "/the action"]])
    failed = step(INSTALL, 1, **{"torch-index-url": "https://index.example/cpu"})
    assert (failed.code, failed.calls) == (1, [first])
    assert step(INSTALL, **{"torch-index-url": HOSTILE}).calls[0][-2:] == [f"--index-url={HOSTILE}", "torch"]


def test_no_document_installs_it_by_name():
    named = re.compile(r"pip3? install[^&\n]* [\"']?resnet-inspect\b")
    texts = {
        path: path.read_text("utf-8") for path in (ROOT / "action.yml", ROOT / "README.md", *ROOT.glob("docs/**/*.md"))
    }
    assert [path for path, text in texts.items() if named.search(text)] == []


def test_the_hook_checks_what_is_a_config_and_nothing_else(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("deep.toml").write_text(DEEP)
    Path("pyproject.toml").write_text("[project]\nname = 'x'\n")
    Path("other.yaml").write_text("a: 1\n")
    tool, *arguments = shlex.split(HOOK["entry"])
    assert tool == "resnet-inspect"
    assert run([*arguments, "other.yaml", "pyproject.toml"]) == 0
    assert run([*arguments, "other.yaml", "deep.toml", "pyproject.toml"]) == 1
    assert "deep.toml:3:9: error RI201" in capsys.readouterr().out


def test_the_hook_of_the_lock_finds_what_would_change(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("nets").mkdir()
    Path("nets/net.toml").write_text('base = "resnet18"\n')
    Path("draft.toml").write_text('base = "resnet34"\n')
    Path("pyproject.toml").write_text('[tool.resnet-inspect]\npaths = ["nets"]\n')
    tool, *arguments = shlex.split(LOCK_HOOK["entry"])
    assert (tool, LOCK_HOOK["pass_filenames"]) == ("resnet-inspect", False)
    assert run(arguments) == 1
    assert "would change: 1 new" in capsys.readouterr().out
    assert run(["lock"]) == 0
    assert run(arguments) == 0
    Path("nets/net.toml").write_text('base = "resnet34"\n')
    assert run(arguments) == 1


@pytest.mark.parametrize("hook", [HOOK, LOCK_HOOK], ids=lambda hook: hook["id"])
def test_a_hook_has_what_pre_commit_needs(hook):
    assert {"id", "name", "entry", "language"} <= hook.keys()
    assert hook["language"] == "python"
    assert hook["require_serial"] is True
