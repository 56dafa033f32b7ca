"""Which model a report speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelRef:
    """The model of a report.

    Attributes:
        name: what it is called.
        config: every field of its config; ``None`` for a module that was not built from one.
        notes: what is to be known of how it ran; mostly empty.
    """

    name: str
    config: Mapping[str, Any] | None
    notes: tuple[str, ...] = ()
