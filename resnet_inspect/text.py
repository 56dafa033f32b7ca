"""Text from outside, made safe to show: names in configs, module names, messages of other libraries."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

# Other (control, format: bidi and zero-width; surrogate, private, unassigned) and line or paragraph separators.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def times(sizes: Iterable[int]) -> str:
    """``3×224×224`` for (3, 224, 224)."""
    return "×".join(map(str, sizes))


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
