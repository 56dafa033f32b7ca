"""Findings as SARIF, against the published schema."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import unquote_to_bytes, urlsplit

import jsonschema
import pytest
from golden.read_golden import golden
from hypothesis import given, settings, strategies as st
from sample_findings import ATTACKS, BROKEN, DEPTH, FILES, KILLED, MACS, QUARTER, hostile, report, reports
from sample_pages import hidden_characters

import resnet_inspect
from resnet_inspect.checking.findings import FileResult
from resnet_inspect.rendering.report import render

VALIDATOR = jsonschema.Draft4Validator(golden("sarif-2.1.0-rtm.4.json.gz"))


def sarif(made):
    log = json.loads(render(made, "sarif"))
    VALIDATOR.validate(log)
    (run,) = log["runs"]
    return run


def of(*findings, path="net.toml"):
    return sarif(report((FileResult(path, findings),)))["results"]


def test_the_schema_bites():
    log = json.loads(render(report(), "sarif"))
    log["runs"][0]["results"][0]["level"] = "fatal"
    log["runs"][0]["tool"]["driver"]["rules"][0]["severity"] = "error"
    assert len(list(VALIDATOR.iter_errors(log))) == 2


def test_the_run_says_who_checked_and_in_what_columns_are_counted():
    run = sarif(report())
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("resnet-inspect", resnet_inspect.__version__)
    assert run["columnKind"] == "unicodeCodePoints"


def test_rules_are_those_that_found_something():
    rules = sarif(report())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["RI001", "RI003", "RI104", "RI201", "RI203"]
    assert rules[2] == {
        "id": "RI104",
        "name": "quarter-read",
        "shortDescription": {"text": "What quarter-read says."},
        "fullDescription": {"text": "Why quarter-read matters."},
        "help": {"text": "How quarter-read is mended.\n\n'resnet-inspect rule RI104' shows an example."},
        "defaultConfiguration": {"enabled": True, "level": "warning"},
    }


def test_a_result_points_at_its_rule_and_place():
    run = sarif(report())
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    macs = run["results"][2]
    assert (macs["ruleId"], macs["level"]) == ("RI203", "error")
    assert macs["message"]["text"].split("\n") == [
        MACS.message,
        f"expected: {MACS.expected}",
        f"found: {MACS.found}",
    ]
    (location,) = macs["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "configs/wide.toml"},
        "region": {"startLine": 12, "startColumn": 8, "endColumn": 18},
    }
    assert location["logicalLocations"] == [{"fullyQualifiedName": "expect.macs", "kind": "property"}]


def test_a_finding_without_a_place_has_its_file():
    (result,) = of(KILLED)
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "net.toml"}}}]


@pytest.mark.parametrize(("finding", "successful"), [(None, True), (DEPTH, True), (BROKEN, True), (KILLED, False)])
def test_a_check_that_did_not_end_was_no_success(finding, successful):
    findings = () if finding is None else (finding,)
    run = sarif(report((FileResult("net.toml", findings),)))
    assert run["invocations"] == [{"executionSuccessful": successful}]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("configs/r50.toml", "configs/r50.toml"),
        ("./configs//r50.toml", "configs/r50.toml"),
        ("../r50.toml", "../r50.toml"),
        ("/tmp/r50.toml", "file:///tmp/r50.toml"),
        ("my net #1?.toml", "my%20net%20%231%3F.toml"),
        ("a:b.toml", "a%3Ab.toml"),
        ("100%.toml", "100%25.toml"),
        ("層.toml", "%E5%B1%A4.toml"),
        ("bad\udcff.toml", "bad%FF.toml"),
        ("\ud800.toml", "%ED%A0%80.toml"),
        ("<stdin>", "%3Cstdin%3E"),
    ],
)
def test_paths_are_uris(path, uri):
    (result,) = of(DEPTH, path=path)
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1))
def test_any_name_can_be_read_back_from_its_uri(name):
    (result,) = of(DEPTH, path=f"configs/{name}")
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[\w.~/%-]*", uri, re.ASCII)
    split = urlsplit(uri)
    assert (split.scheme, split.netloc, split.query, split.fragment) == ("", "", "", "")
    assert unquote_to_bytes(split.path).decode() == ("configs" if name == "." else f"configs/{name}")


def fingerprints(*findings):
    return [result["partialFingerprints"]["resnetInspectFinding/v1"] for result in of(*findings)]


def test_fingerprints_stay_when_lines_move_and_numbers_change():
    before = (QUARTER, DEPTH, MACS)
    after = tuple(
        replace(finding, line=finding.line + 7, column=finding.column + 2, message="other", found="52", source_line="x")
        for finding in before
    )
    assert fingerprints(*before) == fingerprints(*after)


def test_fingerprints_tell_findings_apart():
    other_field = replace(DEPTH, path="expect.params")
    other_layer = replace(DEPTH, layer="layer1.0")
    other_line = replace(BROKEN, path="", source_line="a = ")
    found = fingerprints(QUARTER, DEPTH, DEPTH, MACS, other_field, other_layer, replace(BROKEN, path=""), other_line)
    assert len(set(found)) == 8
    assert len({fingerprint.partition(":")[0] for fingerprint in found}) == 7


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("stage_blocks = [3, 4, 6, 3]", "stage_blocks = [3, 4, 6, 3]"),
        ("[here](https://example.org)", "\\[here](https://example.org)"),
        ("[a] (b)", "[a] (b)"),
    ],
)
def test_no_text_becomes_a_link(text, shown):
    (result,) = of(replace(KILLED, message=text))
    assert result["message"]["text"] == shown


@given(ATTACKS)
@settings(max_examples=40)
def test_hostile_text_leaves_the_log_valid(attack):
    (result,) = sarif(hostile(attack))["results"]
    assert hidden_characters(result["message"]["text"]) == []


@given(reports)
@settings(max_examples=40)
def test_any_report_is_valid(made):
    assert len(sarif(made)["results"]) == len(made.found)


def test_a_clean_check_is_a_run_without_results():
    run = sarif(report(FILES[:1]))
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])
