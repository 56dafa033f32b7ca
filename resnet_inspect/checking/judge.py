"""The check of one target: ``check_file(target, settings) -> FileResult``."""

import io
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from resnet_inspect.anatomy.equality import is_seen
from resnet_inspect.checking.budget import TooMuchError, too_much
from resnet_inspect.checking.evidence import Evidence, gather, gather_named
from resnet_inspect.checking.findings import FileResult, Finding
from resnet_inspect.checking.ignores import (
    UNUSED_IGNORE,
    IgnoredCodes,
    ignored_by,
    not_ignored,
    unused,
    unused_findings,
    with_codes,
)
from resnet_inspect.checking.locate import FindingBuilder, Lines, fold_failures, in_report_order, invalid_config
from resnet_inspect.checking.lock import rules as lock
from resnet_inspect.checking.lock.record import record
from resnet_inspect.checking.registry import RULES
from resnet_inspect.checking.rule import Rule, names_of
from resnet_inspect.checking.rules import runs
from resnet_inspect.checking.settings import NO_CONFIGS, PER_FILE_IGNORES, Settings
from resnet_inspect.checking.targets import NamedModelOptions, Target
from resnet_inspect.configs.declaration import Declaration
from resnet_inspect.configs.files import declare
from resnet_inspect.configs.read_text import STDIN_NAME, decode, read_file
from resnet_inspect.configs.selectors import ALWAYS_ON
from resnet_inspect.errors import ConfigError, ModelRunError, RequestError, words_of
from resnet_inspect.process_state import gc_paused
from resnet_inspect.text import sanitise, uncapitalised
from resnet_inspect.tracing.records import Failure

_OF_THE_LOCK = frozenset(rule.code for rule in lock.RULES)
"""Codes of the rules that compare with the lock."""

_NO_CONFIG = runs.INVALID_CONFIG.label(
    Finding(
        message="this file is not a config of a network",
        hint='a pattern in quotes, such as "*.toml", skips it, and so does a folder',
    )
)
"""The finding for pyproject.toml and the lock, instead of one for each of their fields."""

_UNSEEN = "the lock does not hold constants without values, nor numbers that the forward takes out of tensors"


def check_file(target: Target, settings: Settings, rules: Mapping[str, Rule] = RULES) -> FileResult:
    """Check a file or a named model. Never raises: even a bug in this package becomes a finding."""
    return _guarded(target, rules, lambda evidence: _judge(evidence, target, settings, rules))


def record_file(target: Target, settings: Settings, rules: Mapping[str, Rule] = RULES) -> FileResult:
    """Make an entry of the lock, or a finding if the model does not run. Never raises."""
    del settings
    return _guarded(target, rules, lambda evidence: _record(evidence, target))


def _guarded(target: Target, rules: Mapping[str, Rule], then: Callable[[Evidence], FileResult]) -> FileResult:
    """Run a target, and pass the evidence to ``then``; a target that cannot be run gives findings. Never raises."""
    start = time.perf_counter()
    run = _result_of_config if target.options is None else _result_of_model
    try:
        with gc_paused():
            result = run(target, rules, then)
    except Exception as error:  # noqa: BLE001  # an error in one file must not hide the other files
        finding, fault = _unexpected(error)
        result = FileResult(target.path, (finding,), fault=fault)
    return replace(result, seconds=time.perf_counter() - start, model_name=target.model_name)


def closed_folder(closed: tuple[str, str]) -> FileResult:
    """Return the result for a folder that cannot be listed, given as path and reason."""
    path, reason = closed
    message = sanitise(f"cannot be listed: {uncapitalised(reason)}")
    return FileResult(path, (runs.INVALID_CONFIG.label(Finding(message=message)),))


def not_finished(reason: str, hint: str = "") -> Finding:
    """Return the finding for a check that did not finish."""
    return runs.NOT_FINISHED.label(Finding(message=f"the check did not finish: {reason}", hint=hint))


def _unexpected(error: Exception, where: str = "") -> tuple[Finding, str]:
    """Return the finding for an unexpected exception, and its traceback if it is a bug in this package."""
    if isinstance(error, MemoryError):
        return not_finished("memory ran out"), ""
    said = f"{type(error).__name__}: {sanitise(words_of(error))}"
    return not_finished(f"a bug in resnet-inspect{where}: {said}"), traceback.format_exc()


def _result_of_config(target: Target, rules: Mapping[str, Rule], then: Callable[[Evidence], FileResult]) -> FileResult:
    try:
        declaration = _declaration(target, rules)
    except ConfigError as error:
        return _unreadable(target, error)
    if excess := too_much(declaration):
        finding = FindingBuilder(declaration).build(runs.NOT_FINISHED, excess)
        return FileResult(target.path, (finding,), model=declaration.config.name)
    return then(gather(declaration, target.entry))


def _result_of_model(target: Target, _: Mapping[str, Rule], then: Callable[[Evidence], FileResult]) -> FileResult:
    try:
        evidence = gather_named(target.path, target.options or NamedModelOptions(), target.entry)
    except TooMuchError as error:
        return FileResult(target.path, (runs.NOT_FINISHED.label(error.finding),))
    except ModelRunError as error:
        return FileResult(target.path, (_of_error(runs.DOES_NOT_RUN, error, target),))
    except RequestError as error:
        return FileResult(target.path, (_of_error(runs.INVALID_CONFIG, error, target),))
    return then(evidence)


def _of_error(rule: Rule, error: Exception, target: Target) -> Finding:
    """Return the finding for an error, without the name of the target, which reports put before each finding."""
    said = " ".join(str(error).splitlines())
    for name in (target.model_name, target.path):
        said = said.removeprefix(f"{sanitise(name)}: ").removeprefix(f"{sanitise(name)} ")
    return rule.label(Finding(message=said))


def _unreadable(target: Target, error: ConfigError) -> FileResult:
    if Path(target.path).name in NO_CONFIGS:
        return FileResult(target.path, (_NO_CONFIG,))
    lines = _lines_of(target)
    return FileResult(target.path, in_report_order(invalid_config(problem, lines) for problem in error.problems))


def _declaration(target: Target, rules: Mapping[str, Rule]) -> Declaration:
    if target.content is None:
        return declare(Path(target.path), rules=names_of(rules))
    name = None if target.path == STDIN_NAME else target.path
    return declare("-", stdin=io.BytesIO(target.content), stdin_filename=name, rules=names_of(rules))


def _lines_of(target: Target) -> Lines:
    """Return the lines of a file that is not a valid config; empty if it is not text."""
    try:
        return Lines(read_file(target.path) if target.content is None else decode(target.content))
    except ConfigError:
        return Lines("")


def _record(evidence: Evidence, target: Target) -> FileResult:
    name = evidence.anatomy.model
    if (failure := evidence.trace.failure) is not None:
        return FileResult(target.path, (_failed(evidence, failure),), model=name)
    net = record(evidence.config, evidence.anatomy, evidence.trace)
    notes = evidence.notes
    if evidence.config is None and not is_seen(evidence.trace):
        notes += (_UNSEEN,)
    return FileResult(target.path, model=name, depth=net.depth, params=net.params, macs=net.macs, net=net, notes=notes)


def _judge(evidence: Evidence, target: Target, settings: Settings, rules: Mapping[str, Rule]) -> FileResult:
    on = settings.codes_for(target.path).intersection(rules)
    # Rules of the lock that per-file-ignores turn off are applied all the same, and their findings shown as ignored.
    off = (settings.codes - on) & _OF_THE_LOCK if evidence.entry else frozenset[str]()
    seen, fault = _findings(evidence, _chosen(rules, on | off))
    found = [finding for finding in seen if finding.code not in off]
    ignores = with_codes(evidence.declared.declaration.ignores if evidence.declared else (), names_of(rules))
    kept = not_ignored(found, ignores)
    ignored_lock_findings = [
        *_ignored_by_the_file(found, ignores),
        *(replace(finding, by=PER_FILE_IGNORES) for finding in seen if finding.code in off),
    ]
    if ignores and UNUSED_IGNORE.code in on:
        idle = _unused(ignores, found, evidence, on, rules)
        builder = _builder(evidence)
        about_them = [builder.build(UNUSED_IGNORE, finding) for finding in unused_findings(idle, found)]
        found += about_them
        kept += not_ignored(about_them, set(ignores).difference(idle))
    ignored = len(found) - len(kept)
    kept += _unreported_failure(evidence, kept)
    anatomy = evidence.anatomy if evidence.ran else None
    return FileResult(
        target.path,
        in_report_order(fold_failures(kept)),
        model=evidence.anatomy.model,
        ignored=ignored,
        ignored_lock_findings=tuple(ignored_lock_findings),
        fault=fault,
        depth=anatomy.depth.depth if anatomy else None,
        params=anatomy.totals.params if anatomy else None,
        macs=anatomy.totals.macs if anatomy else None,
        notes=evidence.notes if anatomy else (),
    )


def _chosen(rules: Mapping[str, Rule], codes: frozenset[str]) -> Iterator[Rule]:
    return (rule for code, rule in rules.items() if code in codes)


def _findings(evidence: Evidence, rules: Iterable[Rule]) -> tuple[list[Finding], str]:
    """Apply rules; return their findings, and the traceback of the last rule that raised, which stops no other rule."""
    findings: list[Finding] = []
    fault = ""
    builder = _builder(evidence)
    for rule in rules:
        try:
            findings += [builder.build(rule, finding) for finding in rule.find(evidence)]
        except Exception as error:  # noqa: BLE001  # an error in one rule must not hide the other rules
            finding, fault = _unexpected(error, f" ({rule.code})")
            findings.append(finding)
    return findings, fault


def _ignored_by_the_file(found: Iterable[Finding], ignores: Sequence[IgnoredCodes]) -> Iterator[Finding]:
    """Yield the findings of the lock that the file ignores: its author may not be trusted with that."""
    for finding in found:
        if finding.code in _OF_THE_LOCK and (by := ignored_by(finding, ignores)):
            yield replace(finding, by=by, in_file=True)


def _unused(
    ignores: Sequence[IgnoredCodes],
    found: Sequence[Finding],
    evidence: Evidence,
    on: frozenset[str],
    rules: Mapping[str, Rule],
) -> tuple[IgnoredCodes, ...]:
    """Return the entries and comments that certainly ignore nothing."""
    judged = on - {UNUSED_IGNORE.code} - (_OF_THE_LOCK if evidence.entry is None else frozenset())
    idle = unused(ignores, found, judged)
    # A rule that is off in this run may be on in another one, which needs the comment.
    off = frozenset[str]().union(*(ignored.codes for ignored in idle)) - on
    others, _ = _findings(evidence, _chosen(rules, off))
    unfinished = any(finding.code.startswith(ALWAYS_ON) for finding in (*found, *others))
    return () if unfinished or not evidence.ran else unused(idle, others, judged)


def _unreported_failure(evidence: Evidence, kept: Iterable[Finding]) -> Iterator[Finding]:
    """Yield RI002, which is always on, if the rule that explains the failure is off, ignored, or raised."""
    failure = evidence.trace.failure
    if failure is None or {runs.DOES_NOT_RUN.code, runs.rule_of_failure(evidence, failure)} & {f.code for f in kept}:
        return
    yield _failed(evidence, failure)


def _failed(evidence: Evidence, failure: Failure) -> Finding:
    return _builder(evidence).build(runs.DOES_NOT_RUN, runs.failed_forward(evidence, failure))


def _builder(evidence: Evidence) -> FindingBuilder:
    return FindingBuilder(evidence.declared.declaration if evidence.declared else None)
