"""Findings for GitHub Actions, read back as its runner reads a log."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from sample_findings import ATTACKS, DEPTH, FILES, MACS, QUARTER, hostile, report
from sample_pages import hidden_characters

from resnet_inspect.checking.findings import FileResult
from resnet_inspect.commands.check.github import to_step_summary
from resnet_inspect.rendering.report import render


def read(log):
    """(command, properties, message) of each command, and the lines that are none.

    As the runner does: a command starts its line, after spaces; ``stop-commands`` holds until its token; of old there
    is ``##[command]``, anywhere in a line.
    """
    commands, plain, token = [], [], None
    for line in log.split("\n"):
        start = line.lstrip()
        if token is not None:
            token = None if start == f"::{token}::" else token
            plain.append(line)
        elif start.startswith("::") and "::" in start[2:]:
            head, message = start[2:].split("::", 1)
            name, _, listed = head.partition(" ")
            properties = dict(entry.split("=", 1) for entry in listed.split(",") if "=" in entry)
            commands.append((name, {key: unescaped(value) for key, value in properties.items()}, unescaped(message)))
            token = message if name == "stop-commands" else None
        else:
            assert "##[" not in line
            plain.append(line)
    assert token is None
    return commands, plain


def unescaped(text):
    for sign, code in ((":", "%3A"), (",", "%2C"), ("\r", "%0D"), ("\n", "%0A"), ("%", "%25")):
        text = text.replace(code, sign)
    return text


def annotations(made):
    commands, _ = read(render(made, "github"))
    return [command for command in commands if command[0] in {"error", "warning", "notice"}]


def test_an_annotation_says_where_and_what():
    assert annotations(report((FileResult("configs/wide.toml", (DEPTH,)),))) == [
        (
            "error",
            {
                "file": "configs/wide.toml",
                "line": "9",
                "col": "9",
                "endLine": "9",
                "endColumn": "10",
                "title": "RI201 depth",
            },
            f"{DEPTH.message}\nexpected: {DEPTH.expected}\nfound: {DEPTH.found}\nwhy: {DEPTH.why}\nhint: {DEPTH.hint}",
        )
    ]


def test_percent_signs_and_separators_are_escaped():
    shown = render(report((FileResult("a,b:c%.toml", (MACS,)),)), "github")
    assert "::error file=a%2Cb%3Ac%25.toml,line=12,col=8,endLine=12,endColumn=17,title=RI203 macs::" in shown
    assert "within 1 %25 of 4.1 G%0Aexpected: " in shown


def test_a_finding_without_a_place_has_its_file():
    (command,) = annotations(report(FILES[3:]))
    assert command[1] == {"file": "configs/bomb.json", "title": "RI003 did-not-end"}


def test_errors_come_first():
    assert [name for name, _, _ in annotations(report())] == ["error"] * 4 + ["warning"]


@pytest.mark.parametrize(
    ("errors", "warnings", "notice"),
    [
        (10, 10, None),
        (11, 0, "1 error more"),
        (3, 12, "2 warnings more"),
        (12, 11, "2 errors, 1 warning more"),
        (1234, 0, "1,224 errors more"),
    ],
)
def test_what_github_would_drop_is_announced_and_stands_in_the_log(errors, warnings, notice):
    findings = tuple(
        replace(kind, message=f"number {number}")
        for kind, count in ((QUARTER, warnings), (DEPTH, errors))
        for number in range(count)
    )
    commands, plain = read(render(report((FileResult("net.toml", findings),)), "github"))
    names = [name for name, _, _ in commands]
    assert names.count("error") == min(errors, 10)
    assert names.count("warning") == min(warnings, 10)
    assert names.index("error") < (names.index("warning") if warnings else len(names))
    assert sum("number " in line for line in plain) == errors + warnings
    notices = [message for name, _, message in commands if name == "notice"]
    assert len(notices) == (notice is not None)
    assert all(message.startswith(notice) for message in notices)


def test_the_log_is_the_whole_text_folded():
    commands, plain = read(render(report(), "github"))
    assert [name for name, _, _ in commands[:3]] == ["group", "stop-commands", "endgroup"]
    assert commands[0][2] == f"resnet-inspect check: {report().summary}"
    assert render(report(), "table") in "\n".join(plain)


def test_nothing_found_needs_no_fold():
    assert render(report(FILES[:1]), "github") == "All checks passed (1 file)\n"
    assert render(report(FILES[:1], "quiet"), "github") == ""


@given(ATTACKS)
def test_no_text_from_outside_becomes_a_command(attack):
    commands, _ = read(render(hostile(attack), "github"))
    assert [name for name, _, _ in commands] == ["group", "stop-commands", "endgroup", "error"]
    assert set(commands[3][1]) == {"file", "line", "col", "endLine", "endColumn", "title"}


@given(ATTACKS)
def test_paths_and_messages_are_read_back_as_they_were(attack):
    ((_, properties, message),) = annotations(hostile(attack))
    assert hidden_characters(properties["file"]) == []
    if attack.isprintable():
        assert properties["file"] == attack
        assert message.split("\n")[0] == attack


def test_the_summary_page_has_the_sum_and_a_row_for_each_finding():
    page = to_step_summary(report())
    assert page.startswith(
        "## resnet-inspect check\n\n4 files checked: 3 with findings; 4 errors, 1 warning\n\n| where"
    )
    assert sum(line.startswith("| configs/") for line in page.splitlines()) == 5
    assert "; expected: 50; found: 101 = 1" in page


def test_the_summary_page_of_a_clean_check_is_one_sentence():
    assert to_step_summary(report(FILES[:1])) == "## resnet-inspect check\n\nAll checks passed (1 file)\n"


@pytest.mark.parametrize("sign", ["&", "層", "\u202e", "|", "\U0001f600"])
def test_the_summary_page_stays_below_what_github_takes(sign):
    findings = (replace(DEPTH, message=sign * 5000),) * 300
    page = to_step_summary(report((FileResult(sign * 5000, findings),)))
    assert len(page.encode()) < 1 << 20
    assert "100 more findings in the log" in page


@given(ATTACKS)
def test_the_summary_page_is_one_table(attack):
    page = to_step_summary(hostile(attack))
    assert hidden_characters(page) == []
    assert len(page.splitlines()) == 7
