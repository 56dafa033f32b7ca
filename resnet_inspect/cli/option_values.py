"""What is written behind ``--input`` and ``--kwargs``, and what it means."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from typing import Any

from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import LONGEST_AXIS, Shape
from resnet_inspect.text import sanitise
from resnet_inspect.trace.inputs import DTYPES, InputSpec, image_shape

_INPUT = re.compile(r"(?:(?P<path>[^=:]*)=)?(?P<shape>[^=:]*)(?::(?P<dtype>[^=:]*))?")
_CONSTANTS = {"true": True, "false": False, "none": None, "null": None}


def parse_input(text: str) -> InputSpec:
    """``3x224x224`` -> (1, 3, 224, 224); ``1x16:int64``, ``pixel_values=1x3x64x64`` and ``batch.image=...`` likewise.

    A bare shape is an image, to which a batch of 1 is added where there is none. With a type or a place, any shape
    goes, batch included.

    Raises:
        RequestError: if it is not written like that, or if a number is of no sensible size.
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


def parse_arguments(option: str, written: Sequence[str]) -> dict[str, Any]:
    """``depth=50`` -> {"depth": 50}, for each.

    A value is a literal of Python's (``50``, ``[3, 4]``, ``'text'``, ``True``), or ``true``, ``false``, ``none``,
    ``null``; whatever is none of these is a text.

    Raises:
        RequestError: if one is not written like that, or if a name comes twice.
    """
    arguments: dict[str, Any] = {}
    for text in written:
        name, equals, value = text.partition("=")
        if not (equals and name.isidentifier()):
            raise RequestError(f"{option} '{sanitise(text)}' is not an argument: write NAME=VALUE, e.g. depth=50")
        if name in arguments:
            raise RequestError(f"{option} {name} is given twice")
        arguments[name] = _value(value)
    return arguments


def _value(text: str) -> Any:
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    try:
        with warnings.catch_warnings(action="ignore"):  # such as for '1if', which is about to be a text
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text
