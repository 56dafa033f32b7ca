"""Packages that are there for one test, or not there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

LIBRARIES = ("torchvision", "timm")


def _forget(*packages):
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]


@pytest.fixture
def stand_ins(monkeypatch):
    """``import torchvision`` and ``import timm`` find the stand-ins."""
    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in LIBRARIES}
    _forget(*LIBRARIES)
    monkeypatch.syspath_prepend(Path(__file__).parent / "stand_ins")
    yield
    _forget(*LIBRARIES)
    sys.modules.update(kept)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """``project(net="...")`` writes net.py in the current folder; its imports are forgotten afterwards."""
    before, path = set(sys.modules), list(sys.path)
    monkeypatch.chdir(tmp_path)

    def write(folder=".", **files):
        for name, text in files.items():
            file = tmp_path / folder / f"{name}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return tmp_path

    yield write
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]
