"""The two examples of every rule are what they say: the bad one is found, the good one is clean."""

from __future__ import annotations

import pytest
from rule_examples import codes, of_example

from resnet_inspect.checking.registry import RULES
from resnet_inspect.configs.files import declare
from resnet_inspect.errors import ConfigError

STRUCTURE = [rule for rule in RULES.values() if rule.code < "RI2"]
RUNNABLE = [rule for rule in STRUCTURE if rule.language != "text" and rule.code != "RI001"]
DEFAULT = [rule for rule in STRUCTURE if rule.by_default]

each = pytest.mark.parametrize("rule", RUNNABLE, ids=lambda rule: rule.code)

ALSO_FOUND = {"RI103": {"RI111"}}
"""The pool that leaves one pixel of three loses the last one, too: that is how the branches come to differ."""


@each
def test_the_bad_example_is_found(rule, tmp_path):
    evidence = of_example(rule, rule.bad, tmp_path / "net.toml")
    found = {*codes(evidence, DEFAULT), *codes(evidence, [rule])}
    assert found == {rule.code} | ALSO_FOUND.get(rule.code, set())


@each
def test_the_good_example_is_clean(rule, tmp_path):
    assert codes(of_example(rule, rule.good, tmp_path / "net.toml"), [rule, *DEFAULT]) == []


@pytest.mark.parametrize("rule", [rule for rule in RUNNABLE if rule.language == "toml"], ids=lambda rule: rule.code)
def test_the_first_finding_points_at_a_field(rule, tmp_path):
    first, *_ = rule.find(of_example(rule, rule.bad, tmp_path / "net.toml"))
    assert first.field_path


@each
def test_a_finding_is_one_line_and_says_a_number(rule, tmp_path):
    for found in rule.find(of_example(rule, rule.bad, tmp_path / "net.toml")):
        assert found.message
        assert "\n" not in found.message + found.hint
        assert any(sign.isdigit() for sign in found.message + found.why + found.found)


def test_an_invalid_config_is_not_read(tmp_path):
    rule = RULES["RI001"]
    path = tmp_path / "net.toml"
    path.write_text(rule.bad, "utf-8")
    with pytest.raises(ConfigError, match="must have one entry per stage"):
        declare(path)
    path.write_text(rule.good, "utf-8")
    assert declare(path).config.stage_strides == (1, 2, 2, 2)


def test_only_a_killed_check_has_no_example_to_run():
    assert [rule.code for rule in STRUCTURE if rule.language == "text"] == ["RI003"]
