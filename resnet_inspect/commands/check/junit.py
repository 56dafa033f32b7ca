"""Findings as JUnit XML, which Jenkins, GitLab and others show as tests."""

from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from resnet_inspect.checking.findings import FileResult, Finding
from resnet_inspect.checking.rules.runs import INVALID_CONFIG, NOT_FINISHED
from resnet_inspect.commands.check.report import CheckReport
from resnet_inspect.rendering.pen import Look, safe

_NOT_JUDGED: Final = frozenset({INVALID_CONFIG.code, NOT_FINISHED.code})
"""Rules about files that cannot be read or checked: an error in JUnit, where a failure is a test that ran."""


def write(report: CheckReport, _look: Look) -> str:
    """Write a suite for each file, with a test for each finding, or one that passes if there are none.

    A warning passes, too, if only errors fail the check, so that viewers that count failures agree with it.

    Viewers show one failure per test, identify tests by class and name, and compare runs by these. So each finding is a
    test, whose name does not contain line numbers or figures, which change with edits.
    """
    total = _attributes("resnet-inspect check", report, report.files, report.seconds)
    del total["skipped"]  # Jenkins' schema has this attribute only for a suite
    root = ET.Element("testsuites", total)
    for file in report.files:
        path = safe(file.path)
        attributes = _attributes(path, report, (file,), file.seconds)
        suite = ET.SubElement(root, "testsuite", attributes | ({"file": safe(file.file)} if file.file else {}))
        for name, finding in _tests(file):
            # Viewers add up the times of the tests, so the first one gets the time of the file.
            first = len(suite) == 0
            case = ET.SubElement(suite, "testcase", classname=path, name=name, time=_time(file.seconds if first else 0))
            if finding is not None and finding.by:
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


def _attributes(name: str, report: CheckReport, files: tuple[FileResult, ...], seconds: float) -> dict[str, str]:
    """Return the attributes of a suite; a file without findings counts as a test, an ignored finding as skipped."""
    findings = [finding for file in files for finding in file.findings]
    failing = [finding for finding in findings if report.fails(finding)]
    errors = sum(finding.code in _NOT_JUDGED for finding in failing)
    skipped = sum(len(file.ignored_lock_findings) for file in files)
    tests = len(findings) + sum(file.ok for file in files) + skipped
    numbers = {"tests": tests, "failures": len(failing) - errors, "errors": errors, "skipped": skipped}
    return {"name": name, **{key: str(number) for key, number in numbers.items()}, "time": _time(seconds)}


def _tests(file: FileResult) -> Iterator[tuple[str, Finding | None]]:
    """Yield the name of each test, ``RI201 expect.depth``, and its finding; equal names are numbered."""
    if file.ok:
        yield "all checks passed", None
    seen: Counter[str] = Counter()
    for finding in (*file.findings, *file.ignored_lock_findings):
        about = "" if finding.by else finding.path or finding.layer
        name = safe(f"{finding.code} {about or finding.name}")
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} #{seen[name]}", finding


def _text(file: FileResult, finding: Finding) -> str:
    headline = f"{finding.place(file.path)}: {finding.severity} {finding.code} {finding.message}"
    details = (f"{name}: {text}" for name, text in finding.details_in_words)
    return "\n".join(map(safe, (headline, *details, f"more: {finding.help}")))


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"
