"""Amounts that an expectation allows: 25557032, "25.6M", "~4.1e9", "4.1G ± 1%", "<= 30M", "20M..30M", {min, max}.

A number without a unit, with or without an exponent, is exact: 4.2e9 is 4,200,000,000, in quotes and without. A number
with a unit or a decimal point, or after ``~``, stands for all numbers that round to it: "25.6M" for 25,550,000 to
25,650,000, both included, since halves are rounded up by some and down by others. Its last digit counts: the interval
of "4.10G" is a tenth of that of "4.1G". In other places (with ±, after <=, in a range, as min and max), a number is
exact.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from resnet_inspect.configs import numbers
from resnet_inspect.configs.numbers import Noun, Number, QuantityError, with_a_unit
from resnet_inspect.configs.positions import Flaw
from resnet_inspect.configs.suggest import suggest
from resnet_inspect.text import sanitise

_APPROXIMATELY = "[~≈]"
_TOLERANCE = r"±|\+/?-"
_COMPARISON = "<=|>=|<|>|≤|≥"
_RANGE = r"\.\.|-|–|[tT][oO]"

_PERCENT = re.compile(rf"({numbers.DIGITS})\s*%")
_COMPARED = re.compile(rf"({_COMPARISON})(.+)", re.DOTALL)


def _number_pattern(noun: Noun | None = None) -> str:
    return rf"{numbers.DIGITS}(?:{numbers.EXPONENT}|\s*{numbers.UNIT})?(?:\s*{numbers.nouns(noun)})?"


_FROM_TO = re.compile(rf"({_number_pattern()})\s*(?:{_RANGE})\s*(.+)", re.DOTALL)


def text_pattern(noun: Noun, *, bound: bool = False) -> str:
    """Return the pattern of the texts that ``parse_quantity`` reads, for the JSON Schema.

    It also accepts texts of the right form whose numbers contradict each other, such as ``30M..20M``.

    Args:
        noun: what is counted.
        bound: ``True`` for the pattern of ``min`` and ``max``, which are single numbers.
    """
    counted = rf"(?:\s*{numbers.nouns(noun)})?"
    bare, scaled = numbers.DIGITS + counted, rf"{numbers.DIGITS}(?:{numbers.EXPONENT}|\s*{numbers.UNIT}){counted}"
    zero = numbers.DIGITS.replace("[0-9]", "0") + counted
    number = _number_pattern(noun)
    if bound:
        return rf"^\s*{number}\s*$"
    pair = rf"(?:{_TOLERANCE}|{_RANGE})"
    forms = (
        rf"(?:{_APPROXIMATELY}\s*)?{number}",
        rf"(?:{_COMPARISON})\s*{number}",
        rf"{number}\s*(?:{_TOLERANCE})\s*{numbers.DIGITS}\s*%",
        rf"(?:{scaled}|{zero})\s*{pair}\s*{number}",
        rf"{bare}\s*{pair}\s*{bare}",
    )
    return rf"^\s*(?:{'|'.join(forms)})\s*$"


@dataclass(frozen=True, slots=True)
class Quantity:
    """The whole numbers that are allowed.

    Attributes:
        least: the smallest of them.
        most: the largest; ``None`` for no limit.
        written: the quantity as in the file, safe to show.
        digits: the number with its step, if the quantity is one number whose last digit counts.
    """

    least: int
    most: int | None
    written: str
    digits: Number | None = None

    def __contains__(self, number: int) -> bool:
        return self.least <= number and (self.most is None or number <= self.most)


def parse_quantity(value: Any, noun: Noun | None = None) -> Quantity:
    """Read a number, a text or a table of ``min`` and ``max``.

    Args:
        value: the value in the file.
        noun: what is counted, whose name may follow a number: ``4.2 GMACs``; ``None`` for anything.

    Raises:
        QuantityError: if it is none of these, or no whole number satisfies it.
    """
    if isinstance(value, str):
        with _quoted(value.strip()):
            found = _from_text(value.strip(), noun)
    elif isinstance(value, Mapping):
        found = _from_limits(value, noun)
    else:
        number = _whole(value)
        found = Quantity(number, number, f"{number:,}")
    if found.most is not None and found.least > found.most:
        unitless = found.digits is not None and not found.digits.scale
        hint = with_a_unit(found.written) if unitless else ""
        raise QuantityError(Flaw(f"no whole number satisfies {found.written}", hint))
    return found


@contextmanager
def _quoted(text: str) -> Iterator[None]:
    """Add ``text`` in quotes to the flaws of a ``QuantityError`` raised in this context."""
    try:
        yield
    except QuantityError as error:
        quote = f': "{sanitise(text, 60)}"'
        raise QuantityError(*(flaw._replace(message=flaw.message + quote) for flaw in error.flaws)) from None


def _from_text(text: str, noun: Noun | None) -> Quantity:
    if tolerance := re.search(_TOLERANCE, text):
        return _with_tolerance(text, text[: tolerance.start()], text[tolerance.end() :], noun)
    if comparison := _COMPARED.fullmatch(text):
        return _compared(text, comparison[1], _number(comparison[2], noun).value)
    if limits := _FROM_TO.fullmatch(text):
        least, most = (_number(limit, noun) for limit in limits.groups())
        _require_unit_at_both(least, most, text)
        return _between(text, least.value, most.value)
    approximately = re.match(_APPROXIMATELY, text) is not None
    number = _number(text[1:] if approximately else text, noun)
    if number.exact and not approximately:
        return _between(text, number.value, number.value)
    # This includes whole numbers: their step is 1.
    half = number.step / 2
    return _between(text, max(Fraction(0), number.value - half), number.value + half, digits=number)


def _number(text: str, noun: Noun | None) -> Number:
    number = numbers.parse_number(text, noun)
    if number.value > numbers.LARGEST:
        raise QuantityError(Flaw(f"is more than {numbers.LARGEST:,}"))
    return number


def _with_tolerance(text: str, middle: str, side: str, noun: Noun | None) -> Quantity:
    value = _number(middle, noun)
    if percent := _PERCENT.fullmatch(side.strip()):
        share = numbers.plain(percent[1]) / 100
        if share > 1:
            raise QuantityError(Flaw("allows more than 100 %"))
        apart = value.value * share
    else:
        other = _number(side, noun)
        _require_unit_at_both(value, other, text)
        apart = other.value
    return _between(text, max(Fraction(0), value.value - apart), value.value + apart)


def _require_unit_at_both(first: Number, second: Number, text: str) -> None:
    """Raise an error for ``4.0-4.2G``, whose first number may be 4 or 4.0G."""
    if first.value and second.scale and not first.scale:
        meant = re.sub(rf"\A\s*({numbers.DIGITS})", rf"\g<1>{second.scale}", text)
        hint = f'write "{sanitise(meant, 60)}"'
        raise QuantityError(Flaw("has a unit at its second number only", hint))


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


def _from_limits(value: Mapping[Any, Any], noun: Noun | None) -> Quantity:
    flaws = [
        Flaw("unknown field", _meant(name), (name,), key=True) for name in map(str, value) if name not in {"min", "max"}
    ]
    limits: dict[str, Fraction] = {}
    for name in ("min", "max"):
        if name in value:
            try:
                limits[name] = _limit(value[name], noun)
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


def _limit(value: Any, noun: Noun | None) -> Fraction:
    if not isinstance(value, str):
        return Fraction(_whole(value))
    with _quoted(value):
        return _number(value, noun).value


def _shown(value: float | str) -> str:
    return sanitise(value.strip(), 60) if isinstance(value, str) else f"{int(value):,}"


def _meant(name: str) -> str:
    similar = suggest({"minimum": "min", "maximum": "max"}.get(name, name), ("min", "max"))
    return f"did you mean {similar[0]}?" if similar else "only min and max are allowed"


def _whole(value: Any) -> int:
    """Return an int, or a float without a fraction such as 4.2e9, as an int."""
    from resnet_inspect.configs.problems import describe

    if isinstance(value, float) and math.isfinite(value):
        if not value.is_integer():
            hint = with_a_unit(str(value)) if 1 < value < 1000 else ""
            raise QuantityError(Flaw(f"must be a whole number or text, found {describe(value)}", hint))
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise QuantityError(Flaw(f"must be an amount, found {describe(value)}", numbers.ACCEPTED))
    if not 0 <= value <= numbers.LARGEST:
        found = describe(value).removesuffix(" (a whole number)")
        raise QuantityError(Flaw(f"must be 0 to {numbers.LARGEST:,}, found {found}"))
    return value
