"""Positions in a text and errors at positions; limits on the depth and size of a config."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

from resnet_inspect.errors import ConfigError, Problem
from resnet_inspect.text import sanitise

MAX_DEPTH = 32
"""Nesting of lists and tables in a config, in any format; a config needs two levels."""

MAX_VALUES = 1_000
"""Values in a config, in any format; a config has fewer than 200."""

FieldPath = tuple[str | int, ...]
"""Keys and list indices from the top of a config: ``("stage_blocks", 1)``."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Position(NamedTuple):
    """A position in a text: line and column, both counted from 1, the column in characters."""

    line: int
    column: int


class FieldPosition(NamedTuple):
    """The position of a field.

    Attributes:
        key: start of its name; ``None`` for an entry of a list.
        value: start of its value.
    """

    key: Position | None
    value: Position


class Flaw(NamedTuple):
    """A reason why a value cannot be used.

    Attributes:
        message: what is wrong.
        hint: what to do; may be empty.
        path: path within the value: ``("max",)``.
        key: ``True`` if a name is wrong, not its value.
    """

    message: str
    hint: str = ""
    path: FieldPath = ()
    key: bool = False


FieldPositions = Mapping[FieldPath, FieldPosition]

Parsed = tuple[Any, Callable[[], FieldPositions]]
"""Result of a reader: the data, and a function that returns the positions, called on the error path only."""


def position_at(text: str, offset: int) -> Position:
    """Return line and column of the character at ``offset``."""
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


class PositionsInOrder:
    """Positions of non-decreasing offsets; for each, only the text since the last one is read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0
        self._line = 1
        self._line_start = 0

    def at(self, offset: int) -> Position:
        """Return line and column of the character at ``offset``, which must not be less than the last one."""
        self._line += self._text.count("\n", self._offset, offset)
        self._line_start = self._text.rfind("\n", self._offset, offset) + 1 or self._line_start
        self._offset = offset
        return Position(self._line, offset - self._line_start + 1)


def fault(message: str, position: Position | None = None, *, hint: str = "") -> ConfigError:
    """Return the error for one problem that concerns no single field; ``naming_source`` adds the file's name."""
    line, column = position or (None, None)
    return ConfigError((Problem(message, line=line, column=column, hint=hint),))


def too_deep(position: Position | None = None) -> ConfigError:
    """Return the error for lists and tables nested beyond ``MAX_DEPTH``."""
    return fault(f"nested more than {MAX_DEPTH} deep", position)


def too_many(position: Position | None = None) -> ConfigError:
    """Return the error for more than ``MAX_VALUES`` values."""
    return fault(f"more than {MAX_VALUES:,} values; a config has fewer than 200", position)


@contextmanager
def naming_source(source: str) -> Iterator[None]:
    """Add the name of the source to every problem of a ``ConfigError`` raised in this context."""
    try:
        yield
    except ConfigError as error:
        shown = sanitise(source, 1_000)
        raise ConfigError(tuple(replace(problem, source=shown) for problem in error.problems)) from None


def format_path(path: FieldPath) -> str:
    """Return ``path`` as people write it, e.g. ``stage_blocks[1]``, safe to show."""
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            name = part if _BARE_KEY.fullmatch(part) else f'"{part}"'
            written += ("." if written else "") + sanitise(name, 60)
    return written
