"""Distinction of configs from other TOML, YAML and JSON files in folders."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resnet_inspect.configs.documents import parse
from resnet_inspect.configs.expect import Expectations
from resnet_inspect.configs.read_text import MAX_CONFIG_BYTES, decode
from resnet_inspect.errors import ConfigError
from resnet_inspect.formats import CONFIG_FORMATS

_KEY = re.compile(r"(?<![\w-])(?:base|block|stage_blocks|expect)(?:[\"']?\s*[:=\]]|\.\w)|\\[xuU]")
"""A key that configs have at the top level, or an escape, which may stand for a letter of one.

A file without such a key is not parsed: parsing YAML takes 10 ms a file, and a folder may have a thousand other files.
"""

_FIRST_KEY = re.compile(r"^([ \t]*)(?:\{[ \t]*)?[\"']?[\w-]+[\"']?[ \t]*[:=]", re.MULTILINE)
_OUR_KEY = re.compile(
    r"^([ \t]*)(?:\{(?:.*,)?[ \t]*)?[\"']?"
    r"(?:(?:block|stage_blocks)[\"']?[ \t]*[:=]|base[\"']?[ \t]*[:=]\s*+(?![\d{}\[\]#,*&-]|!(?!!str)))",
    re.MULTILINE,
)
"""A key of a config at the beginning of a line, or anywhere in a line that begins with a brace.

The value of ``base`` must begin like a string. Anchors and tags, common in other files, do not count as one.
"""

_NESTED = re.compile(r"\A\s*\[|^\[+[ \t]*[A-Za-z_\"']", re.MULTILINE)
"""The start of a top-level list, or a header of a TOML table: no key after these is at the top level."""

_HEAD = 1 << 16
"""Characters of a broken file to examine."""


def looks_like_config(path: Path) -> bool:
    """Return whether a file has ``block``, ``stage_blocks``, a string ``base`` or our ``expect`` at its top level.

    A file that cannot be parsed, because it is broken, too large, or saved as UTF-16, is judged by the keys in its
    text: a broken config must be found, and unrelated files must be left out.

    Raises:
        OSError: if the file cannot be read.
    """
    kind = CONFIG_FORMATS.get(path.suffix.lower())
    if kind is None:
        return False
    with path.open("rb") as stream:
        content = stream.read(MAX_CONFIG_BYTES + 1)
    # ASCII text in UTF-16 has NUL bytes between the characters.
    text = content.replace(b"\0", b"").decode("utf-8-sig", "replace").lstrip("\ufffd")
    if not _KEY.search(text):
        return False
    try:
        if len(content) <= MAX_CONFIG_BYTES:
            return _is_config(parse(decode(content), kind).data)
    except ConfigError:
        pass
    return _seems_config(text[:_HEAD])


def _is_config(data: Mapping[str, Any]) -> bool:
    """Return whether the fields are those of a config, possibly one that lacks its ``base``."""
    expect = data.get("expect")
    ours = isinstance(expect, dict) and not expect.keys().isdisjoint(Expectations.model_fields)
    return ours or "block" in data or "stage_blocks" in data or isinstance(data.get("base"), str)


def _seems_config(text: str) -> bool:
    """Return whether a key of a config is at the top level of a text: indented no more than its first key."""
    nested = _NESTED.search(text)
    top = text[: nested.start()] if nested else text
    first = _FIRST_KEY.search(top)
    return first is not None and any(len(key[1]) <= len(first[1]) for key in _OUR_KEY.finditer(top))
