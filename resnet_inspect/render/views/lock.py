"""``lock`` as a page: each file with what has become of its entry, those that cannot be locked, and a sum."""

from __future__ import annotations

from collections.abc import Iterator

from resnet_inspect.checks.lock.update import Status
from resnet_inspect.render.page import Cell, Column, Line, Page, Part, Prose, Row, Section, Table, Tone, line
from resnet_inspect.render.views.cells import rounded, text_cell
from resnet_inspect.render.views.check import finding_group
from resnet_inspect.reports.lock import LockedFigures, LockedFile, LockReport
from resnet_inspect.text import listed

_COLUMNS = (
    Column("file", "file", least=24),
    Column("status", ""),
    Column("model", "model", keep=60, least=12),
    *(
        column
        for key, title, keep in (("depth", "depth", 90), ("params", "params", 80), ("macs", "MACs", 80))
        for column in (Column(f"{key}_before", f"{title} before", hidden=True), Column(key, title, "right", keep))
    ),
    Column("placement_before", "placement before", hidden=True),
    Column("placement", "placement", keep=70),
)

_STATUSES: tuple[Status, ...] = ("new", "changed", "renamed", "unchanged")
_TONES: dict[Status, Tone] = {"new": "good", "changed": "warn", "renamed": "warn", "unchanged": "dim"}


def lock_page(report: LockReport) -> Page:
    """What cannot be locked stands last but for the sum, where one looks first."""
    return Page(tuple(_parts(report)), unseen=_table(report))


def _parts(report: LockReport) -> Iterator[Part]:
    if report.files:
        yield _table(report)
    for file in report.failed:
        for finding in file.findings:
            yield finding_group(file, finding)
    yield Prose(tuple(_sum(report)))


def _table(report: LockReport) -> Table:
    return Table(_COLUMNS, (Section(tuple(map(_row, report.files))),))


def _row(file: LockedFile) -> Row:
    return Row(
        (
            Cell(file.path),
            Cell(file.status, tone=_TONES[file.status]),
            Cell(file.model),
            *(cell for field in ("depth", "params", "macs") for cell in _number_cells(file, field)),
            text_cell(file.before.stride_placement if file.before else None),
            _placement_cell(file),
        )
    )


def _number_cells(file: LockedFile, field: str) -> tuple[Cell, Cell]:
    before: int | None = getattr(file.before, field) if file.before else None
    after: int = getattr(file.after, field)
    text = str(after) if field == "depth" else rounded(after)
    if before is None or before == after:
        return text_cell(before), Cell(text, after)
    changed = f"{before} → {after}" if field == "depth" else f"{rounded(before)} → {rounded(after)}"
    return text_cell(before), Cell(changed, after, "strong")


def _placement_cell(file: LockedFile) -> Cell:
    after = _placement(file.after)
    if file.before is None or file.before.stride_placement == file.after.stride_placement:
        return Cell("" if after == "none" else after, file.after.stride_placement)
    return Cell(f"{_placement(file.before)} → {after}", file.after.stride_placement, "strong")


def _placement(figures: LockedFigures) -> str:
    return figures.stride_placement or "none"


def _sum(report: LockReport) -> Iterator[Line]:
    parts = [f"{report.counts[status]:,} {status}" for status in _STATUSES if report.counts[status]]
    if report.failed:
        parts.append(f"{len(report.failed):,} cannot be locked")
    if report.kept:
        parts.append("1 other entry kept" if report.kept == 1 else f"{report.kept:,} other entries kept")
    tone: Tone = "strong" if report.ok else "bad"
    yield line(f"{report.lock} {_outcome(report)}: {', '.join(parts) or 'no entries'}", tone)
    if report.dropped:
        dropped = "dropped" if report.would_change is None else "would be dropped"
        yield line(f"{dropped}, because the file is gone: {listed(report.dropped, 8)}", "warn")
    if report.would_change:
        yield line("'resnet-inspect lock' without --check writes it", "dim")


def _outcome(report: LockReport) -> str:
    if report.would_change is None:
        return "written" if report.written else "is as it was"
    return "would change" if report.would_change else "would not change"
