"""Large numbers as people write them: 30M, 4.1G, 4.1e9, 25_557_032."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resnet_inspect.errors import RequestError
from resnet_inspect.text import sanitise

if TYPE_CHECKING:
    from resnet_inspect.config.numbers import Noun


def parse_limit(option: str, text: str, noun: Noun) -> int:
    """Return 30,000,000 for ``30M``, and so ``4.1 GMACs``, ``4.1e9`` and ``25_557_032``; a fraction of one is cut off.

    Args:
        option: whose value it is, for messages.
        text: the value.
        noun: what is counted.

    Raises:
        RequestError: if it is not a number like that.
    """
    # pydantic comes with the config's room, and the command line starts without.
    from resnet_inspect.config.numbers import ACCEPTED, QuantityError, parse_number

    try:
        return int(parse_number(text, noun).value)
    except QuantityError as error:
        (flaw,) = error.flaws
        here = "write a number like 30M, 4.1G, 512k, 4.1e9 or 25557032 (also 25_557_032)"
        hint = here if flaw.hint == ACCEPTED else flaw.hint
        raise RequestError(f"{option} '{sanitise(text, 60)}' {flaw.message}" + (f": {hint}" if hint else "")) from None
