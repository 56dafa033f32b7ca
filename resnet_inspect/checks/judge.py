"""The way into this room: ``check_file(target, settings) -> FileResult``."""

from __future__ import annotations

import io
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_inspect.checks.effort import too_much
from resnet_inspect.checks.evidence import Evidence, gather
from resnet_inspect.checks.findings import FileResult, Finding, Observation
from resnet_inspect.checks.lines import Lines
from resnet_inspect.checks.lock import rules as lock
from resnet_inspect.checks.lock.held import Held
from resnet_inspect.checks.lock.record import record
from resnet_inspect.checks.once import told_once
from resnet_inspect.checks.registry import RULES
from resnet_inspect.checks.rule import Rule
from resnet_inspect.checks.rules.runs import DOES_NOT_RUN, INVALID_CONFIG, NOT_FINISHED, failed_forward, told_by
from resnet_inspect.checks.rules.silences import UNUSED_SILENCE
from resnet_inspect.checks.selectors import names_of
from resnet_inspect.checks.settings import NO_CONFIGS, Settings
from resnet_inspect.checks.silences import Silenced, idle, told, unsilenced, with_codes
from resnet_inspect.collector import without_collector
from resnet_inspect.config.declaration import Declaration
from resnet_inspect.config.files import declare
from resnet_inspect.config.positions import Position, spell
from resnet_inspect.config.selector import ALWAYS_ON
from resnet_inspect.config.sources import STDIN_NAME, decode, read_file
from resnet_inspect.errors import ConfigError, Problem
from resnet_inspect.text import sanitise

if TYPE_CHECKING:
    from resnet_inspect.trace.records import Failure

_OF_THE_LOCK = frozenset(rule.code for rule in lock.RULES)
"""Codes that only a check against the lock can find."""

MOST_FINDINGS = 100
"""Of one file. Nobody reads more, and a file of 256 KiB can have ten thousand mistakes."""

_NO_CONFIG = Finding(
    INVALID_CONFIG.code,
    "error",
    "this file is no config of a network",
    hint='a pattern in quotes, such as "*.toml", passes over it, and so does a folder',
)
"""For pyproject.toml and the lock, in place of one finding for every field that no config has."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file to check.

    Attributes:
        path: as given; for standard input what it is to be called.
        content: what standard input held; ``None`` for a file.
        held: what the lock says of it; ``None`` where nobody asks.
    """

    path: str
    content: bytes | None = None
    held: Held | None = None


def check_file(target: Target, settings: Settings, rules: Mapping[str, Rule] = RULES) -> FileResult:
    """Find what is wrong with one file.

    Never raises for what is in the file, and not for a fault of our own either, which becomes a finding: the other
    files shall be checked all the same.
    """
    return _guarded(target, rules, lambda declaration: _judge(declaration, target, settings, rules))


def record_file(target: Target, settings: Settings, rules: Mapping[str, Rule] = RULES) -> FileResult:
    """Make a file's entry of the lock; if its model does not run, find why. No rule is asked, and nothing raised."""
    del settings
    return _guarded(target, rules, lambda declaration: _recorded(declaration, target))


def _guarded(target: Target, rules: Mapping[str, Rule], then: Callable[[Declaration], FileResult]) -> FileResult:
    """What becomes of a file: read, found small enough to be run, and given to ``then``; nothing is raised."""
    start = time.perf_counter()
    try:
        with without_collector():
            result = _begun(target, rules, then)
    except Exception as error:  # noqa: BLE001  # one file's misfortune must not hide the other files
        finding, fault = _misfortune(error)
        result = FileResult(target.path, (finding,), fault=fault)
    return replace(result, seconds=time.perf_counter() - start)


def closed_folder(closed: tuple[str, str]) -> FileResult:
    """The result for a folder that cannot be listed, and why."""
    path, reason = closed
    message = f"cannot be listed: {reason[:1].lower()}{reason[1:]}"
    return FileResult(path, (Finding(INVALID_CONFIG.code, "error", sanitise(message)),))


def not_ended(reason: str, hint: str = "") -> Finding:
    """The finding for a check that did not come to its end."""
    return Finding(NOT_FINISHED.code, "error", f"the check did not end: {reason}", hint=hint)


def _misfortune(error: Exception, where: str = "") -> tuple[Finding, str]:
    """What to say of an exception that nobody foresaw; its traceback, if it is a fault of ours."""
    if isinstance(error, MemoryError):
        return not_ended("memory ran out"), ""
    said = f"{type(error).__name__}: {sanitise(str(error))}"
    return not_ended(f"a fault of resnet-inspect{where}: {said}"), traceback.format_exc()


def _begun(target: Target, rules: Mapping[str, Rule], then: Callable[[Declaration], FileResult]) -> FileResult:
    try:
        declaration = _declared(target, rules)
    except ConfigError as error:
        return _broken(target, error)
    if excess := too_much(declaration):
        return _not_begun(target, declaration, excess)
    return then(declaration)


def _judge(declaration: Declaration, target: Target, settings: Settings, rules: Mapping[str, Rule]) -> FileResult:
    evidence = gather(declaration, target.held)
    on = settings.codes_for(target.path).intersection(rules)
    found, fault = _found(evidence, _chosen(rules, on))
    silences = with_codes(declaration.silences, names_of(rules))
    kept = unsilenced(found, silences)
    if silences and UNUSED_SILENCE.code in on:
        unused = _unused(silences, found, evidence, on, rules)
        about_them = _told(unused, found, declaration)
        found += about_them
        kept += unsilenced(about_them, set(silences).difference(unused))
    ignored = len(found) - len(kept)
    kept += _untold_failure(evidence, kept)
    anatomy = evidence.anatomy if evidence.ran else None
    return FileResult(
        path=target.path,
        findings=_presented(told_once(kept)),
        model=declaration.config.name,
        ignored=ignored,
        fault=fault,
        depth=anatomy.depth.depth if anatomy else None,
        params=anatomy.totals.params if anatomy else None,
        macs=anatomy.totals.macs if anatomy else None,
    )


def _unused(
    silences: Sequence[Silenced],
    found: Sequence[Finding],
    evidence: Evidence,
    on: frozenset[str],
    rules: Mapping[str, Rule],
) -> tuple[Silenced, ...]:
    """The silences that silence nothing, as far as that can be known."""
    asked = on - {UNUSED_SILENCE.code} - (_OF_THE_LOCK if evidence.held is None else frozenset())
    unused = idle(silences, found, asked)
    # A rule that is off here may be on in another run, which needs the silence.
    off = frozenset[str]().union(*(silenced.codes for silenced in unused)) - on
    others, _ = _found(evidence, _chosen(rules, off))
    unfinished = any(finding.code.startswith(ALWAYS_ON) for finding in (*found, *others))
    return () if unfinished or not evidence.ran else idle(unused, others, asked)


def _told(unused: Iterable[Silenced], found: Iterable[Finding], declaration: Declaration) -> list[Finding]:
    lines = Lines(declaration.text)
    return [_finding(UNUSED_SILENCE, seen, declaration, lines) for seen in told(unused, found)]


def _untold_failure(evidence: Evidence, kept: Iterable[Finding]) -> Iterator[Finding]:
    """RI002, which another rule was to tell of and has not, since it is off, silenced, or broke: it is always on."""
    failure = evidence.trace.failure
    if failure is None or {DOES_NOT_RUN.code, told_by(evidence, failure)} & {finding.code for finding in kept}:
        return
    yield _failed(evidence, failure)


def _failed(evidence: Evidence, failure: Failure) -> Finding:
    declaration = evidence.declaration
    return _finding(DOES_NOT_RUN, failed_forward(evidence, failure), declaration, Lines(declaration.text))


def _recorded(declaration: Declaration, target: Target) -> FileResult:
    evidence = gather(declaration)
    name = declaration.config.name
    if (failure := evidence.trace.failure) is not None:
        return FileResult(target.path, (_failed(evidence, failure),), name)
    net = record(declaration.config, evidence.anatomy)
    return FileResult(target.path, (), name, depth=net.depth, params=net.params, macs=net.macs, net=net)


def _broken(target: Target, error: ConfigError) -> FileResult:
    if Path(target.path).name in NO_CONFIGS:
        return FileResult(target.path, (_NO_CONFIG,))
    lines = _lines_of(target)
    return FileResult(target.path, _presented(_unreadable(problem, lines) for problem in error.problems))


def _not_begun(target: Target, declaration: Declaration, excess: Observation) -> FileResult:
    finding = _finding(NOT_FINISHED, excess, declaration, Lines(declaration.text))
    return FileResult(target.path, (finding,), model=declaration.config.name)


def _declared(target: Target, rules: Mapping[str, Rule]) -> Declaration:
    if target.content is None:
        return declare(Path(target.path), rules=names_of(rules))
    name = None if target.path == STDIN_NAME else target.path
    return declare("-", stdin=io.BytesIO(target.content), stdin_filename=name, rules=names_of(rules))


def _chosen(rules: Mapping[str, Rule], codes: frozenset[str]) -> Iterator[Rule]:
    return (rule for code, rule in rules.items() if code in codes)


def _found(evidence: Evidence, rules: Iterable[Rule]) -> tuple[list[Finding], str]:
    """What the rules find; and the traceback of the last one that broke, which leaves the others their say."""
    findings: list[Finding] = []
    fault = ""
    lines = Lines(evidence.declaration.text)
    for rule in rules:
        try:
            findings += [_finding(rule, seen, evidence.declaration, lines) for seen in rule.find(evidence)]
        except Exception as error:  # noqa: BLE001  # one rule's misfortune must not hide the other rules
            finding, fault = _misfortune(error, f" in {rule.code}")
            findings.append(finding)
    return findings, fault


def _finding(rule: Rule, observation: Observation, declaration: Declaration, lines: Lines) -> Finding:
    position = _position(observation, declaration)
    line, column = position or (None, None)
    return Finding(
        code=rule.code,
        severity=rule.severity,
        message=observation.message,
        line=line,
        column=column,
        path=spell(observation.field),
        expected=observation.expected,
        found=observation.found,
        why=observation.why,
        hint=observation.hint,
        layer=observation.layer,
        source_line=lines.text(position),
        end_column=lines.end(position),
        changes=observation.changes,
        only_left=observation.only_left,
        only_right=observation.only_right,
        follows=observation.follows,
    )


def _position(observation: Observation, declaration: Declaration) -> Position | None:
    """Where the field stands; a field that the file leaves to its ``base`` stands there."""
    if observation.position is not None:
        return observation.position
    document = declaration.document
    if not observation.field:
        return None
    return document.locate(observation.field, key=observation.key) or document.locate(("base",), key=False)


def _unreadable(problem: Problem, lines: Lines) -> Finding:
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


def _lines_of(target: Target) -> Lines:
    """The lines of a file that is no config; none if it is no text either."""
    try:
        return Lines(read_file(target.path) if target.content is None else decode(target.content))
    except ConfigError:
        return Lines("")


def _presented(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """As they stand in the file, those without a place first; of very many, the first, and how many there are more."""
    ordered = sorted(findings, key=lambda finding: (finding.line or 0, finding.column or 0, finding.code))
    shown, others = ordered[:MOST_FINDINGS], ordered[MOST_FINDINGS:]
    if others:
        severity = min(finding.severity for finding in others)  # error before warning
        code = next(finding.code for finding in others if finding.severity == severity)
        shown.append(Finding(code, severity, f"and {len(others):,} more, which are not shown: mend these first"))
    return tuple(shown)
