"""Text in one of three formats, parsed into data with the positions of all fields."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from resnet_inspect.configs.json_format import read_json
from resnet_inspect.configs.positions import (
    MAX_DEPTH,
    MAX_VALUES,
    FieldPath,
    FieldPositions,
    Parsed,
    Position,
    fault,
    position_at,
    too_deep,
    too_many,
)
from resnet_inspect.configs.toml_format import comments_in_toml, read_toml
from resnet_inspect.errors import ConfigError
from resnet_inspect.formats import ConfigFormat
from resnet_inspect.text import sanitise

TABLES = ("expect", "check")
"""Tables that a config may have next to its fields."""

_TOML_LINE = re.compile(r"""^(?:[\w.-]+|"[^"\n]*"|'[^'\n]*')[ \t]*=|^\[""", re.MULTILINE)
_YAML_LINE = re.compile(r"^(?:---|[\w.-]+[ \t]*:(?:\s|\Z))", re.MULTILINE)
_LONG_NUMBER = re.compile(r"\d(?:_?\d){4299,}")
"""Python converts no decimal number of more digits than that (``sys.int_info``)."""


class Comment(NamedTuple):
    """A comment.

    Attributes:
        start: offset of its number sign.
        text: the number sign and all that follows on its line.
        alone: ``True`` if nothing else is on its line.
    """

    start: int
    text: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed config, not validated.

    Attributes:
        data: the fields.
        positions: function that returns the positions of all fields; slow, so called on the error path only.
        kind: the format; ``None`` for a mapping.
    """

    data: Mapping[str, Any]
    positions: Callable[[], FieldPositions] = field(default=dict, repr=False, compare=False)
    kind: ConfigFormat | None = None

    def locate(self, path: FieldPath, *, key: bool) -> Position | None:
        """Return the start of the name (``key``) or the value of a field.

        If it is unknown, return that of the nearest list or table around the field, or else ``None``.
        """
        positions = self.positions()
        for end in range(len(path), 0, -1):
            if found := positions.get(path[:end]):
                return found.key if key and found.key and end == len(path) else found.value
        return None


def parse(text: str, kind: ConfigFormat) -> Document:
    """Read ``text`` as ``kind``.

    Raises:
        ConfigError: if it is not valid, has a duplicate field, is too deep or too large, or has no top-level fields.
    """
    try:
        data, find_positions = _read(text, kind) if text.strip() else (None, dict)
    except ConfigError as error:
        raise _inside(text, error) from None
    except RecursionError:
        raise too_deep() from None
    except (ValueError, OverflowError) as error:
        raise _unreadable_value(text, error) from None
    if data is None or data == {}:
        raise empty()
    if not isinstance(data, dict):
        found = "a list" if isinstance(data, list) else "a single value"
        raise fault(f"must have named fields at its top level, found {found}")
    _check_bounds(data)
    return Document(data, find_positions, kind)


def comments(text: str, kind: ConfigFormat) -> Iterator[Comment]:
    """Yield the comments of a text that is valid in its format; JSON has none."""
    for start, end in _comment_spans(text, kind):
        before = text[text.rfind("\n", 0, start) + 1 : start]
        yield Comment(start, text[start:end], alone=not before.strip())


def _read(text: str, kind: ConfigFormat) -> Parsed:
    if kind == "YAML":
        # PyYAML takes as long to import as everything else in ``configs``.
        from resnet_inspect.configs.yaml_format import read_yaml

        return read_yaml(text)
    return read_toml(text) if kind == "TOML" else read_json(text)


def _comment_spans(text: str, kind: ConfigFormat) -> Iterator[tuple[int, int]]:
    if kind == "YAML":
        from resnet_inspect.configs.yaml_format import comments_in_yaml

        return comments_in_yaml(text)
    return comments_in_toml(text) if kind == "TOML" else iter(())


def _inside(text: str, error: ConfigError) -> ConfigError:
    """Return ``error`` with positions after the last line moved to the end of that line."""
    last = position_at(text, len(text.rstrip("\r\n")))
    return ConfigError(
        tuple(
            replace(problem, line=last.line, column=last.column) if (problem.line or 0) > last.line else problem
            for problem in error.problems
        )
    )


def parse_unnamed(text: str) -> Document:
    """Read ``text`` of unknown format: JSON if it starts with a brace, else TOML, else YAML.

    Raises:
        ConfigError: if it is valid in none; the error is that of the likeliest format.
    """
    if text.lstrip().startswith("{"):
        return parse(text, "JSON")
    try:
        return parse(text, "TOML")
    except ConfigError:
        # Broken TOML can pass for YAML: 'name = "a: b' is a mapping there.
        if not text.strip() or (_TOML_LINE.search(text) and not _YAML_LINE.search(text)):
            raise
    return parse(text, "YAML")


def empty() -> ConfigError:
    """Return the error for a config without any field."""
    return fault("is empty: a config needs block and stage_blocks, or base", hint='base = "resnet50" is enough')


def _unreadable_value(text: str, error: Exception) -> ConfigError:
    if long := _LONG_NUMBER.search(text):
        digits = sum(character.isdigit() for character in long.group())
        return fault(f"a number of {digits:,} digits cannot be read", position_at(text, long.start()))
    return fault(f"holds a value that cannot be read: {sanitise(str(error))}")


def _check_bounds(data: Mapping[str, Any]) -> None:
    """Raise an error if ``data`` is deeper or larger than any config; without recursion."""
    level: list[Any] = [data]
    values = depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH + 1:
            raise too_deep()
        level = [child for value in level for child in _entries(value)]
        values += len(level)
        if values > MAX_VALUES:
            raise too_many()


def _entries(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
