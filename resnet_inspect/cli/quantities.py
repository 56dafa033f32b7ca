"""Large numbers as people write them: 30M, 4.1G, 25_557_032."""

from __future__ import annotations

import re
from decimal import Decimal

from resnet_inspect.errors import RequestError

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
_QUANTITY = re.compile(r"(\d{1,3}(?:[,_]\d{3})+|\d{1,18})(\.\d{1,18})?\s*([kmgbt]?)", re.ASCII)


def parse_quantity(option: str, text: str) -> int:
    """``30M`` -> 30,000,000; ``4.1 G`` and ``25_557_032`` likewise. A fraction of one is left out.

    Raises:
        RequestError: if it is not a number like that; ``option`` says whose value it is.
    """
    match = _QUANTITY.fullmatch(text.strip().lower())
    if match is None:
        accepted = "write a number like 30M, 4.1G, 512k or 25557032 (also 25_557_032)"
        raise RequestError(f"{option} '{text}' is not a number: {accepted}")
    whole, fraction, unit = match.groups(default="")
    return int(Decimal(re.sub("[,_]", "", whole) + fraction) * _UNITS[unit])
