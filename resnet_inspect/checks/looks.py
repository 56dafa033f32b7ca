"""Whether a file looks like a config of ours: what decides about the files of a folder, which nobody named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from resnet_inspect.config.documents import FORMAT_OF_SUFFIX, Format

_HEAD_BYTES = 1 << 16
"""A config is smaller; of another file, this much tells enough."""

_TOML_TOP = re.compile(
    r"^[ \t]*(?:\"?(?:block|stage_blocks)\"?[ \t]*=|\"?base\"?[ \t]*=[ \t]*(?:[\"']|\r?$))", re.MULTILINE
)
_TOML_HEADER = re.compile(r"^[ \t]*\[+[ \t]*[\w\"'-][\w\"'. \t-]*\]+[ \t]*(?:#.*)?$", re.MULTILINE)
_YAML_TOP = re.compile(r"^[\"']?(?:(?:block|stage_blocks)[\"']?[ \t]*:|base[\"']?[ \t]*:[ \t]*[\"'\w])", re.MULTILINE)
_JSON_TOKEN = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?\Z)(\s*:)?(?=(\s*")|)|[{}\[\]]', re.DOTALL)
"""A text that is never closed ends with the file, so that no character is looked at again and again."""


def looks_like_config(path: Path) -> bool:
    """Whether ``block``, ``stage_blocks`` or a ``base`` that is text stands at the top of a file.

    It is the text that is looked at: a config that is broken, or saved as UTF-16, still looks like one.

    Raises:
        OSError: if the file cannot be read.
    """
    kind = FORMAT_OF_SUFFIX.get(path.suffix.lower())
    if kind is None:
        return False
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    # UTF-16 is ASCII with NUL bytes between.
    return _has_our_fields(head.replace(b"\0", b"").decode("utf-8-sig", "replace").lstrip("\ufffd"), kind)


def _has_our_fields(text: str, kind: Format) -> bool:
    if kind == "JSON":
        return _json_has_our_fields(text)
    if kind == "YAML":
        return _YAML_TOP.search(text) is not None or _json_has_our_fields(text)
    header = _TOML_HEADER.search(text)
    return _TOML_TOP.search(text, 0, header.start() if header else len(text)) is not None


_JSON_OPENS: Mapping[str, int] = {"{": 1, "[": 1, "}": -1, "]": -1}


def _json_has_our_fields(text: str) -> bool:
    """Whether one of our fields is a key of the outermost object; YAML can be written so, too."""
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return False
    depth = 0
    for token in _JSON_TOKEN.finditer(text):
        name, colon, opens_text = token.groups()
        if name is None:
            depth += _JSON_OPENS[token.group()]
        elif depth == 1 and colon and (name in {"block", "stage_blocks"} or (name == "base" and opens_text)):
            return True
    return False
