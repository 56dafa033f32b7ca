"""The lines of a file, for those who show where a finding stands."""

from __future__ import annotations

import re

from resnet_inspect.config.positions import Position

_LONGEST = 1_000
"""Characters of a line that can be shown: a config can be JSON of a million characters on one line."""

_TEXT = re.compile(r'"""|\'\'\'|"(?>(?:[^"\\]|\\.)*)"|\'[^\']*+\'')
_OTHER = re.compile(r"[^\s,#=:\]}]+")
_CLOSES = {"[": "]", "{": "}"}


class Lines:
    """The lines of a text."""

    def __init__(self, text: str) -> None:
        self._lines = [line.rstrip("\r") for line in text.split("\n")]

    def text(self, position: Position | None) -> str:
        """The line at ``position``; empty where there is none, or none that can be shown."""
        if position is None or not 1 <= position.line <= len(self._lines):
            return ""
        line = self._lines[position.line - 1]
        return line if len(line) <= _LONGEST else ""

    def end(self, position: Position | None) -> int | None:
        """One past the last column of the name or value that starts at ``position``, as far as its line goes."""
        line = self.text(position)
        if position is None or not position.column <= len(line):
            return None
        start = position.column - 1
        if line[start] in _CLOSES:
            return _closing(line, start) + 1
        found = _TEXT.match(line, start) or _OTHER.match(line, start)
        return (found.end() if found else start + 1) + 1


def line_at(text: str, offset: int) -> str:
    """The line around an offset, without reading the rest of the text; empty if it is too long to be shown."""
    first, last = max(0, offset - _LONGEST - 1), offset + _LONGEST + 1
    start = text.rfind("\n", first, offset) + 1 or first
    end = text.find("\n", offset, last)
    line = text[start : last if end == -1 else end]
    return line if len(line) <= _LONGEST else ""


def _closing(line: str, start: int) -> int:
    """Index behind the bracket that closes the one at ``start``; of the line's end if it is not closed there."""
    opening, depth, at = line[start], 0, start
    while at < len(line):
        if text := _TEXT.match(line, at):
            at = text.end()
            continue
        depth += (line[at] == opening) - (line[at] == _CLOSES[opening])
        at += 1
        if depth == 0:
            return at
    return len(line.rstrip())
