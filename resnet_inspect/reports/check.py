"""``check``: what was found in which file, and how much of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from resnet_inspect.checks.findings import FileResult, Finding, Severity, SilencedFinding
from resnet_inspect.checks.lock.keys import path_in
from resnet_inspect.checks.rule import Rule
from resnet_inspect.formats import Format
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.reports.findings import CheckedFile, CheckFinding, CheckTotals, CodeCount, SilencedCheckFinding
from resnet_inspect.text import counted

SCHEMA = "resnet-inspect/check/1"

Detail = Literal["quiet", "normal", "verbose"]
"""How much people are told: the findings alone, one line each; with source lines and a sum; with the clean files."""


@dataclass(frozen=True)
class CheckReport(ShownInNotebooks):
    """What a check found.

    Attributes:
        ok: whether nothing was found.
        passed: whether nothing was found that is as severe as ``fail_on``.
        fail_on: ``error`` where warnings do not fail, ``warning`` where they do too.
        files: in the order in which they were given.
        totals: how much was found.
        rules: those that found something, silenced or not, in the order of their codes.
        detail: how much people want to be told.
        seconds: that all of it took.
        skipped: files of folders that are excluded or do not look like a config.
        faults: tracebacks of our own faults.
        format: in which it is shown where no option says otherwise.
    """

    ok: bool
    passed: bool
    fail_on: Severity
    files: tuple[CheckedFile, ...]
    totals: CheckTotals
    rules: tuple[Rule, ...] = field(metadata={"json": False})
    detail: Detail = field(metadata={"json": False})
    seconds: float = field(metadata={"json": False})
    skipped: tuple[str, ...] = field(default=(), metadata={"json": False})
    faults: tuple[str, ...] = field(default=(), metadata={"json": False})
    format: Format = field(default="table", metadata={"json": False})

    @property
    def found(self) -> tuple[tuple[CheckedFile, CheckFinding], ...]:
        """All findings, each with its file."""
        return tuple((file, finding) for file in self.files for finding in file.findings)

    @property
    def silenced(self) -> tuple[tuple[CheckedFile, SilencedCheckFinding], ...]:
        """All findings of the lock that are silenced, each with its file."""
        return tuple((file, finding) for file in self.files for finding in file.silenced_lock_findings)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of how models ran, each with its path."""
        return tuple(f"{file.path}: {note}" for file in self.files for note in file.notes)

    @property
    def summary(self) -> str:
        """``All checks passed (3 files)``, or ``3 files checked: 1 with findings; 2 errors, 1 warning``."""
        totals = self.totals
        models = sum(file.is_model for file in self.files)
        kinds = ((totals.files - models, "file"), (models, "model"))
        checked = " and ".join(counted(number, noun) for number, noun in kinds if number)
        if not checked:
            return "0 files checked"
        if not totals.failed:
            return f"All checks passed ({checked})"
        found = f"{totals.failed:,} with findings; {severities(totals.errors, totals.warnings)}"
        return f"{checked} checked: {found}{'; passed, because only errors fail' if self.passed else ''}"

    def fails(self, finding: CheckFinding) -> bool:
        """Return whether a finding is severe enough for the check to fail."""
        return _fails(finding.severity, self.fail_on)


def check_report(
    results: Iterable[FileResult],
    rules: Mapping[str, Rule],
    detail: Detail = "normal",
    seconds: float = 0.0,
    fail_on: Severity = "warning",
) -> CheckReport:
    """Put together what was found in the files.

    Args:
        results: in the order in which they are to be shown.
        rules: every rule that can have found something, by code.
        detail: how much people want to be told.
        seconds: that all of it took.
        fail_on: the least severity that fails.
    """
    files = tuple(_file(result, rules) for result in results)
    totals = _totals(files)
    codes = {finding.code for file in files for finding in file.findings}
    codes |= {finding.code for file in files for finding in file.silenced_lock_findings}
    return CheckReport(
        ok=not totals.failed,
        passed=not any(_fails(finding.severity, fail_on) for file in files for finding in file.findings),
        fail_on=fail_on,
        files=files,
        totals=totals,
        rules=tuple(rules[code] for code in sorted(codes)),
        detail=detail,
        seconds=seconds,
    )


def severities(errors: int, warnings: int) -> str:
    """``2 errors, 1 warning``; what there is none of is left out."""
    parts = ((errors, "error"), (warnings, "warning"))
    return ", ".join(counted(number, noun) for number, noun in parts if number)


def _fails(severity: Severity, fail_on: Severity) -> bool:
    return severity == "error" or fail_on == "warning"


def _file(result: FileResult, rules: Mapping[str, Rule]) -> CheckedFile:
    return CheckedFile(
        path=result.path,
        ok=result.ok,
        model=result.model,
        findings=tuple(_finding(finding, rules[finding.code]) for finding in result.findings),
        silenced=result.ignored,
        depth=result.depth,
        params=result.params,
        macs=result.macs,
        notes=result.notes,
        silenced_lock_findings=tuple(_silenced(each, rules[each.finding.code]) for each in result.silenced),
        seconds=result.seconds,
        file=path_in(result.path) if result.called else result.path,
        is_model=bool(result.called),
    )


def _finding(finding: Finding, rule: Rule) -> CheckFinding:
    return CheckFinding(
        code=finding.code,
        name=rule.name,
        severity=finding.severity,
        message=finding.message,
        line=finding.line,
        column=finding.column,
        end_column=finding.end_column,
        path=finding.path,
        expected=finding.expected,
        found=finding.found,
        why=finding.why,
        hint=finding.hint,
        layer=finding.layer,
        changes=finding.changes,
        only_left=finding.only_left,
        only_right=finding.only_right,
        unjudged=finding.unjudged,
        help=f"resnet-inspect rule {finding.code}",
        source_line=finding.source_line,
    )


def _silenced(silenced: SilencedFinding, rule: Rule) -> SilencedCheckFinding:
    return SilencedCheckFinding(
        code=rule.code,
        name=rule.name,
        severity=silenced.finding.severity,
        message=silenced.finding.message,
        line=silenced.finding.line,
        column=silenced.finding.column,
        by=silenced.by,
        in_file=silenced.in_file,
    )


def _totals(files: Sequence[CheckedFile]) -> CheckTotals:
    findings = [finding for file in files for finding in file.findings]
    by_code = Counter((finding.code, finding.name, finding.severity) for finding in findings)
    by_severity = Counter(finding.severity for finding in findings)
    return CheckTotals(
        files=len(files),
        failed=sum(not file.ok for file in files),
        errors=by_severity["error"],
        warnings=by_severity["warning"],
        by_code=tuple(CodeCount(*key, count) for key, count in sorted(by_code.items())),
        silenced=sum(file.silenced for file in files),
    )
