"""What a check looks for: the defaults, the table in pyproject.toml, and the command line over it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from resnet_inspect.checks.findings import Severity
from resnet_inspect.checks.gitignore import Gitignore
from resnet_inspect.checks.pyproject import FILE as PYPROJECT
from resnet_inspect.checks.pyproject import ProjectTable, find_project_table
from resnet_inspect.checks.registry import RULES
from resnet_inspect.checks.rule import Rule
from resnet_inspect.checks.selectors import DEFAULTS, Selection, chosen_codes, names_of
from resnet_inspect.config.selector import Names, ignorable, wrong_selector
from resnet_inspect.errors import RequestError
from resnet_inspect.formats import Format

PER_FILE_IGNORES = "per-file-ignores in pyproject.toml"
"""What silences a finding there, in words."""

LOCK_NAME = "resnet-inspect.lock.json"

NO_CONFIGS = frozenset({PYPROJECT, LOCK_NAME})
"""Names of files that a pattern without them in it may well match."""


@dataclass(frozen=True, slots=True)
class PathIgnores:
    """Codes that are off for the files that a pattern matches."""

    pattern: str
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a check looks for. Patterns are those of .gitignore, relative to ``root``.

    Attributes:
        codes: of the rules that are on.
        path_ignores: those that are off for some files.
        exclude: patterns of what is left out of folders.
        root: folder of the pyproject.toml that has our table, else the current one; absolute.
        lock: path of the lock.
        paths: what is checked and locked where nothing is named, seen from the current folder.
        locked, format, timeout, fail_on: of a check where no option says otherwise, as in ``ProjectTable``.
    """

    codes: frozenset[str]
    path_ignores: tuple[PathIgnores, ...] = ()
    exclude: tuple[str, ...] = ()
    root: Path = field(default_factory=Path.cwd)
    lock: Path = Path(LOCK_NAME)
    paths: tuple[Path, ...] = (Path(),)
    locked: bool = False
    format: Format = "table"
    timeout: float | None = None
    fail_on: Severity = "warning"

    def codes_for(self, path: str) -> frozenset[str]:
        """Codes of the rules that are on for one file."""
        off = (ignores.codes for ignores in self.path_ignores if self._matches((ignores.pattern,), path))
        return self.codes.difference(*off)

    def excludes(self, path: str, *, folder: bool = False) -> bool:
        """Whether this file or folder is left out of what is found in folders."""
        return bool(self.exclude) and self._matches(self.exclude, path, folder=folder)

    def _matches(self, patterns: tuple[str, ...], path: str, *, folder: bool = False) -> bool:
        try:
            relative = Path(os.path.abspath(path)).relative_to(self.root)  # noqa: PTH100  # resolve() follows links
        except ValueError:  # elsewhere
            return False
        return _gitignore(patterns).ignores(relative.parts, folder=folder)


_gitignore = lru_cache(maxsize=1_000)(Gitignore)


def settings_of(
    command_line: Selection = DEFAULTS, start: Path | None = None, rules: Mapping[str, Rule] = RULES
) -> Settings:
    """The settings of a check that is started in the folder ``start``; the current one by default.

    Raises:
        RequestError: if a selector means no rule, the table in pyproject.toml is wrong, or there is no such folder.
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


def _require_rules(selection: Selection, names: Names) -> None:
    options: Iterable[tuple[str, tuple[str, ...]]] = (
        ("select", selection.select or ()),
        ("extend-select", selection.extend_select),
        ("ignore", selection.ignore),
    )
    for option, selectors in options:
        for selector in selectors:
            if flaw := wrong_selector(selector, names, ignoring=option == "ignore"):
                raise RequestError(f"{option}: {flaw.message}; {flaw.hint}")
