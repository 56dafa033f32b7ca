"""How long the check of one file may take."""

from __future__ import annotations

LONGEST = 86_400.0
"""Seconds, a day: systems take no wait of months, and a time that nobody waits is a mistake."""


def is_timeout(seconds: float) -> bool:
    """Return whether a time limit is one that can be kept."""
    return 0 < seconds <= LONGEST
