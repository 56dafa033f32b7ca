"""The way into this room: ``check_file(target, settings) -> FileResult``."""

from __future__ import annotations

import io
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_inspect.checks.effort import TooMuchError, too_much
from resnet_inspect.checks.evidence import Evidence, gather, gather_named
from resnet_inspect.checks.findings import FileResult, Finding, SilencedFinding
from resnet_inspect.checks.lines import Lines
from resnet_inspect.checks.lock import rules as lock
from resnet_inspect.checks.lock.record import record
from resnet_inspect.checks.once import told_once
from resnet_inspect.checks.registry import RULES
from resnet_inspect.checks.rule import Rule
from resnet_inspect.checks.rules.runs import DOES_NOT_RUN, INVALID_CONFIG, NOT_FINISHED, failed_forward, told_by
from resnet_inspect.checks.rules.silences import UNUSED_SILENCE
from resnet_inspect.checks.selectors import names_of
from resnet_inspect.checks.settings import NO_CONFIGS, PER_FILE_IGNORES, Settings
from resnet_inspect.checks.silences import SilencedCodes, idle, silencer, told, unsilenced, with_codes
from resnet_inspect.checks.targets import Naming, Target
from resnet_inspect.checks.telling import Teller, presented, unreadable
from resnet_inspect.collector import without_collector
from resnet_inspect.config.declaration import Declaration
from resnet_inspect.config.files import declare
from resnet_inspect.config.selector import ALWAYS_ON
from resnet_inspect.config.sources import STDIN_NAME, decode, read_file
from resnet_inspect.errors import ConfigError, ModelRunError, RequestError, words_of
from resnet_inspect.text import sanitise, uncapitalised

if TYPE_CHECKING:
    from resnet_inspect.trace.records import Failure

_OF_THE_LOCK = frozenset(rule.code for rule in lock.RULES)
"""Codes that only a check against the lock can find."""

_NO_CONFIG = Finding(
    INVALID_CONFIG.code,
    "error",
    "this file is not a config of a network",
    hint='a pattern in quotes, such as "*.toml", skips it, and so does a folder',
)
"""For pyproject.toml and the lock, instead of one finding for every field that no config has."""


def check_file(target: Target, settings: Settings, rules: Mapping[str, Rule] = RULES) -> FileResult:
    """Find what is wrong with one file, or with one model that was named.

    Never raises for what is in the file, and not for a fault of our own either, which becomes a finding: the other
    files shall be checked all the same.
    """
    return _guarded(target, rules, lambda evidence: _judge(evidence, target, settings, rules))


def record_file(target: Target, settings: Settings, rules: Mapping[str, Rule] = RULES) -> FileResult:
    """Make an entry of the lock; if the model does not run, find why. No rule is asked, and nothing raised."""
    del settings
    return _guarded(target, rules, lambda evidence: _recorded(evidence, target))


def _guarded(target: Target, rules: Mapping[str, Rule], then: Callable[[Evidence], FileResult]) -> FileResult:
    """What becomes of a target: found small enough to be run, run, and given to ``then``; nothing is raised."""
    start = time.perf_counter()
    begun = _begun if target.naming is None else _begun_named
    try:
        with without_collector():
            result = begun(target, rules, then)
    except Exception as error:  # noqa: BLE001  # one file's misfortune must not hide the other files
        finding, fault = _misfortune(error)
        result = FileResult(target.path, (finding,), fault=fault)
    return replace(result, seconds=time.perf_counter() - start, called=target.called)


def closed_folder(closed: tuple[str, str]) -> FileResult:
    """The result for a folder that cannot be listed, and why."""
    path, reason = closed
    message = sanitise(f"cannot be listed: {uncapitalised(reason)}")
    return FileResult(path, (Finding(INVALID_CONFIG.code, "error", message),))


def not_ended(reason: str, hint: str = "") -> Finding:
    """The finding for a check that did not come to its end."""
    return Finding(NOT_FINISHED.code, "error", f"the check did not finish: {reason}", hint=hint)


def _misfortune(error: Exception, where: str = "") -> tuple[Finding, str]:
    """What to say of an exception that nobody foresaw; its traceback, if it is a fault of ours."""
    if isinstance(error, MemoryError):
        return not_ended("memory ran out"), ""
    said = f"{type(error).__name__}: {sanitise(words_of(error))}"
    return not_ended(f"a bug in resnet-inspect{where}: {said}"), traceback.format_exc()


def _begun(target: Target, rules: Mapping[str, Rule], then: Callable[[Evidence], FileResult]) -> FileResult:
    try:
        declaration = _declared(target, rules)
    except ConfigError as error:
        return _broken(target, error)
    if excess := too_much(declaration):
        finding = Teller(declaration).tell(NOT_FINISHED, excess)
        return FileResult(target.path, (finding,), model=declaration.config.name)
    return then(gather(declaration, target.held))


def _begun_named(target: Target, _: Mapping[str, Rule], then: Callable[[Evidence], FileResult]) -> FileResult:
    """The same for a model that was named."""
    try:
        evidence = gather_named(target.path, target.naming or Naming(), target.held)
    except TooMuchError as error:
        return FileResult(target.path, (Teller().tell(NOT_FINISHED, error.observation),))
    except ModelRunError as error:
        return FileResult(target.path, (_of_error(DOES_NOT_RUN, error, target),))
    except RequestError as error:
        return FileResult(target.path, (_of_error(INVALID_CONFIG, error, target),))
    return then(evidence)


def _of_error(rule: Rule, error: Exception, target: Target) -> Finding:
    """What an error says, without the name that stands before every finding anyway."""
    said = " ".join(str(error).splitlines())
    for name in (target.called, target.path):
        said = said.removeprefix(f"{sanitise(name)}: ").removeprefix(f"{sanitise(name)} ")
    return Finding(rule.code, rule.severity, said)


def _judge(evidence: Evidence, target: Target, settings: Settings, rules: Mapping[str, Rule]) -> FileResult:
    on = settings.codes_for(target.path).intersection(rules)
    # What per-file-ignores turn off here is looked for all the same, to be shown as silenced.
    off = (settings.codes - on) & _OF_THE_LOCK if evidence.held else frozenset[str]()
    seen, fault = _found(evidence, _chosen(rules, on | off))
    found = [finding for finding in seen if finding.code not in off]
    silences = with_codes(evidence.declared.declaration.silences if evidence.declared else (), names_of(rules))
    kept = unsilenced(found, silences)
    silenced = [
        *_silenced_by_the_file(found, silences),
        *(SilencedFinding(finding, PER_FILE_IGNORES, in_file=False) for finding in seen if finding.code in off),
    ]
    if silences and UNUSED_SILENCE.code in on:
        unused = _unused(silences, found, evidence, on, rules)
        teller = _teller(evidence)
        about_them = [teller.tell(UNUSED_SILENCE, idler) for idler in told(unused, found)]
        found += about_them
        kept += unsilenced(about_them, set(silences).difference(unused))
    ignored = len(found) - len(kept)
    kept += _untold_failure(evidence, kept)
    anatomy = evidence.anatomy if evidence.ran else None
    return FileResult(
        path=target.path,
        findings=presented(told_once(kept)),
        model=evidence.anatomy.model,
        ignored=ignored,
        silenced=tuple(silenced),
        fault=fault,
        depth=anatomy.depth.depth if anatomy else None,
        params=anatomy.totals.params if anatomy else None,
        macs=anatomy.totals.macs if anatomy else None,
        notes=evidence.notes if anatomy else (),
    )


def _silenced_by_the_file(found: Iterable[Finding], silences: Sequence[SilencedCodes]) -> Iterator[SilencedFinding]:
    """The findings of the lock that the file silences: it may be a stranger who has edited it."""
    for finding in found:
        if finding.code in _OF_THE_LOCK and (by := silencer(finding, silences)):
            yield SilencedFinding(finding, by, in_file=True)


def _unused(
    silences: Sequence[SilencedCodes],
    found: Sequence[Finding],
    evidence: Evidence,
    on: frozenset[str],
    rules: Mapping[str, Rule],
) -> tuple[SilencedCodes, ...]:
    """The silences that silence nothing, as far as that can be known."""
    asked = on - {UNUSED_SILENCE.code} - (_OF_THE_LOCK if evidence.held is None else frozenset())
    unused = idle(silences, found, asked)
    # A rule that is off here may be on in another run, which needs the silence.
    off = frozenset[str]().union(*(silenced.codes for silenced in unused)) - on
    others, _ = _found(evidence, _chosen(rules, off))
    unfinished = any(finding.code.startswith(ALWAYS_ON) for finding in (*found, *others))
    return () if unfinished or not evidence.ran else idle(unused, others, asked)


def _untold_failure(evidence: Evidence, kept: Iterable[Finding]) -> Iterator[Finding]:
    """RI002, which another rule was to tell of and has not, since it is off, silenced, or broke: it is always on."""
    failure = evidence.trace.failure
    if failure is None or {DOES_NOT_RUN.code, told_by(evidence, failure)} & {finding.code for finding in kept}:
        return
    yield _failed(evidence, failure)


def _failed(evidence: Evidence, failure: Failure) -> Finding:
    return _teller(evidence).tell(DOES_NOT_RUN, failed_forward(evidence, failure))


def _teller(evidence: Evidence) -> Teller:
    return Teller(evidence.declared.declaration if evidence.declared else None)


def _recorded(evidence: Evidence, target: Target) -> FileResult:
    name = evidence.anatomy.model
    if (failure := evidence.trace.failure) is not None:
        return FileResult(target.path, (_failed(evidence, failure),), name)
    net = record(evidence.config, evidence.anatomy)
    return FileResult(
        target.path, (), name, depth=net.depth, params=net.params, macs=net.macs, net=net, notes=evidence.notes
    )


def _broken(target: Target, error: ConfigError) -> FileResult:
    if Path(target.path).name in NO_CONFIGS:
        return FileResult(target.path, (_NO_CONFIG,))
    lines = _lines_of(target)
    return FileResult(target.path, presented(unreadable(problem, lines) for problem in error.problems))


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
    teller = _teller(evidence)
    for rule in rules:
        try:
            findings += [teller.tell(rule, seen) for seen in rule.find(evidence)]
        except Exception as error:  # noqa: BLE001  # one rule's misfortune must not hide the other rules
            finding, fault = _misfortune(error, f" ({rule.code})")
            findings.append(finding)
    return findings, fault


def _lines_of(target: Target) -> Lines:
    """The lines of a file that is no config; none if it is no text either."""
    try:
        return Lines(read_file(target.path) if target.content is None else decode(target.content))
    except ConfigError:
        return Lines("")
