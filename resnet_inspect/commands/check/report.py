"""The report of ``check``, how it is made, and its page."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import starmap
from typing import Literal

from resnet_inspect.checking.findings import FileResult, Finding, Severity
from resnet_inspect.checking.rule import Rule
from resnet_inspect.commands.check.page import (
    FILES,
    FINDINGS,
    FoundIn,
    changed_layers,
    finding_group,
    headline,
    ignored_line,
    severities,
)
from resnet_inspect.errors import MissingPathsError
from resnet_inspect.formats import Format
from resnet_inspect.rendering.page import Page, Part, Prose, line, table_of
from resnet_inspect.rendering.report import Report
from resnet_inspect.text import pluralise

_CHANGES = 40
"""Largest number of rows in a table of changes without ``--verbose``."""

Detail = Literal["quiet", "normal", "verbose"]
"""Amount of text in a report: one line per finding; also source lines and a summary; also files without findings."""


@dataclass(frozen=True, slots=True)
class CodeCount:
    """The number of findings of one rule."""

    code: str
    name: str
    severity: Severity
    count: int


@dataclass(frozen=True, slots=True)
class CheckTotals:
    """The numbers of files and findings.

    Attributes:
        files: number of files that were checked.
        failed: number of files with findings.
        errors, warnings: numbers of findings by severity.
        by_code: numbers of findings by rule, in the order of the codes.
        ignored: number of findings that the files ignore.
    """

    files: int
    failed: int
    errors: int
    warnings: int
    by_code: tuple[CodeCount, ...]
    ignored: int = field(metadata={"json": "silenced"})


@dataclass(frozen=True, repr=False)
class CheckReport(Report):
    """The findings of a check.

    Attributes:
        ok: ``True`` if there are no findings.
        passed: ``True`` if there are no findings of severity ``fail_on`` or higher.
        fail_on: ``error`` if warnings pass, otherwise ``warning``.
        files: results of the files, in the order of the arguments.
        totals: numbers of files and findings.
        rules: rules with findings, ignored ones included, in the order of the codes.
        detail: amount of text.
        seconds: duration of the check in seconds.
        skipped: files of folders that are excluded or do not look like a config.
        faults: tracebacks of bugs in resnet-inspect.
        format: format of the report in pyproject.toml.
        missing: error for paths that do not exist; ``None`` if all do.
    """

    schema = "resnet-inspect/check/1"
    command = "check"

    ok: bool
    passed: bool
    fail_on: Severity
    files: tuple[FileResult, ...]
    totals: CheckTotals
    rules: tuple[Rule, ...] = field(metadata={"json": False})
    detail: Detail = field(metadata={"json": False})
    seconds: float = field(metadata={"json": False})
    skipped: tuple[str, ...] = field(default=(), metadata={"json": False})
    faults: tuple[str, ...] = field(default=(), metadata={"json": False})
    format: Format = field(default=Format.table, metadata={"json": False})
    missing: MissingPathsError | None = field(default=None, metadata={"json": False})

    @property
    def found(self) -> tuple[tuple[FileResult, Finding], ...]:
        """All findings, each with the result of its file."""
        return tuple((file, finding) for file in self.files for finding in file.findings)

    @property
    def ignored(self) -> tuple[tuple[FileResult, Finding], ...]:
        """All ignored findings of the lock, each with the result of its file."""
        return tuple((file, finding) for file in self.files for finding in file.ignored_lock_findings)

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on how the models ran, each with the path."""
        return tuple(f"{file.path}: {note}" for file in self.files for note in file.notes)

    @property
    def summary(self) -> str:
        """``All checks passed (3 files)``, or ``3 files checked: 1 with findings; 2 errors, 1 warning``."""
        totals = self.totals
        models = sum(file.is_model for file in self.files)
        kinds = ((totals.files - models, "file"), (models, "model"))
        checked = " and ".join(pluralise(number, noun) for number, noun in kinds if number)
        if not checked:
            return "0 files checked"
        if not totals.failed:
            return f"All checks passed ({checked})"
        found = f"{totals.failed:,} with findings; {severities(totals.errors, totals.warnings)}"
        return f"{checked} checked: {found}{'; passed, because only errors fail' if self.passed else ''}"

    def fails(self, finding: Finding) -> bool:
        """Return whether a finding is severe enough for the check to fail."""
        return _fails(finding.severity, self.fail_on)

    def _page(self) -> Page:
        """Return the findings in the order of the files, and the summary last, next to the prompt."""
        data = (*starmap(FoundIn, self.found), *starmap(FoundIn, self.ignored))
        return Page(tuple(self._parts()), unseen=table_of(FINDINGS, data), summary=self.summary)

    def _parts(self) -> Iterator[Part]:
        ignored = tuple(ignored_line(file, finding) for file, finding in self.ignored)
        if self.detail == "quiet":
            findings = tuple(headline(file, finding) for file, finding in self.found)
            if findings or ignored:
                yield Prose(findings + ignored, hang=2)
            return
        for file, finding in self.found:
            yield finding_group(file, finding)
            most = None if self.detail == "verbose" else _CHANGES
            yield from changed_layers(finding, most, "the model" if file.is_model else "the file")
        if ignored:
            yield Prose(ignored, hang=2)
        if self.detail == "verbose":
            yield table_of(FILES, self.files)
        lines = [line(self._verdict(), "good" if self.passed else "strong")]
        if self.found:
            lines.append(line(f"more about a finding: resnet-inspect rule {self.found[0][1].code}", "dim"))
        yield Prose(tuple(lines))

    def _verdict(self) -> str:
        """Return the summary, and the numbers of ignored findings and skipped files."""
        ignored = self.totals.ignored if self.detail == "verbose" or self.ignored else 0
        left_out = ((ignored, "ignored"), (len(self.skipped), "skipped"))
        return "; ".join([self.summary, *(f"{number:,} {what}" for number, what in left_out if number)])


def check_report(
    files: Sequence[FileResult],
    rules: Mapping[str, Rule],
    detail: Detail = "normal",
    seconds: float = 0.0,
    fail_on: Severity = "warning",
) -> CheckReport:
    """Make the report on the results of all files.

    Args:
        files: results, in the order of the arguments.
        rules: all rules by code.
        detail: amount of text.
        seconds: duration of the check in seconds.
        fail_on: least severity with which the check fails.
    """
    totals = _totals(files)
    codes = {finding.code for file in files for finding in (*file.findings, *file.ignored_lock_findings)}
    return CheckReport(
        ok=not totals.failed,
        passed=not any(_fails(finding.severity, fail_on) for file in files for finding in file.findings),
        fail_on=fail_on,
        files=tuple(files),
        totals=totals,
        rules=tuple(rules[code] for code in sorted(codes)),
        detail=detail,
        seconds=seconds,
        faults=faults_of(files),
    )


def faults_of(files: Iterable[FileResult]) -> tuple[str, ...]:
    """Return the tracebacks of bugs in resnet-inspect."""
    return tuple(file.fault for file in files if file.fault)


def _fails(severity: Severity, fail_on: Severity) -> bool:
    return severity == "error" or fail_on == "warning"


def _totals(files: Sequence[FileResult]) -> CheckTotals:
    findings = [finding for file in files for finding in file.findings]
    by_code = Counter((finding.code, finding.name, finding.severity) for finding in findings)
    by_severity = Counter(finding.severity for finding in findings)
    return CheckTotals(
        files=len(files),
        failed=sum(not file.ok for file in files),
        errors=by_severity["error"],
        warnings=by_severity["warning"],
        by_code=tuple(CodeCount(*key, count) for key, count in sorted(by_code.items())),
        ignored=sum(file.ignored for file in files),
    )
