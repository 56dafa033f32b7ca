"""Translate the names in a file to this package's: find the networks by their prefixes, and the style of each."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from resnet_inspect.checkpoints.key_styles.style import KeyStyle
from resnet_inspect.checkpoints.key_styles.styles import STYLES

MOST = 8
"""Prefixes that are considered; a file with two networks has two."""


def prefixes(names: Iterable[str], marks: Mapping[str, str]) -> dict[str, set[str]]:
    """Find the prefixes of the networks in a file, such as ``module.``, ``backbone.`` or ``encoder_q.``.

    A prefix is whatever precedes the name of a first block's first convolution, of which there are few; so no list of
    prefixes is needed.

    Args:
        names: names of all tensors.
        marks: name of a style -> its name for the first convolution of the first block.

    Returns:
        Prefix -> the styles whose mark follows it, in the order of the file, at most ``MOST``. A prefix ends with a
        dot, or is empty.
    """
    ends = {f"{mark}.weight": mark for mark in marks.values()}
    endings = tuple(ends)
    found: dict[str, set[str]] = {}
    for name in names:
        if name.endswith(endings):
            for ending, mark in ends.items():
                prefix = name.removesuffix(ending)
                if name.endswith(ending) and (not prefix or prefix.endswith(".")):
                    found.setdefault(prefix, set()).update(style for style, first in marks.items() if first == mark)
        if len(found) == MOST:
            break
    return found


def is_behind(path: str, chosen: str) -> bool:
    """Return whether ``chosen`` is a sequence of dotted parts of ``path``, or is empty."""
    return not chosen or f".{chosen.strip('.')}." in f".{path}"


def around(prefix: str) -> Iterator[str]:
    """Yield a prefix and its own prefixes: ``module.backbone.``, ``module.``, and the empty one."""
    yield prefix
    parts = prefix.split(".")[:-1]
    for length in range(len(parts) - 1, 0, -1):
        yield ".".join(parts[:length]) + "."
    if prefix:
        yield ""


SAMPLE = 10_000
"""Names of a file by which styles are compared."""

MOST_LEVELS = 16
"""Dots in a prefix."""


@dataclass(frozen=True, slots=True)
class Translation:
    """Names of a file as one style explains them.

    Attributes:
        style: the style of the names.
        prefix: prefix of the network; ends with a dot, or is empty.
        names: name in the file -> name in this package, in the order of the file.
        inside: names in its blocks that no such network has.
        others: names that belong to no part of such a network.
        other_prefixes: prefixes of other networks in the file.
    """

    style: KeyStyle
    prefix: str
    names: Mapping[str, str]
    inside: tuple[str, ...]
    others: tuple[str, ...]
    other_prefixes: tuple[str, ...]

    @property
    def renames(self) -> bool:
        """``True`` if any name changes."""
        return any(theirs != ours for theirs, ours in self.names.items())

    def lies_in_a_block(self, name: str) -> bool:
        """Return whether a name of the file, translated or not, belongs to one of its blocks."""
        return _lies_in_a_block(name, self.style, self.prefix)


def networks(names: Iterable[str]) -> dict[str, set[str]]:
    """Return the prefix of each network among the names -> the styles that it may have."""
    found = prefixes(names, {style.name: style.first for style in STYLES})
    return {prefix: styles for prefix, styles in found.items() if prefix.count(".") <= MOST_LEVELS}


def translations(names: Sequence[str], chosen: str = "", within: str = "") -> tuple[Translation, ...]:
    """Return the translations that explain the most names of a file, all of them equally good.

    Of several networks in a file, the one with the most names is taken; of equals, the first.

    Args:
        names: the names in the file.
        chosen: keys or prefix of the network wanted; empty for any.
        within: keys that lead to the names inside a training checkpoint; ends with a dot, or is empty.

    Returns:
        The translations; none if no name is that of a first block's first convolution in any style.
    """
    found = networks(names)
    wanted = [prefix for prefix in found if is_behind(within + prefix, chosen)]
    if not wanted:
        return ()
    prefix = max(wanted, key=lambda known: sum(name.startswith(known) for name in names))
    other_prefixes = tuple(other for other in found if other != prefix)
    marked = [style for style in STYLES if style.name in found[prefix]]
    there = set(names)
    whole = [style for style in marked if not style.needs or f"{prefix}{style.needs}.weight" in there]
    styles = _fitting(names, prefix, whole)
    candidates = [_translated(names, style, prefix, other_prefixes) for style in styles]
    most = max(len(candidate.names) for candidate in candidates)
    best = (candidate for candidate in candidates if len(candidate.names) == most)
    return tuple(sorted(best, key=lambda candidate: not _is_in_usual_place(candidate)))


def _is_in_usual_place(candidate: Translation) -> bool:
    """Return whether the body has its style's usual prefix and the classifier is outside of it."""
    prefix, within = candidate.prefix, candidate.style.within
    return bool(within) and prefix.endswith(within) and not all(name.startswith(prefix) for name in candidate.names)


def _fitting(names: Sequence[str], prefix: str, styles: Sequence[KeyStyle]) -> list[KeyStyle]:
    """Return the styles that explain the most names of a sample, which holds all names of any real network."""
    levels = frozenset(around(prefix))
    inside = {name.rpartition(".")[0] for name in islice((name for name in names if name.startswith(prefix)), SAMPLE)}
    outside = (name.rpartition(".")[0] for name in names if not name.startswith(prefix))
    modules = [*inside, *islice(outside, SAMPLE)]
    scores = [sum(_module(module, style, prefix, levels) is not None for module in modules) for style in styles]
    return [style for style, score in zip(styles, scores, strict=True) if score == max(scores)]


def _translated(names: Iterable[str], style: KeyStyle, prefix: str, other_prefixes: tuple[str, ...]) -> Translation:
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
    return Translation(style, prefix, ours, tuple(inside), tuple(others), other_prefixes)


def _lies_in_a_block(name: str, style: KeyStyle, prefix: str) -> bool:
    if not style.block_depth or not name.startswith(prefix):
        return False
    parts = name[len(prefix) :].split(".", style.block_depth)
    return style.block_names.translate(".".join(parts[:-1])) is not None


def _module(path: str, style: KeyStyle, prefix: str, levels: Collection[str]) -> str | None:
    """Return this package's name for a module; a classifier may be on a level above the rest."""
    if path.startswith(prefix) and (ours := style.body_names.translate(path[len(prefix) :])):
        return ours
    for level, head in _splits(path, style.head_depth):
        if level in levels and (ours := style.head_names.translate(head)):
            return ours
    return None


def _splits(path: str, most: int) -> Iterator[tuple[str, str]]:
    """Split a path after each of its last ``most`` dots, and yield both parts, the shortest end first.

    A path with fewer dots is yielded whole, too.
    """
    at = len(path)
    for _ in range(most):
        at = path.rfind(".", 0, at)
        yield path[: at + 1], path[at + 1 :]
        if at < 0:
            return
