"""The ignores in a config file: its ``[check]`` table, ``# resnet-inspect: ignore[RI104]``."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo, WithJsonSchema

from resnet_inspect.configs.documents import Document, comments
from resnet_inspect.configs.fields import PerStage
from resnet_inspect.configs.positions import Flaw, Position, PositionsInOrder
from resnet_inspect.configs.problems import ABOVE_TABLES, describe, flawed, is_config_field
from resnet_inspect.configs.selectors import SELECTOR, Ignore, RuleNames, wrong_selector
from resnet_inspect.configs.suggest import suggest
from resnet_inspect.errors import Problem
from resnet_inspect.text import sanitise

_MARKER = "resnet-inspect:"
_COMMENT = re.compile(rf"#\s*{_MARKER}\s*(.*)")
_IGNORE = re.compile(r"ignore(?:\[([^\]]*)\])?(?=\s|\Z)")
_HINT = "write # resnet-inspect: ignore[RI104], or ignore[RI104, RI2] for several"

_EXPLAINED = 100
"""Number of wrong selectors for which a similar one is searched: a file can have tens of thousands."""


def _checked_selector(value: Any, info: ValidationInfo) -> str:
    if not isinstance(value, str):
        raise flawed(Flaw(f"must be a rule in quotes, found {describe(value)}", 'write "RI104"'))
    if flaw := wrong_selector(value, (info.context or {}).get("rules", {}), ignoring=True):
        raise flawed(flaw)
    return value


Selector = Annotated[
    str, PlainValidator(_checked_selector), WithJsonSchema({"type": "string", "pattern": f"^({SELECTOR})$"})
]


class CheckTable(BaseModel):
    """The ``[check]`` table: how this file wants to be checked."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True)

    ignore: Annotated[tuple[Selector, ...], PerStage, Field(max_length=100)] = ()
    """Rules whose findings in this file are left out: a code, the beginning of codes such as RI1, a name, or ALL."""


def ignoring_comments(text: str, document: Document, rules: RuleNames) -> tuple[list[Ignore], list[Problem]]:
    """Return the ignores in comments, and the problems of wrong comments.

    At the end of a line, a comment applies to that line; on a line of its own, to the whole file.

    Args:
        text: the file.
        document: the parsed text.
        rules: names of all rules; if empty, the rules are unknown.
    """
    ignores: list[Ignore] = []
    problems: list[Problem] = []
    # Few files have such a comment.
    if _MARKER not in text or document.kind is None:
        return ignores, problems
    positions = PositionsInOrder(text)
    flaws: dict[str | None, Flaw | None] = {None: None}  # a selector may be repeated ten thousand times
    for comment in comments(text, document.kind):
        if (match := _COMMENT.search(comment.text)) is None:
            continue
        line, column = positions.at(comment.start)
        for start, selector, flaw in _selectors(match):
            if selector not in flaws:
                similar = len(problems) < _EXPLAINED
                flaws[selector] = wrong_selector(selector or "", rules, ignoring=True, similar=similar)
            if found := flaw or flaws[selector]:
                problems.append(Problem(found.message, line=line, column=column + start, hint=found.hint))
            else:
                position = Position(line, column + start)
                ignores.append(Ignore(selector or "", None if comment.alone else line, position))
    return ignores, problems


def _selectors(comment: re.Match[str]) -> Iterator[tuple[int, str | None, Flaw | None]]:
    """Yield the selectors of ``ignore[RI104, RI2] and why``; ``None`` for a comment without brackets.

    Each comes with its offset in the comment; for a comment that is wrong as a whole, the flaw is given.
    """
    words = comment[1].rstrip()
    match = _IGNORE.match(words)
    if match is None:
        yield comment.start(), None, Flaw(f'not understood: "{sanitise(words, 60)}"', _HINT)
    elif match[1] is None:
        yield comment.start(1), None, None
    elif not match[1].replace(",", "").strip():
        yield comment.start(), None, Flaw("ignores no rule", _HINT)
    else:
        start = comment.start(1) + match.start(1)
        for part in match[1].split(","):
            yield start + len(part) - len(part.lstrip()), part.strip(), None
            start += len(part) + 1


def unknown_setting(name: str) -> str:
    """Return the hint for an unknown field of ``[check]``."""
    if is_config_field(name):
        return ABOVE_TABLES
    return "did you mean ignore?" if suggest(name, CheckTable.model_fields) else "the only field is ignore"
