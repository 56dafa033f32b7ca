"""Large numbers as people write them: 30M, 4.1G, 25_557_032."""

from __future__ import annotations

from resnet_inspect.errors import RequestError


def parse_quantity(option: str, text: str) -> int:
    """``30M`` -> 30,000,000; ``4.1 G`` and ``25_557_032`` likewise. A fraction of one is left out.

    Raises:
        RequestError: if it is not a number like that; ``option`` says whose value it is.
    """
    # pydantic comes with it, and the command line starts without.
    from resnet_inspect.config.quantity import parse_number

    number = parse_number(text)
    if number is None:
        accepted = "write a number like 30M, 4.1G, 512k or 25557032 (also 25_557_032)"
        raise RequestError(f"{option} '{text}' is not a number: {accepted}")
    return int(number.value)
