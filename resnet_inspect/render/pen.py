"""How a text reaches a terminal or a pipe: width, colour and character set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from resnet_inspect.render.measure import wrap
from resnet_inspect.render.page import Line, Span, Tone, plain_text
from resnet_inspect.render.safe import safe, safe_ascii, safe_ascii_drawing

# ANSI "select graphic rendition" codes of the first eight colours, which every theme makes readable on its own
# background. Ten fixed codes are not worth the 7 ms that importing rich.style takes.
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


@dataclass(frozen=True, slots=True)
class Pen:
    """How text is written to one stream.

    Attributes:
        width: cells per line; ``None`` for a pipe, where nothing is wrapped, cut or left out.
        colour: whether tones become ANSI codes.
        ascii_only: whether the stream takes ASCII alone.
    """

    width: int | None
    colour: bool
    ascii_only: bool

    @property
    def rule(self) -> str:
        """One cell of a horizontal rule."""
        return "-" if self.ascii_only else "─"

    @property
    def ellipsis(self) -> str:
        """What stands for the middle of a shortened text."""
        return "..." if self.ascii_only else "…"

    def clean(self, text: str) -> str:
        """``text`` as it may be shown on this stream, without trailing spaces."""
        return (safe_ascii(text) if self.ascii_only else safe(text)).rstrip()

    def paint(self, text: str, tone: Tone) -> str:
        """Clean ``text`` in the colour of ``tone``."""
        if not self.colour or not tone or not text:
            return text
        return f"\x1b[{_CODES[tone]}m{text}\x1b[0m"

    def verbatim(self, spans: Line) -> str:
        """A line as it is, without trailing spaces."""
        clean = safe_ascii_drawing if self.ascii_only else safe
        return self._written(tuple(Span(clean(span.text), span.tone) for span in spans))

    def wrapped(self, spans: Line, hang: int = 0) -> list[str]:
        """A line, broken at spaces where it is too wide.

        What comes after the break is indented by the line's leading spaces, and ``hang`` more.
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
    """The part of a line from character ``start`` to ``end``, in its tones."""
    pieces = []
    for span in spans:
        piece = span.text[max(start, 0) : max(end, 0)]
        if piece:
            pieces.append(Span(piece, span.tone))
        start -= len(span.text)
        end -= len(span.text)
    return tuple(pieces)
