"""Findings as SARIF 2.1.0 (OASIS), which code scanning and editors read."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from resnet_inspect.checks.rule import Rule
from resnet_inspect.checks.rules.runs import NOT_FINISHED
from resnet_inspect.render.json import Plain, written
from resnet_inspect.render.safe import safe
from resnet_inspect.reports.check import CheckReport
from resnet_inspect.reports.findings import CheckedFile, CheckFinding, SilencedCheckFinding
from resnet_inspect.version import __version__

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT: Final = "resnetInspectFinding/v1"

_LINK: Final = re.compile(r"\[(?=[^\[\]]*\]\()")


def to_sarif(report: CheckReport) -> str:
    """Write one run: the rules that found something, and a result for each finding.

    A finding of the lock that is silenced is a result that is suppressed. Paths are URIs relative to where the command
    ran, unless they were given as absolute ones; columns count characters. A result's fingerprint does not change with
    its line or its figures, so that it is known again after an edit.
    """
    indices = {rule.code: index for index, rule in enumerate(report.rules)}
    driver: dict[str, Plain] = {
        "name": "resnet-inspect",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in report.rules],
    }
    run: dict[str, Plain] = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": NOT_FINISHED.code not in indices}],
        "columnKind": "unicodeCodePoints",
        "results": [result for file in report.files for result in _results(file, indices)],
    }
    return written({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Plain]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.mend}\n\n'resnet-inspect rule {rule.code}' shows an example."},
        "defaultConfiguration": {"enabled": rule.by_default, "level": rule.severity},
    }


def _results(file: CheckedFile, indices: Mapping[str, int]) -> Iterator[dict[str, Plain]]:
    seen: Counter[str] = Counter()
    for finding in file.findings:
        identity = _identity(finding)
        seen[identity] += 1
        details = [f"{name}: {text}" for name, text in finding.details_in_words]
        yield {
            "ruleId": finding.code,
            "ruleIndex": indices[finding.code],
            "level": finding.severity,
            "message": {"text": _message(finding.message, *details)},
            "locations": [{"physicalLocation": _location(file, finding), **_logical(finding)}],
            "partialFingerprints": {FINGERPRINT: f"{identity}:{seen[identity]}"},
        }
    for silenced in file.silenced_lock_findings:
        yield {
            "ruleId": silenced.code,
            "ruleIndex": indices[silenced.code],
            "level": silenced.severity,
            "message": {"text": _message(silenced.said)},
            "locations": [{"physicalLocation": _location(file, silenced)}],
            "suppressions": [
                {
                    "kind": "inSource" if silenced.in_file else "external",
                    "justification": f"silenced by {silenced.by}",
                }
            ],
        }


def _identity(finding: CheckFinding) -> str:
    """A hash of what the finding is about: its field, or else its line's words; equal ones are numbered."""
    about = (finding.code, finding.path or finding.source_line.strip(), finding.layer)
    return hashlib.sha256("\0".join(about).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _location(file: CheckedFile, finding: CheckFinding | SilencedCheckFinding) -> dict[str, Plain]:
    location: dict[str, Plain] = {"artifactLocation": {"uri": _uri(file.file or file.path)}}
    if finding.line is not None:
        end = finding.end_column if isinstance(finding, CheckFinding) else None
        region = {"startLine": finding.line, "startColumn": finding.column, "endColumn": end}
        location["region"] = {key: value for key, value in region.items() if value is not None}
    return location


def _logical(finding: CheckFinding) -> dict[str, Plain]:
    named = ((finding.path, "property"), (finding.layer, "module"))
    found: list[Plain] = [{"fullyQualifiedName": name, "kind": kind} for name, kind in named if name]
    return {"logicalLocations": found} if found else {}


def _uri(path: str) -> str:
    """``configs/my%20net.toml``; a byte of a name that is no text is written as that byte."""
    pure = PurePath(path)
    # Of a drive's path, which begins with a letter, the host is as empty as of others.
    prefix = "file:///" if pure.is_absolute() else ""
    name = pure.as_posix().lstrip("/") if prefix else pure.as_posix()
    try:
        return prefix + quote(name.encode("utf-8", "surrogateescape"), safe="/")
    except UnicodeEncodeError:
        return prefix + quote(name.encode("utf-8", "surrogatepass"), safe="/")


def _message(*lines: str) -> str:
    """Plain text, in which brackets before parentheses would be taken for a link."""
    return _LINK.sub(r"\\[", "\n".join(map(safe, lines)))
