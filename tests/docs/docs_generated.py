"""The parts of the reference that are written from the code itself: fields, options, variants, foreign names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import typer

import resnet_inspect as ri
from resnet_inspect.cli.app import app
from resnet_inspect.cli.options import Device, OutputFormat
from resnet_inspect.config.foreign import FOREIGN_NAMES
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.config.table import origin, variant_names

COMMANDS: Mapping[str, Any] = typer.main.get_command(app).commands

_CHOICES = {"output_format": OutputFormat, "device": Device}
_COMPUTED_DEFAULTS = {
    "stage_widths": "`64`, doubling from stage to stage",
    "stage_strides": "`1` for the first stage, `2` for the others",
}


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A markdown table, with a blank line above and below."""
    titles = list(titles)
    lines = [titles, ["---"] * len(titles), *(list(row) for row in rows)]
    return ["", *(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |" for cells in lines), ""]


def fields() -> list[str]:
    """Every field of a config."""
    properties = ResNetConfig.model_json_schema()["properties"]
    rows = (
        (f"`{name}`", _type(properties[name]), _default(name, properties[name]), _sentence(properties[name]))
        for name in ResNetConfig.model_fields
    )
    return table(("field", "value", "default", "meaning"), rows)


def _sentence(schema: Mapping[str, Any]) -> str:
    return " ".join(schema["description"].split())


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(f'`"{choice}"`' for choice in schema["enum"])
    if schema["type"] == "array":
        least, most = schema.get("minItems", schema.get("minLength")), schema.get("maxItems", schema.get("maxLength"))
        count = "one per stage" if least is None else f"{least}" if least == most else f"{least} to {most}"
        return f"list of whole numbers ({count}), each {_range(schema['items'])}"
    if schema["type"] == "integer":
        return f"whole number, {_range(schema)}"
    if schema["type"] == "boolean":
        return "`true` or `false`"
    return f"text, {schema['minLength']} to {schema['maxLength']} characters"


def _range(schema: Mapping[str, Any]) -> str:
    return f"{schema['minimum']:,} to {schema['maximum']:,}"


def _default(name: str, schema: Mapping[str, Any]) -> str:
    if name in _COMPUTED_DEFAULTS:
        return _COMPUTED_DEFAULTS[name]
    if "default" not in schema:
        return "required"
    value = schema["default"]
    shown = f'"{value}"' if isinstance(value, str) else str(value).lower()
    return f"`{shown}`"


def parameters(command: str) -> list[str]:
    """Arguments and options of a command."""
    return table(("", "default", "meaning"), map(_parameter, COMMANDS[command].params))


def _parameter(parameter: Any) -> tuple[str, str, str]:
    default = parameter.default
    if parameter.param_type_name == "argument":
        name = f"`{parameter.metavar or parameter.name.upper()}`"
        return name, "required" if parameter.required else "" if default is None else f"`{default}`", parameter.help
    value = "" if parameter.is_flag else f" {parameter.metavar or _value(parameter)}"
    *short, last = sorted(parameter.opts, key=len)
    names = ", ".join(f"`{name}`" for name in [*short, f"{last}{value}"])
    return names, "" if default is None or parameter.is_flag else f"`{default}`", parameter.help


def _value(parameter: Any) -> str:
    if parameter.name in _CHOICES:
        return "|".join(_CHOICES[parameter.name])
    return {"block": "N", "depth": "N"}.get(parameter.name, parameter.name.upper())


def variants() -> list[str]:
    """Every variant with what it comes to."""
    return table(("variant", "depth", "parameters", "MACs", "figures from"), map(_variant, variant_names()))


def _variant(name: str) -> tuple[str, ...]:
    config = ri.load(name)
    anatomy = ri.dissect(ri.trace(ri.build(config), config.input_shape))
    totals = anatomy.totals
    return f"`{name}`", str(anatomy.depth.depth), f"{totals.params:,}", f"{totals.macs:,}", origin(name)


def foreign_names() -> list[str]:
    """What other frameworks call the fields."""
    rows = ((f"`{row.name}`", _here(row.field), row.note) for row in FOREIGN_NAMES)
    return table(("there", "here", "whose name, or what differs"), rows)


def _here(field: str) -> str:
    return " or ".join(f"`{name}`" if name != "fields" else name for name in field.split(" or "))


GENERATED: Mapping[str, Callable[[], list[str]]] = {
    "fields": fields,
    "variants": variants,
    "foreign-names": foreign_names,
    **{f"cli-{command}": lambda command=command: parameters(command) for command in COMMANDS},
}
