"""What a check found, put together: counts that add up, in a stable order."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given, strategies as st
from rendering.sample_findings import BROKEN, DEPTH, FILES, KILLED, MACS, QUARTER, RULES, report, reports

from resnet_inspect.checking.findings import FileResult, Finding
from resnet_inspect.commands.check.report import check_report
from resnet_inspect.rendering.report import render


def checked(*findings, path="net.toml"):
    return report((FileResult(path, findings),))


def test_files_and_findings_keep_their_order():
    assert [file.path for file in report().files] == [file.path for file in FILES]
    assert [finding.code for _, finding in report().found] == ["RI104", "RI201", "RI203", "RI001", "RI003"]
    assert [rule.code for rule in report().rules] == ["RI001", "RI003", "RI104", "RI201", "RI203"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ((), "0 files checked"),
        (FILES[:1], "All checks passed (1 file)"),
        (FILES[:1] * 3, "All checks passed (3 files)"),
        (FILES[:2], "2 files checked: 1 with findings; 2 errors, 1 warning"),
        ((FileResult("a", (QUARTER, QUARTER)),), "1 file checked: 1 with findings; 2 warnings"),
        ((FileResult("a", (DEPTH,)),), "1 file checked: 1 with findings; 1 error"),
        ((FileResult("a", (DEPTH,)),) * 1234, "1,234 files checked: 1,234 with findings; 1,234 errors"),
    ],
)
def test_summary(files, words):
    assert report(files).summary == words


def test_what_was_in_a_file_is_carried_over():
    file = report().files[1]
    assert (file.path, file.ok, file.model, file.ignored) == ("configs/wide.toml", False, "wide", 2)
    assert (file.depth, file.params, file.macs) == (101, 44_549_160, 7_801_405_440)
    finding = file.findings[0]
    assert (finding.code, finding.name, finding.severity) == ("RI104", "quarter-read", "warning")
    assert (finding.line, finding.column, finding.end_column) == (4, 1, 9)
    assert (finding.path, finding.layer) == ("shortcut", "layer2.0.downsample.0")
    assert finding.help == "resnet-inspect rule RI104"
    assert finding.source_line == 'shortcut = "projection"\n'


def test_details_are_those_that_there_are():
    (_, finding), (_, bare) = checked(MACS, BROKEN).found
    assert [name for name, _ in finding.details] == ["expected", "found"]
    assert bare.details == ()
    full = dataclasses.replace(finding, why="w", hint="h")
    assert dict(full.details) == {"expected": MACS.expected, "found": MACS.found, "why": "w", "hint": "h"}


@pytest.mark.parametrize(
    ("line", "column", "place"), [(3, 9, "net.toml:3:9"), (3, None, "net.toml:3"), (None, None, "net.toml")]
)
def test_place(line, column, place):
    ((_, finding),) = checked(dataclasses.replace(KILLED, line=line, column=column)).found
    assert finding.place("net.toml") == place


@given(reports)
def test_counts_add_up(made):
    totals = made.totals
    assert totals.files == len(made.files)
    assert totals.failed == sum(bool(file.findings) for file in made.files)
    assert totals.errors + totals.warnings == len(made.found) == sum(row.count for row in totals.by_code)
    assert totals.ignored == sum(file.ignored for file in made.files)
    assert made.ok == (not made.found) == (totals.failed == 0)
    assert [row.code for row in totals.by_code] == [rule.code for rule in made.rules]
    assert totals.errors == sum(row.count for row in totals.by_code if row.severity == "error")


@given(reports, st.sampled_from(["error", "warning"]))
def test_a_report_has_passed_if_no_finding_fails(made, fail_on):
    files = tuple(FileResult(file.path, tuple(_finding(finding) for finding in file.findings)) for file in made.files)
    judged = check_report(files, RULES, fail_on=fail_on)
    assert judged.ok == made.ok
    assert judged.passed == (not any(judged.fails(finding) for _, finding in judged.found))
    assert judged.passed == (judged.totals.errors + (judged.totals.warnings if fail_on == "warning" else 0) == 0)


def _finding(finding):
    return Finding(code=finding.code, severity=finding.severity, message=finding.message)


def test_json_is_what_was_promised():
    document = json.loads(render(report(), "json"))
    assert list(document)[:2] == ["schema", "ok"]
    assert document["schema"] == "resnet-inspect/check/1"
    file = document["files"][1]
    assert (file["path"], file["ok"]) == ("configs/wide.toml", False)
    assert list(file["findings"][1]) == [
        "code", "name", "severity", "message", "line", "column", "end_column", "path",
        "expected", "found", "why", "hint", "layer",
        "changes",
        "only_left",
        "only_right", "unjudged", "help",
    ]  # fmt: skip
    assert file["findings"][1]["path"] == "expect.depth"


def test_what_a_failed_forward_left_unjudged_is_told_in_words_and_in_json():
    found = dataclasses.replace(MACS, expected="", found="", unjudged=("expect.depth", "expect.inputs[0]"))
    checked = report([FileResult("net.toml", (found,))])
    (finding,) = checked.files[0].findings
    assert dict(finding.details)["unjudged"] == "in [expect]: depth, inputs[0]"
    document = json.loads(render(checked, "json"))
    assert document["files"][0]["findings"][0]["unjudged"] == ["expect.depth", "expect.inputs[0]"]
    assert "expect.depth, expect.inputs[0]" in render(checked, "csv")


def test_json_does_not_tell_how_long_it_took_or_how_much_people_wanted():
    slow = tuple(dataclasses.replace(file, seconds=9.0) for file in FILES)
    assert render(report(slow, "quiet", 99.0), "json") == render(report(), "json")


def test_a_code_without_a_rule_is_a_fault_of_ours():
    with pytest.raises(KeyError):
        check_report([FileResult("a", (Finding(code="RI999", message="x"),))], RULES)
