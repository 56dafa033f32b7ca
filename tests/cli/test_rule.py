from __future__ import annotations

import csv
import io
import json

import pytest

from resnet_inspect.checking.registry import RULES


def test_one_rule_is_explained(command):
    done = command("rule", "RI102")
    assert done.code == 0
    title, summary, *_ = done.out.splitlines()
    assert title == "RI102 stage-halved-twice  warning, on by default"
    assert summary == RULES["RI102"].summary
    assert RULES["RI102"].bad in done.out
    assert RULES["RI102"].good in done.out


@pytest.mark.parametrize("word", ["RI102", "ri102", "stage-halved-twice"])
def test_a_name_does_as_well(command, word):
    assert command("rule", word).out == command("rule", "RI102").out


def test_all_rules_are_listed(command):
    lines = command("rule").out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("RI")] == list(RULES)
    assert "RI112  shortcut-skips-pixels               warning   off" in lines
    off = sum(not rule.by_default for rule in RULES.values())
    assert lines[-1].startswith(f"{len(RULES)} rules, {off} of them off by default")


def test_machines_get_everything(command):
    (rule,) = json.loads(command("rule", "RI102", "--format", "json").out)["rules"]
    assert rule["bad"] == RULES["RI102"].bad
    assert rule["by_default"] is True
    rows = list(csv.DictReader(io.StringIO(command("rule", "--format", "csv").out)))
    assert [row["code"] for row in rows] == list(RULES)
    assert rows[4]["why"] == RULES["RI102"].why


def test_markdown_is_a_document(command):
    text = command("rule", "RI102", "--format", "markdown").out
    assert text.startswith("# RI102 stage-halved-twice\n\nwarning, on by default\n\n")
    assert f"```toml\n{RULES['RI102'].bad}```" in text
    assert "```python\n" in command("rule", "RI144", "-f", "markdown").out


def test_a_rule_that_is_not_there(command):
    done = command("rule", "stage-twice")
    assert (done.code, done.out) == (2, "")
    assert "did you mean stage-halved-twice?" in done.err
