"""The JSON Schema of a config file, by which editors complete, explain and check fields."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from resnet_inspect.configs.expect import Expectations
from resnet_inspect.configs.ignores import CheckTable
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.variants import variant_names

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_BASE = {
    "description": "The variant that this config starts from: fields that are not given have its values, not the "
    "defaults. Other spellings of a name are accepted too (ResNet-50).",
    "type": "string",
    "enum": list(variant_names()),
}

_LENGTHS = {"minLength": "minItems", "maxLength": "maxItems"}
"""Keyword that pydantic writes for the length of a list with a custom validator -> the right keyword."""


def config_schema() -> dict[str, Any]:
    """Return the schema of a config file as plain data.

    A schema cannot express constraints between fields, such as one width per stage; ``load`` checks these.
    """
    generated = ResNetConfig.model_json_schema()
    properties = {name: _friendly(field) for name, field in generated["properties"].items()}
    name = properties.pop("name")
    return {
        "$schema": DIALECT,
        "title": "resnet-inspect config",
        "description": "A ResNet, described completely. Write base and what differs from it, or block and "
        "stage_blocks and what differs from the defaults.",
        "type": "object",
        "properties": {"name": name, "base": _BASE, **properties, "expect": _expect(), "check": _table(CheckTable)},
        "anyOf": [{"required": ["base"]}, {"required": generated["required"]}],
        "additionalProperties": False,
    }


def _expect() -> dict[str, Any]:
    schema = _table(Expectations)
    schema["properties"]["loads"] |= {"enum": list(variant_names())}
    return schema


def _table(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a table whose fields are optional, but not null."""
    generated = model.model_json_schema()
    first_line = (model.__doc__ or "").partition("\n")[0]
    return {
        "description": first_line.replace("``", ""),
        "type": "object",
        "properties": {name: _friendly(_without_null(field)) for name, field in generated["properties"].items()},
        "additionalProperties": False,
    }


def _without_null(field: Mapping[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in field.items() if key not in {"anyOf", "default"}}
    kinds = [kind for kind in field.get("anyOf", ()) if kind != {"type": "null"}]
    return {**rest, **kinds[0]} if len(kinds) == 1 else {**rest, "anyOf": kinds} if kinds else rest


def _friendly(field: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a field with its description first, on one line, and without its title, the name."""
    description = " ".join(field["description"].split())
    rest = {key: value for key, value in field.items() if key not in {"title", "description"}}
    plain = _with_list_lengths(rest)
    return {"description": description, **plain}


def _with_list_lengths(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_with_list_lengths(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    rename = _LENGTHS if schema.get("type") == "array" else {}
    return {rename.get(key, key): _with_list_lengths(value) for key, value in schema.items()}
