"""A folder full of planted modules: whatever starts there, and whatever processes it starts, runs none of them."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from types import SimpleNamespace

import pytest
from pool_actions import acting

from resnet_inspect.checking.pool import FEW_FILES, check_files
from resnet_inspect.checking.safe_path import safe_path
from resnet_inspect.checking.settings import settings_of
from resnet_inspect.checking.targets import Target
from resnet_inspect.errors import RequestError

PATIENCE = 120

EVERY_NAME = sorted({*sys.stdlib_module_names, *packages_distributions(), *(n.partition(".")[0] for n in sys.modules)})
"""Of the standard library, of what is installed, and of what has been imported here."""

PLANTED = """
with open({ran!r}, "a") as stream:
    stream.write(__name__ + "\\n")
raise ImportError("planted")
"""

WATCH = """
import sys

def watch(event, arguments):
    if event == "import" and sys.argv[:1] != ["-m"]:  # Python itself is looking for the package
        places = arguments[2] or ()
        if "" in places or {folder!r} in places:
            with open({reachable!r}, "a") as stream:
                stream.write(arguments[0] + " in " + " ".join(sys.argv) + "\\n")

sys.addaudithook(watch)
"""
"""A second witness, for names that nobody thought of: at no import is the folder among the places to look in."""

TOOL = """
if __name__ == "__main__":
    from resnet_inspect.cli.main import main
    main()
"""
"""As an entry point is, outside the folder."""

TOOLS = """
import sys
if __name__ == "__main__":
    from resnet_inspect.cli.main import run
    for line in sys.argv[1:]:
        assert run(line.split()) == 0, line
"""
"""Several commands, one after the other."""

SCRIPT = """
import resnet_inspect as ri
if __name__ == "__main__":
    assert ri.check(["net0.toml", "net1.toml"], jobs=2).ok
    assert [file.path for file in ri.lock("net0.toml", timeout=60).files] == ["net0.toml"]
"""


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """``hostile(but={"typing"})`` plants modules in the current folder; files beside it tell which of them ran."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    (tmp_path / "witness").mkdir()
    (tmp_path / "tool.py").write_text(TOOL)
    (tmp_path / "tools.py").write_text(TOOLS)
    (tmp_path / "script.py").write_text(SCRIPT)
    watching = WATCH.format(folder=str(folder), reachable=str(tmp_path / "reachable"))
    (tmp_path / "witness" / "sitecustomize.py").write_text(watching)
    kept = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(tmp_path / "witness"), *kept])))
    monkeypatch.chdir(folder)
    for number in range(FEW_FILES + 1):
        (folder / f"net{number}.toml").write_text('base = "resnet18"\n')

    def plant(but=()):
        for name in set(EVERY_NAME) - {*but, "sitecustomize", "usercustomize"}:
            (folder / f"{name}.py").write_text(PLANTED.format(ran=str(tmp_path / "ran")))
        return tmp_path

    return plant


def python(*words: object, code: int = 0) -> str:
    words = tuple(map(str, words))
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def seen(folder: Path) -> dict[str, set[str]]:
    """What the two witnesses wrote."""
    files = [folder / "ran", folder / "reachable"]
    return {file.name: set(file.read_text().splitlines()) for file in files if file.exists()}


def test_the_command_runs_no_planted_module(hostile):
    folder = hostile()
    python(
        folder / "tools.py",
        "check . --only-configs",
        "check net0.toml --timeout 60",
        "lock net0.toml net1.toml --jobs 2",
    )
    assert seen(folder) == {}


def test_a_script_of_the_python_api_runs_none(hostile):
    folder = hostile()
    python(folder / "script.py")
    assert seen(folder) == {}


def test_python_m_runs_none_once_the_package_runs(hostile):
    """Python finds the package by way of the current folder; what it imports for that, no package can prevent."""
    before = python("-P", "-c", "import runpy, sys, resnet_inspect; print(*sys.modules)").split()
    folder = hostile(but=before)
    python("-m", "resnet_inspect", "check", "net0.toml", "net1.toml", "--jobs", "2")
    assert seen(folder) == {}


def test_python_p_m_runs_none_at_all(hostile):
    folder = hostile()
    assert python("-P", "-m", "resnet_inspect", "--version").startswith("resnet-inspect")
    assert seen(folder) == {}


def test_the_witnesses_would_see_it(hostile):
    folder = hostile()
    python("-c", "import selectors", code=1)
    assert seen(folder) == {"ran": {"selectors"}, "reachable": {"selectors in -c"}}


def test_code_that_is_named_is_found_in_the_current_folder_by_processes_too(hostile):
    folder = hostile()
    (folder / "hostile" / "mine.py").write_text("from torch import nn\nnet = nn.Conv2d(3, 8, 1)\n")
    said = python(folder / "tool.py", "check", "mine:net", "mine.py:net", "--jobs", "2")
    assert said == "All checks passed (2 models)\n"
    assert "ran" not in seen(folder)


@pytest.mark.parametrize("before", [None, "", "1"])
def test_no_code_sees_the_variable(monkeypatch, before):
    if before is None:
        monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    else:
        monkeypatch.setenv("PYTHONSAFEPATH", before)
    targets = [Target("safe_path:1"), Target("safe_path:2")]
    seen_there = {result.model for result in check_files(targets, settings_of(), 2, check=acting)}
    theirs = f"True {before}" if before == "1" else "True None"
    assert seen_there <= {theirs, "True None"}, "a server that an earlier test has started keeps what it had"
    assert os.environ.get("PYTHONSAFEPATH") == before


def test_inside_every_python_has_it_and_afterwards_it_is_gone(monkeypatch):
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    told = "import sys, os; print(sys.flags.safe_path, os.environ.get('PYTHONSAFEPATH'))"
    with safe_path():
        assert python("-c", f"import resnet_inspect.checking.safe_path; {told}") == "True None\n"
    assert python("-c", told) == "False None\n"
    with pytest.raises(KeyError), safe_path():
        raise KeyError
    assert "PYTHONSAFEPATH" not in os.environ


def test_where_python_passes_over_its_environment_no_process_is_started(monkeypatch):
    monkeypatch.setattr("sys.flags", SimpleNamespace(safe_path=False, ignore_environment=True))
    with pytest.raises(RequestError, match=r"under 'python -E'.* add -P, or use -I; .*--jobs 1"), safe_path():
        pass
