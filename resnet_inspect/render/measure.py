"""How many terminal cells a text takes, and how to make it take fewer."""

from __future__ import annotations

import re
from functools import lru_cache

# Signs of our own that take one cell each: Latin, Greek, punctuation, superscripts, arrows, mathematics, boxes.
# Knowing them here keeps rich out of the process unless a text holds something rarer.
_NARROW = re.compile(
    "[ -~\u00a0-\u00ac\u00ae-\u02ff\u0391-\u03c9\u2010-\u2027\u2070-\u2094"
    "\u2190-\u22ff\u2308-\u230b\u2500-\u25fc\u2713\u2717]*"
)


def cell_width(text: str) -> int:
    """Terminal cells that ``text`` takes: 2 for a wide East Asian character, 0 for a combining one."""
    return len(text) if text.isascii() else _measured(text)


@lru_cache(maxsize=4096)
def _measured(text: str) -> int:
    if _NARROW.fullmatch(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def shorten(text: str, width: int, ellipsis: str = "…") -> str:
    """``text`` in at most ``width`` cells, its middle replaced by ``ellipsis`` if it is too long.

    Both ends stay, since module names differ at either: ``layer3…conv2``.
    """
    if cell_width(text) <= width:
        return text
    room = max(width - cell_width(ellipsis), 0)
    tail = _longest_tail(text, room - room // 2)
    return _longest_head(text, room - cell_width(tail)) + ellipsis + tail


def _longest_head(text: str, room: int) -> str:
    head = text[:room]
    while cell_width(head) > room:
        head = head[:-1]
    return head


def _longest_tail(text: str, room: int) -> str:
    tail = text[len(text) - room :]
    while cell_width(tail) > room:
        tail = tail[1:]
    return tail


def wrap(text: str, width: int, indent: int) -> list[tuple[int, int]]:
    """Where to break ``text`` at spaces into lines of at most ``width`` cells.

    Args:
        text: what to break; its own leading spaces stay on the first line.
        width: cells per line.
        indent: spaces that will stand before every line but the first.

    Returns:
        Start and end of each line in ``text``; a word that is wider than a line has one for itself.
    """
    lines: list[tuple[int, int]] = []
    start = end = 0
    for word in re.finditer("[^ ]+", text):
        room = width - indent if lines else width
        if end > 0 and cell_width(text[start : word.end()]) > room:
            lines.append((start, end))
            start = word.start()
        end = word.end()
    return [*lines, (start, end)]
