"""Selectors of rules: a code, the beginning of codes, a name, or ALL; without pydantic, for completion."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from resnet_inspect.configs.positions import FieldPath, Flaw, Position
from resnet_inspect.configs.suggest import suggest
from resnet_inspect.text import sanitise

ALL = "ALL"

ALWAYS_ON = "RI0"
"""Beginning of the codes for files that were not checked, which cannot be turned off."""

RuleNames = Mapping[str, str]
"""Code of a rule -> its name, for all rules."""

_FORMER_NAMES: Mapping[str, str] = {"unused-silence": "unused-ignore"}
"""Former name of a rule, which is still accepted -> its name."""

SELECTOR = r"[Rr]([Ii][0-9]{0,3})?|[Aa][Ll][Ll]|[A-Za-z0-9]+(-[A-Za-z0-9]+)+"
"""Pattern of a selector, for use if the rules are not known."""


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
    if meant or (not names and re.fullmatch(SELECTOR, selector)):
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
