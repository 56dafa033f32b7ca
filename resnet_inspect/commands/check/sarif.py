"""Findings as SARIF 2.1.0 (OASIS), the format of code scanning and editors."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from resnet_inspect.checking.findings import FileResult, Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.checking.rules.runs import NOT_FINISHED
from resnet_inspect.commands.check.report import CheckReport
from resnet_inspect.rendering.json import Plain, written
from resnet_inspect.rendering.pen import Look, safe
from resnet_inspect.version import __version__

SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT: Final = "resnetInspectFinding/v1"

_LINK: Final = re.compile(r"\[(?=[^\[\]]*\]\()")


def write(report: CheckReport, _look: Look) -> str:
    """Write one run: the rules with findings, and a result for each finding.

    Ignored findings of the lock are suppressed results. Paths are URIs, relative to the current folder unless given as
    absolute paths; columns count characters. Fingerprints do not depend on lines and figures, so that findings are
    recognised after an edit.
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
    return written({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Plain]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.fix}\n\n'resnet-inspect rule {rule.code}' shows an example."},
        "defaultConfiguration": {"enabled": rule.by_default, "level": rule.severity},
    }


def _results(file: FileResult, indices: Mapping[str, int]) -> Iterator[dict[str, Plain]]:
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
    for ignored in file.ignored_lock_findings:
        yield {
            "ruleId": ignored.code,
            "ruleIndex": indices[ignored.code],
            "level": ignored.severity,
            "message": {"text": _message(ignored.said)},
            "locations": [{"physicalLocation": _location(file, ignored)}],
            "suppressions": [
                {
                    "kind": "inSource" if ignored.in_file else "external",
                    "justification": f"ignored by {ignored.by}",
                }
            ],
        }


def _identity(finding: Finding) -> str:
    """Return a hash of the rule, the layer, and the field of a finding, or the text of its line."""
    about = (finding.code, finding.path or finding.source_line.strip(), finding.layer)
    return hashlib.sha256("\0".join(about).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _location(file: FileResult, finding: Finding) -> dict[str, Plain]:
    location: dict[str, Plain] = {"artifactLocation": {"uri": _uri(file.file or file.path)}}
    if finding.line is not None:
        end = None if finding.by else finding.end_column
        region = {"startLine": finding.line, "startColumn": finding.column, "endColumn": end}
        location["region"] = {key: value for key, value in region.items() if value is not None}
    return location


def _logical(finding: Finding) -> dict[str, Plain]:
    named = ((finding.path, "property"), (finding.layer, "module"))
    found: list[Plain] = [{"fullyQualifiedName": name, "kind": kind} for name, kind in named if name]
    return {"logicalLocations": found} if found else {}


def _uri(path: str) -> str:
    """Return ``configs/my%20net.toml``; bytes that are not valid UTF-8 are kept, percent-encoded."""
    pure = PurePath(path)
    # A path with a drive letter has an empty host, too.
    prefix = "file:///" if pure.is_absolute() else ""
    name = pure.as_posix().lstrip("/") if prefix else pure.as_posix()
    try:
        return prefix + quote(name.encode("utf-8", "surrogateescape"), safe="/")
    except UnicodeEncodeError:
        return prefix + quote(name.encode("utf-8", "surrogatepass"), safe="/")


def _message(*lines: str) -> str:
    """Return plain text in which brackets before parentheses, which would be a link, are escaped."""
    return _LINK.sub(r"\\[", "\n".join(map(safe, lines)))
