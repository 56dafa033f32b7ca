"""JSON: text to data, and where each field stands."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from resnet_inspect.config.positions import FieldPath, Parsed, Place, Places, Position, fault, position_at, spell
from resnet_inspect.text import uncapitalised

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
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
        offset = next(token.start() for token in _TOKEN.finditer(text) if token.group() == name)
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
    levels: list[dict[str, int]] = []
    """Key -> where it stands, for the containers that are open: a large file has millions that are closed."""
    for path, key, _ in _walk(text):
        del levels[len(path) :]
        levels += [{} for _ in range(len(path) - len(levels))]
        name = path[-1]
        if key is None or not isinstance(name, str):
            continue
        if name in levels[-1]:
            first = position_at(text, levels[-1][name])
            return fault(f"{spell(path)} is given twice, first on line {first.line}", position_at(text, key))
        levels[-1][name] = key
    return fault("a field is given twice")


def place_in_json(text: str, path: FieldPath) -> Position | None:
    """Where the value at ``path`` stands in a valid text, or the nearest list or object around it; its key, if any.

    For a file too large for a map of all places: what is not on the way is passed over at the speed of ``json``.
    """
    found, at = None, _behind_space(text, 0)
    for part in path:
        step = _step_into(text, at, part)
        if step is None:
            break
        found, at = step
    return None if found is None else position_at(text, found)


def _step_into(text: str, at: int, part: str | int) -> tuple[int, int] | None:
    """Offsets of an entry, with its key, and of its value, in the list or object at ``at``; ``None`` without one."""
    if text[at] != ("{" if isinstance(part, str) else "["):
        return None
    index, at = 0, _behind_space(text, at + 1)
    while text[at] not in "}]":
        start, name = at, index
        if isinstance(part, str):
            name, at = _DECODER.raw_decode(text, at)
            at = _behind_space(text, _behind_space(text, at) + 1)
        if name == part:
            return start, at
        at = _behind_space(text, _DECODER.raw_decode(text, at)[1])
        at = _behind_space(text, at + 1) if text[at] == "," else at
        index += 1
    return None


def _behind_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _places(text: str) -> Places:
    return {
        path: Place(None if key is None else position_at(text, key), position_at(text, value))
        for path, key, value in _walk(text)
    }


@dataclass(slots=True)
class _Container:
    """An object or list that is open at the current token, and where in it the next value will stand."""

    path: FieldPath
    is_list: bool
    slot: str | int = 0
    key: int | None = None
    awaits_key: bool = False


def _walk(text: str) -> Iterator[tuple[FieldPath, int | None, int]]:
    """Yield path, offset of the key and offset of the value, for each value in the order of the text.

    ``json`` has found the text valid, as far as the caller goes.
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
            path = (*here.path, here.slot) if here else ()
            if here:
                yield path, here.key, token.start()
            if word in "[{":
                stack.append(_Container(path, is_list=word == "[", awaits_key=word == "{"))


def _advance(container: _Container) -> None:
    if container.is_list and isinstance(container.slot, int):
        container.slot += 1
    else:
        container.awaits_key = True
