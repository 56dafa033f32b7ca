"""The comments of a text in TOML or YAML; a number sign inside a text is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from resnet_inspect.config.documents import Format


class Comment(NamedTuple):
    """One comment.

    Attributes:
        start: offset of its number sign.
        text: it and all that follows on its line.
        alone: whether nothing else stands on its line.
    """

    start: int
    text: str
    alone: bool


_TOML_TOKEN = re.compile(
    r'"""(?>(?:[^"\\]|\\.|"(?!""))*)"{3,5}'
    r"|'''(?>(?:[^']|'(?!''))*)'{3,5}"
    r'|"(?>(?:[^"\\\n]|\\.)*)"'
    r"|'[^'\n]*+'"
    r"|(?P<comment>#[^\r\n]*)",
    re.DOTALL,
)
"""A text or a comment: nothing else in TOML holds a quote or a number sign.

Repeated groups are atomic, and not possessive: Python up to 3.11.4 loses its place in ``(?:…)*+``.
"""

_LINE_END = re.compile(r"[\r\n]|\Z")


def comments(text: str, kind: Format) -> Iterator[Comment]:
    """Yield the comments of a text that is valid in its format; JSON has none."""
    for start in _FINDERS[kind](text):
        before = text[text.rfind("\n", 0, start) + 1 : start]
        yield Comment(start, text[start : _line_end(text, start)], alone=not before.strip())


def _in_toml(text: str) -> Iterator[int]:
    return (token.start() for token in _TOML_TOKEN.finditer(text) if token["comment"])


def _in_yaml(text: str) -> Iterator[int]:
    """PyYAML's scanner drops comments: they are the number signs between its tokens."""
    import yaml

    end = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        yield from _signs(text, end, token.start_mark.index)
        end = max(end, token.end_mark.index)
    yield from _signs(text, end, len(text))


def _signs(text: str, start: int, end: int) -> Iterator[int]:
    """Offset of the first number sign of each line between two offsets."""
    while (sign := text.find("#", start, end)) != -1:
        yield sign
        start = _line_end(text, sign)


def _line_end(text: str, start: int) -> int:
    found = _LINE_END.search(text, start)
    return found.start() if found else len(text)


def _in_json(_: str) -> Iterator[int]:
    return iter(())


_FINDERS: Mapping[Format, Callable[[str], Iterator[int]]] = {"TOML": _in_toml, "YAML": _in_yaml, "JSON": _in_json}
