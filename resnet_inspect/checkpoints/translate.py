"""Names in a file -> ours: which style and prefix explain them, and what each becomes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from resnet_inspect.checkpoints.key_styles.style import KeyStyle
from resnet_inspect.checkpoints.key_styles.table import STYLES
from resnet_inspect.checkpoints.prefixes import around, is_behind, prefixes

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
        inside: names in the file that lie in its blocks, and that no such network has.
        others: names in the file that belong to no part of such a network.
        beside: prefixes of further networks in the file.
    """

    style: KeyStyle
    prefix: str
    names: Mapping[str, str]
    inside: tuple[str, ...]
    others: tuple[str, ...]
    beside: tuple[str, ...]

    @property
    def renames(self) -> bool:
        """Whether any name changes."""
        return any(theirs != ours for theirs, ours in self.names.items())

    def lies_in_a_block(self, name: str) -> bool:
        """Return whether a name of the file, known or not, belongs to one of its blocks."""
        return _lies_in_a_block(name, self.style, self.prefix)


def networks(names: Iterable[str]) -> dict[str, set[str]]:
    """Prefix of each network among the names -> the styles that it may have."""
    found = prefixes(names, {style.name: style.first for style in STYLES})
    return {prefix: styles for prefix, styles in found.items() if prefix.count(".") <= MOST_LEVELS}


def translations(names: Sequence[str], chosen: str = "", within: str = "") -> tuple[Translation, ...]:
    """Return the explanations of a file's names that leave the fewest unexplained, all of them equally good.

    Of several networks in a file the one with the most names is taken, of equals the first.

    Args:
        names: as they stand in the file.
        chosen: what leads to the network that is wanted; empty for any.
        within: what leads to the names, inside a training checkpoint: ends with a dot, or is empty.

    Returns:
        None where no name is that of a first block's first convolution, in any style.
    """
    found = networks(names)
    wanted = [prefix for prefix in found if is_behind(within + prefix, chosen)]
    if not wanted:
        return ()
    prefix = max(wanted, key=lambda known: sum(name.startswith(known) for name in names))
    beside = tuple(other for other in found if other != prefix)
    marked = [style for style in STYLES if style.name in found[prefix]]
    there = set(names)
    whole = [style for style in marked if not style.needs or f"{prefix}{style.needs}.weight" in there]
    styles = _fitting(names, prefix, whole)
    candidates = [_translated(names, style, prefix, beside) for style in styles]
    most = max(len(candidate.names) for candidate in candidates)
    best = (candidate for candidate in candidates if len(candidate.names) == most)
    return tuple(sorted(best, key=lambda candidate: not _in_its_place(candidate)))


def _in_its_place(candidate: Translation) -> bool:
    """Whether the body stands behind what its style has there, and the classifier beside it."""
    prefix, within = candidate.prefix, candidate.style.within
    return bool(within) and prefix.endswith(within) and not all(name.startswith(prefix) for name in candidate.names)


def _fitting(names: Sequence[str], prefix: str, styles: Sequence[KeyStyle]) -> list[KeyStyle]:
    """The styles that explain the most names of a sample: all names of any net there is, but not of any file."""
    levels = frozenset(around(prefix))
    inside = {name.rpartition(".")[0] for name in islice((name for name in names if name.startswith(prefix)), SAMPLE)}
    outside = (name.rpartition(".")[0] for name in names if not name.startswith(prefix))
    modules = [*inside, *islice(outside, SAMPLE)]
    scores = [sum(_module(module, style, prefix, levels) is not None for module in modules) for style in styles]
    return [style for style, score in zip(styles, scores, strict=True) if score == max(scores)]


def _translated(names: Iterable[str], style: KeyStyle, prefix: str, beside: tuple[str, ...]) -> Translation:
    ours: dict[str, str] = {}
    others: list[str] = []
    inside: list[str] = []
    taken: set[str] = set()
    modules: dict[str, str | None] = {}
    levels = frozenset(around(prefix))
    for name in names:
        path, _, leaf = name.rpartition(".")
        if path not in modules:
            modules[path] = _module(path, style, prefix, levels)
        module = modules[path]
        renamed = f"{module}.{leaf}"
        if module is None or renamed in taken:
            (inside if _lies_in_a_block(name, style, prefix) else others).append(name)
        else:
            taken.add(renamed)
            ours[name] = renamed
    return Translation(style, prefix, ours, tuple(inside), tuple(others), beside)


def _lies_in_a_block(name: str, style: KeyStyle, prefix: str) -> bool:
    if not style.block_depth or not name.startswith(prefix):
        return False
    parts = name[len(prefix) :].split(".", style.block_depth)
    return style.block_names.translate(".".join(parts[:-1])) is not None


def _module(path: str, style: KeyStyle, prefix: str, levels: Collection[str]) -> str | None:
    """A module's name here; a classifier may also stand on a level above the rest."""
    if path.startswith(prefix) and (ours := style.body_names.translate(path[len(prefix) :])):
        return ours
    for level, head in _splits(path, style.head_depth):
        if level in levels and (ours := style.head_names.translate(head)):
            return ours
    return None


def _splits(path: str, most: int) -> Iterator[tuple[str, str]]:
    """Yield what stands up to each of the last ``most`` dots of a path, and what comes after: the shortest ends first.

    A path with fewer dots is also its own end.
    """
    at = len(path)
    for _ in range(most):
        at = path.rfind(".", 0, at)
        yield path[: at + 1], path[at + 1 :]
        if at < 0:
            return
