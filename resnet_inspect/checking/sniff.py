"""Tell the configs in a folder, whose files nobody named, from other people's TOML, YAML and JSON."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resnet_inspect.configs.documents import FORMAT_OF_SUFFIX, parse
from resnet_inspect.configs.expect import Expectations
from resnet_inspect.configs.read_text import MAX_CONFIG_BYTES, decode
from resnet_inspect.errors import ConfigError

_KEY = re.compile(r"(?<![\w-])(?:base|block|stage_blocks|expect)(?:[\"']?\s*[:=\]]|\.\w)|\\[xuU]")
"""A key that every config has at its top, or an escape, which may spell a letter of one.

A folder may have a thousand files of others, and parsing YAML takes 10 ms a file: one without such a key is not parsed.
"""

_FIRST_KEY = re.compile(r"^([ \t]*)(?:\{[ \t]*)?[\"']?[\w-]+[\"']?[ \t]*[:=]", re.MULTILINE)
_OUR_KEY = re.compile(
    r"^([ \t]*)(?:\{(?:.*,)?[ \t]*)?[\"']?"
    r"(?:(?:block|stage_blocks)[\"']?[ \t]*[:=]|base[\"']?[ \t]*[:=]\s*+(?![\d{}\[\]#,*&-]|!(?!!str)))",
    re.MULTILINE,
)
"""A key of a config at the beginning of a line or, in a line that begins with a brace, anywhere on it.

The value of ``base`` must begin as a text does. Anchors and tags are not read here, and common in other people's files.
"""

_NESTED = re.compile(r"\A\s*\[|^\[+[ \t]*[A-Za-z_\"']", re.MULTILINE)
"""A list as a whole, or a header of TOML: no key behind them is at the top."""

_HEAD = 1 << 16
"""Characters of a broken file that are looked at."""


def looks_like_config(path: Path) -> bool:
    """Return whether a file has ``block``, ``stage_blocks``, a text as ``base`` or an ``expect`` of ours at its top.

    The file is read as a check reads it. One that cannot be, because it is broken, too large, or saved as UTF-16, is
    judged by the keys in its text: a broken config of ours must be found, and other people's files be let alone.

    Raises:
        OSError: if the file cannot be read.
    """
    kind = FORMAT_OF_SUFFIX.get(path.suffix.lower())
    if kind is None:
        return False
    with path.open("rb") as stream:
        content = stream.read(MAX_CONFIG_BYTES + 1)
    # UTF-16 is ASCII with NUL bytes between.
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
    """Return whether the fields are those of a config, or of one that lacks its ``base``."""
    expect = data.get("expect")
    ours = isinstance(expect, dict) and not expect.keys().isdisjoint(Expectations.model_fields)
    return ours or "block" in data or "stage_blocks" in data or isinstance(data.get("base"), str)


def _seems_config(text: str) -> bool:
    """Return whether a key of ours is at the top of a text: indented no more than its first key."""
    nested = _NESTED.search(text)
    top = text[: nested.start()] if nested else text
    first = _FIRST_KEY.search(top)
    return first is not None and any(len(key[1]) <= len(first[1]) for key in _OUR_KEY.finditer(top))
