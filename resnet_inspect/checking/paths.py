"""The paths of a request (files, folders, patterns, names of models), and the targets that they stand for."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from resnet_inspect.checking.patterns import WILDCARDS, Glob, is_folder_entry, parse_glob
from resnet_inspect.checking.settings import NO_CONFIGS, Settings
from resnet_inspect.checking.sniff import looks_like_config
from resnet_inspect.checking.targets import NamedModelOptions, Target
from resnet_inspect.configs.files import is_variant
from resnet_inspect.configs.read_text import MAX_CONFIG_BYTES, STDIN_NAME
from resnet_inspect.errors import RequestError, reason_of
from resnet_inspect.formats import CONFIG_FORMATS
from resnet_inspect.sources.resolve import parse_model_name

STDIN = "-"

_NO_OPTIONS = NamedModelOptions()

_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})


@dataclass(frozen=True, slots=True)
class RequestedPaths:
    """The paths that a request covers, including files that do not exist.

    Paths are compared by their absolute spelling; links are not followed.

    Attributes:
        paths: absolute paths of the files and folders that were given, or that a pattern matched.
        globs: the patterns.
        texts: the arguments as given.
    """

    paths: frozenset[str] = frozenset()
    globs: tuple[Glob, ...] = ()
    texts: frozenset[str] = frozenset()

    def covers(self, path: str) -> bool:
        """Return whether a file is given, is inside a given folder, or matches a pattern."""
        around = Path(os.path.abspath(path))  # noqa: PTH100  # resolve() follows links
        return any(str(each) in self.paths for each in chain((around,), around.parents)) or any(
            glob.covers(str(around)) for glob in self.globs
        )

    def with_folder(self, folder: Path) -> RequestedPaths:
        """Return a copy with a folder added."""
        return replace(self, paths=self.paths | {str(folder)})

    def names(self, path: str) -> bool:
        """Return whether the path itself is given, not only a folder around it or a pattern."""
        return os.path.abspath(path) in self.paths  # noqa: PTH100  # resolve() follows links


@dataclass(frozen=True, slots=True)
class FoundPaths:
    """The files and models that the paths of a request name.

    Attributes:
        files: files and models to check, in the order of the arguments, inside folders by name.
        requested: the paths that are covered, including files that do not exist.
        models: the elements of ``files`` that name a model.
        skipped: files in folders that have the suffix of a config, but do not look like one or are excluded; without
            pyproject.toml and the lock, which are never configs.
        missing: paths that do not exist, and patterns that match nothing.
        closed: pairs of a folder that cannot be listed, or a file that cannot be examined, and the reason.
    """

    files: tuple[str, ...]
    requested: RequestedPaths = RequestedPaths()
    skipped: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    closed: tuple[tuple[str, str], ...] = ()
    models: frozenset[str] = frozenset()


def find_files(
    paths: Sequence[str | os.PathLike[str]], settings: Settings, *, only_configs: bool = False
) -> FoundPaths:
    """Find the files and models that ``paths`` name.

    A given file is taken whatever its content. A folder stands for the configs in it and in its subfolders, except
    hidden folders, environments and links to folders. ``-`` is standard input. A string that is not an existing path
    names a model if it has the form of one (``torchvision:resnet50``, ``mine:build_net``) or is the name of a variant.
    Path objects, and matches of patterns and folders, never name models.

    Args:
        paths: files, folders, and patterns with ``*``, ``?``, ``[`` and ``**`` that no shell has expanded; models.
        settings: settings with the patterns of excluded files.
        only_configs: ``True`` to skip given files, too, if they are excluded or do not look like a config, and to take
            no string for a model.
    """
    search = _Search(settings, only_configs=only_configs)
    for path in paths:
        search.add(os.fspath(path), may_name_model=isinstance(path, str) and not only_configs)
    return FoundPaths(
        tuple(search.files.values()),
        RequestedPaths(frozenset(search.named), tuple(search.globs), frozenset(search.texts)),
        tuple(search.skipped),
        tuple(search.missing),
        tuple(search.closed),
        frozenset(search.models),
    )


def targets_of(
    found: FoundPaths, stdin_filename: str | None = None, options: NamedModelOptions = _NO_OPTIONS
) -> list[Target]:
    """Return the targets of a check, in order; standard input is read if it is among them.

    Args:
        found: files and models.
        stdin_filename: name to report for standard input.
        options: options for running the models.

    Raises:
        RequestError: if a name for standard input is given but ``-`` is not, if it cannot be read, or if there are
            options for models, but no models.
    """
    if options != _NO_OPTIONS and not found.models:
        raise RequestError(
            "inputs and arguments (--input, --kwargs) need a model among the paths, such as mine:build_net"
        )
    if stdin_filename is not None and STDIN not in found.files:
        raise RequestError("a name for standard input (--stdin-filename) needs '-' among the paths, to read it")
    return [
        _stdin(stdin_filename or STDIN_NAME)
        if path == STDIN
        else Target(path, options=options if path in found.models else None)
        for path in found.files
    ]


def _stdin(name: str) -> Target:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise RequestError("there is no standard input to read")
    try:
        return Target(name, stream.read(MAX_CONFIG_BYTES + 1))
    except OSError as error:
        raise RequestError(f"standard input cannot be read: {error.strerror}") from error


@dataclass
class _Search:
    settings: Settings
    only_configs: bool
    named: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    globs: list[Glob] = field(default_factory=list)
    walked: set[str] = field(default_factory=set)
    """Absolute paths of the folders that have been listed."""
    files: dict[str, str] = field(default_factory=dict)
    """Absolute path -> its first spelling."""
    skipped: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    closed: list[tuple[str, str]] = field(default_factory=list)
    models: set[str] = field(default_factory=set)

    def add(self, path: str, *, may_name_model: bool) -> None:
        self.texts.add(path)
        if path == STDIN:
            self.files.setdefault(STDIN, STDIN)
        elif path and "\0" not in path and os.path.lexists(path):
            self._add_present(path)
        elif (glob := parse_glob(path, _is_skipped_name)) and (matches := self._expanded(glob)):
            for match in matches:
                self._add_present(match)
        elif may_name_model and _names_model(path):
            self.models.add(path)
            self.files.setdefault(path, path)
        else:
            self.missing.append(path)

    def _expanded(self, glob: Glob) -> list[str]:
        self.globs.append(glob)
        return glob.expanded(self._note_closed)

    def _add_present(self, path: str) -> None:
        self.named.add(os.path.abspath(path))  # noqa: PTH100  # resolve() follows links
        if os.path.isdir(path):  # noqa: PTH112  # Path.is_dir raises if a parent folder is closed
            self._add_folder(path)
        elif not self.only_configs:
            self._take(path)
        elif Path(path).suffix.lower() in CONFIG_FORMATS:
            self._take_if_config(path)

    def _add_folder(self, folder: str) -> None:
        found: list[str] = []
        waiting = [folder]
        while waiting:
            place = waiting.pop()
            for entry in self._entries(place):
                if is_folder_entry(entry):
                    waiting += [entry.path] if self._enters(entry) else []
                elif _may_be_config(entry.name):
                    found.append(os.path.normpath(entry.path))  # pathlib has no such method
        for path in sorted(found, key=lambda path: Path(path).parts):
            self._take_if_config(path)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """Return the entries of a folder; empty if it has been listed before, or cannot be listed."""
        known = os.path.abspath(folder)  # noqa: PTH100  # resolve() follows links
        if known in self.walked:
            return []
        self.walked.add(known)
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except OSError as error:
            self._note_closed(folder, error)
            return []

    def _enters(self, folder: os.DirEntry[str]) -> bool:
        """Return whether to search a folder; a link is not followed, because it may lead in a circle."""
        if folder.is_symlink() or folder.name.startswith(".") or folder.name in _SKIPPED_FOLDERS:
            return False
        return not self.settings.excludes(folder.path, folder=True)

    def _note_closed(self, folder: str, error: OSError) -> None:
        self.closed.append((os.path.normpath(folder), reason_of(error)))

    def _take_if_config(self, path: str) -> None:
        """Take a file from a folder, unless it is excluded or does not look like a config."""
        if Path(path).name in NO_CONFIGS:
            return
        if self.settings.excludes(path) or not _may_be_ours(path):
            self.skipped.append(path)
        else:
            self._take(path)

    def _take(self, path: str) -> None:
        self.files.setdefault(os.path.abspath(path), path)  # noqa: PTH100  # resolve() follows links


def _names_model(path: str) -> bool:
    """Return whether a string that is not a path names a model; strings with wildcards never do."""
    return "\0" not in path and not WILDCARDS & set(path) and (parse_model_name(path) is not None or is_variant(path))


def _may_be_config(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in CONFIG_FORMATS


def _may_be_ours(path: str) -> bool:
    """Return whether a file looks like a config, or cannot be examined, which its check will report."""
    try:
        return stat.S_ISREG(Path(path).stat().st_mode) and looks_like_config(Path(path))
    except OSError:
        return True


def _is_skipped_name(name: str, spelled_out: frozenset[str]) -> bool:
    """Return whether a name is hidden, or never that of a config; false for a name that the pattern spells out."""
    if name in spelled_out:
        return False
    hidden_too = any(part.startswith(".") for part in spelled_out)
    return (name.startswith(".") and not hidden_too) or name in _SKIPPED_FOLDERS | NO_CONFIGS
