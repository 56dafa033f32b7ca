"""Which findings a file silences: its ``[check]`` table and its ``# resnet-inspect: ignore[RI104]`` comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo, WithJsonSchema

from resnet_inspect.config.comments import comments
from resnet_inspect.config.declaration import Silence
from resnet_inspect.config.documents import Document
from resnet_inspect.config.expect import flawed
from resnet_inspect.config.positions import Flaw, Position, PositionsInOrder
from resnet_inspect.config.problems import describe
from resnet_inspect.config.schema import PerStage
from resnet_inspect.config.selector import PATTERN as SELECTOR_PATTERN
from resnet_inspect.config.selector import Names, wrong_selector
from resnet_inspect.errors import Problem
from resnet_inspect.text import sanitise

MARKER = "resnet-inspect:"

_COMMENT = re.compile(r"#\s*resnet-inspect:\s*(.*)")
_IGNORE = re.compile(r"ignore(?:\[([^\]]*)\])?(?=\s|\Z)")
_HINT = "write # resnet-inspect: ignore[RI104], or ignore[RI104, RI2] for several"

_EXPLAINED = 100
"""Wrong words for which a similar one is looked for; a file can have tens of thousands, and nobody reads more."""


def _selector(value: Any, info: ValidationInfo) -> str:
    if not isinstance(value, str):
        raise flawed(Flaw(f"must be a rule in quotes, found {describe(value)}", 'write "RI104"'))
    if flaw := wrong_selector(value, (info.context or {}).get("rules", {}), ignoring=True):
        raise flawed(flaw)
    return value


Selector = Annotated[
    str, PlainValidator(_selector), WithJsonSchema({"type": "string", "pattern": f"^({SELECTOR_PATTERN})$"})
]


class Check(BaseModel):
    """The ``[check]`` table: how this file wants to be checked."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True)

    ignore: Annotated[tuple[Selector, ...], PerStage, Field(max_length=100)] = ()
    """Rules whose findings in this file are left out: a code, the beginning of codes such as RI1, a name, or ALL."""


def silencing_comments(text: str, document: Document, rules: Names) -> tuple[list[Silence], list[Problem]]:
    """Return what comments silence, and what is wrong with those that try.

    At the end of a line a comment concerns that line; on a line of its own, the whole file.

    Args:
        text: the file.
        document: the same, read.
        rules: names of all rules; empty leaves open which there are.
    """
    silences: list[Silence] = []
    problems: list[Problem] = []
    flaws: dict[str, Flaw | None] = {}  # a comment can say one word ten thousand times
    for line, column, alone, word in _commented_words(text, document):
        if word.text is not None and word.text not in flaws:
            similar = len(problems) < _EXPLAINED
            flaws[word.text] = wrong_selector(word.text, rules, ignoring=True, similar=similar)
        if flaw := word.flaw or flaws.get(word.text or ""):
            problems.append(Problem(flaw.message, line=line, column=column, hint=flaw.hint))
        else:
            silences.append(Silence(word.text or "", None if alone else line, Position(line, column)))
    return silences, problems


class _Word(NamedTuple):
    """A selector in a comment.

    Attributes:
        start: where it starts, counted from the start of the comment.
        text: itself; ``None`` without brackets.
        flaw: what is wrong with the whole comment, if anything is.
    """

    start: int
    text: str | None = None
    flaw: Flaw | None = None


def _commented_words(text: str, document: Document) -> Iterator[tuple[int, int, bool, _Word]]:
    """Line and column of every such word, and whether nothing but its comment stands on that line."""
    # Few files have such a comment; the others need no second look.
    if MARKER not in text or document.kind is None:
        return
    positions = PositionsInOrder(text)
    for comment in comments(text, document.kind):
        if match := _COMMENT.search(comment.text):
            line, column = positions.at(comment.start)
            for word in _words(match):
                yield line, column + word.start, comment.alone, word


def _words(comment: re.Match[str]) -> Iterator[_Word]:
    """Read ``ignore[RI104, RI2] and why``."""
    words = comment[1].rstrip()
    match = _IGNORE.match(words)
    if match is None:
        yield _Word(comment.start(), flaw=Flaw(f'not understood: "{sanitise(words, 60)}"', _HINT))
    elif match[1] is None:
        yield _Word(comment.start(1))
    elif not match[1].replace(",", "").strip():
        yield _Word(comment.start(), flaw=Flaw("ignores no rule", _HINT))
    else:
        start = comment.start(1) + match.start(1)
        for part in match[1].split(","):
            yield _Word(start + len(part) - len(part.lstrip()), part.strip())
            start += len(part) + 1
