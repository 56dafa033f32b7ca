"""Did you mean: the known names that look most like an unknown one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from resnet_inspect.config.aliases import spell

_SHORTEST_BEGINNING = 4
_LONGEST = 200


def nearest(word: str, known: Iterable[str], count: int = 1) -> tuple[str, ...]:
    """Return up to ``count`` of ``known`` that ``word`` begins or resembles, best first.

    Spelling does not matter (see ``spell``). Of those that resemble it, the one with the fewest
    letters to change comes first, then the one whose number is nearest: resnet51 is rather resnet50 than resnet50_v1.
    """
    if len(word) > _LONGEST:
        return ()
    by_spelling = {spell(name): name for name in known}
    spelled = spell(word)
    begun = [name for name in by_spelling if len(spelled) >= _SHORTEST_BEGINNING and _begins(spelled, name)]
    similar = difflib.get_close_matches(spelled, by_spelling, n=max(3 * count, 10), cutoff=0.7)
    place = {name: number for number, name in enumerate(by_spelling)}
    similar.sort(key=lambda name: (_edits(spelled, name), abs(_number(spelled) - _number(name)), place[name]))
    return tuple(by_spelling[name] for name in dict.fromkeys(begun + similar))[:count]


def _begins(spelled: str, name: str) -> bool:
    """Whether a name goes on from ``spelled``; resnet100 is no beginning of resnet1001."""
    rest = name.removeprefix(spelled)
    return len(rest) < len(name) and not (spelled[-1:].isdigit() and rest[:1].isdigit())


def _number(spelled: str) -> int:
    """The first number in a name, which tells a net's depth; 0 for none."""
    found = re.search(r"[0-9]+", spelled)
    return int(found.group()[:9]) if found else 0


def _edits(one: str, other: str) -> int:
    """Characters to insert, delete or replace to make one word of the other."""
    row = list(range(len(other) + 1))
    for number, character in enumerate(one, start=1):
        above, row[0] = row[0], number
        for index, opposite in enumerate(other, start=1):
            above, row[index] = row[index], min(row[index] + 1, row[index - 1] + 1, above + (character != opposite))
    return row[-1]
