"""Whether a file is a config of ours: what decides about the files of a folder, which nobody named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from resnet_inspect.config.documents import FORMAT_OF_SUFFIX, Format, parse
from resnet_inspect.config.expect import Expectations
from resnet_inspect.config.sources import MAX_BYTES, decode
from resnet_inspect.errors import ConfigError

_NAMES = "base|block|stage_blocks|expect"
"""Fields of a config of which at least one stands at the top of each, and which others seldom have there."""

_YAML_KEYS = re.compile(rf"(?<![\w-])(?:{_NAMES})[\"']?\s*:|(?<![^\s{{\[,])\?\s")
_YAML_TOP_KEYS = re.compile(rf"(?:^|[\r\x85\u2028\u2029])(?:[\"']?(?:{_NAMES})[\"']?\s*:|\?\s)", re.MULTILINE)
_KEYS: Mapping[Format, re.Pattern[str]] = {
    "TOML": re.compile(rf"(?<![\w-])(?:{_NAMES})[\"']?[ \t]*[=.\]]"),
    "YAML": _YAML_KEYS,
    "JSON": re.compile(rf"\"(?:{_NAMES})\"\s*:"),
}
"""Where such a name may be a key; it is one nowhere else, unless an escape spells it. YAML's ``? `` begins any key."""

_YAML_IN_LINES = re.compile(r"\ufeff?(?>(?:(?:[ \t]*|---[ \t]*|%.*)(?:#.*)?\r?\n)*)\w")
"""The first key of a mapping that is written in lines, with all its keys at the beginnings of lines."""

_SPELLED = re.compile(r"\\[xuU]")
"""The escapes that can stand for a letter of a name."""

_HEAD = 1 << 16
"""Characters of a broken file that are looked at."""


def looks_like_config(path: Path) -> bool:
    """Whether ``block``, ``stage_blocks``, a ``base`` that is text or an ``expect`` of ours is at the top of a file.

    A file is read for that as a check reads it. One that cannot be, because it is broken, too large, or saved as
    UTF-16, is judged by its text, so that a config of ours is found broken and other people's files are let alone.

    Raises:
        OSError: if the file cannot be read.
    """
    kind = FORMAT_OF_SUFFIX.get(path.suffix.lower())
    if kind is None:
        return False
    with path.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    # UTF-16 is ASCII with NUL bytes between.
    text = content.replace(b"\0", b"").decode("utf-8-sig", "replace").lstrip("\ufffd")
    if not _may_be_config(text, kind):
        return False
    try:
        if len(content) <= MAX_BYTES:
            return _is_config(parse(decode(content), kind).data)
    except ConfigError:
        pass
    return _seems_config(text[:_HEAD], kind)


def _may_be_config(text: str, kind: Format) -> bool:
    """Whether it is worth to be read: a folder may have a thousand files of others, and YAML takes 10 ms a file."""
    keys = _YAML_TOP_KEYS if kind == "YAML" and _YAML_IN_LINES.match(text) else _KEYS[kind]
    return keys.search(text) is not None or _SPELLED.search(text) is not None


def _is_config(data: Mapping[str, Any]) -> bool:
    """Whether the fields are those of a config, or of one that lacks its ``base``."""
    expect = data.get("expect")
    ours = isinstance(expect, dict) and not expect.keys().isdisjoint(Expectations.model_fields)
    return ours or "block" in data or "stage_blocks" in data or isinstance(data.get("base"), str)


def _seems_config(text: str, kind: Format) -> bool:
    """The same of what is no valid text of its format, as far as the text tells."""
    if kind == "TOML":
        header = _TOML_HEADER.search(text)
        return _TOML_TOP.search(text, 0, header.start() if header else len(text)) is not None
    if text.lstrip().startswith("{"):
        return any(_names_ours(*found) for found in _top_of_braces(text))
    return kind == "YAML" and any(_names_ours(*found) for found in _top_of_lines(text))


_TOML_TOP = re.compile(
    r"^[ \t]*(?:[\"']?(?:block|stage_blocks)[\"']?[ \t]*=|[\"']?base[\"']?[ \t]*=[ \t]*(?:[\"']|\r?$))", re.MULTILINE
)
_TOML_HEADER = re.compile(r"^[ \t]*\[+[ \t]*[A-Za-z_\"'][\w\"'. \t-]*\]+[ \t]*(?:#.*)?$", re.MULTILINE)
"""Numbers alone in brackets are a row of a list."""

_YAML_LINE = re.compile(r"^(?P<indent>[ ]*)(?!---|[ #%\r\n])", re.MULTILINE)
_YAML_KEY = r"^{}[\"']?({})[\"']?[ \t]*:(?:[ \t]+|[ \t]*\r?\n[ \t]+|[ \t]*\r?$)(\S{{0,5}})"


def _top_of_lines(text: str) -> Iterator[tuple[str, str]]:
    """Our names at the top of YAML in lines, each with the beginning of its value."""
    first = _YAML_LINE.search(text)
    key = _YAML_KEY.format(first["indent"] if first else "", _NAMES)
    return ((found[1], found[2]) for found in re.finditer(key, text, re.MULTILINE))


_TOKEN = re.compile(
    r"(?:\"(?P<double>[^\"\\]*+(?>(?:\\.[^\"\\]*+)*))(?:\"|\\?\Z)|'(?P<single>[^']*+)(?:'|\Z)|(?P<bare>[\w-]++))"
    r"(?P<colon>\s*+:)?(?=\s*+(?P<value>\S{0,5}))|(?P<bracket>[{}\[\]])",
    re.DOTALL,
)
"""A text that is never closed ends with the file, so that no character is looked at again and again."""


def _top_of_braces(text: str) -> Iterator[tuple[str, str]]:
    """The names in the outermost braces of JSON or YAML, each with the beginning of its value."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if bracket := token["bracket"]:
            depth += 1 if bracket in "{[" else -1
        elif depth == 1 and token["colon"]:
            yield token["double"] or token["single"] or token["bare"] or "", token["value"] or ""


_NO_TEXT = re.compile(r"[\d{}\[\]#,*&-]|!(?!!str)|\Z")
"""How a value begins that is none. Anchors and tags make a file unreadable here, and are common in other people's."""


def _names_ours(name: str, value: str) -> bool:
    """Whether a name is a field of ours; ``base`` is where its value may be a text."""
    return name in {"block", "stage_blocks"} or (name == "base" and not _NO_TEXT.match(value))
