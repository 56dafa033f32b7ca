"""Every rule by its code, name, or the beginning of its code."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from resnet_inspect.checking.registry import RULES, by_code, matching
from resnet_inspect.errors import RequestError

SEPARATELY = """
import sys
import resnet_inspect.checking.registry
print("torch" in sys.modules)
"""


def test_codes_and_names_are_written_alike():
    assert list(RULES) == sorted(RULES)
    assert all(code == rule.code for code, rule in RULES.items())
    assert [code for code in RULES if not re.fullmatch(r"RI[0-4]\d\d", code)] == []
    assert [rule.name for rule in RULES.values() if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)] == []


def test_every_rule_is_explained():
    for rule in RULES.values():
        for text in (rule.summary, rule.why, rule.fix):
            assert text.endswith("."), rule.code
            assert "\n" not in text, rule.code
        assert rule.bad != rule.good, rule.code
        assert len(rule.summary) <= 160, rule.code


def test_two_rules_never_share_a_code_or_a_name():
    one, other, *_ = RULES.values()
    with pytest.raises(ValueError, match="two rules have the code RI001"):
        by_code([one, replace(other, code=one.code)])
    with pytest.raises(ValueError, match="two rules have the name invalid-config"):
        by_code([one, replace(other, name=one.name)])
    assert list(by_code([other, one])) == ["RI001", "RI002"]


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (["RI102"], ["RI102"]),
        (["ri102"], ["RI102"]),
        (["stage-halved-twice"], ["RI102"]),
        (["RI13", "RI102"], ["RI102", "RI131", "RI132", "RI133"]),
        (["RI102", "RI10"], ["RI101", "RI102", "RI103", "RI104"]),
        (["RI00"], ["RI001", "RI002", "RI003"]),
        (["RI102", "all"], list(RULES)),
        ([], []),
    ],
)
def test_matching(words, codes):
    assert [rule.code for rule in matching(words)] == codes


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("RI999", "there is no rule 'RI999'"),
        ("stage-halved", "did you mean stage-halved-twice?"),
        ("unused-module", "did you mean unused-modules?"),
        ("", "there is no rule ''"),
        ("\x1b[31m", r"there is no rule '\x1b[31m'"),
    ],
)
def test_no_such_rule(word, said):
    with pytest.raises(RequestError) as raised:
        matching(["RI102", word])
    assert said in str(raised.value)


def test_the_registry_needs_no_torch():
    done = subprocess.run([sys.executable, "-c", SEPARATELY], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
