"""Text from outside, made safe to show: names in configs, module names, messages of other libraries. And counts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

# Other (control, format: bidi and zero-width; surrogate, private, unassigned) and line or paragraph separators.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def times(sizes: Iterable[int]) -> str:
    """``3×224×224`` for (3, 224, 224)."""
    return "×".join(map(str, sizes))


def per_axis(sizes: Sequence[int]) -> str:
    """``2`` for (2, 2), ``2×1`` for (2, 1)."""
    return times(sizes[:1] if len(set(sizes)) == 1 else sizes)


def uncapitalised(sentence: str) -> str:
    """The same behind other words: ``permission denied`` for ``Permission denied``."""
    return sentence[:1].lower() + sentence[1:]


def counted(number: int, one: str, many: str = "") -> str:
    """``1 tensor``, ``2,000 tensors``, ``3 entries``: ``many`` where it is not ``one`` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def listed(names: Sequence[str], most: int = 5, limit: int = 200) -> str:
    """``a, b, c and 12 more``, each name safe to show and cut to ``limit``; a last one is named, not counted."""
    shown = names[: most if len(names) > most + 1 else most + 1]
    more = f" and {len(names) - len(shown):,} more" if len(names) > len(shown) else ""
    return ", ".join(sanitise(name, limit) for name in shown) + more


def sanitise(text: str, limit: int = 200) -> str:
    r"""Return ``text`` with every control, escape and bidi character spelled out, cut to ``limit`` characters.

    A terminal obeys escape sequences and reorders what stands after a bidi control, so neither may reach it:
    ``\x1b[31m`` is shown as it is written here.
    """
    shown = "".join(_visible(character) for character in text[: limit + 1])
    return shown if len(text) <= limit else shown[:limit] + "…"


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN_CATEGORIES:
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
