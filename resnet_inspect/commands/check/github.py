"""Findings for GitHub Actions: the log of the step, annotations at the lines of a pull request, and a summary page."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Final, NamedTuple

from resnet_inspect.checking.findings import FileResult, Finding
from resnet_inspect.commands.check.page import severities
from resnet_inspect.commands.check.report import CheckReport
from resnet_inspect.configs.read_text import STDIN_NAME
from resnet_inspect.rendering.markdown import to_markdown
from resnet_inspect.rendering.page import Column, Heading, Page, Part, Prose, line, table_of
from resnet_inspect.rendering.pen import Look, safe
from resnet_inspect.rendering.table import to_text
from resnet_inspect.text import pluralise, sanitise

ANNOTATIONS: Final = 10
"""Errors that GitHub shows for a step, and as many warnings; it silently drops the others."""

_SUMMARY_ROWS: Final = 200
_SUMMARY_TEXT: Final = 500
"""Rows of a summary page, and characters of a field: GitHub rejects pages over 1 MiB, also if it is all entities."""


class _SummaryRow(NamedTuple):
    """A finding on the summary page."""

    place: str
    severity: str
    rule: str
    message: str


_COLUMNS: tuple[Column[_SummaryRow], ...] = (
    Column("place", "where", lambda row: sanitise(row.place, _SUMMARY_TEXT)),
    Column("severity", "", lambda row: row.severity),
    Column("rule", "rule", lambda row: sanitise(row.rule, _SUMMARY_TEXT)),
    Column("message", "what", lambda row: sanitise(row.message, _SUMMARY_TEXT)),
)


def write(report: CheckReport, _look: Look) -> str:
    """Write the ``table`` format as a folded part of the log, and workflow commands below it.

    The first ten errors and the first ten warnings become annotations; a notice counts the others. No text from a file
    or a path can be taken for a command: the log is written with commands disabled, and in commands, all characters
    that could end them are escaped.
    """
    found = report.found
    errors, warnings = ([pair for pair in found if pair[1].severity == kind] for kind in ("error", "warning"))
    shown = chain(islice(errors, ANNOTATIONS), islice(warnings, ANNOTATIONS))
    lines = [
        *_log(report),
        *(_annotation(file, finding) for file, finding in shown),
        *(_ignored(file, finding) for file, finding in report.ignored[:ANNOTATIONS]),
        *_notice(max(len(errors) - ANNOTATIONS, 0), max(len(warnings) - ANNOTATIONS, 0)),
    ]
    return "".join(text + "\n" for text in lines)


def to_step_summary(report: CheckReport) -> str:
    """Write the summary and a table of findings in Markdown, for the file that ``GITHUB_STEP_SUMMARY`` names."""
    rows = [_row(file, finding, finding.severity, _said(finding)) for file, finding in report.found[:_SUMMARY_ROWS]]
    rows += [_row(file, finding, "ignored", finding.said) for file, finding in report.ignored[:_SUMMARY_ROWS]]
    parts: list[Part] = [Heading("resnet-inspect check", report.summary)]
    if rows:
        parts.append(table_of(_COLUMNS, rows))
    if left := len(report.found) + len(report.ignored) - len(rows):
        parts.append(Prose((line(f"{pluralise(left, 'more finding')} in the log"),)))
    return to_markdown(Page(tuple(parts)))


def _log(report: CheckReport) -> Iterator[str]:
    text = to_text(report.page(), width=None, colour=False)
    if report.ok and not report.ignored:
        yield from text.splitlines()
        return
    # No text contains its own hash, so nothing in it can enable commands again.
    token = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    yield f"::group::{_data(f'resnet-inspect check: {report.summary}')}"
    yield f"::stop-commands::{token}"
    yield from text.splitlines()
    yield f"::{token}::"
    yield "::endgroup::"


def _annotation(file: FileResult, finding: Finding) -> str:
    place = {"file": file.file, "line": finding.line, "col": finding.column}
    if finding.line is not None and finding.end_column is not None:
        # GitHub includes the last column, and takes the first for the last if that is missing.
        place |= {"endLine": finding.line, "endColumn": finding.end_column - 1}
    place["title"] = f"{finding.code} {finding.name}"
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items() if value is not None)
    said = [finding.message, *(f"{name}: {text}" for name, text in finding.details_in_words)]
    return f"::{finding.severity} {properties}::{_data(chr(10).join(map(safe, said)))}"


def _ignored(file: FileResult, finding: Finding) -> str:
    place = {"file": file.file, "line": finding.line, "title": f"{finding.code} {finding.name}, ignored"}
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items() if value is not None)
    return f"::notice {properties}::{_data(safe(finding.said))}"


def _notice(errors: int, warnings: int) -> Iterator[str]:
    if left := severities(errors, warnings):
        message = f"{left} more in the log of this step: GitHub shows {ANNOTATIONS} annotations of a kind"
        yield f"::notice title=resnet-inspect::{_data(message)}"


def _data(text: str) -> str:
    """Escape a text that follows the second ``::``."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(safe(text)).replace(":", "%3A").replace(",", "%2C")


def _row(file: FileResult, finding: Finding, severity: str, said: str) -> _SummaryRow:
    return _SummaryRow(finding.place(file.path), severity, f"{finding.code} {finding.name}", said)


def _said(finding: Finding) -> str:
    return "; ".join((finding.message, *(f"{name}: {text}" for name, text in finding.details_in_words)))


def from_checkout(report: CheckReport) -> CheckReport:
    """Return a report with paths relative to the checkout, if ``GITHUB_WORKSPACE`` names one that contains them."""
    checkout = os.environ.get("GITHUB_WORKSPACE")
    if not checkout:
        return report
    return replace(report, files=tuple(_moved(file, checkout) for file in report.files))


def _moved(file: FileResult, checkout: str) -> FileResult:
    if file.file is None:
        return file
    return replace(file, path=_seen_from(checkout, file.file) + file.path[len(file.file) :])


def _seen_from(checkout: str, path: str) -> str:
    if path == STDIN_NAME:
        return path
    # os.getcwd() returns a real path, so the checkout needs one, too; links to configs are not resolved.
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  # resolve() follows links
    for root in (Path(checkout), Path(checkout).resolve()):
        if absolute.is_relative_to(root):
            return absolute.relative_to(root).as_posix()
    return path
