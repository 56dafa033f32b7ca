"""What the tests of rules share: evidence of configs and of small modules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from named_models import NETS
from rule_examples import of_config, of_module
from run_once import gathered

from resnet_inspect.checking import judge


@pytest.fixture(autouse=True, scope="module")
def _configs_run_once():
    """Each config is run once for all tests of a file, which are about what is found in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "gather", gathered)
        yield


@pytest.fixture
def judged(tmp_path):
    """A rule and a config in TOML -> what the rule has to say of it."""
    return lambda rule, text: list(rule.find(of_config(text, tmp_path / "net.toml")))


@pytest.fixture
def judged_module():
    """A rule and a module -> what the rule has to say of it."""
    return lambda rule, module, shape=(1, 3, 96, 96): list(rule.find(of_module(module, shape)))


@pytest.fixture
def named_models(tmp_path, monkeypatch):
    """nets.py and others in the current folder; their imports are forgotten afterwards."""
    before, path = set(sys.modules), list(sys.path)
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(NETS)
    Path("broken.py").write_text("raise RuntimeError('at import')\n")
    Path("marks.py").write_text("open('imported', 'w').close()\nfrom torch import nn\nnet = nn.Conv2d(3, 8, 1)\n")
    Path("net.toml").write_text('base = "resnet18"\n')
    yield
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]
