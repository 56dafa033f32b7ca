"""What the tests of rules share: evidence of configs and of small modules."""

from __future__ import annotations

import pytest
from rule_examples import of_config, of_module

from resnet_inspect.config.files import declare


@pytest.fixture
def declaration(tmp_path):
    """Some file, for the evidence of a module that none describes."""
    path = tmp_path / "any.toml"
    path.write_text('base = "resnet18"\n', "utf-8")
    return declare(path)


@pytest.fixture
def judged(tmp_path):
    """A rule and a config in TOML -> what the rule has to say of it."""
    return lambda rule, text: list(rule.find(of_config(text, tmp_path / "net.toml")))


@pytest.fixture
def judged_module(declaration):
    """A rule and a module -> what the rule has to say of it."""
    return lambda rule, module, shape=(1, 3, 96, 96): list(rule.find(of_module(module, declaration, shape)))
