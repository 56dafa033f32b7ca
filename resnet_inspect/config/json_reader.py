"""JSON: text to data, and where each field stands."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from resnet_inspect.config.positions import (
    FieldPath,
    Parsed,
    Place,
    Places,
    Position,
    PositionsInOrder,
    fault,
    position_at,
    spell,
)
from resnet_inspect.text import uncapitalised

_TOKEN = re.compile(r'"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class _DuplicateKeyError(Exception):
    """Raised while parsing, when a place is not known yet."""


def read_json(text: str) -> Parsed:
    """Parse a JSON text strictly: no NaN, no Infinity, no key twice.

    Raises:
        ConfigError: with line and column, if it is not such a text.
        RecursionError: if it is nested too deeply.
        ValueError: if a number is too long to be read.
    """

    def refuse_constant(name: str) -> None:
        # ``json`` refuses the constant before it looks at what follows: of NaN1, it has read NaN.
        offset = next(token.start() for token in _TOKEN.finditer(text) if token.group().startswith(name))
        message = f"not valid JSON: {name} is not a JSON number"
        raise fault(message, position_at(text, offset))

    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=refuse_constant)
    except json.JSONDecodeError as error:
        message = f"not valid JSON: {uncapitalised(error.msg)}"
        raise fault(message, Position(error.lineno, error.colno)) from None
    except _DuplicateKeyError:
        raise _first_duplicate(text) from None
    return data, functools.cache(functools.partial(_places, text))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise _DuplicateKeyError
    return data


def _first_duplicate(text: str) -> Exception:
    for stack, _ in _walk(text):
        container = stack[-1]
        if container.key is None or not isinstance(container.slot, str):
            continue
        first = container.keys.setdefault(container.slot, container.key)
        if first != container.key:
            line = position_at(text, first).line
            message = f"{spell(_path(stack))} is given twice, first on line {line}"
            return fault(message, position_at(text, container.key))
    return fault("a field is given twice")


def place_in_json(text: str, path: FieldPath) -> Position | None:
    """Where the value at ``path`` stands in a valid text, or the nearest list or object around it; its key, if any.

    For a file too large for a map of all places: what is not on the way is passed over at the speed of ``json``.
    """
    found, at = None, _behind_space(text, 0)
    try:
        for part in path:
            found, at = next((start, value) for name, start, value in _entries(text, at, part) if name == part)
    except (StopIteration, RecursionError):  # RecursionError: the text is as deep as could just be read
        pass
    return None if found is None else position_at(text, found)


def keys_in_json(text: str, name: str) -> Iterator[tuple[str, int]]:
    """Yield each key of the object that is called ``name`` at the top of a valid text, with its offset."""
    top = _behind_space(text, 0)
    for found, _, value in _entries(text, top, name):
        if found == name:
            yield from ((str(key), start) for key, start, _ in _entries(text, value, name))
            return


def _entries(text: str, at: int, like: str | int) -> Iterator[tuple[str | int, int, int]]:
    """Yield name, offset and offset of the value of each entry of the object or list at ``at``.

    Args:
        text: valid JSON.
        at: offset of the object or list; nothing is yielded from any other value.
        like: a key to look into objects only, an index to look into lists only.
    """
    if text[at] != ("{" if isinstance(like, str) else "["):
        return
    index, at = 0, _behind_space(text, at + 1)
    while text[at] not in "}]":
        start: int = at
        name: str | int = index
        if isinstance(like, str):
            name, at = _DECODER.raw_decode(text, at)
            at = _behind_space(text, _behind_space(text, at) + 1)
        yield name, start, at
        at = _behind_space(text, _DECODER.raw_decode(text, at)[1])
        at = _behind_space(text, at + 1) if text[at] == "," else at
        index += 1


def _behind_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _places(text: str) -> Places:
    places: dict[FieldPath, Place] = {}
    positions = PositionsInOrder(text)
    for stack, value in _walk(text):
        key = stack[-1].key
        places[_path(stack)] = Place(None if key is None else positions.at(key), positions.at(value))
    return places


@dataclass(slots=True)
class _Container:
    """An object or list that is open at the current token.

    Attributes:
        is_list: whether it is a list.
        slot: key or index of its current value.
        key: offset of that key; ``None`` in a list.
        awaits_key: whether the next token is a key.
        keys: key -> offset where it was first given, for who looks for one that is given twice.
    """

    is_list: bool
    slot: str | int = 0
    key: int | None = None
    awaits_key: bool = False
    keys: dict[str, int] = field(default_factory=dict)


def _path(stack: Sequence[_Container]) -> FieldPath:
    return tuple(container.slot for container in stack)


def _walk(text: str) -> Iterator[tuple[Sequence[_Container], int]]:
    """Yield the open containers and the offset of the value, for each value in the order of the text.

    The containers are the walk's own, and change with its next step. ``json`` has found the text valid, as far as the
    caller goes.
    """
    stack: list[_Container] = []
    for token in _TOKEN.finditer(text):
        word = token.group()
        here = stack[-1] if stack else None
        if word in "]}":
            stack.pop()
        elif here and word == ",":
            _advance(here)
        elif here and here.awaits_key:
            here.slot, here.key, here.awaits_key = json.loads(word), token.start(), False
        elif word != ":":
            if here:
                yield stack, token.start()
            if word in "[{":
                stack.append(_Container(is_list=word == "[", awaits_key=word == "{"))


def _advance(container: _Container) -> None:
    if container.is_list and isinstance(container.slot, int):
        container.slot += 1
    else:
        container.awaits_key = True
