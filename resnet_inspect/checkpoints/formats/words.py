"""Counts and names in a sentence, safe to show."""

from __future__ import annotations

from collections.abc import Sequence

from resnet_inspect.text import sanitise

_SHOWN = 5


def counted(number: int, one: str, many: str) -> str:
    """``1 tensor``, ``2,000 tensors``."""
    return f"{number:,} {one if number == 1 else many}"


def listed(names: Sequence[str]) -> str:
    """The first five names, and how many more there are."""
    shown = ", ".join(sanitise(name, 60) for name in names[:_SHOWN])
    return shown + (f", … {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")
