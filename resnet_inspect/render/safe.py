"""Text as it may be shown: nothing a terminal would obey, and ASCII where the stream takes nothing else."""

from __future__ import annotations

from typing import Final

from resnet_inspect.text import sanitise


def safe(text: str) -> str:
    """``text`` with control, escape and bidi characters spelled out; never cut."""
    # str.isprintable() is quick, and holds for no character that sanitise() would change.
    return text if text.isprintable() else sanitise(text, limit=len(text))


def safe_ascii(text: str) -> str:
    r"""Like ``safe``, with look-alikes for our own signs and ``\uXXXX`` for all else outside ASCII."""
    return _in_ascii(safe(text), _WORDS)


def safe_ascii_drawing(text: str) -> str:
    """Like ``safe_ascii``, but with one character for one where a drawing depends on it: ``>`` for an arrow."""
    return _in_ascii(safe(text), _STROKES)


def _in_ascii(text: str, look_alikes: dict[int, str]) -> str:
    if text.isascii():
        return text
    return text.translate(look_alikes).encode("ascii", "backslashreplace").decode("ascii")


def _spread(groups: dict[str, str]) -> dict[int, str]:
    return {ord(sign): replacement for signs, replacement in groups.items() for sign in signs}


_BOX_DRAWING: Final = dict.fromkeys(range(0x2500, 0x2580), "+") | _spread(
    {"─━═╴╶╸╺╼╾": "-", "│┃║╵╷╹╻╽╿": "|", "┄┅┈┉╌╍": ".", "┆┇┊┋╎╏": ":", "\u2571": "/", "╲": "\\", "\u2573": "X"}
)
_STROKES: Final = _BOX_DRAWING | _spread(
    {
        "\u2010\u2011\u2012\u2013\u2014\u2212": "-",  # hyphens, dashes, minus
        "\u2018\u2019\u2032": "'",
        "\u201c\u201d\u2033": '"',
        "\u00d7": "x",
        "·•∙": "*",
        "→►▶▸": ">",
        "←◄◀◂": "<",
        "↑▲▴": "^",
        "↓▼▾": "v",
        "⊕": "+",
        "⊗": "x",
        "…": "~",
        "≈": "~",
        "█▓■▪": "#",
        "▒░□": ".",
        "○●": "o",
        "\u00a0": " ",
        "\u00b5\u03bc": "u",
        # A shorter look-alike of these would say something else.
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "±": "+/-",
        "²": "^2",
        "³": "^3",
        "√": "sqrt ",
        "⌊": "floor(",
        "⌈": "ceil(",
        "⌋⌉": ")",
        "Δ∆": "delta",
        "✓": "ok",
        "✗": "no",
    }
)
_WORDS: Final = _STROKES | _spread({"→": "->", "←": "<-", "…": "..."})
