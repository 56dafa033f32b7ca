"""Running commands in this process, where importing torch once is enough, and the folders they run in."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from check_configs import BROKEN, DEEP, GOOD
from locked_configs import LOCK, V1_5
from run_once import examined, gathered

from resnet_inspect import pipeline
from resnet_inspect.checking import judge
from resnet_inspect.cli.main import run
from resnet_inspect.console import progress


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def command(capsys):
    """``command("layers", "resnet50")`` -> exit code, standard output, standard error."""

    def execute(*arguments: str) -> Done:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return execute


@pytest.fixture(autouse=True)
def _configs_run_once(monkeypatch):
    """Commands run each config once for all tests here, which are about what they make of it."""
    monkeypatch.setattr(judge, "gather", gathered)
    monkeypatch.setattr(pipeline, "examine_spec", examined)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where this process is: files for ``check``, one that passes, two that do not, and one that is no config."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    for name, content in {"good.toml": GOOD, "deep.toml": DEEP, "broken.toml": BROKEN, "other.toml": "x = 1\n"}.items():
        (tmp_path / name).write_text(content)
    return tmp_path


@pytest.fixture
def lockable(tmp_path, monkeypatch):
    """Where this process is: a folder of two configs, and no lock yet."""
    lay_out(tmp_path, monkeypatch)
    return tmp_path


def lay_out(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "configs").mkdir()
    (folder / "configs" / "net.toml").write_text(V1_5)
    (folder / "configs" / "small.toml").write_text('base = "resnet18"\n')


@pytest.fixture
def locked(lockable, lock_of_both):
    """The same folder, with its lock."""
    (lockable / LOCK).write_bytes(lock_of_both)
    return lockable


@pytest.fixture(scope="session")
def lock_of_both(tmp_path_factory):
    """The lock of those two configs, as the command writes it."""
    with pytest.MonkeyPatch.context() as patch:
        lay_out(tmp_path_factory.mktemp("locked"), patch)
        assert run(["lock", "configs"]) == 0
        return Path(LOCK).read_bytes()


@pytest.fixture
def no_patience(monkeypatch):
    """Whoever watches a terminal sees at once that something goes on."""
    monkeypatch.setattr(progress, "DELAY_S", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
