"""A report as JSON, made from the fields of its dataclass."""

import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from operator import attrgetter
from typing import Any, TypeAlias

from resnet_inspect.rendering.page import HasPage
from resnet_inspect.rendering.pen import Look

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

_STEP = "  "


class OneLine(dict[str, "Plain"]):
    """A JSON object that is written on one line."""


def write(report: HasPage, _look: Look) -> str:
    """Write a report."""
    return to_json(report, report.schema)


def to_json(report: object, schema: str) -> str:
    r"""Write a report as an indented JSON object, ``"schema"`` first, with lists of numbers on one line.

    Args:
        report: dataclass whose fields become the keys, in order. Values may be dataclasses, pydantic models, enums,
            mappings, tuples, lists and scalars. The field metadata ``{"json": False}`` leaves a field out,
            ``{"json": "key"}`` renames it, and ``{"fields": names}``, for a tuple of records, writes of each only what
            these names lead to, in their order: ``file.path`` is written as ``path``.
        schema: name and version of the format, e.g. ``resnet-inspect/layers/1``.

    Returns:
        Text that ends with a newline. Control, bidi and lone surrogate characters are escaped as ``\uXXXX``, so that
        parsing it gives the original strings.

    Raises:
        TypeError: if a value cannot be represented in JSON.
        ValueError: if a number is infinite or NaN.
    """
    fields = _plain(report)
    if not isinstance(fields, dict):
        raise TypeError(f"a report is written as an object, but {type(report).__name__} is not one")
    return written({"schema": schema, **fields})


def written(document: dict[str, Plain]) -> str:
    """Write any JSON object in this layout."""
    return _written(document, "") + "\n"


def _fields(record: Any) -> dict[str, Plain]:
    document: dict[str, Plain] = {}
    for field in dataclasses.fields(record):
        key, value = field.metadata.get("json", field.name), getattr(record, field.name)
        if names := field.metadata.get("fields"):
            document[key] = [{name.split(".")[-1]: _plain(attrgetter(name)(each)) for name in names} for each in value]
        elif key:
            document[key] = _plain(value)
    return document


def _plain(value: object) -> Plain:
    match value:
        case Enum():
            return _plain(value.value)
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {_key(key): _plain(item) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return _fields(value)
        case _:
            return _dumped_model(value)


def _key(key: object) -> str:
    if isinstance(key, str | int) and not isinstance(key, bool):
        return str(key)
    raise TypeError(f"{key!r} cannot be a key in JSON: use a string or an integer")


def _dumped_model(value: object) -> Plain:
    # Recognised by its method, because importing pydantic takes longer than writing the report.
    dump = getattr(value, "model_dump", None)
    if dump is None:
        raise TypeError(f"a {type(value).__name__} cannot be written as JSON: {value!r}")
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
