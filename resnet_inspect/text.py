"""Make text from outside safe to show, such as names and messages of libraries; format shapes, counts and lists."""

import unicodedata
from collections.abc import Iterable, Sequence

# Other (control, format: bidi and zero-width; surrogate, private, unassigned) and line or paragraph separators.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def format_shape(sizes: Iterable[int]) -> str:
    """Return ``3×224×224`` for (3, 224, 224)."""
    return "×".join(map(str, sizes))


def per_axis(sizes: Sequence[int]) -> str:
    """Return ``2`` for (2, 2), and ``2×1`` for (2, 1)."""
    return format_shape(sizes[:1] if len(set(sizes)) == 1 else sizes)


def uncapitalised(sentence: str) -> str:
    """Return a sentence in lower case, to follow other words: ``permission denied`` for ``Permission denied``."""
    return sentence[:1].lower() + sentence[1:]


def pluralise(number: int, one: str, many: str = "") -> str:
    """Return ``1 tensor``, ``2,000 tensors`` or ``3 entries``; ``many`` is a plural other than ``one`` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def join_names(names: Sequence[str], most: int = 5, limit: int = 200) -> str:
    """Return ``a, b, c and 12 more``, with each name safe to show and cut to ``limit`` characters.

    At most ``most`` names are shown, or one more in place of ``and 1 more``.
    """
    shown = names[: most if len(names) > most + 1 else most + 1]
    more = f" and {len(names) - len(shown):,} more" if len(names) > len(shown) else ""
    return ", ".join(sanitise(name, limit) for name in shown) + more


def sanitise(text: str, limit: int = 200) -> str:
    r"""Return ``text`` with control, format and bidi characters as escapes, cut to ``limit`` characters.

    A terminal executes escape sequences and reorders text after a bidi control, so neither may reach it: the escape
    character is shown as ``\x1b``.
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
