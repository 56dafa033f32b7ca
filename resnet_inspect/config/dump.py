"""A config as TOML: what ``load`` reads back as the same config."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from resnet_inspect.config.schema import ResNetConfig

_COMMENT_WIDTH = 96
_ALWAYS = frozenset({"name", "block", "stage_blocks"})
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def to_toml(config: ResNetConfig, *, comments: bool = True) -> str:
    """Return every field of ``config`` in the order of the schema; one that is not set as a comment, TOML has no null.

    Args:
        config: what to write.
        comments: put each field's description above it.
    """
    return "\n".join(_lines(config, comments=comments)) + "\n"


def to_short_toml(config: ResNetConfig) -> str:
    """Return the name, the blocks and every field that is not as it is by default: it reads back as the same config."""
    defaults = ResNetConfig(block=config.block, stage_blocks=config.stage_blocks)
    fields = {field: getattr(config, field) for field in ResNetConfig.model_fields}
    shown = (field for field in fields if field in _ALWAYS or fields[field] != getattr(defaults, field))
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
    for number, (name, field) in enumerate(ResNetConfig.model_fields.items()):
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
    # Also what TOML would take as it is, such as bidi controls: a terminal would obey them.
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
