"""How HTML looks: each look as a rule of a document's stylesheet, and as the inline style of a fragment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from resnet_inspect.render.page import Tone


@dataclass(frozen=True, slots=True)
class Look:
    """Declarations of CSS.

    Attributes:
        declarations: joined with ``;``.
        selector: which elements of a document have this look; empty for those of the class of its name.
    """

    declarations: str
    selector: str = ""


def _mixed(colour: str) -> str:
    """Mix a colour with that of the surrounding text, so that it is readable on light and dark backgrounds."""
    return f"color:color-mix(in srgb,{colour} 60%,currentColor)"


TONES: Final[dict[Tone, str]] = {
    "dim": "opacity:.75",
    "strong": "font-weight:bold",
    "accent": _mixed("#0097a8"),
    "shortcut": _mixed("#c060d0"),
    "attention": _mixed("#b27a00"),
    "added": _mixed("#25a048"),
    "removed": _mixed("#f25a60"),
    "good": _mixed("#25a048"),
    "warn": f"{_mixed('#b27a00')};font-weight:bold",
    "bad": f"{_mixed('#f25a60')};font-weight:bold",
}

LOOKS: Final[dict[str, Look]] = {
    "table": Look("border-collapse:collapse;font-variant-numeric:tabular-nums", "table"),
    "section": Look("border-top:1px solid rgba(128,128,128,.5)", "tbody,tfoot"),
    # Notebooks align every cell to the right and collapse its spaces, unless the cell itself says otherwise.
    "cell": Look("padding:.15em .6em", "th,td"),
    "left": Look("text-align:left;white-space:pre", "th,td"),
    "right": Look("text-align:right;white-space:pre"),
    "long": Look("text-align:left;white-space:pre-wrap;min-width:20em"),
    "row": Look("font-weight:normal", ":where(th[scope=row])"),
    "prose": Look("white-space:pre-wrap", "p:not(.code)"),
    "code": Look("font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em"),
    "drawing": Look("line-height:1.2", "pre"),
    "line": Look("display:block;white-space:pre-wrap;min-height:1.2em"),
    "group": Look("margin:1.5em 0"),
    "tight": Look("margin:0"),
    **{tone: Look(declarations) for tone, declarations in TONES.items()},
}

SCHEMES: Final = {"light": ("#1f2328", "#ffffff"), "dark": ("#e2e5e9", "#15181c")}
"""Colours of a document's text and background; print is light."""


def _colours(scheme: str) -> str:
    text, background = SCHEMES[scheme]
    return f":root{{color:{text};background:{background}}}"


_RULES: Final = "\n".join(f"{look.selector or f'.{name}'}{{{look.declarations}}}" for name, look in LOOKS.items())

STYLESHEET: Final = f"""\
:root{{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}}
{_colours("light")}
@media screen and (prefers-color-scheme:dark){{{_colours("dark")}}}
body{{margin:0;padding:1.5em clamp(1em,4vw,3em)}}
h1,h2,p,.long{{overflow-wrap:anywhere}}
h1,h2{{margin:0 0 .6em;font-size:1.4em;line-height:1.3}}
h2{{margin-top:2em;font-size:1.15em}}
small{{margin-left:.4em;font-size:.8em;font-weight:normal}}
p{{max-width:60em}}
pre,.scroll{{margin:1em 0;padding-bottom:.2em;overflow-x:auto}}
th,td{{vertical-align:top}}
{_RULES}
th:first-child,td:first-child{{padding-left:0}}
@media print{{
:root{{color-scheme:light;font-size:11px}}
body{{padding:0}}
pre,.scroll{{overflow:visible}}
pre{{white-space:pre-wrap}}
table{{font-size:.8em}}
.long{{min-width:10em}}
h1,h2{{break-after:avoid}}
pre,tr,.group{{break-inside:avoid}}
}}
"""
