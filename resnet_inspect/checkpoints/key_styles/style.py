"""A project's names for the modules of a ResNet, as patterns, and translation by them.

A pattern is a name with variables in place of numbers: ``layer{stage:1}.{block:0}.conv{layer:1}`` stands for
``layer3.0.conv2``, the second convolution of the third stage's first block; the digit says where counting starts. A
literal number matches only itself. Names are looked up by the text between their numbers, so that the time per name
does not depend on the size of the table; a name longer than the longest pattern is not even split.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

_OPEN = re.compile(r"\{([a-z]+):([0-9])\}")
_NUMBER = re.compile(r"([0-9]+)")
_MOST_DIGITS = 6

Literals: TypeAlias = tuple[str, ...]


class Case(NamedTuple):
    """A row of a table: a project's pattern for a name, and this package's."""

    theirs: str
    ours: str


def same(*patterns: str) -> tuple[Case, ...]:
    """Return rows for names that are equal on both sides."""
    return tuple(Case(pattern, pattern) for pattern in patterns)


class _Slot(NamedTuple):
    """A number in a pattern: literal if ``variable`` is empty, else a variable counted from ``number``."""

    variable: str
    number: int


class _Pattern(NamedTuple):
    literals: Literals
    slots: tuple[_Slot, ...]

    @property
    def longest(self) -> int:
        """Characters of the longest name that matches."""
        return sum(map(len, self.literals)) + _MOST_DIGITS * len(self.slots)


class Dictionary:
    """A table of patterns for translation in one direction."""

    def __init__(self, cases: Sequence[tuple[str, str]]) -> None:
        self._entries: dict[Literals, list[tuple[_Pattern, _Pattern]]] = {}
        for source, target in cases:
            pattern = _parsed(source)
            self._entries.setdefault(pattern.literals, []).append((pattern, _parsed(target)))
        sources = (source for entries in self._entries.values() for source, _ in entries)
        self._longest = max((source.longest for source in sources), default=0)

    def translate(self, module: str) -> str | None:
        """Translate the name of a module; return ``None`` if no pattern matches it."""
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
    """Return variable -> number, counted from 0; ``None`` if a number does not match."""
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


@dataclass(frozen=True)
class KeyStyle:
    """A project's names for the modules of a ResNet.

    Attributes:
        name: identifier of the style: ``transformers``.
        title: name of the project, for people.
        first: name of the first convolution of the first block, by which the style is recognised.
        body: names of the modules of stem and stages.
        heads: names of the classifier, which may have another prefix than the body.
        placement: which convolution strides in networks with such names, as far as is known, with its source.
        within: usual prefix of the body, which its classifier does not have; empty if there is none.
        needs: a module that networks of this style always have; empty if ``first`` suffices.
    """

    name: str
    title: str
    first: str
    body: tuple[Case, ...]
    heads: tuple[Case, ...]
    placement: str
    within: str = ""
    needs: str = ""

    @functools.cached_property
    def body_names(self) -> Dictionary:
        """Translation of the project's modules into this package's names."""
        return Dictionary(self.body)

    @functools.cached_property
    def head_names(self) -> Dictionary:
        """Translation of the project's classifiers into this package's names."""
        return Dictionary(self.heads)

    @functools.cached_property
    def head_depth(self) -> int:
        """Dotted parts of the longest name of a classifier; 0 if there is none."""
        return max((case.theirs.count(".") + 1 for case in self.heads), default=0)

    @functools.cached_property
    def block_names(self) -> Dictionary:
        """Translation of the project's blocks, if a block is a module of its own."""
        blocks = {_block(case.theirs): _block(case.ours) for case in self.body}
        return Dictionary([(theirs, ours) for theirs, ours in blocks.items() if theirs and ours])

    @functools.cached_property
    def block_depth(self) -> int:
        """Dotted parts of the name of a block; 0 if no block is a module of its own."""
        return max(_block(case.theirs).count(".") + 1 if _block(case.theirs) else 0 for case in self.body)


def _block(pattern: str) -> str:
    """Return ``layer{stage:1}.{block:0}`` of ``layer{stage:1}.{block:0}.conv{layer:1}``; empty outside of blocks."""
    stage, found, _ = pattern.partition("{block:0}.")
    return stage + found.removesuffix(".")
