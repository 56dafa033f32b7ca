"""Patterns of .gitignore, as git documents them: https://git-scm.com/docs/gitignore#_pattern_format."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from resnet_inspect.checking.patterns import NamePattern, PathPattern
from resnet_inspect.configs.positions import Flaw
from resnet_inspect.text import sanitise

_LONGEST = 1_000
"""Characters of a pattern: the time of a match grows with its length times that of the path."""

_ANY = re.compile(".+", re.DOTALL)
_STAR = ""
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\t-\\r ",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


class _NoPatternError(ValueError):
    """A pattern cannot match anything, for the reason in the message."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One pattern.

    Attributes:
        segments: segments of the paths that it matches, relative to the folder of the patterns.
        negated: ``True`` if it includes again what earlier patterns ignore.
        folders_only: ``True`` if it matches folders only.
    """

    segments: PathPattern
    negated: bool
    folders_only: bool


class Gitignore:
    """A list of patterns; the last one that matches a path decides."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Read patterns.

        Raises:
            ValueError: if one of them cannot match anything.
        """
        self._lines = tuple(line for line in map(_line, patterns) if line is not None)

    def ignores(self, names: Sequence[str], *, folder: bool = False) -> bool:
        """Return whether a path or a folder around it is ignored; nothing in an ignored folder can be included again.

        Args:
            names: parts of the path, relative to the folder of the patterns.
            folder: ``True`` if it is a folder.
        """
        states = [line.segments.start for line in self._lines]
        for depth, name in enumerate(names, 1):
            ignored = False
            for index, line in enumerate(self._lines):
                states[index] = line.segments.step(states[index], name)
                if line.segments.ends(states[index]) and (folder or depth < len(names) or not line.folders_only):
                    ignored = not line.negated
            if ignored:
                return True
        return False


def flaw_of(pattern: str) -> Flaw | None:
    """Return why a pattern cannot match anything; ``None`` if it can, or is a comment or blank."""
    try:
        _line(pattern)
    except _NoPatternError as error:
        return Flaw(f"is no pattern: {error}", "write a pattern of .gitignore, such as legacy/ or *.draft.toml")
    return None


def _line(pattern: str) -> _Line | None:
    if len(pattern) > _LONGEST:
        raise _NoPatternError(f"it has {len(pattern):,} characters, and may have {_LONGEST:,}")
    text = _without_trailing_spaces(pattern)
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    text = text.removeprefix("!")
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    anchored = "/" in text
    parts = text.removeprefix("/").split("/")
    if "" in parts:
        message = "a name is missing" + (" next to a slash" if anchored or folders_only else " behind the !")
        raise _NoPatternError(message)
    segments: list[NamePattern] = [] if anchored else [None]
    segments += (_name(part) if part.strip("*") or part == "*" else None for part in parts)
    if segments[-1] is None:  # what is inside, and not the folder itself
        segments.append(_ANY)
    return _Line(PathPattern(tuple(segments)), negated, folders_only)


def _without_trailing_spaces(pattern: str) -> str:
    r"""Strip trailing spaces; ``a\ `` keeps its own."""
    stripped = pattern.rstrip(" ")
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    return stripped + " " if backslashes % 2 and len(stripped) < len(pattern) else stripped


def _name(part: str) -> re.Pattern[str]:
    """Return the expression for one name, in which each asterisk and the text up to the next one are an atomic group.

    The first position where the group matches leaves the most for the rest, so no match is lost without backtracking.
    """
    pieces: list[list[str]] = [[]]
    for piece in _pieces(part):
        if piece == _STAR:
            pieces.append([])
        else:
            pieces[-1].append(piece)
    first, *others = ("".join(group) for group in pieces)
    for index, other in enumerate(others, 1):
        first += f".*{other}" if index == len(others) else f"(?>.*?{other})" if other else ""
    return re.compile(first, re.DOTALL)


def _pieces(part: str) -> Iterator[str]:
    """Yield an expression for each character or class to match, and ``_STAR`` for each asterisk."""
    at = 0
    while at < len(part):
        sign = part[at]
        at += 1
        if sign == "*":
            yield _STAR
        elif sign == "?":
            yield "."
        elif sign == "[":
            expression, at = _bracket(part, at)
            yield expression
        else:
            if sign == "\\":
                sign, at = _escaped(part, at)
            yield re.escape(sign)


def _escaped(part: str, at: int) -> tuple[str, int]:
    if at == len(part):
        raise _NoPatternError("it ends in a backslash, which escapes nothing")
    return part[at], at + 1


def _bracket(part: str, at: int) -> tuple[str, int]:
    """Return the expression for a class whose bracket opens before offset ``at``, and the offset after it."""
    opens = at
    negated = part[at : at + 1] in {"!", "^"}
    at += negated
    members: list[str] = []
    start = ""
    """The character at which a hyphen may begin a range."""
    first = True
    while first or part[at : at + 1] != "]":
        first = False
        if at == len(part):
            raise _NoPatternError(f"the bracket in '{sanitise(part[opens - 1 :], 40)}' is not closed")
        sign = part[at]
        at += 1
        if sign == "-" and start and part[at : at + 1] not in {"", "]"}:
            end, at = part[at], at + 1
            if end == "\\":
                end, at = _escaped(part, at)
            members.append(_range(start, end))
            start = ""
            continue
        if sign == "[" and part[at : at + 1] == ":" and (close := part.find("]", at + 1)) > at + 1:
            name = part[at + 1 : close - 1]
            if part[close - 1] == ":":
                if name not in _CLASSES:
                    raise _NoPatternError(f"there is no class [:{sanitise(name, 40)}:]")
                members.append(_CLASSES[name])
                start, at = "", close + 1
                continue
        if sign == "\\":
            sign, at = _escaped(part, at)
        members.append(re.escape(sign))
        start = sign
    return f"[{'^' if negated else ''}{''.join(members)}]", at + 1


def _range(start: str, end: str) -> str:
    if start > end:
        raise _NoPatternError(f"the range {sanitise(start)}-{sanitise(end)} is empty")
    return f"{re.escape(start)}-{re.escape(end)}"
