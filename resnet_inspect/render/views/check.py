"""``check`` as a page: each finding with the line that it is about, and a sum at the end."""

from __future__ import annotations

from collections.abc import Iterator

from resnet_inspect.render.page import (
    Cell,
    Column,
    Drawing,
    Excerpt,
    Group,
    Line,
    Page,
    Part,
    Prose,
    Row,
    Section,
    Table,
    Tone,
    line,
)
from resnet_inspect.render.views.cells import exact_cell, rounded_cell, text_cell
from resnet_inspect.render.views.compare import changes_table, unmatched_layers
from resnet_inspect.reports.check import CheckReport, severities
from resnet_inspect.reports.findings import CheckedFile, CheckFinding, SilencedCheckFinding

_FINDINGS = tuple(
    Column(key, key)
    for key in (
        "file", "line", "column", "end_column", "severity", "code", "name", "message",
        "path", "expected", "found", "why", "hint", "unjudged", "layer", "model", "silenced_by",
    )
)  # fmt: skip

_FILES = (
    Column("file", "file", least=24),
    Column("findings", "findings"),
    Column("silenced", "silenced", "right"),
    Column("model", "model", keep=60, least=12),
    Column("depth", "depth", "right", keep=70),
    Column("params", "params", "right", keep=80),
    Column("macs", "MACs", "right", keep=90),
)

_CHANGES = 40
"""Rows of a table of changes that people are shown unless they ask for all of them."""

_TONES: dict[str, Tone] = {"error": "bad", "warning": "warn"}


def check_page(report: CheckReport) -> Page:
    """The findings in the order of the files, so that the sum is what one sees last."""
    return Page(tuple(_parts(report)), unseen=_table_of_findings(report), summary=report.summary)


def _parts(report: CheckReport) -> Iterator[Part]:
    silenced = tuple(_silenced_line(file, finding) for file, finding in report.silenced)
    if report.detail == "quiet":
        findings = tuple(_headline(file, finding) for file, finding in report.found)
        if findings or silenced:
            yield Prose(findings + silenced, hang=2)
        return
    for file, finding in report.found:
        yield finding_group(file, finding)
        most = None if report.detail == "verbose" else _CHANGES
        yield from _changes(finding, most, "the model" if file.is_model else "the file")
    if silenced:
        yield Prose(silenced, hang=2)
    if report.detail == "verbose":
        yield _table_of_files(report)
    lines = [line(_verdict(report), "good" if report.passed else "strong")]
    if report.found:
        lines.append(line(f"more about a finding: resnet-inspect rule {report.found[0][1].code}", "dim"))
    yield Prose(tuple(lines))


def _verdict(report: CheckReport) -> str:
    """What a folder left out is always counted: a config among it would go unchecked, and nobody would know."""
    silenced = report.totals.silenced if report.detail == "verbose" or report.silenced else 0
    left_out = ((silenced, "silenced"), (len(report.skipped), "skipped"))
    return "; ".join([report.summary, *(f"{number:,} {what}" for number, what in left_out if number)])


def finding_group(file: CheckedFile, finding: CheckFinding) -> Group:
    """A finding: where and what, its line, and whatever else there is to say of it."""
    parts: list[Prose | Drawing | Excerpt] = [Prose((_headline(file, finding),), hang=2)]
    indent = "  "
    if finding.line is not None and finding.column is not None and finding.source_line:
        end = finding.end_column or finding.column + 1
        tone = _TONES[finding.severity]
        parts.append(Excerpt(finding.line, finding.source_line, finding.column, end, tone))
        indent = " " * (len(str(finding.line)) + 2)
    for name, said in finding.details:
        text, command = _command_apart(said)
        parts.append(Prose((line(f"{indent}{name:<8}  ", "dim") + line(text),), hang=10))
        if command:  # never broken, so that it can be pasted
            parts.append(Drawing((line(f"{indent}{'':<8}  {command}"),), language="sh"))
    return Group(tuple(parts))


def _command_apart(text: str) -> tuple[str, str]:
    """``record it: resnet-inspect lock net.toml`` -> ``record it:`` and the command; no command is empty."""
    words, _, rest = text.partition(" resnet-inspect ")
    return (words, f"resnet-inspect {rest}") if rest and words.endswith(":") else (text, "")


def _changes(finding: CheckFinding, most: int | None, side: str) -> Iterator[Part]:
    """What differs from the lock, as ``compare`` shows it."""
    changes = finding.changes[:most]
    if changes:
        yield changes_table(changes, "locked", "now")
    if left_out := len(finding.changes) - len(changes):
        yield Prose((line(f"{left_out:,} more differences: --verbose shows all of them", "dim"),))
    yield from unmatched_layers(("the lock", finding.only_left), (side, finding.only_right))


def _headline(file: CheckedFile, finding: CheckFinding) -> Line:
    return (
        line(f"{finding.place(file.path)}: ")
        + line(finding.severity, _TONES[finding.severity])
        + line(f" {finding.code} ", "strong")
        + line(finding.message)
    )


def _silenced_line(file: CheckedFile, finding: SilencedCheckFinding) -> Line:
    return (
        line(f"{finding.place(file.path)}: ")
        + line("silenced", "warn")
        + line(f" {finding.code} ", "strong")
        + line(finding.said)
    )


def _table_of_findings(report: CheckReport) -> Table:
    rows = [Row(tuple(_cells(file, finding))) for file, finding in report.found]
    rows += [Row(tuple(_cells(file, silenced))) for file, silenced in report.silenced]
    return Table(_FINDINGS, (Section(tuple(rows)),))


def _cells(file: CheckedFile, finding: CheckFinding | SilencedCheckFinding) -> Iterator[Cell]:
    for column in _FINDINGS:
        match column.key:
            case "file":
                yield Cell(file.path)
            case "model":
                yield text_cell(file.model or None)
            case "silenced_by":
                yield text_cell(finding.by if isinstance(finding, SilencedCheckFinding) else None)
            case key:
                value = getattr(finding, key, None)
                value = ", ".join(value) if isinstance(value, tuple) else value
                yield text_cell(None if value == "" else value)


def _table_of_files(report: CheckReport) -> Table:
    return Table(_FILES, (Section(tuple(_file_row(file) for file in report.files)),))


def _file_row(file: CheckedFile) -> Row:
    return Row(
        (
            Cell(file.path),
            _findings_cell(file),
            exact_cell(file.silenced),
            text_cell(file.model or None),
            text_cell(file.depth),
            text_cell(None) if file.params is None else rounded_cell(file.params),
            text_cell(None) if file.macs is None else rounded_cell(file.macs),
        )
    )


def _findings_cell(file: CheckedFile) -> Cell:
    if file.ok:
        return Cell("none", 0, "good")
    warnings = sum(finding.severity == "warning" for finding in file.findings)
    errors = len(file.findings) - warnings
    return Cell(severities(errors, warnings), tone=_TONES["error" if errors else "warning"])
