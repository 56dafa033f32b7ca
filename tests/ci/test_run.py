"""``.ci/run``, with stand-ins for what it calls."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = [
    text for text in (ROOT / ".ci" / "constraints.txt").read_text("utf-8").splitlines() if not text.startswith("#")
]
CALLED = ["python3", "pip", "pytest", "ruff", "ruff", "mypy", "lint-imports"]


@pytest.fixture
def run(tmp_path):
    """``run(failing="mypy")`` runs a copy of it; every tool writes down its name, and one may fail."""
    tools, clone = tmp_path / "tools", tmp_path / "clone"
    tools.mkdir()
    (clone / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", clone / ".ci" / "run")
    for name in CALLED:
        made = "mkdir -p .venv/bin && touch .venv/bin/activate\n" if name == "python3" else ""
        noted = f"echo {name} >> called\nenv | grep ^PYTHON >> variables\n"
        (tools / name).write_text(f'#!/bin/sh\n{noted}{made}[ "$FAILING" != {name} ]\n')
        (tools / name).chmod(0o755)

    def execute(failing=""):
        (clone / "called").write_text("")
        done = subprocess.run(
            ["bash", ".ci/run"], cwd=clone, capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "FAILING": failing},
        )  # fmt: skip
        return done.returncode, (clone / "called").read_text().split(), clone

    return execute


def test_a_fresh_clone_gets_an_environment(run):
    code, called, clone = run()
    assert (code, called) == (0, CALLED)
    assert (clone / ".venv" / "bin" / "activate").exists()


def test_nothing_runs_with_a_variable_that_only_this_shell_has(run, monkeypatch):
    for name in ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH"):
        monkeypatch.setenv(name, "1")
    code, called, clone = run()
    assert (code, called) == (0, CALLED)
    assert (clone / "variables").read_text() == ""


def test_no_process_that_a_test_starts_has_one_either():
    left = [name for name in os.environ if name.startswith("PYTHON")]
    assert left == (["PYTHONPATH"] if "TREE_UNDER_TEST" in os.environ else [])


@pytest.mark.parametrize("failing", ["", "python3", "pip", "pytest", "ruff", "mypy", "lint-imports"])
def test_the_environment_that_was_there_comes_back(run, tmp_path, failing):
    own = tmp_path / "clone" / ".venv" / "own"
    own.parent.mkdir()
    own.write_text("mine")
    code, called, clone = run(failing)
    assert (code != 0) is bool(failing)
    assert called[0] == "python3"
    assert own.read_text() == "mine"
    assert not (own.parent / "bin").exists()
    assert sorted(path.name for path in clone.iterdir()) == [".ci", ".venv", "called", "variables"]


def test_one_that_was_kept_by_a_killed_run_is_not_lost(run, tmp_path):
    for name in (".venv", ".venv.kept"):
        (tmp_path / "clone" / name).mkdir()
        (tmp_path / "clone" / name / name).touch()
    code, called, clone = run()
    assert (code, called) == (2, [])
    assert (clone / ".venv" / ".venv").exists()
    assert (clone / ".venv.kept" / ".venv.kept").exists()


def test_github_runs_it_on_every_python_that_is_promised():
    (job,) = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["jobs"].values()
    assert job["steps"][-1]["run"] == ".ci/run"
    promised = (ROOT / "pyproject.toml").read_text("utf-8")
    for version in job["strategy"]["matrix"]["python-version"]:
        assert f'"Programming Language :: Python :: {version}"' in promised
    assert promised.count('"Programming Language :: Python :: ') == len(job["strategy"]["matrix"]["python-version"])


@pytest.fixture
def update(monkeypatch):
    """What hatchling calls with the metadata of the package; hatchling itself is there only while it builds."""
    interface = ModuleType("hatchling.metadata.plugin.interface")
    interface.MetadataHookInterface = object
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    hook = runpy.run_path(str(ROOT / "hatch_build.py"))["SupportedPython"]()
    return partial(hook.update, tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"])


@pytest.mark.parametrize("version", [(3, 10, 13, "final", 0), (3, 9, 18, "final", 0), (2, 7, 18, "final", 0)])
def test_an_older_python_is_told_which_one_is_needed(update, monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(
        SystemExit, match=re.escape(f"requires Python >=3.11, and this is Python {version[0]}.{version[1]}.")
    ):
        update()


@pytest.mark.parametrize("version", [(3, 11, 0, "final", 0), (3, 15, 0, "candidate", 1), (4, 0, 0, "alpha", 0)])
def test_other_pythons_build_it(update, monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    update()


def test_the_constraints_accept_builds_of_torch_without_cuda():
    (torch,) = (pin.specifier for pin in map(Requirement, CONSTRAINTS) if pin.name == "torch")
    (version,) = (each.version for each in torch)
    assert torch.contains(f"{version}+cpu")
    assert Version(f"{version}+cpu") > Version(version)  # pip takes it where it has the choice


def test_the_source_package_holds_what_the_tests_and_the_set_up_lines_read():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["sdist"]
    assert {"/tests", "/docs", "/.ci", "/.github", "/action.yml", "/.pre-commit-hooks.yaml"} <= set(build["include"])
    assert [path for path in build["include"] if not (ROOT / path[1:]).exists()] == []
