"""JSON: text to data, and the position of each field."""

import functools
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from resnet_inspect.configs.positions import (
    FieldPath,
    FieldPosition,
    Parsed,
    Position,
    PositionsInOrder,
    fault,
    format_path,
    position_at,
)
from resnet_inspect.errors import ConfigError
from resnet_inspect.text import uncapitalised

_CONSTANT = re.compile(r'"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"|(NaN|-?Infinity)')
"""A constant that is not JSON, as a group; or a string, which may contain one."""

_SPACE = re.compile(r"[ \t\r\n]*+")
_DECODER = json.JSONDecoder()


class DuplicateKeyError(Exception):
    """A key is given twice in one object; raised while parsing, when its position is not known."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs of an object as a dict: an ``object_pairs_hook`` for ``json.loads``.

    Raises:
        DuplicateKeyError: if a key is given twice.
    """
    data = dict(pairs)
    if len(data) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise DuplicateKeyError(key)
            seen.add(key)
    return data


def read_json(text: str) -> Parsed:
    """Parse JSON strictly: without NaN, Infinity and duplicate keys.

    Raises:
        ConfigError: if it is not such JSON; with line and column.
        RecursionError: if it is nested too deeply.
        ValueError: if a number is too long.
    """

    def refuse_constant(name: str) -> None:
        # ``json`` passes only the name; the constant is the first one in the text.
        offset = next(token.start() for token in _CONSTANT.finditer(text) if token[1])
        raise fault(f"not valid JSON: {name} is not a JSON number", position_at(text, offset))

    try:
        data = json.loads(text, object_pairs_hook=unique_keys, parse_constant=refuse_constant)
    except json.JSONDecodeError as error:
        message = f"not valid JSON: {uncapitalised(error.msg)}"
        raise fault(message, Position(error.lineno, error.colno)) from None
    except DuplicateKeyError:
        raise _first_duplicate(text) from None
    return data, functools.cache(functools.partial(_positions, text))


def position_in_json(text: str, path: FieldPath) -> Position | None:
    """Return the start of the entry at ``path`` in valid JSON: of its key, if it has one.

    If there is no such entry, return that of the nearest list or object around it, or else ``None``. For files that are
    too large for a map of all positions.
    """
    found = None
    with suppress(RecursionError):  # the text is nested almost too deeply for json itself
        for entry, start, _ in _entries(text, along=path):
            if path[: len(entry)] == tuple(entry):
                found = start
                if len(entry) == len(path):
                    break
    return None if found is None else position_at(text, found)


def keys_in_json(text: str, name: str) -> Iterator[tuple[str, int]]:
    """Yield each key of the top-level object ``name`` of valid JSON, with its offset."""
    return ((str(entry[1]), start) for entry, start, _ in _entries(text, along=(name,)) if len(entry) == 2)


def _positions(text: str) -> dict[FieldPath, FieldPosition]:
    positions = PositionsInOrder(text)
    found = {}
    for path, start, value in _entries(text):
        key = positions.at(start) if isinstance(path[-1], str) else None
        found[tuple(path)] = FieldPosition(key, positions.at(value))
    return found


def _first_duplicate(text: str) -> ConfigError:
    open_objects: list[dict[str | int, int]] = []  # key -> its offset, from the outermost object to the innermost
    for path, start, _ in _entries(text):
        del open_objects[len(path) :]
        if len(open_objects) < len(path):
            open_objects.append({})
        first = open_objects[-1].setdefault(path[-1], start)
        if first != start:
            message = f"{format_path(tuple(path))} is given twice, first on line {position_at(text, first).line}"
            return fault(message, position_at(text, start))
    return fault("a field is given twice")


def _entries(text: str, along: FieldPath | None = None) -> Iterator[tuple[list[str | int], int, int]]:
    """Yield path, offset of the key and offset of the value of each entry of each object and list, in order.

    For an entry of a list, both offsets are that of the value. The path is one list, which is changed in place.

    Args:
        text: JSON, which need not be valid after the last entry that the caller takes.
        along: enter only containers on this path, and skip others at the speed of ``json``.
    """
    path: list[str | int] = []
    at = _behind_space(text, 0)
    while True:
        if text[at] in "{[" and (along is None or along[: len(path)] == tuple(path)):
            path.append("" if text[at] == "{" else -1)
            at = _behind_space(text, at + 1)
        else:
            at = _behind_space(text, _DECODER.raw_decode(text, at)[1])
        while path and text[at] in "}]":
            path.pop()
            at = _behind_space(text, at + 1)
        if not path:
            return
        if text[at] == ",":
            at = _behind_space(text, at + 1)
        start, last = at, path[-1]
        if isinstance(last, int):
            path[-1] = last + 1
        else:
            path[-1], at = _DECODER.raw_decode(text, at)
            at = _behind_space(text, _behind_space(text, at) + 1)
        yield path, start, at


def _behind_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
