"""YAML: parsing of plain data (without aliases and tags), positions of fields, comments."""

import functools
import re
from collections.abc import Iterator
from typing import Any

import yaml

from resnet_inspect.configs import positions
from resnet_inspect.configs.positions import FieldPath, FieldPosition, Parsed, Position, fault, format_path, position_at
from resnet_inspect.text import sanitise

_CORE = "tag:yaml.org,2002:"
_NUMBER_TAGS = frozenset({f"{_CORE}int", f"{_CORE}float"})
_SURPRISING_NUMBER = re.compile(r"[-+]?(?:0[0-7_]+|.*:.*)")
"""YAML 1.1 reads 010 as 8 and 1:30 as 90."""

_COMMENT = re.compile(r"#[^\r\n]*")


class _PlainLoader(yaml.SafeLoader):
    """A safe loader that refuses aliases and tags, and too deep or too large data, while it composes nodes."""

    depth = 0
    nodes = 0

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
        self._refuse(event)
        self.depth += 1
        self.nodes += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _refuse(self, event: yaml.Event) -> None:
        if getattr(event, "anchor", None) is not None:
            position = _position(self.text, event.start_mark)
            raise fault("anchors and aliases are not supported", position, hint="write the value out")
        tag: str | None = getattr(event, "tag", None)
        if tag is not None:
            shown = sanitise(tag.replace(_CORE, "!!"), 60)
            position = _position(self.text, event.start_mark)
            raise fault(f"tags are not supported, found {shown}", position, hint="leave it out")
        if self.depth > positions.MAX_DEPTH:
            raise positions.too_deep(_position(self.text, event.start_mark))
        # Keys are nodes too.
        if self.nodes > 2 * positions.MAX_VALUES:
            raise positions.too_many(_position(self.text, event.start_mark))


def read_yaml(text: str) -> Parsed:
    """Parse a YAML text of plain data; an empty text gives ``None``.

    Raises:
        ConfigError: if it is not such a text; with line and column.
        ValueError: if a value cannot be read, such as an impossible date.
    """
    try:
        loader = _PlainLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None, dict
        for checked in _nodes(node):
            _check(text, checked)
        data = loader.construct_document(node)
    except yaml.reader.ReaderError as error:
        message = f"not valid YAML: character U+{ord(text[error.position]):04X} is not allowed"
        raise fault(message, position_at(text, error.position)) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"not valid YAML: {sanitise(_message(error))}"
        raise fault(message, _position(text, mark) if mark else None) from None
    return data, functools.cache(lambda: dict(_positions(text, (), node)))


def comments_in_yaml(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each comment of a valid text."""
    # PyYAML's scanner drops comments: they are found as number signs between its tokens.
    end = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        yield from (comment.span() for comment in _COMMENT.finditer(text, end, token.start_mark.index))
        end = max(end, token.end_mark.index)
    yield from (comment.span() for comment in _COMMENT.finditer(text, end))


def _message(error: yaml.MarkedYAMLError) -> str:
    if error.context and error.problem and error.problem.startswith("but "):
        return f"{error.context}, {error.problem}"
    context = f" ({error.context})" if error.context else ""
    return f"{error.problem}{context}"


def _position(text: str, mark: Any) -> Position:
    """Return the position of a PyYAML mark, of either of its two classes.

    The mark's own line number counts U+0085, U+2028 and U+2029, which end lines in YAML 1.1, but not in editors.
    """
    return position_at(text, mark.index)


def _nodes(node: yaml.Node) -> Iterator[yaml.Node]:
    """Yield ``node`` and all nodes below it; recursion is bounded by ``MAX_DEPTH``."""
    yield node
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield from _nodes(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _nodes(value)


def _check(text: str, node: yaml.Node) -> None:
    if isinstance(node, yaml.MappingNode):
        _check_keys(text, node)
    elif node.tag in _NUMBER_TAGS and _SURPRISING_NUMBER.fullmatch(node.value):
        message = f"{sanitise(node.value, 60)} is read as octal or base 60 by YAML"
        raise fault(message, _position(text, node.start_mark), hint="write it in decimal, or text in quotes")


def _check_keys(text: str, node: yaml.MappingNode) -> None:
    seen: dict[str, Any] = {}
    for key, _ in node.value:
        if key.tag != f"{_CORE}str":
            shown = sanitise(key.value, 60) if isinstance(key, yaml.ScalarNode) else "a list or table"
            raise fault(f"a field's name must be text, found {shown}", _position(text, key.start_mark))
        if key.value in seen:
            first = _position(text, seen[key.value])
            message = f"{format_path((key.value,))} is given twice, first on line {first.line}"
            raise fault(message, _position(text, key.start_mark))
        seen[key.value] = key.start_mark


def _positions(text: str, path: FieldPath, node: yaml.Node) -> Iterator[tuple[FieldPath, FieldPosition]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, key.value)
            yield below, FieldPosition(_position(text, key.start_mark), _position(text, value.start_mark))
            yield from _positions(text, below, value)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*path, index), FieldPosition(None, _position(text, value.start_mark))
            yield from _positions(text, (*path, index), value)
