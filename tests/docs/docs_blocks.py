"""The documents, and what stands between their fences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r"```(\w*)\s*")
_GENERATED = re.compile(r"<!-- generated: ([\w-]+) -->")
_END_GENERATED = "<!-- end of generated -->"


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        language: the word behind the opening fence.
        lines: its content.
        start: index of its first line of content among the document's lines.
    """

    language: str
    lines: tuple[str, ...]
    start: int

    @property
    def end(self) -> int:
        """One past the index of its last line of content."""
        return self.start + len(self.lines)


def blocks(lines: list[str]) -> Iterator[Block]:
    """The fenced blocks of a document, in order."""
    start, language = None, ""
    for index, text in enumerate(lines):
        if start is None and (fence := _FENCE.fullmatch(text)):
            start, language = index + 1, fence[1]
        elif start is not None and text == "```":
            yield Block(language, tuple(lines[start:index]), start)
            start = None
    assert start is None, f"the block that opens on line {start} is never closed"


def prose(lines: list[str]) -> Iterator[tuple[int, str]]:
    """(number from 1, text) of every line that stands outside the blocks, code spans taken out."""
    inside = {index for block in blocks(lines) for index in range(block.start - 1, block.end + 1)}
    for index, text in enumerate(lines):
        if index not in inside:
            yield index + 1, re.sub(r"`[^`]*`", "", text)


def generated_parts(lines: list[str]) -> Iterator[tuple[str, int, int]]:
    """(name, start, end) of each part between ``<!-- generated: name -->`` and its end."""
    for index, text in enumerate(lines):
        if opening := _GENERATED.fullmatch(text):
            yield opening[1], index + 1, lines.index(_END_GENERATED, index)


def tables(lines: list[str]) -> Iterator[tuple[str, list[list[str]]]]:
    """(heading above, rows of cells) of every table; the header row is left out, ``\\|`` is a bar."""
    heading, rows = "", []
    for text in [*lines, ""]:
        if text.startswith("#"):
            heading = text.lstrip("# ")
        if text.startswith("|"):
            cells = re.split(r"(?<!\\)\|", text.strip().strip("|"))
            rows.append([cell.strip().replace("\\|", "|") for cell in cells])
        elif rows:
            yield heading, rows[2:]
            rows = []
