"""A config as TOML: what ``load`` reads back as the same config."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from resnet_inspect.config.schema import ResNetConfig

_COMMENT_WIDTH = 96
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def to_toml(config: ResNetConfig, *, comments: bool = True) -> str:
    """Return every field of ``config`` in the order of the schema; one that is not set as a comment, TOML has no null.

    Args:
        config: what to write.
        comments: put each field's description above it.
    """
    return "\n".join(_lines(config, comments=comments)) + "\n"


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
