"""Check arguments of public functions on entry, so that the error names the wrong one."""

import os
import sys
from collections.abc import Iterable, Mapping
from operator import index
from typing import Any, TypeVar

from resnet_inspect.errors import RequestError, WrongTypeError
from resnet_inspect.text import sanitise

T = TypeVar("T")

_QUOTED = 60
"""Characters of a string that a message shows."""

_LARGE = 10**18
"""Larger numbers are not shown: Python refuses to convert one of more than 4,300 digits to text."""


def wrong_type(name: str, expected: str, value: object) -> WrongTypeError:
    """Return the error for an argument of a wrong type.

    Args:
        name: name of the argument.
        expected: accepted types, with an example: ``a RunOptions, such as ri.RunOptions(device="cpu")``.
        value: the value.
    """
    hint = ": create an instance of it" if isinstance(value, type) else ""
    return WrongTypeError(f"{name} must be {expected}; found {shown(value)}{hint}")


def shown(value: object) -> str:
    """Return a plain value as a literal, and the type of any other: ``'v1'``, ``(3, 8)``, ``a dict``."""
    if type(value) in {tuple, list} and len(value) <= 8:  # type: ignore[arg-type]  # it has a length
        inside = ", ".join(map(_shown_item, value))  # type: ignore[call-overload]  # it is iterable
        comma = "," if type(value) is tuple and len(value) == 1 else ""
        return f"({inside}{comma})" if type(value) is tuple else f"[{inside}]"
    return _shown_item(value)


def _shown_item(value: object) -> str:
    if isinstance(value, type):
        return f"the class {sanitise(value.__name__, _QUOTED)}"
    if type(value) is str:
        return f"'{sanitise(value, _QUOTED)}'"
    number = as_int(value)
    if type(value) in {bool, float} or (number is not None and abs(number) < _LARGE):
        return repr(value) if number is None else str(number)
    return described(value)


def described(value: object) -> str:
    """Return the type of a value with an article, without calling its own code: ``a list``, ``None``."""
    name = sanitise(type(value).__name__, _QUOTED)
    return "None" if value is None else f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def is_of(package: str, name: str, value: object) -> bool:
    """Return whether ``value`` is an instance of a package's class, without importing the package."""
    kind = getattr(sys.modules.get(package), name, None)
    return isinstance(kind, type) and isinstance(value, kind)


def instance(name: str, value: Any, kind: type[T], example: str) -> T:
    """Return ``value`` if it is an instance of a class of this package.

    Raises:
        WrongTypeError: if it is not.
    """
    if not isinstance(value, kind):
        raise wrong_type(name, f"a {kind.__name__}, such as {example}", value)
    return value


def text(name: str, value: Any) -> str:
    """Return ``value`` if it is a string.

    Raises:
        WrongTypeError: if it is not.
    """
    if not isinstance(value, str):
        raise wrong_type(name, "a text", value)
    return value


def choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return ``value`` if it is one of some words.

    Raises:
        WrongTypeError: if it is not a string.
        RequestError: if it is another word.
    """
    known = tuple(choices)
    if text(name, value) not in known:
        raise RequestError(f"{name} '{sanitise(value, _QUOTED)}' is not known: choose from {', '.join(known)}")
    return str(value)


def flag(name: str, value: Any) -> bool:
    """Return ``value`` if it is a bool; a string such as ``"no"`` would be truthy.

    Raises:
        WrongTypeError: if it is not.
    """
    if not isinstance(value, bool):
        raise wrong_type(name, "True or False", value)
    return value


def whole_number(name: str, value: Any, least: int, most: int) -> int:
    """Return ``value`` as an int if it is an integer, of numpy or Python, within bounds.

    Raises:
        WrongTypeError: if it is not an integer.
        RequestError: if it is out of bounds.
    """
    number = as_int(value)
    if number is None:
        raise wrong_type(name, f"a whole number from {least:,} to {most:,}", value)
    if not least <= number <= most:
        raise RequestError(f"{name} must be from {least:,} to {most:,}; found {shown(number)}")
    return number


def as_int(value: Any) -> int | None:
    """Return an integer of any type, such as numpy's, as an int; ``None`` for a bool and any other value."""
    if isinstance(value, bool):
        return None
    try:
        return index(value)
    except TypeError:
        return None


def number(name: str, value: Any) -> int | float:
    """Return ``value`` if it is an integer or a float.

    Raises:
        WrongTypeError: if it is not.
    """
    if isinstance(value, float):
        return value
    whole = as_int(value)
    if whole is None:
        raise wrong_type(name, "a number", value)
    return whole


def path(name: str, value: Any) -> str:
    """Return a string or path object as a string.

    Raises:
        WrongTypeError: if it is neither, or a path of bytes.
    """
    found = os.fspath(value) if isinstance(value, str | os.PathLike) else value
    if not isinstance(found, str):
        raise wrong_type(name, "a path: a text or a pathlib.Path", value)
    return found


def keywords(name: str, value: Any) -> Mapping[str, Any]:
    """Return ``value`` if it is a mapping whose keys are strings.

    Raises:
        WrongTypeError: if it is not.
    """
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise wrong_type(name, 'a dict with names as keys, such as {"depth": 50}', value)
    return value


def device_name(value: Any) -> str:
    """Return the name of a device, ``cpu`` for ``torch.device("cpu")``; only torch checks that it exists.

    Raises:
        WrongTypeError: if it is neither a string nor a ``torch.device``.
    """
    if isinstance(value, str):
        return value
    if is_of("torch", "device", value):
        return str(value)
    raise wrong_type("device", "a device's name, such as 'meta', 'cpu' or 'cuda:0'", value)


def several(value: Any, kinds: type | tuple[type, ...]) -> tuple[Any, ...] | None:
    """Return one value or an iterable of values as a tuple; ``None`` for anything else.

    Args:
        value: the value or values.
        kinds: types of a single value; a string is never taken as an iterable.
    """
    if isinstance(value, kinds):
        return (value,)
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping) else None
