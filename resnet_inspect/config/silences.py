"""Which findings a file silences: its ``[check]`` table and its ``# resnet-inspect: ignore[RI104]`` comments."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo, WithJsonSchema

from resnet_inspect.config.comments import comments
from resnet_inspect.config.declaration import Silence
from resnet_inspect.config.documents import Document
from resnet_inspect.config.expect import flawed
from resnet_inspect.config.nearest import nearest
from resnet_inspect.config.problems import describe
from resnet_inspect.config.quantity import Flaw
from resnet_inspect.config.schema import PerStage
from resnet_inspect.errors import Problem
from resnet_inspect.text import sanitise

MARKER = "resnet-inspect:"

_CODE = re.compile(r"RI[0-9]{0,3}")
_COMMENT = re.compile(r"#\s*resnet-inspect:\s*(.*)")
_IGNORE = re.compile(r"ignore(?:\[([^\]]*)\])?(?=\s|\Z)")
_ALWAYS_ON = "RI0"
"""Beginning of the codes that say that a file was not checked; a file cannot say so of itself."""

_HINT = "write # resnet-inspect: ignore[RI104], or ignore[RI104, RI2] for several"


def _code(value: Any, info: ValidationInfo) -> str:
    if not isinstance(value, str):
        raise flawed(Flaw(f"must be the code of a rule in quotes, found {describe(value)}", "codes look like RI104"))
    if flaw := _code_flaw(value, (info.context or {}).get("codes", ())):
        raise flawed(flaw)
    return value


Code = Annotated[str, PlainValidator(_code), WithJsonSchema({"type": "string", "pattern": f"^{_CODE.pattern}$"})]


class Check(BaseModel):
    """The ``[check]`` table: how this file wants to be checked."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True)

    ignore: Annotated[tuple[Code, ...], PerStage, Field(max_length=100)] = ()
    """Codes of rules whose findings in this file are left out; the beginning of a code, such as RI1, stands for all
    that begin so."""


def silencing_comments(text: str, document: Document, codes: Collection[str]) -> tuple[list[Silence], list[Problem]]:
    """Return what comments silence, and what is wrong with those that try.

    At the end of a line a comment concerns that line; on a line of its own, the whole file.

    Args:
        text: the file.
        document: the same, read.
        codes: of all rules; empty leaves open which there are.
    """
    silences: list[Silence] = []
    problems: list[Problem] = []
    # Few files have such a comment; the others need no second look.
    if MARKER not in text or document.kind is None:
        return silences, problems
    line, counted = 1, 0
    for comment in comments(text, document.kind):
        if match := _COMMENT.search(comment.text):
            start = comment.start + match.start()
            # Counted on from comment to comment: thousands of them must not cost thousands of looks at the whole text.
            line, counted = line + text.count("\n", counted, start), start
            found = _ignored(match[1].strip(), codes)
            if isinstance(found, Flaw):
                column = start - text.rfind("\n", 0, start)
                problems.append(Problem(found.message, line=line, column=column, hint=found.hint))
            else:
                silences.append(Silence(found, None if comment.alone else line))
    return silences, problems


def _ignored(words: str, codes: Collection[str]) -> frozenset[str] | Flaw:
    """Read ``ignore[RI104, RI2] and why``; without brackets it is all codes."""
    match = _IGNORE.match(words)
    if match is None:
        return Flaw(f'not understood: "{sanitise(words, 60)}"', _HINT)
    if match[1] is None:
        return frozenset()
    named = [code.strip() for code in match[1].split(",")]
    if not any(named):
        return Flaw("ignores no rule", _HINT)
    return next((flaw for code in named if (flaw := _code_flaw(code, codes))), frozenset(named))


def _code_flaw(code: str, codes: Collection[str]) -> Flaw | None:
    """Say why ``code`` is neither a rule's nor the beginning of some, or may not be ignored."""
    if code.startswith(_ALWAYS_ON):
        return Flaw(f"{sanitise(code, 60)} cannot be ignored: it says that a file was not checked")
    if _CODE.fullmatch(code) and (not codes or any(known.startswith(code) for known in codes)):
        return None
    similar = nearest(code, codes)
    hint = f"did you mean {similar[0]}?" if similar else "codes look like RI104" if not codes else ""
    return Flaw(f'no rule has the code "{sanitise(code, 60)}"', hint)
