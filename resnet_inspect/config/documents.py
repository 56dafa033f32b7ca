"""Text in one of three formats, read into data that knows where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from resnet_inspect.config.json_reader import read_json
from resnet_inspect.config.limits import MAX_DEPTH, MAX_VALUES, too_deep, too_many
from resnet_inspect.config.positions import FieldPath, Parsed, Places, Position, fault, position_at
from resnet_inspect.config.toml_reader import read_toml
from resnet_inspect.errors import ConfigError
from resnet_inspect.text import sanitise

Format = Literal["TOML", "YAML", "JSON"]

TABLES = ("expect", "check")
"""What may stand beside the fields of a config; each is a table of its own."""

FORMAT_OF_SUFFIX: Mapping[str, Format] = {".toml": "TOML", ".yaml": "YAML", ".yml": "YAML", ".json": "JSON"}


def _read_yaml(text: str) -> Parsed:
    """Import PyYAML when there is YAML: it takes as long as everything else in this room."""
    from resnet_inspect.config.yaml_reader import read_yaml

    return read_yaml(text)


_READERS: Mapping[Format, Callable[[str], Parsed]] = {"TOML": read_toml, "YAML": _read_yaml, "JSON": read_json}

_TOML_LINE = re.compile(r"""^(?:[\w.-]+|"[^"\n]*"|'[^'\n]*')[ \t]*=|^\[""", re.MULTILINE)
_YAML_LINE = re.compile(r"^(?:---|[\w.-]+[ \t]*:(?:\s|\Z))", re.MULTILINE)
_LONG_NUMBER = re.compile(r"\d(?:_?\d){4299,}")
"""Python converts no decimal number of more digits than that (``sys.int_info``)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A config as its author wrote it.

    Attributes:
        data: its fields, not validated.
        places: finds where everything stands; slow, so called on the error path only.
        kind: its format; ``None`` for what was no text.
    """

    data: Mapping[str, Any]
    places: Callable[[], Places] = field(default=dict, repr=False, compare=False)
    kind: Format | None = None

    def locate(self, path: FieldPath, *, key: bool) -> Position | None:
        """Return where the name (``key``) or the value of a field starts.

        Falls back to the nearest list or table around it; ``None`` if not even that is known.
        """
        places = self.places()
        for end in range(len(path), 0, -1):
            if place := places.get(path[:end]):
                return place.key if key and place.key and end == len(path) else place.value
        return None


def parse(text: str, kind: Format) -> Document:
    """Read ``text`` as ``kind``.

    Raises:
        ConfigError: if it is not valid, has a field twice, is too deep or large, or has no fields at the top.
    """
    try:
        data, places = (None, dict) if not text.strip() else _READERS[kind](text)
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
        message = f"must have named fields at its top level, found {found}"
        raise fault(message)
    _check_bounds(data)
    return Document(data, places, kind)


def _inside(text: str, error: ConfigError) -> ConfigError:
    """The same with what a reader has missed at the end of the file placed behind the last line, where it belongs."""
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
        ConfigError: of the format that the text most looks like.
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
    """Raise if ``data`` is deeper or larger than any config; iterative, so that depth cannot hurt."""
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
