"""Text for a terminal or a pipe: made safe, measured in cells, wrapped and coloured."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from resnet_inspect.rendering.page import Line, Span, Tone, plain_text
from resnet_inspect.text import sanitise

# Characters of this program's own texts, each one cell wide: Latin, Greek, punctuation, superscripts, arrows,
# mathematics, boxes. rich is imported only for a text that holds others.
_NARROW: Final = re.compile(
    "[ -~\u00a0-\u00ac\u00ae-\u02ff\u0391-\u03c9\u2010-\u2027\u2070-\u2094"
    "\u2190-\u22ff\u2308-\u230b\u2500-\u25fc\u2713\u2717]*"
)

# ANSI codes of the first eight colours, which every theme makes readable on its own background. Importing rich.style
# for ten fixed codes would take 7 ms.
_CODES: Final[dict[Tone, str]] = {
    "dim": "2",
    "strong": "1",
    "accent": "36",
    "shortcut": "35",
    "attention": "33",
    "added": "32",
    "removed": "31",
    "good": "32",
    "warn": "1;33",
    "bad": "1;31",
}


def safe(text: str) -> str:
    """Return ``text`` with control, escape and bidi characters spelled out; never shortened."""
    # str.isprintable() is fast, and false for every character that sanitise() would change.
    return text if text.isprintable() else sanitise(text, limit=len(text))


def safe_ascii(text: str) -> str:
    r"""Return ``safe(text)`` in ASCII: similar characters for those in our tables, ``\uXXXX`` for all others."""
    return _in_ascii(safe(text), _WORDS)


def safe_ascii_drawing(text: str) -> str:
    """Return ``safe(text)`` in ASCII, with one character for each character that drawings use: ``>`` for an arrow."""
    return _in_ascii(safe(text), _STROKES)


def _in_ascii(text: str, replacements: dict[int, str]) -> str:
    if text.isascii():
        return text
    return text.translate(replacements).encode("ascii", "backslashreplace").decode("ascii")


def _spread(groups: dict[str, str]) -> dict[int, str]:
    """Return a table for ``str.translate`` from groups of characters that share a replacement."""
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
        # No single ASCII character means the same as one of these.
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


def cell_width(text: str) -> int:
    """Return the number of terminal cells of ``text``: 2 for a wide East Asian character, 0 for a combining one."""
    return len(text) if text.isascii() else _measured(text)


@lru_cache(maxsize=4096)
def _measured(text: str) -> int:
    if _NARROW.fullmatch(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def shorten(text: str, width: int, ellipsis: str = "…") -> str:
    """Return ``text`` in at most ``width`` cells, with ``ellipsis`` in the middle if it is too long: ``layer3…conv2``.

    Both ends are kept, because module names can differ at either end.
    """
    if cell_width(text) <= width:
        return text
    room = max(width - cell_width(ellipsis), 0)
    tail = text[len(text) - (room - room // 2) :]
    while cell_width(tail) > room - room // 2:
        tail = tail[1:]
    room -= cell_width(tail)
    head = text[:room]
    while cell_width(head) > room:
        head = head[:-1]
    return head + ellipsis + tail


def wrap(text: str, width: int, indent: int) -> list[tuple[int, int]]:
    """Find where to break ``text`` at spaces into lines of at most ``width`` cells.

    Args:
        text: text to break; its leading spaces stay on the first line.
        width: cells per line.
        indent: spaces that will precede every line but the first.

    Returns:
        Start and end of each line in ``text``; a word that is wider than a line gets its own line.
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


@dataclass(frozen=True, slots=True)
class Look:
    r"""The width, colours and characters of the ``table`` format.

    Attributes:
        width: cells per line of the terminal; ``None`` for a pipe, where nothing is wrapped, shortened or left out.
        colour: ``True`` to use ANSI colours; without them, the text has no escape sequences.
        ascii_only: ``True`` to use only ASCII: ``->`` for ``→``, and ``\uXXXX`` for characters without a similar one.
    """

    width: int | None = None
    colour: bool = False
    ascii_only: bool = False


class Pen(Look):
    """A writer of text in one look."""

    __slots__ = ()

    @property
    def rule(self) -> str:
        """One cell of a horizontal rule."""
        return "-" if self.ascii_only else "─"

    @property
    def ellipsis(self) -> str:
        """The characters in place of the middle of a shortened text."""
        return "..." if self.ascii_only else "…"

    def clean(self, text: str) -> str:
        """Return ``text`` with the characters that this stream accepts, without trailing spaces."""
        return (safe_ascii(text) if self.ascii_only else safe(text)).rstrip()

    def paint(self, text: str, tone: Tone) -> str:
        """Colour a text that is already clean."""
        if not self.colour or not tone or not text:
            return text
        return f"\x1b[{_CODES[tone]}m{text}\x1b[0m"

    def verbatim(self, spans: Line) -> str:
        """Write a line without wrapping it; trailing spaces are removed."""
        clean = safe_ascii_drawing if self.ascii_only else safe
        return self._written(tuple(Span(clean(span.text), span.tone) for span in spans))

    def wrapped(self, spans: Line, hang: int = 0) -> list[str]:
        """Write a line, broken at spaces if it is too wide.

        Continuation lines are indented by the line's leading spaces and ``hang`` more.
        """
        clean = safe_ascii if self.ascii_only else safe
        spans = tuple(Span(clean(span.text), span.tone) for span in spans)
        if self.width is None:
            return [self._written(spans)]
        text = plain_text(spans)
        indent = min(len(text) - len(text.lstrip(" ")) + hang, self.width // 2)
        first, *rest = (_cut(spans, start, end) for start, end in wrap(text, self.width, indent))
        return [self._written(first), *((" " * indent + self._written(piece)).rstrip(" ") for piece in rest)]

    def _written(self, spans: Line) -> str:
        visible = len(plain_text(spans).rstrip())
        return "".join(self.paint(span.text, span.tone) for span in _cut(spans, 0, visible))


def _cut(spans: Line, start: int, end: int) -> Line:
    """Return the part of a line from character ``start`` to ``end``, in its tones."""
    pieces = []
    for span in spans:
        piece = span.text[max(start, 0) : max(end, 0)]
        if piece:
            pieces.append(Span(piece, span.tone))
        start -= len(span.text)
        end -= len(span.text)
    return tuple(pieces)
