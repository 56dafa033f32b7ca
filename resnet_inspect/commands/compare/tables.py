"""The tables of ``compare``: the figures of two models, and what differs layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import starmap, takewhile
from typing import NamedTuple

from resnet_inspect.anatomy.compare import Change
from resnet_inspect.rendering.cells import shape_text
from resnet_inspect.rendering.page import Cell, Column, Prose, Table, Tone, line, table_of
from resnet_inspect.text import format_shape, join_names, pluralise

_FIELD_NAMES = {"macs": "MACs", "kind": "kind of block"}
_STEPS = frozenset({"stride", "padding", "dilation"})
_SHAPES = frozenset({"input_shape", "output_shape"})


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """A figure of both models.

    Attributes:
        left, right: the figures.
        delta: right minus left.
    """

    left: int
    right: int
    delta: int

    @classmethod
    def of(cls, left: int, right: int) -> ComparedFigure:
        """Return two figures and their difference."""
        return cls(left, right, right - left)

    @property
    def change(self) -> str:
        """The difference with its sign: ``+1,024``, ``−512``, ``0``."""
        return f"{self.delta:+,}".replace("-", "−") if self.delta else "0"

    @property
    def percent(self) -> float | None:
        """The difference in percent of the left side; ``None`` if that is 0."""
        return 100 * self.delta / self.left if self.left else None


def signed(percent: float) -> str:
    """Return ``+5.99``, ``−3.10``, or ``0`` for exactly 0."""
    return "0" if percent == 0 else f"{percent:+.2f}".replace("-", "−")


class _Total(NamedTuple):
    title: str
    figure: ComparedFigure


def totals_table(totals: Mapping[str, ComparedFigure], left: str, right: str) -> Table:
    """Return a table with a row for each figure; ``left`` and ``right`` are the titles of the models."""
    columns: tuple[Column[_Total], ...] = (
        Column("total", "", lambda row: row.title),
        Column("left", left, lambda row: Cell(f"{row.figure.left:,}", row.figure.left), "right"),
        Column("right", right, lambda row: Cell(f"{row.figure.right:,}", row.figure.right), "right"),
        Column("delta", "difference", lambda row: Cell(row.figure.change, row.figure.delta), "right"),
        Column("percent", "%", lambda row: _percent(row.figure.percent), "right"),
    )
    return table_of(columns, starmap(_Total, totals.items()))


def _percent(percent: float | None) -> Cell:
    return Cell("" if percent is None else signed(percent), percent)


@dataclass(frozen=True, slots=True)
class _Row:
    """A change in a table.

    Attributes:
        change: the change.
        named: ``True`` if the row shows the name of the layer, as only the first row of a layer does.
    """

    change: Change
    named: bool


_COLUMNS: tuple[Column[_Row], ...] = (
    Column("path", "layer", lambda row: Cell(row.change.path if row.named else "", row.change.path)),
    Column("right_path", "on the right", lambda row: row.change.right_path or None, hidden=True),
    Column("stage", "stage", lambda row: row.change.stage, hidden=True),
    Column("block", "block", lambda row: row.change.block, hidden=True),
    Column("role", "role", lambda row: _role(row), keep=50),
    Column("field", "differs in", lambda row: _field(row.change)),
    Column("left", "left", lambda row: replace(_side_cell(row.change, 0), value=row.change.left), "right"),
    Column("right", "right", lambda row: replace(_side_cell(row.change, 1), value=row.change.right), "right"),
)


def changes_table(changes: Sequence[Change], left: str = "left", right: str = "right") -> Table:
    """Return a table of changes in sections by stage; ``left`` and ``right`` are the titles of the models."""
    titles = {"left": left, "right": right}
    columns = tuple(replace(column, title=titles.get(column.key, column.title)) for column in _COLUMNS)
    in_running_order = sorted(changes, key=lambda change: _stage_number(change.stage))
    return table_of(columns, _rows(in_running_order), by=lambda row: row.change.stage)


def unmatched_layers(*sides: tuple[str, Sequence[str]]) -> Iterator[Prose]:
    """List the layers without a partner, for each side that has any."""
    for side, names in sides:
        if names:
            yield Prose(
                (line(f"only in {side}: {pluralise(len(names), 'layer')}"), line(f"  {join_names(names, 24)}", "dim"))
            )


def _stage_number(stage: str | None) -> int:
    if stage is None or stage == "stem":
        return 0
    return 1_000_000 if stage == "head" else int(stage.removeprefix("stage"))


def _rows(changes: Sequence[Change]) -> Iterator[_Row]:
    before: object = None
    for change in changes:
        place = (change.stage, change.path, change.role)
        yield _Row(change, named=place != before)
        before = place


def _role(row: _Row) -> Cell:
    tone: Tone = "shortcut" if row.change.role == "shortcut" else "dim"
    return Cell(row.change.role if row.named else "", row.change.role, tone)


def _field(change: Change) -> Cell:
    return Cell(_FIELD_NAMES.get(change.field, change.field.replace("_", " ")), change.field)


def _side_cell(change: Change, side: int) -> Cell:
    values = (change.left, change.right)
    return _value_cell(change.field, (_apart(*values) if change.field == "operations" else values)[side])


def _apart(left: str, right: str) -> tuple[str | None, str | None]:
    """Return two lists of operations without their common beginning and end, because full lists fill two lines."""
    ours, theirs = left.split(", "), right.split(", ")
    start = _shared(ours, theirs)
    end = _shared(ours[start:][::-1], theirs[start:][::-1])
    own, other = (", ".join(names[start : len(names) - end]) for names in (ours, theirs))
    return own or None, other or None


def _shared(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """Return the length of the common beginning."""
    pairs = zip(ours, theirs, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _value_cell(field: str, value: object) -> Cell:
    if isinstance(value, tuple):
        if field in _STEPS and len(set(value)) == 1:
            return Cell(str(value[0]), value)
        return Cell(shape_text(value) if field in _SHAPES else format_shape(value), value)
    if isinstance(value, bool):
        return Cell("yes" if value else "no", value)
    if isinstance(value, int):
        return Cell(f"{value:,}", value)
    return Cell("none", None, "dim") if value is None else Cell(str(value))
