"""What rules observe -> findings, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterable

from resnet_inspect.checks.findings import Finding, Observation
from resnet_inspect.checks.lines import Lines
from resnet_inspect.checks.rule import Rule
from resnet_inspect.checks.rules.runs import INVALID_CONFIG
from resnet_inspect.config.declaration import Declaration
from resnet_inspect.config.positions import Position, spell
from resnet_inspect.errors import Problem

MOST_FINDINGS = 100
"""Of one file. Nobody reads more, and a file of 256 KiB can have ten thousand mistakes."""


class Teller:
    """Makes findings for one file; for a model that no file declares, without field and line."""

    def __init__(self, declaration: Declaration | None = None) -> None:
        self._declaration = declaration
        self._lines = Lines(declaration.text if declaration else "")

    def tell(self, rule: Rule, observation: Observation) -> Finding:
        """The finding for what a rule has to say."""
        position = self._position(observation)
        line, column = position or (None, None)
        return Finding(
            code=rule.code,
            severity=rule.severity,
            message=observation.message,
            line=line,
            column=column,
            path=spell(observation.field) if self._declaration else "",
            expected=observation.expected,
            found=observation.found,
            why=observation.why,
            hint=observation.hint,
            layer=observation.layer,
            source_line=self._lines.text(position),
            end_column=self._lines.end(position),
            changes=observation.changes,
            only_left=observation.only_left,
            only_right=observation.only_right,
            follows=observation.follows,
        )

    def _position(self, observation: Observation) -> Position | None:
        """Where the field stands; a field that the file leaves to its ``base`` stands there."""
        if observation.position is not None:
            return observation.position
        if self._declaration is None or not observation.field:
            return None
        document = self._declaration.document
        return document.locate(observation.field, key=observation.key) or document.locate(("base",), key=False)


def unreadable(problem: Problem, lines: Lines) -> Finding:
    """The finding for what is wrong with a file that is no config."""
    known = problem.line is not None and problem.column is not None
    position = Position(problem.line or 0, problem.column or 0) if known else None
    return Finding(
        INVALID_CONFIG.code,
        "error",
        problem.said,
        line=problem.line,
        column=problem.column,
        path=problem.field,
        hint=problem.hint,
        source_line=lines.text(position),
        end_column=lines.end(position),
    )


def presented(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """As they stand in the file, those without a place first; of very many, the first, and how many there are more."""
    ordered = sorted(findings, key=lambda finding: (finding.line or 0, finding.column or 0, finding.code))
    shown, others = ordered[:MOST_FINDINGS], ordered[MOST_FINDINGS:]
    if others:
        severity = min(finding.severity for finding in others)  # error before warning
        code = next(finding.code for finding in others if finding.severity == severity)
        shown.append(Finding(code, severity, f"and {len(others):,} more, which are not shown: fix these first"))
    return tuple(shown)
