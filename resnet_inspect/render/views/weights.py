"""``weights`` as a page: whether they load, and for people the reasons only; the whole list is the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from resnet_inspect.checkpoints.match import KeyMatch
from resnet_inspect.render.page import Cell, Column, Heading, Line, Page, Part, Prose, Row, Section, Table, Tone, line
from resnet_inspect.render.views.cells import EMPTY, notes, text_cell
from resnet_inspect.render.views.weights_file import dtype_lines, file_heading
from resnet_inspect.reports.weights import Counts, Group, WeightsReport
from resnet_inspect.text import counted, sanitise

_KEYS = (
    Column("status", "status"),
    Column("model_key", "name in the model"),
    Column("file_key", "name in the file"),
    Column("model_shape", "shape in the model"),
    Column("file_shape", "shape in the file"),
    Column("reason", "reason"),
)

_TONES: dict[str, Tone] = {"wrong shape": "warn", "missing": "removed", "unexpected": "added", "renamed": "accent"}
_SHOWN_NAMES = 4
_SHOWN_REASONS = 20


def weights_page(report: WeightsReport) -> Page:
    """The answer first, then why what does not load does not."""
    tone: Tone = "good" if report.complete else "strong"
    parts: list[Part] = [
        file_heading(report.file, f"{report.model} ← "),
        Prose(tuple(line(sentence, tone) for sentence in report.verdict)),
        Prose(tuple(_known(report))),
        *notes((*dtype_lines(report.file), *(line(note, "dim") for note in report.file.notes))),
    ]
    for status, groups in groupby(report.groups, key=lambda group: group.status):
        parts += [Heading(status), Prose(tuple(_reasons(list(groups))))]
    parts += _renames(report)
    return Page(tuple(parts), unseen=Table(_KEYS, (Section(tuple(map(_row, report.keys))),)))


def _known(report: WeightsReport) -> Iterator[Line]:
    yield line(_counted(report.counts))
    if report.placement and report.counts.loads + report.counts.renamed:
        yield line(report.placement)
    if report.unseen and report.counts.loads + report.counts.renamed:
        yield line(f"what weights do not show about the model: {'; '.join(report.unseen)}", "dim")


def _counted(counts: Counts) -> str:
    named = (
        (counts.loads, "load"),
        (counts.renamed, "under a different name"),
        (counts.wrong_shape, "of a different shape"),
        (counts.missing, "missing"),
        (counts.unexpected, "unexpected"),
    )
    return ", ".join(f"{number:,} {words}" for number, words in named if number)


def _reasons(groups: Sequence[Group]) -> Iterator[Line]:
    yield from map(_reason, groups[:_SHOWN_REASONS])
    if more := groups[_SHOWN_REASONS:]:
        tensors = counted(sum(group.count for group in more), "tensor")
        yield line(f"and {tensors} for {counted(len(more), 'other reason')}: --format json has them all", "dim")


def _reason(group: Group) -> Line:
    tone = _TONES.get(group.status, "")
    more = ", …" if group.count > 1 else ""
    return line(f"{group.count:>7,}×  ", tone) + line(group.reason) + line(f" ({sanitise(group.first)}{more})", "dim")


def _renames(report: WeightsReport) -> Iterator[Part]:
    if not report.renames:
        return
    shown = report.renames[:_SHOWN_NAMES]
    lines = [line(f"{sanitise(rename.old)} → {sanitise(rename.new)}") for rename in shown]
    if len(report.renames) > len(shown):
        lines.append(line(f"and {len(report.renames) - len(shown):,} more: --format json has them all", "dim"))
    yield Heading("names", counted(len(report.renames), "change"))
    yield Prose(tuple(lines))


def _row(key: KeyMatch) -> Row:
    return Row(
        (
            Cell(key.status),
            text_cell(key.model_key),
            text_cell(key.file_key),
            *(EMPTY if shape is None else Cell("", shape) for shape in (key.model_shape, key.file_shape)),
            Cell(key.reason),
        )
    )
