"""A report as JSON, straight from its dataclass: exact, readable, and safe to print."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from typing import TypeAlias

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

_STEP = "  "


class OneLine(dict[str, "Plain"]):
    """An object that is written on one line."""


def to_json(report: object, schema: str) -> str:
    r"""Write a report as one JSON object, ``"schema"`` first, indented, lists of numbers on one line.

    Args:
        report: a frozen dataclass; it may hold dataclasses, pydantic models, enums, mappings, tuples, lists and
            scalars. A field with the metadata ``{"json": False}`` is left out.
        schema: name and version of the format, e.g. ``resnet-inspect/layers/1``.

    Returns:
        Text that ends with a newline and holds no control, bidi or lone surrogate character: those are escaped
        as ``\uXXXX``, so that reading it back gives the same strings.

    Raises:
        TypeError: if a value has no form in JSON.
        ValueError: if a number is infinite or not a number.
    """
    fields = _plain(report)
    if not isinstance(fields, dict):
        message = f"a report is written as an object, but {type(report).__name__} is not one"
        raise TypeError(message)
    return written({"schema": schema, **fields})


def written(document: dict[str, Plain]) -> str:
    """A document of another layout, likewise."""
    return _written(document, "") + "\n"


def _plain(value: object) -> Plain:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = (field for field in dataclasses.fields(value) if field.metadata.get("json", True))
        return {field.name: _plain(getattr(value, field.name)) for field in fields}
    match value:
        case Enum():
            return _plain(value.value)
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {_key(key): _plain(item) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case _:
            return _dumped_model(value)


def _key(key: object) -> str:
    if isinstance(key, str | int) and not isinstance(key, bool):
        return str(key)
    message = f"{key!r} cannot be a key in JSON: use a string or an integer"
    raise TypeError(message)


def _dumped_model(value: object) -> Plain:
    # Known by its method, not its class: importing pydantic takes longer than writing the report.
    dump = getattr(value, "model_dump", None)
    if dump is None:
        message = f"a {type(value).__name__} cannot be written as JSON: {value!r}"
        raise TypeError(message)
    return _plain(dump(mode="json"))


def _written(value: Plain, indent: str) -> str:
    inner = indent + _STEP
    match value:
        case OneLine():
            return "{" + ", ".join(f"{_quoted(key)}: {_written(item, inner)}" for key, item in value.items()) + "}"
        case dict() if value:
            items = (f"{inner}{_quoted(key)}: {_written(item, inner)}" for key, item in value.items())
            return "{\n" + ",\n".join(items) + f"\n{indent}}}"
        case list() if any(isinstance(item, str | list | dict) for item in value):
            return "[\n" + ",\n".join(inner + _written(item, inner) for item in value) + f"\n{indent}]"
        case list():
            return f"[{', '.join(_written(item, inner) for item in value)}]"
        case str():
            return _quoted(value)
        case _:
            return json.dumps(value, allow_nan=False)


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isprintable():
        return quoted
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in quoted)
