"""Styles of HTML elements: rules of a document's stylesheet, and inline styles of a fragment."""

from dataclasses import dataclass
from typing import Final

from resnet_inspect.rendering.page import Tone


@dataclass(frozen=True, slots=True)
class Style:
    """The CSS of one kind of element.

    Attributes:
        declarations: declarations, joined with ``;``.
        selector: selector of its elements in a document; empty for the class with the name of the style.
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

ELEMENT_STYLES: Final[dict[str, Style]] = {
    "table": Style("border-collapse:collapse;font-variant-numeric:tabular-nums", "table"),
    "section": Style("border-top:1px solid rgba(128,128,128,.5)", "tbody,tfoot"),
    # By default, notebooks align cells to the right and collapse their spaces.
    "cell": Style("padding:.15em .6em", "th,td"),
    "left": Style("text-align:left;white-space:pre", "th,td"),
    "right": Style("text-align:right;white-space:pre"),
    "long": Style("text-align:left;white-space:pre-wrap;min-width:20em"),
    "row": Style("font-weight:normal", ":where(th[scope=row])"),
    "prose": Style("white-space:pre-wrap", "p:not(.code)"),
    "code": Style("font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em"),
    "drawing": Style("line-height:1.2", "pre"),
    "line": Style("display:block;white-space:pre-wrap;min-height:1.2em"),
    "group": Style("margin:1.5em 0"),
    "tight": Style("margin:0"),
    **{tone: Style(declarations) for tone, declarations in TONES.items()},
}

SCHEMES: Final = {"light": ("#1f2328", "#ffffff"), "dark": ("#e2e5e9", "#15181c")}
"""Colours of text and background of a document; print uses the light scheme."""


def _colours(scheme: str) -> str:
    text, background = SCHEMES[scheme]
    return f":root{{color:{text};background:{background}}}"


_RULES: Final = "\n".join(
    f"{look.selector or f'.{name}'}{{{look.declarations}}}" for name, look in ELEMENT_STYLES.items()
)

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
