"""The settings of a check: defaults, the table in pyproject.toml, and the options of the command line."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from resnet_inspect.checking.findings import Severity
from resnet_inspect.checking.gitignore import Gitignore
from resnet_inspect.checking.pyproject import FILE as PYPROJECT, ProjectTable, find_project_table
from resnet_inspect.checking.registry import RULES
from resnet_inspect.checking.rule import DEFAULTS, Rule, RuleSelection, chosen_codes, names_of
from resnet_inspect.configs.selectors import RuleNames, ignorable, wrong_selector
from resnet_inspect.errors import RequestError
from resnet_inspect.formats import Format

PER_FILE_IGNORES = "per-file-ignores in pyproject.toml"
"""Name of that place in messages."""

LOCK_NAME = "resnet-inspect.lock.json"

NO_CONFIGS = frozenset({PYPROJECT, LOCK_NAME})
"""Names of files that are never configs, even if a pattern such as ``*.toml`` matches them."""


@dataclass(frozen=True, slots=True)
class PathIgnores:
    """Codes of the rules that are off for files matching a pattern."""

    pattern: str
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Settings:
    """The rules that are on, and the defaults of a check. Patterns are those of .gitignore, relative to ``root``.

    Attributes:
        codes: codes of the rules that are on.
        path_ignores: rules that are off for some files.
        exclude: patterns of the files that are left out of folders.
        root: absolute path of the folder of the pyproject.toml with the table, or else of the current folder.
        lock: path of the lock.
        paths: paths to check and lock if none are given, relative to the current folder.
        locked, format, timeout, fail_on: as in ``ProjectTable``.
    """

    codes: frozenset[str]
    path_ignores: tuple[PathIgnores, ...] = ()
    exclude: tuple[str, ...] = ()
    root: Path = field(default_factory=Path.cwd)
    lock: Path = Path(LOCK_NAME)
    paths: tuple[Path, ...] = (Path(),)
    locked: bool = False
    format: Format = Format.table
    timeout: float | None = None
    fail_on: Severity = "warning"

    def codes_for(self, path: str) -> frozenset[str]:
        """Return the codes of the rules that are on for one file."""
        off = (ignore.codes for ignore in self.path_ignores if self._matches((ignore.pattern,), path))
        return self.codes.difference(*off)

    def excludes(self, path: str, *, folder: bool = False) -> bool:
        """Return whether to leave out a file or folder in a search of folders."""
        return bool(self.exclude) and self._matches(self.exclude, path, folder=folder)

    def _matches(self, patterns: tuple[str, ...], path: str, *, folder: bool = False) -> bool:
        try:
            relative = Path(os.path.abspath(path)).relative_to(self.root)  # noqa: PTH100  # resolve() follows links
        except ValueError:  # elsewhere
            return False
        return _gitignore(patterns).ignores(relative.parts, folder=folder)


_gitignore = lru_cache(maxsize=1_000)(Gitignore)


def settings_of(
    command_line: RuleSelection = DEFAULTS, start: Path | None = None, rules: Mapping[str, Rule] = RULES
) -> Settings:
    """Return the settings of a check in the folder ``start``, by default the current one.

    Raises:
        RequestError: if a selector selects no rule, the table in pyproject.toml is wrong, or there is no such folder.
    """
    names = names_of(rules)
    _require_rules(command_line, names)
    try:
        folder = (start or Path()).absolute()
    except OSError as error:
        raise RequestError(f"the current folder cannot be used: {error.strerror}; change to another one") from error
    table = find_project_table(folder, names) or ProjectTable(folder)
    return Settings(
        codes=chosen_codes((table.selection, command_line), rules),
        path_ignores=tuple(
            PathIgnores(pattern, frozenset().union(*(ignorable(selector, names) for selector in selectors)))
            for pattern, selectors in table.per_file_ignores
        ),
        exclude=table.exclude,
        root=table.folder,
        lock=table.folder / (table.lock or LOCK_NAME),
        paths=tuple(Path(os.path.relpath(table.folder), path) for path in table.paths) or (Path(),),
        locked=table.locked,
        format=table.format,
        timeout=table.timeout,
        fail_on=table.fail_on,
    )


def _require_rules(selection: RuleSelection, names: RuleNames) -> None:
    options: Iterable[tuple[str, tuple[str, ...]]] = (
        ("select", selection.select or ()),
        ("extend-select", selection.extend_select),
        ("ignore", selection.ignore),
    )
    for option, selectors in options:
        for selector in selectors:
            if flaw := wrong_selector(selector, names, ignoring=option == "ignore"):
                raise RequestError(f"{option}: {flaw.message}; {flaw.hint}")
