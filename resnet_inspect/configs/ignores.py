"""Selectors of rules, and the ignores in a config file: its ``[check]`` table, ``# resnet-inspect: ignore[RI104]``."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo, WithJsonSchema

from resnet_inspect.configs.documents import Document, comments
from resnet_inspect.configs.fields import PerStage
from resnet_inspect.configs.positions import FieldPath, Flaw, Position, PositionsInOrder
from resnet_inspect.configs.problems import ABOVE_TABLES, describe, flawed, is_config_field
from resnet_inspect.configs.suggest import suggest
from resnet_inspect.errors import Problem
from resnet_inspect.text import sanitise

ALL = "ALL"

ALWAYS_ON = "RI0"
"""Beginning of the codes for files that were not checked, which cannot be turned off."""

RuleNames = Mapping[str, str]
"""Code of a rule -> its name, for all rules."""

_FORMER_NAMES: Mapping[str, str] = {"unused-silence": "unused-ignore"}
"""Former name of a rule, which is still accepted -> its name."""

_SELECTOR = r"[Rr]([Ii][0-9]{0,3})?|[Aa][Ll][Ll]|[A-Za-z0-9]+(-[A-Za-z0-9]+)+"
"""Pattern of a selector, for use if the rules are not known."""

_MARKER = "resnet-inspect:"
_COMMENT = re.compile(rf"#\s*{_MARKER}\s*(.*)")
_IGNORE = re.compile(r"ignore(?:\[([^\]]*)\])?(?=\s|\Z)")
_HINT = "write # resnet-inspect: ignore[RI104], or ignore[RI104, RI2] for several"

_EXPLAINED = 100
"""Number of wrong selectors for which a similar one is searched: a file can have tens of thousands."""


def exactness(selector: str, code: str, name: str) -> int:
    """Return how exactly ``selector`` selects the rule: 0 if it does not, more for a longer code or the name.

    A selector is one word: a code, the beginning of codes, a name, or ALL.
    """
    if selector.upper() == ALL:
        return 1
    if _FORMER_NAMES.get(selector.lower(), selector.lower()) == name:
        return 1 + len(code)
    return 1 + len(selector) if selector and code.startswith(selector.upper()) else 0


def meant_by(selector: str, names: RuleNames) -> frozenset[str]:
    """Return the codes of the rules that ``selector`` selects."""
    return frozenset(code for code, name in names.items() if exactness(selector, code, name))


def ignorable(selector: str, names: RuleNames) -> frozenset[str]:
    """Return the codes of the rules that ``selector`` selects and that are not always on."""
    return frozenset(code for code in meant_by(selector, names) if not code.startswith(ALWAYS_ON))


def wrong_selector(selector: str, names: RuleNames, *, ignoring: bool, similar: bool = True) -> Flaw | None:
    """Return the flaw of a selector, with a suggestion; ``None`` if it is right.

    Args:
        selector: the selector as written.
        names: names of all rules; if empty, the rules are unknown, and only the form is checked.
        ignoring: ``True`` if the selector turns rules off.
        similar: ``True`` to search for similar names, which takes a while.
    """
    meant = meant_by(selector, names)
    always_on = all(code.startswith(ALWAYS_ON) for code in meant) if names else selector.upper().startswith(ALWAYS_ON)
    if ignoring and always_on and (meant or not names):
        message = f"{sanitise(selector, 60)} cannot be ignored: it says that a file was not checked"
        return Flaw(message, "leave the file out with exclude")
    if meant or (not names and re.fullmatch(_SELECTOR, selector)):
        return None
    return Flaw(f"there is no rule '{sanitise(selector, 60)}'", _similar_rules(selector, names) if similar else "")


def _similar_rules(selector: str, names: RuleNames) -> str:
    if not names:
        return "write a code (RI104), the start of several (RI1), or a name"
    found = suggest(selector, (*names, *names.values()), 2)
    return f"did you mean {' or '.join(found)}?" if found else "'resnet-inspect rule' lists them all"


class Ignore(NamedTuple):
    """One selector of rules that a file ignores.

    Attributes:
        selector: as written; empty for a comment without brackets, which means all rules.
        line: the line on which they are ignored; ``None`` for the whole file.
        position: position of the selector in a comment; ``None`` for an entry of ``[check]``.
        field: path of the entry of ``[check]``; empty for a comment.
    """

    selector: str
    line: int | None = None
    position: Position | None = None
    field: FieldPath = ()


def _checked_selector(value: Any, info: ValidationInfo) -> str:
    if not isinstance(value, str):
        raise flawed(Flaw(f"must be a rule in quotes, found {describe(value)}", 'write "RI104"'))
    if flaw := wrong_selector(value, (info.context or {}).get("rules", {}), ignoring=True):
        raise flawed(flaw)
    return value


Selector = Annotated[
    str, PlainValidator(_checked_selector), WithJsonSchema({"type": "string", "pattern": f"^({_SELECTOR})$"})
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
