"""Patterns of module names, and how a name goes from one pattern to another.

A pattern is a name with numbers left open: ``layer{stage:1}.{block:0}.conv{layer:1}`` is ``layer3.0.conv2`` for the
third stage, its first block and second convolution; the digit says where the count begins. A number that is written
out must be that number. Names are looked up by what stands between their numbers, so that the time per name does not
grow with the table; one that is longer than the longest pattern is not even split.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

_OPEN = re.compile(r"\{([a-z]+):([0-9])\}")
_NUMBER = re.compile(r"([0-9]+)")
_MOST_DIGITS = 6

Literals: TypeAlias = tuple[str, ...]


class Case(NamedTuple):
    """One line of a table: what they call it, what we call it."""

    theirs: str
    ours: str


def same(*patterns: str) -> tuple[Case, ...]:
    """Names that both sides have."""
    return tuple(Case(pattern, pattern) for pattern in patterns)


class _Slot(NamedTuple):
    """A number in a pattern: written out where ``variable`` is empty, else counted from ``number``."""

    variable: str
    number: int


class _Pattern(NamedTuple):
    literals: Literals
    slots: tuple[_Slot, ...]

    @property
    def longest(self) -> int:
        """Characters of the longest name that fits."""
        return sum(map(len, self.literals)) + _MOST_DIGITS * len(self.slots)


class Dictionary:
    """A table of patterns, read in one direction."""

    def __init__(self, cases: Sequence[tuple[str, str]]) -> None:
        self._entries: dict[Literals, list[tuple[_Pattern, _Pattern]]] = {}
        for source, target in cases:
            pattern = _parsed(source)
            self._entries.setdefault(pattern.literals, []).append((pattern, _parsed(target)))
        sources = (source for entries in self._entries.values() for source, _ in entries)
        self._longest = max((source.longest for source in sources), default=0)

    def translate(self, module: str) -> str | None:
        """Return a module's name on the other side; ``None`` where no pattern fits it."""
        if len(module) > self._longest:
            return None
        parts = _NUMBER.split(module)
        written = parts[1::2]
        for source, target in self._entries.get(tuple(parts[::2]), ()):
            values = _values(source.slots, written)
            if values is not None:
                return _filled(target, values)
        return None


def _parsed(pattern: str) -> _Pattern:
    literals, slots = [""], []
    for number, part in enumerate(_OPEN.split(pattern)):
        if number % 3 == 1:
            variable = part
        elif number % 3 == 2:
            slots.append(_Slot(variable, int(part)))
            literals.append("")
        else:
            for index, piece in enumerate(_NUMBER.split(part)):
                if index % 2:
                    slots.append(_Slot("", int(piece)))
                    literals.append("")
                else:
                    literals[-1] += piece
    return _Pattern(tuple(literals), tuple(slots))


def _values(slots: Sequence[_Slot], written: Sequence[str]) -> Mapping[str, int] | None:
    """What each variable stands for, counted from 0; ``None`` where a number does not fit."""
    values: dict[str, int] = {}
    for slot, digits in zip(slots, written, strict=True):
        if len(digits) > _MOST_DIGITS or (digits[0] == "0" and digits != "0"):
            return None
        value = int(digits) - slot.number
        if value < 0 or (value and not slot.variable):
            return None
        values[slot.variable] = value
    return values


def _filled(pattern: _Pattern, values: Mapping[str, int]) -> str:
    name = pattern.literals[0]
    for slot, literal in zip(pattern.slots, pattern.literals[1:], strict=True):
        name += f"{slot.number + values[slot.variable] if slot.variable else slot.number}{literal}"
    return name
