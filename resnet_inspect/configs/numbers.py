"""Numbers as people write them: 25557032, 25,557,032, 25.6M, 4.1e9, 4.2 GMACs.

The grammar consists of regular expressions without flags and named groups, because ``configs.quantity`` also combines
them for the JSON Schema, whose dialect has neither.
"""

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Literal, NamedTuple

from resnet_inspect.configs.positions import Flaw

LARGEST = 10**18
"""Largest number that is accepted, far above the figures of any ResNet."""

ACCEPTED = 'write a number like 25557032, "25.6M", "4.1G ± 1%", "<= 30M", "20M..30M" or {min, max}'

Noun = Literal["layers", "params", "macs"]
"""A kind of thing that is counted."""

_NOUNS: Mapping[Noun, tuple[str, ...]] = {
    "layers": ("layers", "layer", "convolutions", "convolution"),
    "params": ("parameters", "parameter", "params", "param"),
    "macs": ("MACs", "MAC", "mult-adds"),
}
"""Words that may follow a number; messages show the first."""

_UNITS = {
    "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12,
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
_SYMBOLS = {10**12: "T", 10**9: "G", 10**6: "M", 10**3: "k", 1: ""}

_MOST_EXPONENT = 99
"""Largest exponent that is computed; with a larger one, a number exceeds ``LARGEST``, or is 0 or a tiny fraction."""


def _any_of(words: Iterable[str]) -> str:
    """Return a pattern for any of ``words`` in any case."""
    letters = (
        "".join(f"[{letter.lower()}{letter.upper()}]" if letter.isalpha() else letter for letter in word)
        for word in sorted(words, key=len, reverse=True)
    )
    return f"(?:{'|'.join(letters)})"


def nouns(noun: Noun | None = None) -> str:
    """Return a pattern for the words that may follow a count of ``noun``, or of anything."""
    return _any_of(_NOUNS[noun] if noun else (word for words in _NOUNS.values() for word in words))


DIGITS = r"(?:[0-9]{1,3}(?:[,_][0-9]{3}){1,5}|[0-9]{1,18})(?:\.[0-9]{1,18})?"
EXPONENT = r"[eE][+-]?[0-9]{1,18}"
UNIT = _any_of(_UNITS)

_NUMBER = re.compile(rf"({DIGITS})(?:({EXPONENT})|\s*({UNIT}))?(?:\s*({nouns()}))?")
_FLOPS = re.compile(rf"({DIGITS})(?:({EXPONENT})|\s*({UNIT}))?\s*{_any_of(('flops', 'flop'))}")
_DECIMAL_COMMA = re.compile(rf"([0-9]+),([0-9]{{1,2}}|[0-9]{{4,}})(\s*{UNIT}?)")


class Number(NamedTuple):
    """A number as written.

    Attributes:
        value: the number.
        step: the value of one unit in its last digit.
        scale: the unit or exponent as written; empty without one.
        exact: ``True`` if it cannot be a rounded number.
    """

    value: Fraction
    step: Fraction
    scale: str = ""
    exact: bool = False


class QuantityError(ValueError):
    """A value is not a valid amount."""

    def __init__(self, *flaws: Flaw) -> None:
        self.flaws = flaws
        super().__init__("; ".join(flaw.message for flaw in flaws))


def parse_number(text: str, noun: Noun | None = None) -> Number:
    """Read ``25.6M``, ``4.1e9``, ``4.1 GMACs``, ``25_557_032``, case and spaces aside.

    Args:
        text: the number.
        noun: what is counted; ``None`` for anything.

    Raises:
        QuantityError: if it is not a number, or counts something else; the message does not quote the text.
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise QuantityError(_no_number(text.strip(), noun))
    counted = match[4]
    if counted and noun and counted.lower() not in map(str.lower, _NOUNS[noun]):
        raise QuantityError(Flaw(f"counts {counted}, not {_NOUNS[noun][0]}"))
    return _of_parts(match[1], match[2], match[3])


def plain(digits: str) -> Fraction:
    """Return the value of digits: 25557032 of ``25,557,032``."""
    return Fraction(digits.replace(",", "").replace("_", ""))


def _of_parts(digits: str, exponent: str | None, unit: str | None) -> Number:
    power = max(-_MOST_EXPONENT, min(_MOST_EXPONENT, int(exponent[1:]))) if exponent else 0
    scale = Fraction(10) ** power * _UNITS.get((unit or "").lower(), 1)
    decimals = len(digits.partition(".")[2])
    return Number(plain(digits) * scale, scale / 10**decimals, exponent or unit or "", exact=bool(exponent))


def in_short(number: int) -> str:
    """Return a number in the largest unit, without losing a digit: ``4.1G`` for 4,100,000,000."""
    scale = next(scale for scale in _SYMBOLS if number >= scale or scale == 1)
    whole, rest = divmod(number, scale)
    decimals = f"{rest:0{len(str(scale)) - 1}}".rstrip("0") if rest else ""
    return f"{whole}{'.' if decimals else ''}{decimals}{_SYMBOLS[scale]}"


def with_a_unit(written: str) -> str:
    """Return the hint for a number such as 25.6, which is not a count without a unit."""
    digits = re.search(DIGITS, written)
    return "with its unit: " + " or ".join(f'"{digits[0]}{unit}"' for unit in "kMG") if digits else ""


def _no_number(text: str, noun: Noun | None) -> Flaw:
    """Return why a text is not a number, with a suggestion."""
    if "flop" in text.lower():
        return _flops(text) if noun in {None, "macs"} else Flaw(f"counts FLOPs, not {noun}")
    if comma := _DECIMAL_COMMA.fullmatch(text):
        return Flaw("is not a number", f'write "{comma[1]}.{comma[2]}{comma[3]}", with a point')
    return Flaw("is not a number", ACCEPTED)


def _flops(text: str) -> Flaw:
    hint = "write MACs: as many where a MAC was counted as one FLOP, half as many where it was counted as two"
    found = _FLOPS.fullmatch(text)
    number = _of_parts(found[1], found[2], found[3]).value if found else Fraction(1)
    if number.denominator == 1 and number.numerator % 2 == 0 and number <= LARGEST:
        as_one, as_two = in_short(number.numerator), in_short(number.numerator // 2)
        hint = f'write "{as_one}" if a MAC was counted as one FLOP, "{as_two}" if as two'
    return Flaw("is in FLOPs, of which a multiply-accumulate is one or two, tool by tool", hint)
