"""Amounts that an expectation allows: 25557032, "25.6M", "4.1G ± 1%", "<= 30M", "20M..30M", {min, max}.

A plain number or text stands for what rounds to it: "25.6M" for 25,550,000 to 25,650,000, both included, since a half
is rounded up by some and down by others. Its last digit counts: "4.10G" allows a tenth of what "4.1G" does, and 30 or
"25,557,032" stand for themselves. Everywhere else (beside ±, after <=, at the ends of a range, as min and max) a text
is exactly the number that it says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from resnet_inspect.config.nearest import nearest
from resnet_inspect.config.positions import FieldPath
from resnet_inspect.config.problems import describe
from resnet_inspect.text import sanitise

LARGEST = 10**18
"""No ResNet comes near; a number beyond it is a slip."""

ACCEPTED = 'write a number like 25557032, "25.6M", "4.1G ± 1%", "<= 30M", "20M..30M" or {min, max}'

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
_DIGITS = r"(?:\d{1,3}(?:[,_]\d{3}){1,5}|\d{1,18})(?:\.\d{1,18})?"
_NUMBER = re.compile(rf"({_DIGITS})\s*([kmgbt]?)", re.ASCII | re.IGNORECASE)
_PERCENT = re.compile(rf"({_DIGITS})\s*%", re.ASCII)
_TOLERANCE = re.compile(r"±|\+/?-")
_COMPARISON = re.compile(r"(<=|>=|<|>|≤|≥)(.+)")


class Number(NamedTuple):
    """A number as it is written.

    Attributes:
        value: what it says.
        step: what one more in its last digit would add.
    """

    value: Fraction
    step: Fraction


class Flaw(NamedTuple):
    """Why a value is no amount.

    Attributes:
        message: what is wrong.
        hint: what to do; may be empty.
        path: where, from the value on: ``("max",)``.
        key: whether a name is at fault, and not its value.
    """

    message: str
    hint: str = ""
    path: FieldPath = ()
    key: bool = False


class QuantityError(ValueError):
    """A value that is no amount."""

    def __init__(self, *flaws: Flaw) -> None:
        self.flaws = flaws
        super().__init__("; ".join(flaw.message for flaw in flaws))


@dataclass(frozen=True, slots=True)
class Quantity:
    """The whole numbers that are allowed.

    Attributes:
        least: the smallest of them.
        most: the largest; ``None`` for no limit.
        written: how the file says it, safe to show.
        digits: the number and its step, where one number says it and its last digit counts.
    """

    least: int
    most: int | None
    written: str
    digits: Number | None = None

    def __contains__(self, number: int) -> bool:
        return self.least <= number and (self.most is None or number <= self.most)


def parse_quantity(value: Any) -> Quantity:
    """Read a number, a text or a table of ``min`` and ``max``.

    Raises:
        QuantityError: if it is none of these, or no whole number satisfies it.
    """
    if isinstance(value, str):
        found = _from_text(value.strip())
    elif isinstance(value, Mapping):
        found = _from_limits(value)
    else:
        number = _whole(value)
        found = Quantity(number, number, f"{number:,}")
    if found.most is not None and found.least > found.most:
        raise QuantityError(Flaw(f"no whole number satisfies {found.written}"))
    return found


def parse_number(text: str) -> Number | None:
    """Read ``25.6M``, ``4.1 G``, ``25_557_032``, case and spaces aside; ``None`` if it is not such a text."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    digits, unit = match[1].replace(",", "").replace("_", ""), _UNITS[match[2].lower()]
    decimals = len(digits.partition(".")[2])
    return Number(Fraction(digits) * unit, Fraction(unit, 10**decimals))


def _from_text(text: str) -> Quantity:
    if tolerance := _TOLERANCE.search(text):
        return _with_tolerance(text, text[: tolerance.start()], text[tolerance.end() :])
    if comparison := _COMPARISON.fullmatch(text):
        return _compared(text, comparison[1], _exact(comparison[2], text))
    least, dots, most = text.partition("..")
    if dots:
        return _between(text, _exact(least, text), _exact(most, text))
    number = _number(text, text)
    # Of a whole number, the last digit counts too: half a step is half of one.
    half = number.step / 2
    return _between(text, max(Fraction(0), number.value - half), number.value + half, digits=number)


def _with_tolerance(text: str, middle: str, side: str) -> Quantity:
    value = _exact(middle, text)
    if percent := _PERCENT.fullmatch(side.strip()):
        share = Fraction(percent[1].replace(",", "").replace("_", "")) / 100
        if share > 1:
            raise QuantityError(Flaw(f'allows more than 100 %: "{sanitise(text, 60)}"'))
        apart = value * share
    else:
        apart = _exact(side, text)
    return _between(text, max(Fraction(0), value - apart), value + apart)


def _compared(text: str, sign: str, value: Fraction) -> Quantity:
    limits: Mapping[str, Callable[[], tuple[int, int | None]]] = {
        "<=": lambda: (0, math.floor(value)),
        "≤": lambda: (0, math.floor(value)),
        "<": lambda: (0, math.ceil(value) - 1),
        ">=": lambda: (math.ceil(value), None),
        "≥": lambda: (math.ceil(value), None),
        ">": lambda: (math.floor(value) + 1, None),
    }
    least, most = limits[sign]()
    return Quantity(least, most, sanitise(text, 60))


def _between(text: str, least: Fraction, most: Fraction, *, digits: Number | None = None) -> Quantity:
    return Quantity(math.ceil(least), math.floor(most), sanitise(text, 60), digits)


def _number(text: str, whole: str) -> Number:
    """Read one number of the text ``whole``."""
    number = parse_number(text)
    if number is None:
        raise QuantityError(Flaw(f'is not a number: "{sanitise(whole, 60)}"', ACCEPTED))
    if number.value > LARGEST:
        raise QuantityError(Flaw(f'is more than {LARGEST:,}: "{sanitise(whole, 60)}"'))
    return number


def _exact(text: str, whole: str) -> Fraction:
    return _number(text, whole).value


def _from_limits(value: Mapping[Any, Any]) -> Quantity:
    flaws = [
        Flaw("unknown field", _meant(name), (name,), key=True) for name in map(str, value) if name not in {"min", "max"}
    ]
    limits: dict[str, Fraction] = {}
    for name in ("min", "max"):
        if name in value:
            try:
                limits[name] = _limit(value[name])
            except QuantityError as error:
                flaws += (flaw._replace(path=(name, *flaw.path)) for flaw in error.flaws)
    if not value:
        flaws.append(Flaw("needs min, max or both"))
    if len(limits) == 2 and limits["min"] > limits["max"]:
        flaws.append(Flaw("is less than min", path=("max",)))
    if flaws:
        raise QuantityError(*flaws)
    least, most = limits.get("min"), limits.get("max")
    signs = {"min": ">=", "max": "<="}
    return Quantity(
        0 if least is None else math.ceil(least),
        None if most is None else math.floor(most),
        ", ".join(f"{signs[name]} {_shown(value[name])}" for name in limits),
    )


def _limit(value: Any) -> Fraction:
    return _exact(value, value) if isinstance(value, str) else Fraction(_whole(value, 'in quotes: "4.1G"'))


def _shown(value: int | str) -> str:
    return sanitise(value.strip(), 60) if isinstance(value, str) else f"{value:,}"


def _meant(name: str) -> str:
    similar = nearest({"minimum": "min", "maximum": "max"}.get(name, name), ("min", "max"))
    return f"did you mean {similar[0]}?" if similar else "only min and max are allowed"


def _whole(value: Any, hint: str = 'in quotes, its last digit counts: "4.1G" is what rounds to 4.1 billion') -> int:
    if isinstance(value, float) and math.isfinite(value):
        raise QuantityError(Flaw(f"must be a whole number or text, found {describe(value)}", hint))
    if not isinstance(value, int) or isinstance(value, bool):
        raise QuantityError(Flaw(f"must be an amount, found {describe(value)}", ACCEPTED))
    if not 0 <= value <= LARGEST:
        found = describe(value).removesuffix(" (a whole number)")
        raise QuantityError(Flaw(f"must be 0 to {LARGEST:,}, found {found}"))
    return value
