"""Suggestions for an unknown name: the known names that look most like it."""

import difflib
import re
from collections.abc import Iterable

from resnet_inspect.configs.aliases import normalise

_SHORTEST_BEGINNING = 4
_LONGEST = 200


def suggest(word: str, known: Iterable[str], count: int = 1) -> tuple[str, ...]:
    """Return up to ``count`` of ``known`` that ``word`` begins or resembles, best first.

    Case and separators do not matter (see ``normalise``). Similar names are sorted by edit distance, then by the
    difference of their numbers: for resnet51, resnet50 comes before resnet50_v1.
    """
    if len(word) > _LONGEST:
        return ()
    by_form = {normalise(name): name for name in known}
    normalised = normalise(word)
    begun = [name for name in by_form if len(normalised) >= _SHORTEST_BEGINNING and _begins(normalised, name)]
    similar = difflib.get_close_matches(normalised, by_form, n=max(3 * count, 10), cutoff=0.7)
    place = {name: number for number, name in enumerate(by_form)}
    similar.sort(key=lambda name: (_edits(normalised, name), abs(_number(normalised) - _number(name)), place[name]))
    return tuple(by_form[name] for name in dict.fromkeys(begun + similar))[:count]


def _begins(normalised: str, name: str) -> bool:
    """Return whether ``name`` begins with ``normalised``, not inside a number: false for resnet100 and resnet1001."""
    rest = name.removeprefix(normalised)
    return len(rest) < len(name) and not (normalised[-1:].isdigit() and rest[:1].isdigit())


def _number(normalised: str) -> int:
    """Return the first number in a name, which is often a depth; 0 for none."""
    found = re.search(r"[0-9]+", normalised)
    return int(found.group()[:9]) if found else 0


def _edits(one: str, other: str) -> int:
    """Return the edit distance of two words: the number of characters to insert, delete or replace."""
    row = list(range(len(other) + 1))
    for number, character in enumerate(one, start=1):
        above, row[0] = row[0], number
        for index, opposite in enumerate(other, start=1):
            above, row[index] = row[index], min(row[index] + 1, row[index - 1] + 1, above + (character != opposite))
    return row[-1]
