"""TOML: parsing, positions of fields, comments; and writing a config."""

from __future__ import annotations

import functools
import re
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import tomli

from resnet_inspect.configs.positions import FieldPath, FieldPosition, Parsed, Position, fault, position_at
from resnet_inspect.errors import ConfigError
from resnet_inspect.text import sanitise, uncapitalised

if TYPE_CHECKING:
    from tree_sitter import Node

    from resnet_inspect.configs.schema import ResNetConfig  # not at run time: reading TOML needs no pydantic

_STRING_OR_COMMENT = re.compile(
    r'"""(?>(?:[^"\\]|\\.|"(?!""))*)"{3,5}'
    r"|'''(?>(?:[^']|'(?!''))*)'{3,5}"
    r'|(?P<open>"""|\'\'\')'
    r'|"(?>(?:[^"\\\n]|\\.)*)"'
    r"|'[^'\n]*+'"
    r"|(?P<comment>#[^\r\n]*)"
    r"|(?P<quote>[\"'])",
    re.DOTALL,
)
"""A string, a comment, or the quotes that open an unclosed string; nothing else in TOML contains a quote or #.

Repeated groups are atomic instead of possessive because of a bug of Python up to 3.11.4 in ``(?:…)*+``.
"""

_COMMENT_WIDTH = 96
_ALWAYS_WRITTEN = frozenset({"name", "block", "stage_blocks"})
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def read_toml(text: str) -> Parsed:
    """Parse a TOML text.

    Raises:
        ConfigError: if it is not valid TOML, or has a duplicate key; with line and column.
        RecursionError: if it is nested too deeply.
        ValueError: if a number is too long.
    """
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise _syntax_error(text, error) from None
    return data, functools.cache(functools.partial(_positions, text))


def comments_in_toml(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each comment of a valid text."""
    return (token.span() for token in _STRING_OR_COMMENT.finditer(text) if token["comment"])


def to_toml(config: ResNetConfig, *, comments: bool = True) -> str:
    """Return every field of ``config`` in the order of the schema; unset ones as comments, because TOML has no null.

    Args:
        config: the config.
        comments: ``True`` to write each field's description above it.
    """
    return "\n".join(_lines(config, comments=comments)) + "\n"


def to_short_toml(config: ResNetConfig) -> str:
    """Return the name, the blocks and every field that differs from its default; it reads back as an equal config."""
    defaults = type(config)(block=config.block, stage_blocks=config.stage_blocks)
    fields = {field: getattr(config, field) for field in type(config).model_fields}
    shown = (field for field in fields if field in _ALWAYS_WRITTEN or fields[field] != getattr(defaults, field))
    return "".join(f"{field} = {toml_value(fields[field])}\n" for field in shown)


def toml_value(value: Any) -> str:
    """Return a string, whole number, truth value or a list of these as TOML."""
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return str(value)


def _lines(config: ResNetConfig, *, comments: bool) -> Iterator[str]:
    for number, (name, field) in enumerate(type(config).model_fields.items()):
        if comments:
            if number:
                yield ""
            description = " ".join((field.description or "").split())
            yield from (f"# {line}" for line in textwrap.wrap(description, _COMMENT_WIDTH - 2))
        value = getattr(config, name)
        if value is not None:
            yield f"{name} = {toml_value(value)}"
        elif comments:
            yield f"# {name} is not set"


def _escaped(character: str) -> str:
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    if character.isprintable():
        return character
    # TOML allows some of these unescaped, such as bidi controls, but a terminal would interpret them.
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _syntax_error(text: str, error: tomli.TOMLDecodeError) -> ConfigError:
    if error.msg.startswith(("Unterminated", "Expected \"'")):
        # tomli reports the end of the file.
        tokens = _STRING_OR_COMMENT.finditer(text)
        opens = next((token.start() for token in tokens if token["open"] or token["quote"]), len(text))
        return fault("not valid TOML: the string that opens here is not closed", position_at(text, opens))
    message = f"not valid TOML: {sanitise(uncapitalised(error.msg))}"
    if not error.msg.startswith("Cannot"):
        return fault(message, Position(error.lineno, error.colno))
    # tomli reports the position after the statement.
    line = text.split("\n")[error.lineno - 1]
    column = len(line) - len(line.lstrip()) + 1
    return fault(message, Position(error.lineno, column), hint="is it given twice?")


def _positions(text: str) -> dict[FieldPath, FieldPosition]:
    # Needed on the error path only, and slow to import.
    import tree_sitter
    import tree_sitter_toml

    source = text.encode()
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))
    found: dict[FieldPath, FieldPosition] = {}
    for path, position in _SyntaxWalk(source).document(parser.parse(source).root_node):
        found.setdefault(path, position)
    return found


class _SyntaxWalk:
    """A walk over a syntax tree; the depth of recursion is bounded by that of the data."""

    def __init__(self, source: bytes) -> None:
        self._lines = source.split(b"\n")
        self._last_index: dict[FieldPath, int] = {}

    def document(self, root: Node) -> Iterator[tuple[FieldPath, FieldPosition]]:
        """Yield path and position of every field."""
        for node in _children(root):
            if node.type == "pair":
                yield from self._pair((), node)
            elif node.type in {"table", "table_array_element"}:
                yield from self._table(node)

    def _table(self, node: Node) -> Iterator[tuple[FieldPath, FieldPosition]]:
        header, *pairs = _children(node)
        parts = list(_key_parts(header))
        path: FieldPath = ()
        for part in parts:
            path = (*path, _name(part))
            yield path, FieldPosition(self._start(part), self._start(part))
            if node.type == "table_array_element" and part is parts[-1]:
                self._last_index[path] = self._last_index.get(path, -1) + 1
            if path in self._last_index:
                path = (*path, self._last_index[path])
                yield path, FieldPosition(None, self._start(part))
        for pair in pairs:
            yield from self._pair(path, pair)

    def _pair(self, above: FieldPath, node: Node) -> Iterator[tuple[FieldPath, FieldPosition]]:
        children = _children(node)
        # A pair is incomplete if it has syntax that tomli knows and this grammar does not.
        if node.type != "pair" or len(children) != 2:
            return
        key, value = children
        path = above
        for part in _key_parts(key):
            path = (*path, _name(part))
            yield path, FieldPosition(self._start(part), self._start(value))
        yield from self._value(path, value)

    def _value(self, path: FieldPath, node: Node) -> Iterator[tuple[FieldPath, FieldPosition]]:
        if node.type == "array":
            for index, child in enumerate(_children(node)):
                yield (*path, index), FieldPosition(None, self._start(child))
                yield from self._value((*path, index), child)
        elif node.type == "inline_table":
            for child in _children(node):
                yield from self._pair(path, child)

    def _start(self, node: Node) -> Position:
        """Return the start of ``node``, its column in characters; tree-sitter counts it in bytes."""
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
    written = (key.text or b"").decode()
    if key.type != "quoted_key":
        return written
    return next(iter(tomli.loads(f"{written} = 0")))
