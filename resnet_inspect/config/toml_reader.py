"""TOML: text to data, and where each field stands."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import tomli

from resnet_inspect.config.positions import FieldPath, Parsed, Place, Places, Position, fault, position_at
from resnet_inspect.errors import ConfigError
from resnet_inspect.text import sanitise, uncapitalised

if TYPE_CHECKING:
    from tree_sitter import Node


def read_toml(text: str) -> Parsed:
    """Parse a TOML text.

    Raises:
        ConfigError: with line and column, if it is not TOML; a key given twice is not.
        RecursionError: if it is nested too deeply.
        ValueError: if a number is too long to be read.
    """
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise _located(text, error) from None
    return data, functools.cache(functools.partial(_places, text))


_TEXT = re.compile(
    r'"""(?>(?:[^"\\]|\\.|"(?!""))*)"{3,5}'
    r"|'''(?>(?:[^']|'(?!''))*)'{3,5}"
    r'|(?P<long>"""|\'\'\')'
    r'|"(?>(?:[^"\\\n]|\\.)*)"'
    r"|'[^'\n]*+'"
    r"|#[^\n]*"
    r"|(?P<short>[\"'])",
    re.DOTALL,
)
"""A text, a comment, or where a text opens that is not closed."""


def _located(text: str, error: tomli.TOMLDecodeError) -> ConfigError:
    if error.msg.startswith(("Unterminated", "Expected \"'")):
        # tomli points at the end of the file, where it still looks for the end of the text.
        opens = next((found.start() for found in _TEXT.finditer(text) if found["long"] or found["short"]), len(text))
        return fault("not valid TOML: the string that opens here is not closed", position_at(text, opens))
    message = f"not valid TOML: {sanitise(uncapitalised(error.msg))}"
    if not error.msg.startswith("Cannot"):
        return fault(message, Position(error.lineno, error.colno))
    # Found when the statement was read whole, so tomli points behind it.
    line = text.split("\n")[error.lineno - 1]
    column = len(line) - len(line.lstrip()) + 1
    return fault(message, Position(error.lineno, column), hint="is it given twice?")


def _places(text: str) -> Places:
    # Needed on the error path only, and the parser costs time to load.
    import tree_sitter
    import tree_sitter_toml

    source = text.encode()
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))
    walk = _Walk(source)
    places: dict[FieldPath, Place] = {}
    for path, place in walk.document(parser.parse(source).root_node):
        places.setdefault(path, place)
    return places


class _Walk:
    """One walk over a syntax tree; recursion is bounded as the data's depth is."""

    def __init__(self, source: bytes) -> None:
        self._lines = source.split(b"\n")
        self._last_index: dict[FieldPath, int] = {}

    def document(self, root: Node) -> Iterator[tuple[FieldPath, Place]]:
        """Yield path and place of every field."""
        for node in _children(root):
            if node.type == "pair":
                yield from self._pair((), node)
            elif node.type in {"table", "table_array_element"}:
                yield from self._table(node)

    def _table(self, node: Node) -> Iterator[tuple[FieldPath, Place]]:
        header, *pairs = _children(node)
        parts = list(_key_parts(header))
        path: FieldPath = ()
        for part in parts:
            path = (*path, _name(part))
            yield path, Place(self._start(part), self._start(part))
            if node.type == "table_array_element" and part is parts[-1]:
                self._last_index[path] = self._last_index.get(path, -1) + 1
            if path in self._last_index:
                path = (*path, self._last_index[path])
                yield path, Place(None, self._start(part))
        for pair in pairs:
            yield from self._pair(path, pair)

    def _pair(self, above: FieldPath, node: Node) -> Iterator[tuple[FieldPath, Place]]:
        children = _children(node)
        # A broken pair, where this grammar knows less of TOML than tomli does.
        if node.type != "pair" or len(children) != 2:
            return
        key, value = children
        path = above
        for part in _key_parts(key):
            path = (*path, _name(part))
            yield path, Place(self._start(part), self._start(value))
        yield from self._value(path, value)

    def _value(self, path: FieldPath, node: Node) -> Iterator[tuple[FieldPath, Place]]:
        if node.type == "array":
            for index, child in enumerate(_children(node)):
                yield (*path, index), Place(None, self._start(child))
                yield from self._value((*path, index), child)
        elif node.type == "inline_table":
            for child in _children(node):
                yield from self._pair(path, child)

    def _start(self, node: Node) -> Position:
        """Return where ``node`` starts; tree-sitter counts columns in bytes, people in characters."""
        row, column = node.start_point
        return Position(row + 1, len(self._lines[row][:column].decode(errors="replace")) + 1)


def _children(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type not in {"comment", "ERROR"}]


def _key_parts(node: Node) -> Iterator[Node]:
    if node.type == "dotted_key":
        for child in _children(node):
            yield from _key_parts(child)
    else:
        yield node


def _name(key: Node) -> str:
    spelled = (key.text or b"").decode()
    if key.type != "quoted_key":
        return spelled
    return next(iter(tomli.loads(f"{spelled} = 0")))
