"""The parts of the reference that are written from the code itself: fields, options, variants, foreign names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import resnet_inspect as ri
from resnet_inspect.checking.registry import RULES
from resnet_inspect.cli.app import load_command
from resnet_inspect.commands import COMMANDS as LISTED
from resnet_inspect.commands.variants import VariantRow
from resnet_inspect.configs.foreign import FOREIGN_NAMES
from resnet_inspect.configs.json_schema import config_schema
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.words import WORDS, Meaning, fold, meanings_of

COMMANDS: Mapping[str, Any] = {command.name: load_command(command) for command in LISTED}

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
    if "oneOf" in schema:
        one, per_stage = schema["oneOf"]
        assert per_stage["items"] == one
        return f"{_type(one)}, or a list of them (one per stage)"
    if "anyOf" in schema:
        value, nothing = schema["anyOf"]
        assert nothing == {"type": "null"}
        return _type(value)
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(choice)}`" for choice in schema["enum"] if "×" not in str(choice))
    return _TYPES[schema["type"]](schema)


def _list_type(schema: Mapping[str, Any]) -> str:
    if "items" in schema["items"]:
        number = schema["items"]["items"]["items"]
        return f"list (one per stage) of lists (one per block) of lists of whole numbers, each {_range(number)}"
    least, most = schema.get("minItems", schema.get("minLength")), schema.get("maxItems", schema.get("maxLength"))
    count = "one per stage" if least is None else f"{least}" if least == most else f"{least} to {most}"
    return f"list of whole numbers ({count}), each {_range(schema['items'])}"


_TYPES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "array": _list_type,
    "integer": lambda schema: f"whole number, {_range(schema)}",
    "boolean": lambda _: "`true` or `false`",
    "string": lambda schema: f"text, {schema['minLength']} to {schema['maxLength']} characters",
}


def _range(schema: Mapping[str, Any]) -> str:
    return f"{schema['minimum']:,} to {schema['maximum']:,}"


def _default(name: str, schema: Mapping[str, Any]) -> str:
    if name in _COMPUTED_DEFAULTS:
        return _COMPUTED_DEFAULTS[name]
    if "default" not in schema:
        return "required"
    value = schema["default"]
    return "not given" if value is None else f"`{json.dumps(value)}`"


def _fields_of(name: str) -> list[str]:
    """Every field of a table beside the config's own fields."""
    properties = config_schema()["properties"][name]["properties"]
    rows = ((f"`{field}`", _short_type(field, schema), schema["description"]) for field, schema in properties.items())
    return table(("field", "value", "meaning"), rows)


def _short_type(name: str, schema: Mapping[str, Any]) -> str:
    if name == "loads":
        return "name of a [variant](variants.md)"
    if "anyOf" in schema:
        return "[amount](#amounts)"
    if "oneOf" in schema:
        return " or ".join(_short_type(name, kind) for kind in schema["oneOf"])
    if schema["type"] == "array":
        return f"list of {_several(schema)}"
    return "whole number" if schema["type"] == "integer" else _type(schema)


def _several(schema: Mapping[str, Any]) -> str:
    """What a list holds: ``1 to 16 lists of 3 whole numbers``."""
    least, most = schema.get("minItems", 0), schema["maxItems"]
    count = f"{least}" if least == most else f"{least} to {most}"
    items = schema["items"]
    if items["type"] == "array":
        return f"{count} lists of {_several(items)}"
    return f"{count} {'whole numbers' if items['type'] == 'integer' else 'selectors'}"


def expectations() -> list[str]:
    """Every field of the ``[expect]`` table."""
    return _fields_of("expect")


def settings() -> list[str]:
    """Every field of the ``[check]`` table."""
    return _fields_of("check")


def parameters(command: str) -> list[str]:
    """Arguments of a command, then its options."""
    ordered = sorted(COMMANDS[command].params, key=lambda parameter: parameter.param_type_name != "argument")
    return table(("", "default", "meaning"), map(_parameter, ordered))


def _parameter(parameter: Any) -> tuple[str, str, str]:
    default = parameter.default
    if parameter.param_type_name == "argument":
        name = f"`{parameter.metavar or parameter.name.upper()}`"
        return name, "required" if parameter.required else "" if default is None else f"`{default}`", parameter.help
    value = "" if parameter.is_flag else f" {parameter.metavar or _value(parameter)}"
    *short, last = sorted(parameter.opts, key=len)
    names = ", ".join(f"`{name}`" for name in [*short, f"{last}{value}", *parameter.secondary_opts])
    return names, "" if default is None or parameter.is_flag else f"`{default}`", parameter.help


def _value(parameter: Any) -> str:
    if choices := getattr(parameter.type_descriptor, "choices", None):
        return "|".join(choices)
    return parameter.name.upper()


def commands() -> list[str]:
    """Every command with its arguments, and the first sentence of its help."""
    rows = ((f"`resnet-inspect {command.name}{_arguments(command.name)}`", command.summary) for command in LISTED)
    return table(("command", "what it does"), rows)


def _arguments(command: str) -> str:
    """`` MODEL FILE``, as the line of usage has it."""
    context = COMMANDS[command].context_class(COMMANDS[command])
    return "".join(f" {piece}" for piece in COMMANDS[command].collect_usage_pieces(context) if piece != "[OPTIONS]")


def variants() -> list[str]:
    """Every variant with what it comes to, and which published models it is."""
    titles = ("variant", "depth", "parameters", "MACs", "published as", "figures from")
    return table(titles, map(_variant, ri.variants().variants))


def _variant(row: VariantRow) -> tuple[str, ...]:
    published = ", ".join(f"`{model}`" for model in row.published)
    return f"`{row.name}`", str(row.depth), f"{row.params:,}", f"{row.macs:,}", published, row.origin


def rules() -> list[str]:
    """Every rule, with a link to its page."""
    rows = (
        (
            f"[{rule.code}]({rule.code}.md)",
            f"`{rule.name}`",
            rule.severity,
            "on" if rule.by_default else "off",
            rule.summary,
        )
        for rule in RULES.values()
    )
    return table(("rule", "name", "severity", "default", "what is wrong"), rows)


def rule_pages() -> dict[str, str]:
    """File name -> text, for the page of every rule: what ``rule`` writes as markdown."""
    return {f"{code}.md": ri.render(ri.rule(code), "markdown") for code in RULES}


def foreign_names() -> list[str]:
    """What other frameworks call the fields."""
    rows = ((f"`{row.name}`", _here(row.field), row.note) for row in FOREIGN_NAMES)
    return table(("there", "here", "whose name, or what differs"), rows)


def words() -> list[str]:
    """What else people call the values of a field, apart from other spellings of the values themselves."""
    rows = (
        (
            f"`{field}`",
            ", ".join(f"`{word}`" for word in sorted(group)),
            f'`"{meaning.value}"`' if meaning.value else "none",
            meaning.note,
        )
        for field in WORDS
        for meaning, group in _grouped(meanings_of(field)).items()
    )
    return table(("field", "written", "here", "what differs, or what to do"), rows)


def _grouped(known: Mapping[str, Meaning]) -> dict[Meaning, list[str]]:
    groups: dict[Meaning, list[str]] = {}
    for word, meaning in known.items():
        if word != fold(meaning.value):
            groups.setdefault(meaning, []).append(word)
    return groups


def _here(field: str) -> str:
    return " or ".join(f"`{name}`" if name != "fields" else name for name in field.split(" or "))


GENERATED: Mapping[str, Callable[[], list[str]]] = {
    "fields": fields,
    "expectations": expectations,
    "settings": settings,
    "commands": commands,
    "variants": variants,
    "foreign-names": foreign_names,
    "words": words,
    "rules": rules,
    **{f"cli-{command}": lambda command=command: parameters(command) for command in COMMANDS},
}
