"""Parsers of option values: ``--input``, ``--kwargs`` and limits such as ``--max-params``."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import LONGEST_AXIS, Shape
from resnet_inspect.text import sanitise
from resnet_inspect.tracing.inputs import DTYPES, InputSpec, image_shape

if TYPE_CHECKING:
    from resnet_inspect.configs.numbers import Noun

_INPUT = re.compile(r"(?:(?P<path>[^=:]*)=)?(?P<shape>[^=:]*)(?::(?P<dtype>[^=:]*))?")
_CONSTANTS = {"true": True, "false": False, "none": None, "null": None}


def parse_inputs(written: Iterable[str] | None) -> tuple[InputSpec, ...]:
    """Parse the values of ``--input``."""
    return tuple(map(parse_input, written or ()))


def parse_input(text: str) -> InputSpec:
    """Parse ``3x224x224``, ``1x16:int64``, ``pixel_values=1x3x64x64``, ``batch.image=1x3x64x64``.

    A shape alone is that of an image; a batch of 1 is added if it is missing. With a type or a name, any shape is
    accepted, batch included.

    Raises:
        RequestError: if the text has another form, or a number is out of range.
    """
    match = _INPUT.fullmatch(text.strip().replace("×", "x"))
    if match is None:
        raise RequestError(f"--input '{sanitise(text)}' is not an input: write SHAPE, SHAPE:TYPE or NAME=SHAPE:TYPE")
    path, dtype = match["path"], match["dtype"]
    if dtype is not None and dtype not in DTYPES:
        raise RequestError(f"--input '{sanitise(text)}': choose a type from {', '.join(DTYPES)}")
    if path == "":
        raise RequestError(f"--input '{sanitise(text)}' has no name before the '='")
    shape = _shape(text, match["shape"], bare=path is None and dtype is None)
    return InputSpec(shape, dtype or "", path or "")


def _shape(text: str, written: str, *, bare: bool) -> Shape:
    parts = written.lower().split("x")
    lengths = {3, 4} if bare else set(range(1, 9))
    if len(parts) not in lengths or not all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts):
        wanted = "channels x height x width, e.g. 3x224x224" if bare else "up to 8 sizes, batch included, e.g. 1x16"
        other = "; an input that is not an image needs its type or name: 1x16:int64, mask=1x16" if bare else ""
        raise RequestError(f"--input '{sanitise(text)}' is not a shape: write {wanted}{other}")
    shape = tuple(int(part) for part in parts)
    if not all(1 <= length <= LONGEST_AXIS for length in shape):
        raise RequestError(
            f"--input '{sanitise(text)}' is out of range: every number must be from 1 to {LONGEST_AXIS:,}"
        )
    return image_shape(shape) if bare else shape


def parse_arguments(written: Iterable[str] | None) -> dict[str, Any]:
    """Parse the values of ``--kwargs``, such as ``depth=50``, into a mapping from names to values.

    A value is a Python literal (``50``, ``[3, 4]``, ``'text'``, ``True``), or ``true``, ``false``, ``none``, ``null``;
    anything else is a string.

    Raises:
        RequestError: if an argument has another form, or a name is given twice.
    """
    arguments: dict[str, Any] = {}
    for text in written or ():
        name, equals, value = text.partition("=")
        if not (equals and name.isidentifier()):
            raise RequestError(f"--kwargs '{sanitise(text)}' is not an argument: write NAME=VALUE, e.g. depth=50")
        if name in arguments:
            raise RequestError(f"--kwargs {name} is given twice")
        arguments[name] = _value(value)
    return arguments


def _value(text: str) -> Any:
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    try:
        with warnings.catch_warnings(action="ignore"):  # for a text such as '1if'
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def parse_limit(option: str, text: str, noun: Noun) -> int:
    """Parse ``30M``, ``4.1 GMACs``, ``4.1e9`` or ``25_557_032``, rounded down to an integer.

    Args:
        option: name of the option, for messages.
        text: value of the option.
        noun: unit that the value may end with.

    Raises:
        RequestError: if the value has another form.
    """
    # This imports pydantic, without which the command line starts.
    from resnet_inspect.configs.numbers import ACCEPTED, QuantityError, parse_number

    try:
        return int(parse_number(text, noun).value)
    except QuantityError as error:
        (flaw,) = error.flaws
        here = "write a number like 30M, 4.1G, 512k, 4.1e9 or 25557032 (also 25_557_032)"
        hint = here if flaw.hint == ACCEPTED else flaw.hint
        raise RequestError(f"{option} '{sanitise(text, 60)}' {flaw.message}" + (f": {hint}" if hint else "")) from None
