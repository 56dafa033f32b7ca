"""Positions of findings in the file, with the text of the line, and the order of findings in a report."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.checking.rules.runs import INVALID_CONFIG
from resnet_inspect.configs.declaration import Declaration
from resnet_inspect.configs.positions import Position, format_path
from resnet_inspect.errors import Problem

MOST_FINDINGS = 100
"""Findings of one file that are shown: a file of 256 KiB can have ten thousand mistakes."""

_LONGEST_LINE = 1_000
"""Characters of a line that is shown: a JSON config may be one line of 256 KiB."""

_TEXT = re.compile(r'"""|\'\'\'|"(?>(?:[^"\\]|\\.)*)"|\'[^\']*+\'')
_OTHER = re.compile(r"[^\s,#=:\]}]+")
_CLOSES = {"[": "]", "{": "}"}

_SAY_WHY = frozenset({"RI002", "RI101", "RI104", "RI121"})
"""The rules that explain a failed forward; exactly one of them has a finding for it."""


class Lines:
    """The lines of a text."""

    def __init__(self, text: str) -> None:
        self._lines = [line.rstrip("\r") for line in text.split("\n")]

    def text(self, position: Position | None) -> str:
        """Return the line at ``position``; empty if there is none, or if it is too long to be shown."""
        if position is None or not 1 <= position.line <= len(self._lines):
            return ""
        line = self._lines[position.line - 1]
        return line if len(line) <= _LONGEST_LINE else ""

    def end(self, position: Position | None) -> int | None:
        """Return the column after the name or value that starts at ``position``; at most that after the line."""
        line = self.text(position)
        if position is None or not position.column <= len(line):
            return None
        start = position.column - 1
        if line[start] in _CLOSES:
            return _closing(line, start) + 1
        found = _TEXT.match(line, start) or _OTHER.match(line, start)
        return (found.end() if found else start + 1) + 1


def line_at(text: str, offset: int) -> str:
    """Return the line around an offset without searching the whole text; empty if it is too long to be shown."""
    first, last = max(0, offset - _LONGEST_LINE - 1), offset + _LONGEST_LINE + 1
    start = text.rfind("\n", first, offset) + 1 or first
    end = text.find("\n", offset, last)
    line = text[start : last if end == -1 else end]
    return line if len(line) <= _LONGEST_LINE else ""


def _closing(line: str, start: int) -> int:
    """Return the index after the bracket that closes the one at ``start``, or else the end of the line."""
    opening, depth, at = line[start], 0, start
    while at < len(line):
        if text := _TEXT.match(line, at):
            at = text.end()
            continue
        depth += (line[at] == opening) - (line[at] == _CLOSES[opening])
        at += 1
        if depth == 0:
            return at
    return len(line.rstrip())


class FindingBuilder:
    """Adds the rule and the position to findings of one file; those of a named model get no position."""

    def __init__(self, declaration: Declaration | None = None) -> None:
        self._declaration = declaration
        self._lines = Lines(declaration.text if declaration else "")

    def build(self, rule: Rule, finding: Finding) -> Finding:
        """Return a finding of a rule with the rule's code and the position in the file."""
        position = self._position(finding)
        line, column = position or (None, None)
        return replace(
            rule.label(finding),
            line=line,
            column=column,
            path=format_path(finding.field_path) if self._declaration else "",
            source_line=self._lines.text(position),
            end_column=self._lines.end(position),
        )

    def _position(self, finding: Finding) -> Position | None:
        """Return the position of the field, or of ``base`` if the file does not set the field."""
        if finding.position is not None:
            return finding.position
        if self._declaration is None or not finding.field_path:
            return None
        document = self._declaration.document
        return document.locate(finding.field_path, key=finding.at_key) or document.locate(("base",), key=False)


def invalid_config(problem: Problem, lines: Lines) -> Finding:
    """Return the finding for a problem of a file that is not a valid config."""
    known = problem.line is not None and problem.column is not None
    position = Position(problem.line or 0, problem.column or 0) if known else None
    return INVALID_CONFIG.label(
        Finding(
            message=problem.said,
            line=problem.line,
            column=problem.column,
            path=problem.field,
            hint=problem.hint,
            source_line=lines.text(position),
            end_column=lines.end(position),
        )
    )


def fold_failures(findings: Sequence[Finding]) -> list[Finding]:
    """Merge the findings that are consequences of a failed forward into the one that explains it."""
    following = sorted(
        (finding for finding in findings if finding.follows),
        key=lambda finding: (finding.line or math.inf, finding.column or 0),
    )
    if not following:
        return list(findings)
    others = [finding for finding in findings if not finding.follows]
    cause = next(finding for finding in others if finding.code in _SAY_WHY)
    folded = replace(cause, unjudged=tuple(finding.path for finding in following))
    return [folded, *(finding for finding in others if finding is not cause)]


def in_report_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by position, those without one first; keep the first ``MOST_FINDINGS``, and count the others."""
    ordered = sorted(findings, key=lambda finding: (finding.line or 0, finding.column or 0, finding.code))
    shown, others = ordered[:MOST_FINDINGS], ordered[MOST_FINDINGS:]
    if others:
        worst = min(others, key=lambda finding: finding.severity)  # error before warning
        message = f"and {len(others):,} more, which are not shown: fix these first"
        shown.append(Finding(code=worst.code, name=worst.name, severity=worst.severity, message=message))
    return tuple(shown)
