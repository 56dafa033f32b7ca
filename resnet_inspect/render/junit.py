"""Findings as JUnit XML, which Jenkins, GitLab and others show as tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from resnet_inspect.checks.rules.runs import INVALID_CONFIG, NOT_FINISHED
from resnet_inspect.render.safe import safe
from resnet_inspect.reports.check import CheckReport
from resnet_inspect.reports.findings import CheckedFile, CheckFinding, SilencedCheckFinding

_NOT_JUDGED: Final = frozenset({INVALID_CONFIG.code, NOT_FINISHED.code})
"""The file cannot be read, or its check did not end: in words of JUnit an error, where the test itself went wrong."""


def to_junit(report: CheckReport) -> str:
    """Write a suite for each file, and in it a test for each finding, or one that passes where nothing was found.

    A warning passes too where only errors fail: a viewer that counts failures shall come to the same end as the check.

    Viewers show one failure of a test, know a test by its class and its name, and compare two runs by these. So a
    finding has a test of its own, whose name says what it is about and nothing that moves with every edit.
    """
    total = _counted("resnet-inspect check", report, report.files, report.seconds)
    del total["skipped"]  # the schema by which Jenkins refuses a file knows it of a suite alone
    root = ET.Element("testsuites", total)
    for file in report.files:
        path = safe(file.path)
        attributes = _counted(path, report, (file,), file.seconds)
        suite = ET.SubElement(root, "testsuite", attributes | ({"file": safe(file.file)} if file.file else {}))
        for name, finding in _tests(file):
            # A suite's time is that of its tests: one of them has it all.
            first = len(suite) == 0
            case = ET.SubElement(suite, "testcase", classname=path, name=name, time=_time(file.seconds if first else 0))
            if isinstance(finding, SilencedCheckFinding):
                ET.SubElement(case, "skipped", message=safe(finding.said))
            elif finding is not None:
                if report.fails(finding):
                    kind = "error" if finding.code in _NOT_JUDGED else "failure"
                    outcome = ET.SubElement(case, kind, message=safe(finding.message), type=finding.severity)
                else:
                    outcome = ET.SubElement(case, "system-out")
                outcome.text = _text(file, finding)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _counted(name: str, report: CheckReport, files: tuple[CheckedFile, ...], seconds: float) -> dict[str, str]:
    """The attributes of a suite; a file without findings is one test, and a silenced finding one that is skipped."""
    findings = [finding for file in files for finding in file.findings]
    failing = [finding for finding in findings if report.fails(finding)]
    errors = sum(finding.code in _NOT_JUDGED for finding in failing)
    skipped = sum(len(file.silenced_lock_findings) for file in files)
    tests = len(findings) + sum(file.ok for file in files) + skipped
    numbers = {"tests": tests, "failures": len(failing) - errors, "errors": errors, "skipped": skipped}
    return {"name": name, **{key: str(number) for key, number in numbers.items()}, "time": _time(seconds)}


def _tests(file: CheckedFile) -> Iterator[tuple[str, CheckFinding | SilencedCheckFinding | None]]:
    """Name -> finding: ``RI201 expect.depth``; where two have the same name, a number tells them apart."""
    if file.ok:
        yield "all checks passed", None
    seen: Counter[str] = Counter()
    findings: list[CheckFinding | SilencedCheckFinding] = [*file.findings, *file.silenced_lock_findings]
    for finding in findings:
        about = finding.path or finding.layer if isinstance(finding, CheckFinding) else ""
        name = safe(f"{finding.code} {about or finding.name}")
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} #{seen[name]}", finding


def _text(file: CheckedFile, finding: CheckFinding) -> str:
    headline = f"{finding.place(file.path)}: {finding.severity} {finding.code} {finding.message}"
    details = (f"{name}: {text}" for name, text in finding.details_in_words)
    return "\n".join(map(safe, (headline, *details, f"more: {finding.help}")))


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"
