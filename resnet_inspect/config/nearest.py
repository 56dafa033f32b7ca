"""Did you mean: the known names that look most like an unknown one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_SHORTEST_BEGINNING = 4


def nearest(word: str, known: Iterable[str], count: int = 1) -> tuple[str, ...]:
    """Return up to ``count`` of ``known`` that ``word`` begins or resembles, best first.

    Case, hyphens, underscores, dots and spaces do not matter.
    """
    by_squashed = {_squash(name): name for name in known}
    squashed = _squash(word)
    begun = [name for name in by_squashed if len(squashed) >= _SHORTEST_BEGINNING and name.startswith(squashed)]
    similar = difflib.get_close_matches(squashed, by_squashed, n=count, cutoff=0.7)
    return tuple(by_squashed[name] for name in dict.fromkeys(begun + similar))[:count]


def _squash(word: str) -> str:
    return re.sub(r"[-_.\s]+", "", word).casefold()
