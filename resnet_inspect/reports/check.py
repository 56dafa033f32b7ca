"""``check``: what was found in which file, and how much of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from resnet_inspect.anatomy.compare import Change
from resnet_inspect.checks.findings import FileResult, Finding, Severity
from resnet_inspect.checks.findings import Silenced as SilencedResult
from resnet_inspect.checks.lock.keys import path_in
from resnet_inspect.checks.rule import Rule
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.text import counted, times

SCHEMA = "resnet-inspect/check/1"

_CHANGES_IN_WORDS = 5
"""Enough to know what it is about; all of them are in the json format."""

Detail = Literal["quiet", "normal", "verbose"]
"""How much people are told: the findings alone, one line each; with source lines and a sum; with the clean files."""


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One thing that is wrong with a file.

    Attributes:
        code, name: of the rule: ``RI102``, ``stage-halved-twice``.
        severity: error or warning.
        message: what is wrong, on one line.
        line, column, end_column: where in the file, from 1, columns in characters, the end being one past the last;
            ``None`` where nothing in it can be pointed at.
        path: the field as people write it, ``expect.stage_shapes[1]``; empty for the config as a whole.
        expected, found: the two sides, in words; empty where there are no two.
        why: what makes it so, where that is known.
        hint: what to do.
        layer: dotted path of the layer that it is about; empty if none.
        changes, only_left, only_right: what differs from the lock, as ``compare`` says it, the lock on the left.
        unjudged: fields of the expectations that could not be judged, since the model does not run.
        help: the command that explains the rule.
        source_line: the text of the line; empty if there is none.
    """

    code: str
    name: str
    severity: Severity
    message: str
    line: int | None
    column: int | None
    end_column: int | None
    path: str
    expected: str
    found: str
    why: str
    hint: str
    layer: str
    changes: tuple[Change, ...]
    only_left: tuple[str, ...]
    only_right: tuple[str, ...]
    unjudged: tuple[str, ...]
    help: str
    source_line: str = field(metadata={"json": False})

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """What there is to say beside the message, each under its name; not again what the message says itself."""
        said = bool(self.expected) and self.found in self.message and f"expected {self.expected}" in self.message
        sides = () if said else (("expected", self.expected), ("found", self.found))
        unjudged = ", ".join(path.removeprefix("expect.") for path in self.unjudged)
        others = (("why", self.why), ("hint", self.hint), ("unjudged", unjudged and f"in [expect]: {unjudged}"))
        return tuple((name, text) for name, text in (*sides, *others) if text)

    @property
    def details_in_words(self) -> tuple[tuple[str, str], ...]:
        """The same where there is no room for a table: with the first of the changes."""
        changes = tuple(_in_words(self.changes))
        return (*(("changed", "; ".join(changes)) for _ in changes[:1]), *self.details)

    def place(self, file: str) -> str:
        """``net.toml:3:9``, as far as it is known."""
        return _place(file, self.line, self.column)


@dataclass(frozen=True, slots=True)
class SilencedFinding:
    """A finding of the lock that is silenced: every report shows it, whoever has silenced it.

    Attributes:
        code, name, severity, message, line, column: as in ``CheckFinding``.
        by: what silences it, in words.
    """

    code: str
    name: str
    severity: Severity
    message: str
    line: int | None
    column: int | None
    by: str

    @property
    def said(self) -> str:
        """The message, and what silences it."""
        return f"{self.message} (silenced by {self.by})"

    def place(self, file: str) -> str:
        """``net.lock.json:3:5``, as far as it is known."""
        return _place(file, self.line, self.column)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What was found in one file.

    Attributes:
        path: as it was given; ``<stdin>`` for standard input.
        file: the file that findings can be pointed at, that of ``mine.py:Net`` too; ``None`` where there is none.
        is_model: whether a model was named, and no file.
        ok: whether nothing was found.
        model: what the config calls its model; empty if it could not be read.
        findings: as they stand in the file; those without a place come first.
        silenced: how many findings the file itself silences.
        depth, params, macs: of the model, at the config's own input size; ``None`` if it was not run to its end.
        notes: what is to be known of how the model ran.
        silenced_lock_findings: the findings of the lock that are silenced, by the file or in pyproject.toml.
        seconds: that the check took.
    """

    path: str
    ok: bool
    model: str
    findings: tuple[CheckFinding, ...]
    silenced: int
    depth: int | None
    params: int | None
    macs: int | None
    notes: tuple[str, ...]
    silenced_lock_findings: tuple[SilencedFinding, ...]
    seconds: float = field(metadata={"json": False})
    file: str | None = field(metadata={"json": False})
    is_model: bool = field(default=False, metadata={"json": False})


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How often a rule found something."""

    code: str
    name: str
    severity: Severity
    count: int


@dataclass(frozen=True, slots=True)
class CheckTotals:
    """How much was found.

    Attributes:
        files: that were checked.
        failed: those with findings.
        errors, warnings: findings by severity.
        by_code: findings by rule, in the order of the codes.
        silenced: findings that the files themselves silence.
    """

    files: int
    failed: int
    errors: int
    warnings: int
    by_code: tuple[CodeCount, ...]
    silenced: int


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

    @property
    def found(self) -> tuple[tuple[CheckedFile, CheckFinding], ...]:
        """All findings, each with its file."""
        return tuple((file, finding) for file in self.files for finding in file.findings)

    @property
    def silenced(self) -> tuple[tuple[CheckedFile, SilencedFinding], ...]:
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
        return finding.severity == "error" or self.fail_on == "warning"


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
        passed=not (totals.errors or (totals.warnings and fail_on == "warning")),
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


def _place(file: str, line: int | None, column: int | None) -> str:
    return ":".join(str(part) for part in (file, line, column) if part is not None)


def _silenced(silenced: SilencedResult, rule: Rule) -> SilencedFinding:
    return SilencedFinding(
        code=rule.code,
        name=rule.name,
        severity=silenced.finding.severity,
        message=silenced.finding.message,
        line=silenced.finding.line,
        column=silenced.finding.column,
        by=silenced.by,
    )


def _in_words(changes: Sequence[Change]) -> Iterator[str]:
    """``layer2.0.conv1 stride 1×1 → 2×2``."""
    for change in changes[:_CHANGES_IN_WORDS]:
        field = "MACs" if change.field == "macs" else change.field.replace("_", " ")
        yield f"{change.path} {field} {_side(change.left)} → {_side(change.right)}"
    if len(changes) > _CHANGES_IN_WORDS:
        yield f"{len(changes) - _CHANGES_IN_WORDS:,} more"


def _side(value: object) -> str:
    if isinstance(value, tuple):
        return times(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


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
