"""``compare`` as a page: the verdict, the sums, what differs, what it means for weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, takewhile

from resnet_inspect.anatomy.compare import Change
from resnet_inspect.render.page import Cell, Column, Heading, Line, Page, Part, Prose, Row, Section, Table, Tone, line
from resnet_inspect.render.views.cells import shape_text, text_cell
from resnet_inspect.reports.compare import CompareReport
from resnet_inspect.reports.sums import Total, signed
from resnet_inspect.text import counted, listed, times

_COLUMNS = (
    Column("path", "layer"),
    Column("right_path", "on the right", hidden=True),
    Column("stage", "stage", hidden=True),
    Column("block", "block", hidden=True),
    Column("role", "role", keep=50),
    Column("field", "differs in"),
    Column("left", "left", "right"),
    Column("right", "right", "right"),
)

_FIELD_NAMES = {"macs": "MACs", "kind": "kind of block"}
_STEPS = frozenset({"stride", "padding", "dilation"})
_SHAPES = frozenset({"input_shape", "output_shape"})


def compare_page(report: CompareReport) -> Page:
    """The answer first, then the evidence."""
    title = Heading(f"{report.left.name} → {report.right.name}", _inputs(report))
    summary: tuple[Part, ...] = (title, Prose(tuple(_verdict(report))), _sums(report))
    changes = changes_table(report.changes)
    rest = (*_unmatched(report), *_names(report))
    if not changes.rows:
        return Page((*summary, *rest), unseen=changes)
    layers = len({change.path for change in report.changes})
    heading = Heading("what differs", counted(layers, "place"))
    return Page((*summary, heading, changes, *rest), main=1)


def _inputs(report: CompareReport) -> str:
    left, right = shape_text(report.left.input_shape), shape_text(report.right.input_shape)
    return left if left == right else f"{left}, {right}"


def _verdict(report: CompareReport) -> Iterator[Line]:
    if report.identical:
        yield line("identical: every operation, shape, parameter and MAC agrees", "good")
    for sentence in report.verdict:
        yield line(sentence, "" if report.identical else "strong")
    yield line(f"weights: {report.weights}")


def _sums(report: CompareReport) -> Table:
    columns = (
        Column("total", ""),
        Column("left", "left", "right"),
        Column("right", "right", "right"),
        Column("delta", "difference", "right"),
        Column("percent", "%", "right"),
    )
    depth = Total(report.left.depth, report.right.depth, report.right.depth - report.left.depth)
    rows = [
        _sum_row(name, total)
        for name, total in (("depth", depth), ("params", report.totals.params), ("MACs", report.totals.macs))
    ]
    return Table(columns, (Section(tuple(rows)),))


def _sum_row(name: str, total: Total) -> Row:
    delta = f"{total.delta:+,}".replace("-", "−") if total.delta else "0"
    percent = "" if total.percent is None else signed(total.percent)
    return Row(
        (
            Cell(name),
            Cell(f"{total.left:,}", total.left),
            Cell(f"{total.right:,}", total.right),
            Cell(delta, total.delta),
            Cell(percent, total.percent),
        )
    )


def changes_table(changes: Sequence[Change], left: str = "left", right: str = "right") -> Table:
    """What differs between two sides that are called ``left`` and ``right``."""
    sections = [
        Section(tuple(_change_rows(list(of_stage))), stage or "")
        for stage, of_stage in groupby(_in_running_order(changes), key=lambda change: change.stage)
    ]
    titles = {"left": left, "right": right}
    columns = (replace(column, title=titles.get(column.key, column.title)) for column in _COLUMNS)
    return Table(tuple(columns), tuple(sections))


def _unmatched(report: CompareReport) -> Iterator[Part]:
    yield from unmatched_layers((report.left.name, report.only_left), (report.right.name, report.only_right))


def unmatched_layers(*sides: tuple[str, Sequence[str]]) -> Iterator[Prose]:
    """The layers that one side alone has."""
    for side, names in sides:
        if names:
            yield Prose(
                (line(f"only in {side}: {counted(len(names), 'layer')}"), line(f"  {listed(names, 24)}", "dim"))
            )


def _names(report: CompareReport) -> Iterator[Part]:
    """Which weighted layer on the left is which on the right, if the two sides name any of them differently."""
    pairs = [pair for pair in report.layer_names if pair.weighted]
    renamed = sum(pair.left != pair.right for pair in pairs)
    if not renamed:
        return
    yield Heading("names", f"{renamed} of {counted(len(pairs), 'aligned layer')} have a different one on the right")
    sections = [
        Section(tuple(Row((Cell(pair.left), Cell(pair.right))) for pair in members), stage or "")
        for stage, members in groupby(pairs, key=lambda pair: pair.stage)
    ]
    yield Table((Column("left_name", report.left.name), Column("right_name", report.right.name)), tuple(sections))


def _in_running_order(changes: Sequence[Change]) -> list[Change]:
    """Changes of a stage together, stages in the order of first mention by their layers."""
    return sorted(changes, key=lambda change: _stage_number(change.stage))


def _stage_number(stage: str | None) -> int:
    if stage is None or stage == "stem":
        return 0
    return 1_000_000 if stage == "head" else int(stage.removeprefix("stage"))


def _change_rows(changes: Sequence[Change]) -> Iterator[Row]:
    """A layer's name stands once, before the first of its fields."""
    before = ("", "")
    for change in changes:
        place = (change.path, change.role)
        yield _change_row(change, named=place != before)
        before = place


def _change_row(change: Change, *, named: bool) -> Row:
    left, right = change.left, change.right
    shown = _apart(left, right) if change.field == "operations" else (left, right)
    role: Tone = "shortcut" if change.role == "shortcut" else "dim"
    return Row(
        (
            Cell(change.path if named else "", change.path),
            text_cell(change.right_path or None),
            text_cell(change.stage),
            text_cell(change.block),
            Cell(change.role if named else "", change.role, role),
            Cell(_FIELD_NAMES.get(change.field, change.field.replace("_", " ")), change.field),
            replace(_value_cell(change.field, shown[0]), value=left),
            replace(_value_cell(change.field, shown[1]), value=right),
        )
    )


def _apart(left: str, right: str) -> tuple[str | None, str | None]:
    """Two lists of operations without what they share at their beginnings and ends; whole, they fill two lines."""
    ours, theirs = left.split(", "), right.split(", ")
    start = _shared(ours, theirs)
    end = _shared(ours[start:][::-1], theirs[start:][::-1])
    own, other = (", ".join(names[start : len(names) - end]) for names in (ours, theirs))
    return own or None, other or None


def _shared(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """With how many equal entries both begin."""
    pairs = zip(ours, theirs, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _value_cell(field: str, value: object) -> Cell:
    if isinstance(value, tuple):
        if field in _STEPS and len(set(value)) == 1:
            return Cell(str(value[0]), value)
        return Cell(shape_text(value) if field in _SHAPES else times(value), value)
    if isinstance(value, bool):
        return Cell("yes" if value else "no", value)
    if isinstance(value, int):
        return Cell(f"{value:,}", value)
    return Cell("none", None, "dim") if value is None else Cell(str(value))
