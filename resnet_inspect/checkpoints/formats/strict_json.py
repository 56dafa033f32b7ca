"""JSON of a header or an index: one object, no key twice, no text that is not Unicode."""

from __future__ import annotations

import json
import re
from typing import Any

from resnet_inspect.errors import CheckpointError
from resnet_inspect.text import sanitise

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_object(content: bytes, what: str) -> dict[str, Any]:
    """Parse a JSON object.

    Args:
        content: at most a few MiB, which bounds time and memory.
        what: what it is, for messages: ``its header``.

    Raises:
        CheckpointError: if it is anything else.
    """
    try:
        data = json.loads(content.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
        if _SURROGATE_ESCAPE.search(content):
            _require_unicode(data, what)
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{what} is not UTF-8, at byte {error.start:,} of it") from None
    except RecursionError:
        raise CheckpointError(f"{what} is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise CheckpointError(f"{what} is not valid JSON: {error.msg} at character {error.pos:,} of it") from None
    except ValueError as error:
        raise CheckpointError(f"{what} is not valid JSON: {sanitise(str(error))}") from None
    if not isinstance(data, dict):
        raise CheckpointError(f"{what} is not a JSON object")
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        seen: set[str] = set()
        # add gives None, so that the search goes on.
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise CheckpointError(f"'{sanitise(twice)}' is given twice in it")
    return data


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _require_unicode(data: Any, what: str) -> None:
    """Half a surrogate pair can be written in JSON, but is no text, and the format's own reader refuses it."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise CheckpointError(f"{what} has a string that is not Unicode: half a surrogate pair") from None
