"""Patterns of paths: names with wildcards between slashes, and ``**`` for any number of names.

Both paths and patterns may come from an untrusted repository. Each name is matched by a regular expression that does
not backtrack over earlier wildcards, and ``**`` by following all possibilities at once, so that the time is at most
proportional to the length of the pattern times that of the path.
"""

import fnmatch
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from resnet_inspect.errors import RequestError
from resnet_inspect.text import sanitise

NamePattern = re.Pattern[str] | None
"""Expression for one name of a path; ``None`` is ``**``."""

States = frozenset[int]
"""The numbers of segments that the names so far may have matched."""

WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class PathPattern:
    """The segments of a pattern, which the parts of a path have to match one after the other."""

    segments: tuple[NamePattern, ...]

    @property
    def start(self) -> States:
        """The states before the first name."""
        return self._reached({0})

    def step(self, states: States, name: str, *, into_folders: bool = True) -> States:
        """Return the states after one more name; empty if no path with this beginning matches.

        Args:
            states: the states before it.
            name: the next name.
            into_folders: ``True`` if ``**`` may match the name.
        """
        after: set[int] = set()
        for state in states:
            if state == len(self.segments):
                continue
            segment = self.segments[state]
            if segment is None:
                after |= {state} if into_folders else set()
            elif segment.fullmatch(name):
                after.add(state + 1)
        return self._reached(after)

    def ends(self, states: States) -> bool:
        """Return whether the names so far match."""
        return len(self.segments) in states

    def _reached(self, states: Iterable[int]) -> States:
        """Return these states, and those reached from them by a ``**`` that matches no name.

        States before the last ``**`` reached are redundant and left out: whatever follows them follows it, too.
        """
        reached: set[int] = set()
        last = 0
        for state in states:
            after = state
            while after < len(self.segments) and self.segments[after] is None:
                last = max(last, after)
                after += 1
            reached.update(range(state, after + 1))
        return frozenset(state for state in reached if state >= last)


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern given as a path.

    Attributes:
        root: the folder before the first wildcard.
        segments: the segments after it.
        folders_only: ``True`` if it ends in ``**``, which stands for the folder before it and all folders below.
        skips: function that returns whether to leave out a name, because it is hidden and the pattern names no hidden
            one.
    """

    root: str
    segments: PathPattern
    folders_only: bool
    skips: Callable[[str], bool]

    def covers(self, path: str) -> bool:
        """Return whether an absolute path or a folder around it matches, even if it does not exist."""
        try:
            names = Path(path).relative_to(os.path.abspath(self.root)).parts  # noqa: PTH100  # resolve() follows links
        except ValueError:
            return False
        states = self.segments.start
        for name in names:
            if self.segments.ends(states):
                return True
            if self.skips(name):
                return False
            states = self.segments.step(states, os.path.normcase(name))
        return self.segments.ends(states)

    def expanded(self, note_closed: Callable[[str, OSError], None]) -> list[str]:
        """Return the existing paths that match, in order. ``**`` does not follow links to folders.

        Args:
            note_closed: called with a folder that cannot be listed, and the error.
        """
        found = [self.root] if self.segments.ends(self.segments.start) and os.path.lexists(self.root) else []
        waiting = [(self.root, self.segments.start)] if not found else []
        while waiting:
            folder, states = waiting.pop()
            for entry in self._entries(folder, note_closed):
                is_folder = is_folder_entry(entry)
                after = self.segments.step(states, os.path.normcase(entry.name))
                if self.segments.ends(after) and (is_folder or not self.folders_only):
                    found.append(entry.path)
                if entry.is_symlink():
                    after = self.segments.step(states, os.path.normcase(entry.name), into_folders=False)
                if is_folder and after and not (self.folders_only and self.segments.ends(after)):
                    waiting.append((entry.path, after))
        return sorted((str(Path(path)) for path in found), key=lambda path: Path(path).parts)

    def _entries(self, folder: str, note_closed: Callable[[str, OSError], None]) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                yield from [entry for entry in entries if not self.skips(entry.name)]
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            note_closed(folder, error)


def parse_glob(pattern: str, skips: Callable[[str, frozenset[str]], bool]) -> Glob | None:
    """Read ``*``, ``?``, ``[abc]`` and ``**`` in a path; ``None`` if it has none of them, or no path can match.

    Args:
        pattern: as given.
        skips: function that returns whether to leave out a name, given the names that the pattern spells out.

    Raises:
        RequestError: if ``..`` follows a wildcard.
    """
    parts = Path(pattern).parts
    fixed = list(takewhile(lambda part: not WILDCARDS & set(part), parts))
    wild = parts[len(fixed) :]
    if not wild or "\0" in pattern or any("**" in part and part != "**" for part in wild):
        return None
    if ".." in wild:
        raise RequestError(
            f"pattern '{sanitise(pattern, 200)}': '..' cannot follow a wildcard; write the path without it"
        )
    spelled_out = frozenset(parts)
    return Glob(
        root=str(Path(*fixed)),
        segments=PathPattern(tuple(None if part == "**" else _shell(part) for part in _without_repeats(wild))),
        folders_only=wild[-1] == "**",
        skips=lambda name: skips(name, spelled_out),
    )


def is_folder_entry(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder or a link to one; false for a broken link."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _without_repeats(parts: Sequence[str]) -> Iterator[str]:
    """Yield the parts of a pattern, ``**`` once for ``**/**``."""
    for before, part in zip(("", *parts), parts, strict=False):
        if not before == part == "**":
            yield part


def _shell(part: str) -> re.Pattern[str]:
    # fnmatch puts each asterisk into an atomic group, so that it never backtracks over one.
    return re.compile(fnmatch.translate(os.path.normcase(part)))
