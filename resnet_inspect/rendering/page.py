"""The content of a report, independent of the format: headings, prose, drawings and tables of cells.

::

    Page
    └── Part
        ├── Heading     the title of what follows
        ├── Prose       running text, wrapped on a terminal
        ├── Drawing     lines that must stay as they are
        ├── Excerpt     a line of a file, with a part of it underlined
        ├── Table       columns, sections of rows, a footer
        └── Group       parts that belong together

Texts here may hold any character; each format makes them safe when it writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby
from typing import Any, ClassVar, Final, Generic, Literal, TypeAlias, TypeVar

Tone = Literal["", "dim", "strong", "accent", "shortcut", "attention", "added", "removed", "good", "warn", "bad"]
"""The meaning of a text, which each format shows in its way. No information may be in the tone alone."""

Align = Literal["left", "right"]

ALWAYS: Final = 100
"""Least ``keep`` of columns that are never left out."""


class _Exact(Enum):
    TEXT = "the text itself"


AS_SHOWN: Final = _Exact.TEXT
"""The value of a cell whose text is its value; ``None`` means an empty field."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one tone."""

    text: str
    tone: Tone = ""


Line: TypeAlias = tuple[Span, ...]
"""One line of prose or of a drawing. ``line("stem ") + line("7x7", "strong")`` is one line of two spans."""


def line(text: str = "", tone: Tone = "") -> Line:
    """Return a line of one span."""
    return (Span(text, tone),)


def plain_text(spans: Line) -> str:
    """Return the text of a line without its tones."""
    return "".join(span.text for span in spans)


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a table.

    Attributes:
        text: text for people, e.g. ``7x7`` or ``25.6 M``.
        value: exact value for CSV: ``(7, 7)``, ``25557032``; ``None`` for an empty field. Columns with numbers among
            their values are never shortened.
        tone: tone that overrides the one of the row.
    """

    text: str
    value: object = AS_SHOWN
    tone: Tone = ""

    @property
    def exact(self) -> object:
        """The value for CSV; by default ``text``."""
        return self.text if self.value is AS_SHOWN else self.value


EMPTY: Final = Cell("", None)


def cell_of(value: object) -> Cell:
    """Return a cell that shows ``str(value)``; a cell itself, and empty for ``None``."""
    match value:
        case Cell():
            return value
        case None:
            return EMPTY
        case _:
            return Cell(str(value), value)


Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Column(Generic[Record]):
    """One column of a table.

    Attributes:
        key: header in CSV, e.g. ``input_shape``.
        title: header for people. A table whose columns have no titles is shown without a header.
        value: function of a record that returns a cell, or a value for ``cell_of``.
        align: alignment of the cells; right for numbers.
        keep: on a terminal that is too narrow, the columns with the lowest ``keep`` are left out first
            (among equals the rightmost); those with ``ALWAYS`` or more never.
        hidden: ``True`` if only CSV has the column.
        least: terminal cells to which a column of names may be shortened before it is left out; 0 for its full width.
    """

    key: str
    title: str
    value: Callable[[Record], object] = cell_of
    align: Align = "left"
    keep: int = ALWAYS
    hidden: bool = False
    least: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One row: as many cells as the table has columns."""

    cells: tuple[Cell, ...]
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together, e.g. those of a stage; a line separates it from the next section."""

    rows: tuple[Row, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns.

    Attributes:
        columns: from left to right.
        sections: from top to bottom; a section without rows is not shown.
        footer: rows of totals, shown below a line; CSV does not have them.

    Raises:
        ValueError: if there are no columns, or a row has more or fewer cells than there are columns.
    """

    columns: tuple[Column[Any], ...]
    sections: tuple[Section, ...]
    footer: tuple[Row, ...] = ()

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError("a table needs at least one column")
        for row in (*self.rows, *self.footer):
            if len(row.cells) != len(self.columns):
                raise ValueError(f"a row of {len(row.cells)} cells in a table of {len(self.columns)} columns: {row}")

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all sections, without the footer."""
        return tuple(row for section in self.sections for row in section.rows)

    @property
    def for_people(self) -> Table:
        """The table without its hidden columns."""
        shown = [index for index, column in enumerate(self.columns) if not column.hidden]
        return self if len(shown) == len(self.columns) else self.only(shown)

    def only(self, indices: Sequence[int]) -> Table:
        """Return the table with these columns, in this order."""

        def kept(rows: tuple[Row, ...]) -> tuple[Row, ...]:
            return tuple(Row(tuple(row.cells[index] for index in indices), row.tone) for row in rows)

        return replace(
            self,
            columns=tuple(self.columns[index] for index in indices),
            sections=tuple(Section(kept(section.rows), section.title) for section in self.sections),
            footer=kept(self.footer),
        )

    @property
    def has_header(self) -> bool:
        """True if any column has a title."""
        return any(column.title for column in self.columns)


def table_of(
    columns: Sequence[Column[Record]],
    records: Iterable[Record],
    *,
    by: Callable[[Record], object] = lambda _: None,
    title: Callable[[Any], str] = lambda key: key or "",
    tone: Callable[[Record], Tone] = lambda _: "",
    footer: Iterable[Mapping[str, object]] = (),
) -> Table:
    """Return a table with a row for each record.

    Args:
        columns: from left to right.
        records: from top to bottom.
        by: function of a record; consecutive records with equal results form a section.
        title: function of that result, which returns the title of the section.
        tone: function of a record that returns the tone of its row.
        footer: the values of each row of the footer, by the keys of their columns.
    """
    sections = (
        Section(
            tuple(Row(tuple(cell_of(each.value(record)) for each in columns), tone(record)) for record in group),
            title(key),
        )
        for key, group in groupby(records, by)
    )
    sums = (Row(tuple(cell_of(values.get(column.key)) for column in columns), "strong") for values in footer)
    return Table(tuple(columns), tuple(sections), tuple(sums))


@dataclass(frozen=True, slots=True)
class Prose:
    """Running text.

    Attributes:
        lines: lines, each indented as a whole by its leading spaces; an empty one is a gap.
        hang: cells by which continuation lines are indented beyond that.
    """

    lines: tuple[Line, ...]
    hang: int = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    """Lines that are never wrapped or shortened.

    Attributes:
        lines: from top to bottom.
        language: language of the code block in Markdown.
    """

    lines: tuple[Line, ...]
    language: str = "text"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line of a file, and marks below a part of it.

    Attributes:
        number: number of the line, from 1.
        text: the line, with or without its line end.
        start, end: columns of the marked part, from 1, ``end`` excluded. They may lie behind the text; at least one
            character is marked.
        tone: tone of the marks.
    """

    number: int
    text: str
    start: int
    end: int
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows, and a quieter remark after it.

    Attributes:
        text: the title.
        note: the remark.
        level: level of the heading in Markdown; 1 for the title of a document.
    """

    text: str
    note: str = ""
    level: int = 2


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that belong together, without headings and tables; text shows them without blank lines in between."""

    parts: tuple[Prose | Drawing | Excerpt, ...]


Part: TypeAlias = Heading | Prose | Drawing | Excerpt | Table | Group


@dataclass(frozen=True, slots=True)
class Page:
    """A report, ready to be written in any format.

    Attributes:
        parts: from top to bottom.
        main: index of the table that CSV writes, among the tables.
        unseen: table for CSV that the page does not show, because it has no rows, or prose says the same; replaces
            ``main``.
        summary: the result in a sentence; a remark on the heading that a document gets if ``parts`` has none.

    Raises:
        ValueError: if there are tables, but none with the index ``main``.
    """

    parts: tuple[Part, ...]
    main: int = 0
    unseen: Table | None = None
    summary: str = ""

    def __post_init__(self) -> None:
        count = len(self._tables())
        if count and not 0 <= self.main < count:
            raise ValueError(f"main is table {self.main}, but the page has {count}, counted from 0")

    @property
    def data(self) -> Table | None:
        """The table that CSV writes; ``None`` if there is none."""
        tables = self._tables()
        return self.unseen or (tables[self.main] if tables else None)

    def _tables(self) -> list[Table]:
        return [part for part in self.parts if isinstance(part, Table)]


class HasPage:
    """The part of a report that formats use.

    Attributes:
        schema: name and version of its JSON, e.g. ``resnet-inspect/layers/1``.
        command: name of the command that makes it.
    """

    schema: ClassVar[str]
    command: ClassVar[str]

    def page(self) -> Page:
        """Return the page that all formats but JSON show."""
        raise NotImplementedError
