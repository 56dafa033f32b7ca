"""Findings for GitHub Actions: the log of the step, annotations at the lines of a pull request, and a summary page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from resnet_inspect.render.markdown import to_markdown
from resnet_inspect.render.page import Cell, Column, Heading, Page, Part, Prose, Row, Section, Table, line
from resnet_inspect.render.safe import safe
from resnet_inspect.render.text import to_text
from resnet_inspect.render.views.check import check_page
from resnet_inspect.reports.check import CheckReport, severities
from resnet_inspect.reports.findings import CheckedFile, CheckFinding, SilencedCheckFinding
from resnet_inspect.text import counted, sanitise

ANNOTATIONS: Final = 10
"""Errors that GitHub shows of one step, and as many warnings; it drops the others without a word."""

_SUMMARY_ROWS: Final = 200
_SUMMARY_TEXT: Final = 500
"""Rows of a summary page, and characters of a field: GitHub takes 1 MiB, in which each may be an entity, or nothing."""


def to_github(report: CheckReport) -> str:
    """Write what the ``table`` format says as a folded part of the log, and below it workflow commands.

    The first ten errors and the first ten warnings become annotations; a notice says how many are in the log alone.
    Nothing from a file or a path can be taken for a command: the log stands where commands are off, and in a command
    all that could end it is escaped.
    """
    found = report.found
    errors, warnings = ([pair for pair in found if pair[1].severity == kind] for kind in ("error", "warning"))
    shown = chain(islice(errors, ANNOTATIONS), islice(warnings, ANNOTATIONS))
    lines = [
        *_log(report),
        *(_annotation(file, finding) for file, finding in shown),
        *(_silenced(file, finding) for file, finding in report.silenced[:ANNOTATIONS]),
        *_notice(max(len(errors) - ANNOTATIONS, 0), max(len(warnings) - ANNOTATIONS, 0)),
    ]
    return "".join(text + "\n" for text in lines)


def to_step_summary(report: CheckReport) -> str:
    """Write the sum and a table of findings in Markdown, for the file that ``GITHUB_STEP_SUMMARY`` names."""
    rows = tuple(
        chain(
            (_summary_row(file, finding) for file, finding in report.found[:_SUMMARY_ROWS]),
            (_silenced_row(file, finding) for file, finding in report.silenced[:_SUMMARY_ROWS]),
        )
    )
    parts: list[Part] = [Heading("resnet-inspect check", report.summary)]
    if rows:
        columns = (Column("place", "where"), Column("severity", ""), Column("rule", "rule"), Column("message", "what"))
        parts.append(Table(columns, (Section(rows),)))
    if left := len(report.found) + len(report.silenced) - len(rows):
        parts.append(Prose((line(f"{counted(left, 'more finding')} in the log"),)))
    return to_markdown(Page(tuple(parts)))


def _log(report: CheckReport) -> Iterator[str]:
    text = to_text(check_page(report), width=None, colour=False)
    if report.ok and not report.silenced:
        yield from text.splitlines()
        return
    # A text cannot hold its own hash, so nothing in it can turn the commands on again.
    token = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    yield f"::group::{_data(f'resnet-inspect check: {report.summary}')}"
    yield f"::stop-commands::{token}"
    yield from text.splitlines()
    yield f"::{token}::"
    yield "::endgroup::"


def _annotation(file: CheckedFile, finding: CheckFinding) -> str:
    place = {"file": file.file, "line": finding.line, "col": finding.column}
    if finding.line is not None and finding.end_column is not None:
        # GitHub takes the first column for the last where that is not given, so the last is one that is meant.
        place |= {"endLine": finding.line, "endColumn": finding.end_column - 1}
    place["title"] = f"{finding.code} {finding.name}"
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items() if value is not None)
    said = [finding.message, *(f"{name}: {text}" for name, text in finding.details_in_words)]
    return f"::{finding.severity} {properties}::{_data(chr(10).join(map(safe, said)))}"


def _silenced(file: CheckedFile, finding: SilencedCheckFinding) -> str:
    place = {"file": file.file, "line": finding.line, "title": f"{finding.code} {finding.name}, silenced"}
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items() if value is not None)
    return f"::notice {properties}::{_data(safe(finding.said))}"


def _notice(errors: int, warnings: int) -> Iterator[str]:
    if left := severities(errors, warnings):
        message = f"{left} more in the log of this step: GitHub shows {ANNOTATIONS} annotations of a kind"
        yield f"::notice title=resnet-inspect::{_data(message)}"


def _data(text: str) -> str:
    """What follows the second ``::``."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(safe(text)).replace(":", "%3A").replace(",", "%2C")


def _summary_row(file: CheckedFile, finding: CheckFinding) -> Row:
    said = "; ".join((finding.message, *(f"{name}: {text}" for name, text in finding.details_in_words)))
    return _row(finding.place(file.path), finding.severity, f"{finding.code} {finding.name}", said)


def _silenced_row(file: CheckedFile, finding: SilencedCheckFinding) -> Row:
    return _row(finding.place(file.path), "silenced", f"{finding.code} {finding.name}", finding.said)


def _row(*cells: str) -> Row:
    return Row(tuple(Cell(sanitise(text, _SUMMARY_TEXT)) for text in cells))
