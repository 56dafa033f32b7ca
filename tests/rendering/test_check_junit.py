"""Findings as JUnit XML, read back."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from sample_findings import ATTACKS, DEPTH, FILES, KILLED, QUARTER, hostile, report, reports
from sample_pages import hidden_characters

from resnet_inspect.checking.findings import FileResult
from resnet_inspect.rendering.report import render

# What Jenkins's xunit plugin takes (its junit-10.xsd): attributes, those that must be there, and elements inside.
ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set(), {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname", "id", "package", "file"},
        {"name", "tests", "failures", "errors"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": ({"name", "time", "classname", "group"}, {"name"}, {"skipped", "error", "failure", "system-out"}),
    "skipped": ({"type", "message"}, set(), set()),
    "failure": ({"type", "message"}, set(), set()),
    "error": ({"type", "message"}, set(), set()),
}


def junit(made):
    text = render(made, "junit")
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')
    root = ET.fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, required, inside = ALLOWED[element.tag]
        assert required <= set(element.attrib) <= attributes
        assert {child.tag for child in element} <= inside
        assert sum(child.tag in {"failure", "error"} for child in element) <= 1
    return root


def test_a_suite_for_each_file_and_a_test_for_each_finding():
    root = junit(report())
    assert [
        (case.get("classname"), case.get("name"), [child.tag for child in case]) for case in root.iter("testcase")
    ] == [
        ("configs/r50.toml", "all checks passed", []),
        ("configs/wide.toml", "RI104 shortcut", ["failure"]),
        ("configs/wide.toml", "RI201 expect.depth", ["failure"]),
        ("configs/wide.toml", "RI203 expect.macs", ["failure"]),
        ("configs/broken.yaml", "RI001 stage_blocks", ["error"]),
        ("configs/bomb.json", "RI003 did-not-end", ["error"]),
    ]
    assert [suite.get("name") for suite in root] == [file.path for file in FILES]


def test_a_failure_says_all():
    failure = junit(report((FileResult("net.toml", (DEPTH,)),))).find(".//failure")
    assert failure.attrib == {"message": DEPTH.message, "type": "error"}
    assert failure.text.split("\n") == [
        f"net.toml:9:9: error RI201 {DEPTH.message}",
        f"expected: {DEPTH.expected}",
        f"found: {DEPTH.found}",
        f"why: {DEPTH.why}",
        f"hint: {DEPTH.hint}",
        "more: resnet-inspect rule RI201",
    ]


@given(reports)
def test_counts_and_times_add_up(made):
    root = junit(made)
    for element in (root, *root.iter("testsuite")):
        counts = {name: int(element.get(name)) for name in ("tests", "failures", "errors")}
        assert counts["tests"] == len(list(element.iter("testcase")))
        assert counts["failures"] == len(list(element.iter("failure")))
        assert counts["errors"] == len(list(element.iter("error")))
    for suite in root:
        assert int(suite.get("skipped")) == len(list(suite.iter("skipped")))
        assert sum(float(case.get("time")) for case in suite) == float(suite.get("time"))
    assert len(list(root.iter("failure"))) + len(list(root.iter("error"))) == len(made.found)


def names(*findings):
    return [case.get("name") for case in junit(report((FileResult("net.toml", findings),))).iter("testcase")]


def test_no_two_tests_of_a_file_have_one_name():
    unnamed = replace(QUARTER, path="", layer="")
    assert names(DEPTH, DEPTH, KILLED, DEPTH, unnamed, replace(QUARTER, path="")) == [
        "RI201 expect.depth",
        "RI201 expect.depth #2",
        "RI003 did-not-end",
        "RI201 expect.depth #3",
        "RI104 quarter-read",
        "RI104 layer2.0.downsample.0",
    ]


def test_names_stay_when_lines_move_and_numbers_change():
    moved = replace(DEPTH, line=99, column=1, message="the depth is 152", found="152")
    assert names(DEPTH) == names(moved)


@given(ATTACKS)
def test_hostile_text_is_text(attack):
    (suite,) = junit(hostile(attack))
    (case,) = suite
    (failure,) = case
    for text in (suite.get("name"), case.get("name"), failure.get("message"), failure.text):
        assert hidden_characters(text) == []
    if attack.isprintable():
        assert (suite.get("name"), failure.get("message")) == (attack, attack)


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\ufffe", "\uffff", "\ud800"])
def test_what_xml_cannot_hold_is_spelled_out(sign):
    failure = junit(hostile(f"a{sign}b")).find(".//failure")
    assert failure.get("message") in {f"a\\x{ord(sign):02x}b", f"a\\u{ord(sign):04x}b"}
