"""What stands before a network's own names: ``module.``, ``backbone.``, ``encoder_q.`` and any other.

No list of prefixes is needed: the first convolution of the first block is called by one of few names, and whatever
stands before it is the prefix of the network that it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

MOST = 8
"""Prefixes that are looked at; a file with two networks has two."""


def prefixes(names: Iterable[str], marks: Mapping[str, str]) -> dict[str, set[str]]:
    """Find the prefixes of the networks in a file.

    Args:
        names: of all tensors.
        marks: name of a style -> what the first convolution of its first block is called.

    Returns:
        Prefix -> the styles whose mark stands behind it, in the order of the file, ``MOST`` at most. A prefix ends
        with a dot, or is empty.
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
    """Whether what was chosen, all of a path's dotted parts or some in a row, leads to it; nothing leads anywhere."""
    return not chosen or f".{chosen.strip('.')}." in f".{path}"


def around(prefix: str) -> Iterator[str]:
    """Yield a prefix and those that it lies in: ``module.backbone.``, ``module.``, and the empty one."""
    yield prefix
    parts = prefix.split(".")[:-1]
    for length in range(len(parts) - 1, 0, -1):
        yield ".".join(parts[:length]) + "."
    if prefix:
        yield ""
