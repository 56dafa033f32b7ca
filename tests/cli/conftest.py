"""Running commands in this process, where importing torch once is enough, and the folders they run in."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from check_configs import BROKEN, DEEP, GOOD
from locked_configs import V1_5

from resnet_inspect.cli import progress
from resnet_inspect.cli.main import run


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
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "net.toml").write_text(V1_5)
    (tmp_path / "configs" / "small.toml").write_text('base = "resnet18"\n')
    return tmp_path


@pytest.fixture
def locked(command, lockable):
    """The same folder, with its lock."""
    assert command("lock", "configs").code == 0
    return lockable


@pytest.fixture
def no_patience(monkeypatch):
    """Whoever watches a terminal sees at once that something goes on."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
