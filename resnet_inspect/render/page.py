"""What a report looks like, whatever the format: headings, prose, drawings and tables of cells.

::

    Page
    └── Part
        ├── Heading     the title of what follows
        ├── Prose       running text, wrapped on a terminal
        ├── Drawing     lines that must stay as they are
        ├── Excerpt     a line of a file, with what is meant underlined
        ├── Table       columns, sections of rows, a footer
        └── Group       parts that belong together

A text here may hold anything; each format makes it safe when it writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Literal, TypeAlias

Tone = Literal["", "dim", "strong", "accent", "shortcut", "attention", "added", "removed", "good", "warn", "bad"]
"""What a text means to the reader; each format decides how to show it. Nothing may be told by tone alone."""

Align = Literal["left", "right"]

ALWAYS: Final = 100
"""A column with this ``keep`` or more is never left out."""


class _Exact(Enum):
    TEXT = "the text itself"


AS_SHOWN: Final = _Exact.TEXT
"""The value of a cell that has none beside its text, so that ``None`` can mean an empty field."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one tone."""

    text: str
    tone: Tone = ""


Line: TypeAlias = tuple[Span, ...]
"""One line of prose or of a drawing; lines are joined with ``+``: ``line("stem ") + line("7x7", "strong")``."""


def line(text: str = "", tone: Tone = "") -> Line:
    """A line of one span."""
    return (Span(text, tone),)


def plain_text(spans: Line) -> str:
    """The text of a line without its tones."""
    return "".join(span.text for span in spans)


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a table.

    Attributes:
        text: for people, e.g. ``7x7`` or ``25.6 M``.
        value: the exact value, for csv: ``(7, 7)``, ``25557032``; ``None`` for an empty field. It also tells
            numbers from names: only the text of a cell without numbers is ever shortened.
        tone: overrides the tone of the row.
    """

    text: str
    value: object = AS_SHOWN
    tone: Tone = ""

    @property
    def exact(self) -> object:
        """The value for csv: ``text`` where no other was given."""
        return self.text if self.value is AS_SHOWN else self.value


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        key: header in csv, e.g. ``input_shape``.
        title: header for people. A table in which no column has a title is shown without a header.
        align: side on which the cells line up; numbers right.
        keep: on a terminal that is too narrow, the columns with the lowest ``keep`` are left out first
            (among equals the rightmost); ``ALWAYS`` or more is never left out.
        hidden: for machines only: in csv, and nowhere else.
        least: cells to which a column of names may be shortened before it is left out; 0 for its full width.
    """

    key: str
    title: str
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
    """Rows that belong together, e.g. a stage; set off from the next section by a line."""

    rows: tuple[Row, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns.

    Attributes:
        columns: from left to right.
        sections: from top to bottom; a section without rows is not shown.
        footer: totals and the like: shown below a line, and no rows of data in csv.
        continues: whether columns that do not fit a terminal go on below, after the first column, instead of being
            left out; for tables of few rows.

    Raises:
        ValueError: if there is no column, or a row does not have one cell for each.
    """

    columns: tuple[Column, ...]
    sections: tuple[Section, ...]
    footer: tuple[Row, ...] = ()
    continues: bool = False

    def __post_init__(self) -> None:
        if not self.columns:
            message = "a table needs at least one column"
            raise ValueError(message)
        for row in (*self.rows, *self.footer):
            if len(row.cells) != len(self.columns):
                message = f"a row of {len(row.cells)} cells in a table of {len(self.columns)} columns: {row}"
                raise ValueError(message)

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
        """The table with these columns, in this order."""

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
        """Whether any column has a title."""
        return any(column.title for column in self.columns)


@dataclass(frozen=True, slots=True)
class Prose:
    """Running text.

    Attributes:
        lines: each one starts a new line, and its own leading spaces indent it whole; an empty one is a gap.
        hang: cells by which what is wrapped is indented beyond that.
    """

    lines: tuple[Line, ...]
    hang: int = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    """Lines that must stay as they are: never wrapped, never cut.

    Attributes:
        lines: from top to bottom.
        language: what markdown colours them as.
    """

    lines: tuple[Line, ...]
    language: str = "text"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line of a file, and below it marks under what is meant.

    Attributes:
        number: of the line, from 1.
        text: the line, with or without its end.
        start, end: which characters are meant, from 1, the end being one past the last. They may lie behind the
            text, and at least one character is marked.
        tone: of the marks.
    """

    number: int
    text: str
    start: int
    end: int
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows, and a quieter remark beside it.

    Attributes:
        text: the title.
        note: the remark.
        level: 1 for the title of a whole document, in the formats that have documents.
    """

    text: str
    note: str = ""
    level: int = 2


@dataclass(frozen=True, slots=True)
class Group:
    """Parts, none of them a heading or a table, that belong together: in text, no blank line comes between them."""

    parts: tuple[Prose | Drawing | Excerpt, ...]


Part: TypeAlias = Heading | Prose | Drawing | Excerpt | Table | Group


@dataclass(frozen=True, slots=True)
class Page:
    """A report, ready to be written in any format.

    Attributes:
        parts: from top to bottom.
        main: which of the tables is the data (csv writes that one), counted from 0.
        unseen: the data, where people are shown none of it as a table: it has no rows, or they are told in words.
        summary: what it all comes to; a document that needs a heading, because the first part is none, has it there.

    Raises:
        ValueError: if there are tables, but not that one.
    """

    parts: tuple[Part, ...]
    main: int = 0
    unseen: Table | None = None
    summary: str = ""

    def __post_init__(self) -> None:
        count = len(self._tables())
        if count and not 0 <= self.main < count:
            message = f"main is table {self.main}, but the page has {count}, counted from 0"
            raise ValueError(message)

    @property
    def data(self) -> Table | None:
        """The main table; ``None`` where the page has no table."""
        tables = self._tables()
        return self.unseen or (tables[self.main] if tables else None)

    def _tables(self) -> list[Table]:
        return [part for part in self.parts if isinstance(part, Table)]
