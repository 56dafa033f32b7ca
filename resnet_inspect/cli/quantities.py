"""Large numbers as people write them: 30M, 4.1G, 4.1e9, 25_557_032."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resnet_inspect.errors import RequestError
from resnet_inspect.text import sanitise

if TYPE_CHECKING:
    from resnet_inspect.config.numbers import Noun


def parse_quantity(option: str, text: str, noun: Noun) -> int:
    """``30M`` -> 30,000,000; ``4.1 GMACs``, ``4.1e9`` and ``25_557_032`` likewise. A fraction of one is left out.

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
        shown = sanitise(text, 60)
        reason = flaw.message.removesuffix(f': "{shown}"')
        raise RequestError(f"{option} '{shown}' {reason}" + (f": {hint}" if hint else "")) from None
