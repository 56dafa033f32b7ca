"""Parts of pages that show findings, and the tables of findings and files."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from resnet_inspect.checking.findings import FileResult, Finding
from resnet_inspect.commands.compare.tables import changes_table, unmatched_layers
from resnet_inspect.rendering.cells import SEVERITY_TONES, exact_cell, rounded_cell
from resnet_inspect.rendering.page import Cell, Column, Drawing, Excerpt, Group, Line, Part, Prose, line
from resnet_inspect.text import pluralise


class FoundIn(NamedTuple):
    """The result of a file, and one of its findings."""

    file: FileResult
    finding: Finding


def _detail(key: str, value: Callable[[Finding], str | int | None]) -> Column[FoundIn]:
    """Return a column for a detail of findings, which ignored ones do not have."""
    return Column(key, key, lambda row: None if row.finding.by else value(row.finding) or None)


FINDINGS: tuple[Column[FoundIn], ...] = (
    Column("file", "file", lambda row: row.file.path),
    Column("line", "line", lambda row: row.finding.line),
    Column("column", "column", lambda row: row.finding.column),
    _detail("end_column", lambda finding: finding.end_column),
    Column("severity", "severity", lambda row: row.finding.severity),
    Column("code", "code", lambda row: row.finding.code),
    Column("name", "name", lambda row: row.finding.name),
    Column("message", "message", lambda row: row.finding.message),
    _detail("path", lambda finding: finding.path),
    _detail("expected", lambda finding: finding.expected),
    _detail("found", lambda finding: finding.found),
    _detail("why", lambda finding: finding.why),
    _detail("hint", lambda finding: finding.hint),
    _detail("unjudged", lambda finding: ", ".join(finding.unjudged)),
    _detail("layer", lambda finding: finding.layer),
    Column("model", "model", lambda row: row.file.model or None),
    Column("silenced_by", "silenced_by", lambda row: row.finding.by or None),
)
"""Columns of the table of findings, ignored ones included."""

FILES: tuple[Column[FileResult], ...] = (
    Column("file", "file", lambda file: file.path, least=24),
    Column("findings", "findings", lambda file: _findings_cell(file)),
    Column("silenced", "ignored", lambda file: exact_cell(file.ignored), "right"),
    Column("model", "model", lambda file: file.model or None, keep=60, least=12),
    Column("depth", "depth", lambda file: file.depth, "right", keep=70),
    Column("params", "params", lambda file: None if file.params is None else rounded_cell(file.params), "right", 80),
    Column("macs", "MACs", lambda file: None if file.macs is None else rounded_cell(file.macs), "right", 90),
)


def finding_group(file: FileResult, finding: Finding) -> Group:
    """Return the parts that show a finding: headline, line of the file, and details."""
    parts: list[Prose | Drawing | Excerpt] = [Prose((headline(file, finding),), hang=2)]
    indent = "  "
    if finding.line is not None and finding.column is not None and finding.source_line:
        end = finding.end_column or finding.column + 1
        tone = SEVERITY_TONES[finding.severity]
        parts.append(Excerpt(finding.line, finding.source_line, finding.column, end, tone))
        indent = " " * (len(str(finding.line)) + 2)
    for name, said in finding.details:
        text, command = _command_apart(said)
        parts.append(Prose((line(f"{indent}{name:<8}  ", "dim") + line(text),), hang=10))
        if command:  # in a drawing, which is not wrapped, so that it can be pasted
            parts.append(Drawing((line(f"{indent}{'':<8}  {command}"),), language="sh"))
    return Group(tuple(parts))


def _command_apart(text: str) -> tuple[str, str]:
    """Split ``record it: resnet-inspect lock net.toml`` before the command; return "" in its place if there is none."""
    words, _, rest = text.partition(" resnet-inspect ")
    return (words, f"resnet-inspect {rest}") if rest and words.endswith(":") else (text, "")


def changed_layers(finding: Finding, most: int | None, side: str) -> Iterator[Part]:
    """Show the differences from the lock in at most ``most`` rows."""
    changes = finding.changes[:most]
    if changes:
        yield changes_table(changes, "locked", "now")
    if left_out := len(finding.changes) - len(changes):
        yield Prose((line(f"{left_out:,} more differences: --verbose shows all of them", "dim"),))
    yield from unmatched_layers(("the lock", finding.only_left), (side, finding.only_right))


def headline(file: FileResult, finding: Finding) -> Line:
    """Return the place, severity, code and message of a finding."""
    return (
        line(f"{finding.place(file.path)}: ")
        + line(finding.severity, SEVERITY_TONES[finding.severity])
        + line(f" {finding.code} ", "strong")
        + line(finding.message)
    )


def ignored_line(file: FileResult, finding: Finding) -> Line:
    """Return the place, code and message of an ignored finding."""
    return (
        line(f"{finding.place(file.path)}: ")
        + line("ignored", "warn")
        + line(f" {finding.code} ", "strong")
        + line(finding.said)
    )


def severities(errors: int, warnings: int) -> str:
    """Return ``2 errors, 1 warning``, without numbers that are 0."""
    parts = ((errors, "error"), (warnings, "warning"))
    return ", ".join(pluralise(number, noun) for number, noun in parts if number)


def _findings_cell(file: FileResult) -> Cell:
    if file.ok:
        return Cell("none", 0, "good")
    warnings = sum(finding.severity == "warning" for finding in file.findings)
    errors = len(file.findings) - warnings
    return Cell(severities(errors, warnings), tone=SEVERITY_TONES["error" if errors else "warning"])
