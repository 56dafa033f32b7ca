"""Which files and models to check: files, folders, patterns and names as given -> targets, in order, each once."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from resnet_inspect.checks.asked import NOTHING, Asked
from resnet_inspect.checks.looks import looks_like_config
from resnet_inspect.checks.patterns import WILDCARDS, Glob, is_folder_entry, parse_glob
from resnet_inspect.checks.settings import NO_CONFIGS, Settings
from resnet_inspect.checks.targets import Naming, Target
from resnet_inspect.config.documents import FORMAT_OF_SUFFIX
from resnet_inspect.config.files import is_variant
from resnet_inspect.config.sources import MAX_BYTES, STDIN_NAME
from resnet_inspect.errors import RequestError, reason_of
from resnet_inspect.sources.resolve import form_of
from resnet_inspect.text import uncapitalised

STDIN = "-"

_AS_USUAL = Naming()

_UNGUARDED = "if nothing is to guard it any more, take its entry out of the lock"
_PUT_BACK = f"put the config back as it was; {_UNGUARDED}"

_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})


@dataclass(frozen=True, slots=True)
class Found:
    """What the paths of a request come to.

    Attributes:
        files: to be checked: in the order given, inside folders by name; models that were named stand among them.
        asked: what the paths cover, also where there is no file.
        models: those of them that are no files, but name a model.
        skipped: files of folders that have the suffix of a config and do not look like one, or are excluded;
            pyproject.toml and the lock are not among them, since nobody takes those for configs.
        missing: what was named and is not there, and patterns that match nothing.
        closed: folder that cannot be listed, or file that cannot be looked at -> why.
    """

    files: tuple[str, ...]
    asked: Asked = NOTHING
    skipped: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    closed: tuple[tuple[str, str], ...] = ()
    models: frozenset[str] = frozenset()


def find_files(paths: Sequence[str | os.PathLike[str]], settings: Settings, *, only_configs: bool = False) -> Found:
    """The files that ``paths`` name.

    A file that is named is checked, whatever it holds; a folder gives the configs in it and in the folders below,
    without hidden folders, environments and links to folders. ``-`` is standard input. A text that is no path of
    anything there names a model if it has the form of one (``torchvision:resnet50``, ``mine:build_net``) or is a
    variant's name. Nothing else ever does: a path object does not, nor what a pattern or a folder holds.

    Args:
        paths: files, folders, and patterns with ``*``, ``?``, ``[`` and ``**`` that no shell has expanded; models.
        settings: what is excluded from folders.
        only_configs: skip named files too that are excluded or do not look like a config; no text names a model.
    """
    search = _Search(settings, only_configs=only_configs)
    for path in paths:
        search.add(os.fspath(path), may_name_model=isinstance(path, str) and not only_configs)
    return Found(
        tuple(search.files.values()),
        Asked(frozenset(search.asked), tuple(search.globs), frozenset(search.texts)),
        tuple(search.skipped),
        tuple(search.missing),
        tuple(search.closed),
        frozenset(search.models),
    )


def targets_of(found: Found, stdin_filename: str | None = None, naming: Naming = _AS_USUAL) -> list[Target]:
    """What to check; standard input is read here.

    Args:
        found: the files, and the models that were named.
        stdin_filename: what to call standard input.
        naming: how the models that were named are asked for.

    Raises:
        RequestError: if standard input is named and not asked for, or is not there; or if there is no model for what
            is asked of models.
    """
    if naming != _AS_USUAL and not found.models:
        raise RequestError(
            "inputs and arguments (--input, --kwargs) are for models that are named, such as mine:build_net; none is"
        )
    if stdin_filename is not None and STDIN not in found.files:
        raise RequestError("a name for standard input (--stdin-filename) needs '-' among the paths, to read it")
    return [
        _stdin(stdin_filename or STDIN_NAME)
        if path == STDIN
        else Target(path, naming=naming if path in found.models else None)
        for path in found.files
    ]


def _stdin(name: str) -> Target:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise RequestError("there is no standard input to read")
    try:
        return Target(name, stream.read(MAX_BYTES + 1))
    except OSError as error:
        raise RequestError(f"standard input cannot be read: {error.strerror}") from error


@dataclass
class _Search:
    settings: Settings
    only_configs: bool
    asked: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    globs: list[Glob] = field(default_factory=list)
    walked: set[str] = field(default_factory=set)
    """Absolute paths of the folders that have been listed."""
    files: dict[str, str] = field(default_factory=dict)
    """Absolute path -> the first way in which it was given."""
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
        elif (glob := parse_glob(path, _is_passed_over)) and (matches := self._expanded(glob)):
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
        self.asked.add(os.path.abspath(path))  # noqa: PTH100  # resolve() follows links
        if os.path.isdir(path):  # noqa: PTH112  # Path.is_dir raises where a folder on the way is closed
            self._add_folder(path)
        elif not self.only_configs:
            self._take(path)
        elif Path(path).suffix.lower() in FORMAT_OF_SUFFIX:
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
                    found.append(os.path.normpath(entry.path))  # pathlib has no twin
        for path in sorted(found, key=lambda path: Path(path).parts):
            self._take_if_config(path)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """Return the entries of a folder; none if it has been listed before, or cannot be."""
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
        """A link to a folder is not followed: it may lead in a circle."""
        if folder.is_symlink() or folder.name.startswith(".") or folder.name in _SKIPPED_FOLDERS:
            return False
        return not self.settings.excludes(folder.path, folder=True)

    def _note_closed(self, folder: str, error: OSError) -> None:
        self.closed.append((os.path.normpath(folder), reason_of(error)))

    def _take_if_config(self, path: str) -> None:
        """Take what nobody named, unless it is certain that it is none of ours."""
        if Path(path).name in NO_CONFIGS:
            return
        if self.settings.excludes(path) or not _is_worth_a_look(path):
            self.skipped.append(path)
        else:
            self._take(path)

    def _take(self, path: str) -> None:
        self.files.setdefault(os.path.abspath(path), path)  # noqa: PTH100  # resolve() follows links


def _names_model(path: str) -> bool:
    """Whether what is no path names a model; what may be a pattern does not, though it matches nothing."""
    return "\0" not in path and not WILDCARDS & set(path) and (form_of(path) is not None or is_variant(path))


def _may_be_config(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in FORMAT_OF_SUFFIX


def why_unchecked(path: str, settings: Settings) -> tuple[str, str]:
    """Return why a file that is there is not checked, in words that follow its name, and what to do."""
    if settings.excludes(path):
        return "is excluded in pyproject.toml", f"take it out of 'exclude', or name the file; {_UNGUARDED}"
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            return "is a folder now", _PUT_BACK
        if not stat.S_ISREG(mode):
            return "is a pipe or device now, not a file", _PUT_BACK
        if Path(path).suffix.lower() in FORMAT_OF_SUFFIX and not looks_like_config(Path(path)):
            return "does not look like a config any more", _PUT_BACK
    except OSError as error:
        return f"cannot be looked at: {uncapitalised(reason_of(error))}", _PUT_BACK
    return "was not checked", f"nothing that was named comes to it: name it too; {_UNGUARDED}"


def _is_worth_a_look(path: str) -> bool:
    """Whether a file looks like a config, or cannot be looked at, which its check will then say."""
    try:
        return stat.S_ISREG(Path(path).stat().st_mode) and looks_like_config(Path(path))
    except OSError:
        return True


def _is_passed_over(name: str, asked_for: frozenset[str]) -> bool:
    """Return whether a name is hidden, an environment's or never a config's, and no pattern spells that out."""
    if name in asked_for:
        return False
    hidden_too = any(part.startswith(".") for part in asked_for)
    return (name.startswith(".") and not hidden_too) or name in _SKIPPED_FOLDERS | NO_CONFIGS
