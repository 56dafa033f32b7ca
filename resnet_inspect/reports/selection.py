"""What names a stage, a block or a role, in all spellings that people use."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from resnet_inspect.anatomy.facts import ROLES
from resnet_inspect.arguments import as_int, several, shown, text, whole_number, wrong_type
from resnet_inspect.errors import RequestError
from resnet_inspect.text import sanitise

Name = TypeVar("Name", str, int)

_STAGE = re.compile(r"(?:stage)?0*([0-9]{1,4})|conv0*([0-9]{1,4})_x")
_MOST_STAGES = 999
_MOST_BLOCKS = 1_000_000


def stage_name(value: Any, said: str = "stage") -> str:
    """Return the stage that a text or a number means: ``stage1`` for "stage1", "1", 1 and "conv2_x".

    Args:
        value: what was written.
        said: what it was written for, in messages.

    Raises:
        WrongTypeError: if it is neither.
        RequestError: if it means none.
    """
    if not isinstance(value, str) and as_int(value) is None:
        raise wrong_type(said, "a stage, such as 'stage1', 1, 'conv2_x', 'stem' or 'head'", value)
    lowered = (value if isinstance(value, str) else shown(as_int(value))).lower()
    if lowered in {"stem", "head"}:
        return lowered
    found = _STAGE.fullmatch(lowered)
    number = int(found[2] or found[1]) - bool(found[2]) if found else 0
    if not 1 <= number <= _MOST_STAGES:
        written = sanitise(str(value), 60) if isinstance(value, str) else shown(value)
        raise RequestError(f"{said} '{written}' is not a stage: write stem, head, or stage1 (also 1, conv2_x)")
    return f"stage{number}"


def role_name(value: Any, said: str = "role") -> str:
    """Return the role that a text means, in capitals or not; arguments as for ``stage_name``.

    Raises:
        WrongTypeError: if it is no text.
        RequestError: if it means none.
    """
    lowered = text(said, value).lower()
    if lowered not in ROLES:
        raise RequestError(f"{said} '{sanitise(value, 60)}' is not a role: choose from {', '.join(ROLES)}")
    return lowered


def block_number(value: Any, said: str = "block") -> int:
    """Return the number of a block in its stage, from 0; arguments as for ``stage_name``.

    Raises:
        WrongTypeError: if it is no whole number.
        RequestError: if it is out of range.
    """
    return whole_number(said, value, 0, _MOST_BLOCKS)


def all_of(value: Any, name_of: Callable[[Any], Name]) -> frozenset[Name]:
    """Return what one name means, or each of several.

    Args:
        value: a name, or an iterable of names.
        name_of: name -> what it means, or raises.
    """
    names = several(value, str)
    return frozenset(map(name_of, (value,) if names is None else names))
