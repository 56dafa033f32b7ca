"""Names in a file -> ours: which style and prefix explain them, and what each becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from resnet_inspect.checkpoints.key_styles.style import KeyStyle
from resnet_inspect.checkpoints.key_styles.table import STYLES
from resnet_inspect.checkpoints.prefixes import around, prefixes

SAMPLE = 10_000
"""Names by which styles are judged."""

MOST_LEVELS = 16
"""Dots in a prefix; a network lies no deeper in another one."""


@dataclass(frozen=True, slots=True)
class Translation:
    """Names of a file as one style explains them.

    Attributes:
        style: whose names they are.
        prefix: what stands before each; ends with a dot, or is empty.
        names: name in the file -> our name, in the order of the file.
        others: names in the file that belong to no part of such a network.
        beside: prefixes of further networks in the file.
    """

    style: KeyStyle
    prefix: str
    names: Mapping[str, str]
    others: tuple[str, ...]
    beside: tuple[str, ...]

    @property
    def renames(self) -> bool:
        """Whether any name changes."""
        return any(theirs != ours for theirs, ours in self.names.items())


def translations(names: Sequence[str]) -> tuple[Translation, ...]:
    """Return the explanations of a file's names that leave the fewest unexplained, all of them equally good.

    Of several networks in a file the one with the most names is taken, of equals the first.

    There is none where no name is that of a first block's first convolution, in any style.
    """
    found = prefixes(names, {style.name: style.first for style in STYLES})
    found = {prefix: styles for prefix, styles in found.items() if prefix.count(".") <= MOST_LEVELS}
    if not found:
        return ()
    prefix = max(found, key=lambda known: sum(name.startswith(known) for name in names))
    beside = tuple(other for other in found if other != prefix)
    styles = _fitting(names, prefix, [style for style in STYLES if style.name in found[prefix]])
    candidates = [_translated(names, style, prefix, beside) for style in styles]
    most = max(len(candidate.names) for candidate in candidates)
    return tuple(candidate for candidate in candidates if len(candidate.names) == most)


def _fitting(names: Sequence[str], prefix: str, styles: Sequence[KeyStyle]) -> list[KeyStyle]:
    """The styles that explain the most names of a sample: all names of any net there is, but not of any file."""
    levels = tuple(around(prefix))
    inside = {name.rpartition(".")[0] for name in islice((name for name in names if name.startswith(prefix)), SAMPLE)}
    outside = (name.rpartition(".")[0] for name in names if not name.startswith(prefix))
    modules = [*inside, *islice(outside, SAMPLE)]
    scores = [sum(_module(module, style, levels) is not None for module in modules) for style in styles]
    return [style for style, score in zip(styles, scores, strict=True) if score == max(scores)]


def _translated(names: Iterable[str], style: KeyStyle, prefix: str, beside: tuple[str, ...]) -> Translation:
    ours: dict[str, str] = {}
    others, taken = [], set()
    modules: dict[str, str | None] = {}
    levels = tuple(around(prefix))
    for name in names:
        path, _, leaf = name.rpartition(".")
        if path not in modules:
            modules[path] = _module(path, style, levels)
        module = modules[path]
        renamed = f"{module}.{leaf}"
        if module is None or renamed in taken:
            others.append(name)
        else:
            taken.add(renamed)
            ours[name] = renamed
    return Translation(style, prefix, ours, tuple(others), beside)


def _module(path: str, style: KeyStyle, levels: Sequence[str]) -> str | None:
    """A module's name here; a classifier may also stand on a level above the rest."""
    if path.startswith(levels[0]):
        inner = path[len(levels[0]) :]
        if ours := style.body_names.translate(inner):
            return ours
    for level in levels:
        if path.startswith(level) and (ours := style.head_names.translate(path[len(level) :])):
            return ours
    return None
