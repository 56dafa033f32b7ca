"""The table ``[tool.resnet-inspect]`` of pyproject.toml; each mistake in it is reported with line and column."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, get_args

from resnet_inspect.checking.budget import LONGEST_TIMEOUT, is_timeout
from resnet_inspect.checking.findings import Severity
from resnet_inspect.checking.gitignore import flaw_of
from resnet_inspect.checking.rule import DEFAULTS, RuleSelection
from resnet_inspect.configs.documents import Document
from resnet_inspect.configs.positions import FieldPath, fault, format_path, naming_source
from resnet_inspect.configs.problems import describe, in_order, problem_at
from resnet_inspect.configs.read_text import read_file
from resnet_inspect.configs.selectors import RuleNames, wrong_selector
from resnet_inspect.configs.suggest import suggest
from resnet_inspect.configs.toml_format import read_toml
from resnet_inspect.errors import ConfigError, Problem
from resnet_inspect.formats import Format, formats_of
from resnet_inspect.text import sanitise

FILE = "pyproject.toml"
PYPROJECT_TABLE = ("tool", "resnet-inspect")

_Judge: TypeAlias = Callable[[Any, FieldPath, Document, RuleNames], Iterator[Problem]]

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)

_MOST = 1_000
"""Entries of a list or table; each pattern is matched with each file."""

_CHOOSING: Mapping[str, str] = dict.fromkeys(
    ("include", "extend-include", "files", "src"),
    "paths, or what check is given, chooses what is checked; exclude leaves some out",
)
"""Field by which other tools choose files -> the hint for it."""


@dataclass(frozen=True, slots=True)
class ProjectTable:
    """The table, as read from pyproject.toml.

    Attributes:
        folder: of its file; patterns, the lock and paths are relative to it.
        selection: select, extend-select and ignore.
        per_file_ignores: pattern -> selectors.
        exclude: patterns of the files that are left out of folders.
        lock: path of the lock; empty without one.
        paths: paths to check and lock if none are given; may be empty.
        locked, format, timeout, fail_on: defaults of the options of ``check``; ``lock`` has the same ``timeout``.
    """

    folder: Path
    selection: RuleSelection = DEFAULTS
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = ()
    lock: str = ""
    paths: tuple[str, ...] = ()
    locked: bool = False
    format: Format = Format.table
    timeout: float | None = None
    fail_on: Severity = "warning"


def find_project_table(start: Path, names: RuleNames) -> ProjectTable | None:
    """Return the table of the nearest pyproject.toml that has one.

    Looks in ``start`` and the folders around it, up to the root of its repository or of the file system.

    Raises:
        ConfigError: with every mistake in the table, or if a pyproject.toml on the way cannot be read.
    """
    for folder in (start, *start.parents):
        path = folder / FILE
        if os.path.lexists(path) and (table := _read(path, names)):
            return table
        if (folder / ".git").exists():
            break
    return None


def _read(path: Path, names: RuleNames) -> ProjectTable | None:
    with naming_source(os.path.relpath(path)):
        document = _document(path)
        tools = document.data.get(PYPROJECT_TABLE[0])
        tools = tools if isinstance(tools, dict) else {}
        _require_no(tuple(_misspelt(tools, document)))
        table = tools.get(PYPROJECT_TABLE[1])
        if table is None:
            return None
        _require_no(in_order(_problems(table, document, names)))
    return _table(path.parent, table)


def _misspelt(tools: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    """Yield a problem for each misspelt name of this table, which would be ignored silently."""
    for name in tools:
        if name != PYPROJECT_TABLE[1] and re.sub(r"[-_. ]", "", name.lower()) == "resnetinspect":
            hint = f"write [{format_path(PYPROJECT_TABLE)}]"
            yield problem_at("no table of this name is read", (PYPROJECT_TABLE[0], name), document, key=True, hint=hint)


def _document(path: Path) -> Document:
    try:
        return Document(*read_toml(read_file(str(path))))
    except RecursionError:
        raise fault("nested too deeply") from None
    except (ValueError, OverflowError) as error:
        raise fault(f"holds a value that cannot be read: {sanitise(str(error))}") from None


def _require_no(problems: tuple[Problem, ...]) -> None:
    if problems:
        raise ConfigError(problems)


def _table(folder: Path, table: Mapping[str, Any]) -> ProjectTable:
    return ProjectTable(
        folder=folder,
        selection=RuleSelection(
            select=tuple(table["select"]) if "select" in table else None,
            extend_select=tuple(table.get("extend-select", ())),
            ignore=tuple(table.get("ignore", ())),
        ),
        per_file_ignores=tuple((pattern, tuple(meant)) for pattern, meant in table.get("per-file-ignores", {}).items()),
        exclude=tuple(table.get("exclude", ())),
        lock=table.get("lock", ""),
        paths=tuple(table.get("paths", ())),
        locked=table.get("locked", False),
        format=Format[table.get("format", "table")],
        timeout=table.get("timeout"),
        fail_on=table.get("fail-on", "warning"),
    )


def _problems(table: Any, document: Document, names: RuleNames) -> Iterator[Problem]:
    if not isinstance(table, dict):
        yield problem_at(f"must be a table, found {describe(table)}", PYPROJECT_TABLE, document)
        return
    for name, value in table.items():
        path = (*PYPROJECT_TABLE, name)
        if name in _FIELDS:
            yield from _FIELDS[name](value, path, document, names)
        else:
            yield problem_at("unknown field", path, document, key=True, hint=_meant(name))


def _meant(name: str) -> str:
    if name in _CHOOSING:
        return f"there is no {name}: {_CHOOSING[name]}"
    words = f"-{name.lower().replace('_', '-')}-"
    # A field that is part of the name is more likely than a similar one: lock for lock-file, not locked.
    within = sorted((field for field in _FIELDS if f"-{field}-" in words), key=len, reverse=True)
    similar = within or suggest(name, _FIELDS)
    return f"did you mean {similar[0]}?" if similar else f"there are {', '.join(_FIELDS)}"


def _wrong_ignores(value: Any, path: FieldPath, document: Document, names: RuleNames) -> Iterator[Problem]:
    if not isinstance(value, dict):
        example = '{ "configs/legacy/*" = ["RI1"] }'
        yield problem_at(f"must be a table, found {describe(value)}", path, document, hint=f"write {example}")
        return
    if len(value) > _MOST:
        yield problem_at(f"has {len(value):,} entries; at most {_MOST:,} are read", path, document)
        return
    for pattern, meant in value.items():
        if flaw := flaw_of(pattern):
            yield problem_at(flaw.message, (*path, pattern), document, key=True, hint=flaw.hint)
        yield from _wrong_selectors(meant, (*path, pattern), document, names)


def _wrong_patterns(value: Any, path: FieldPath, document: Document, names: RuleNames) -> Iterator[Problem]:
    wrong = list(_wrong_texts(value, path, document, names))
    yield from wrong
    for index, pattern in enumerate(() if wrong else value):
        if flaw := flaw_of(pattern):
            yield problem_at(flaw.message, (*path, index), document, hint=flaw.hint)


def _wrong_selectors(value: Any, path: FieldPath, document: Document, names: RuleNames) -> Iterator[Problem]:
    wrong = list(_wrong_texts(value, path, document, names))
    yield from wrong
    if wrong:
        return
    ignoring = path[2] in {"ignore", "per-file-ignores"}
    for index, selector in enumerate(value):
        if flaw := wrong_selector(selector, names, ignoring=ignoring):
            yield problem_at(flaw.message, (*path, index), document, hint=flaw.hint)


def _wrong_texts(value: Any, path: FieldPath, document: Document, _: RuleNames) -> Iterator[Problem]:
    if not isinstance(value, list):
        hint = f'write ["{sanitise(value, 60)}"]' if isinstance(value, str) else ""
        yield problem_at(f"must be a list, found {describe(value)}", path, document, hint=hint)
        return
    if len(value) > _MOST:
        yield problem_at(f"has {len(value):,} entries; at most {_MOST:,} are read", path, document)
        return
    for index, entry in enumerate(value):
        if not isinstance(entry, str) or not entry:
            yield problem_at(f"must be text, found {describe(entry)}", (*path, index), document)


def _wrong_file(value: Any, path: FieldPath, document: Document, _: RuleNames) -> Iterator[Problem]:
    if not isinstance(value, str) or not value or "\0" in value:
        yield problem_at(f"must be the path of a file, found {describe(value)}", path, document)


def _wrong_paths(value: Any, path: FieldPath, document: Document, names: RuleNames) -> Iterator[Problem]:
    if value == []:
        yield problem_at("must name at least one file or folder", path, document)
        return
    yield from _wrong_texts(value, path, document, names)
    for index, entry in enumerate(value if isinstance(value, list) else ()):
        if entry == "-":
            yield problem_at("must be a file, a folder or a pattern, not standard input", (*path, index), document)


def _wrong_flag(value: Any, path: FieldPath, document: Document, _: RuleNames) -> Iterator[Problem]:
    if not isinstance(value, bool):
        hint = f"write {value}, without quotes" if value in ("true", "false") else ""
        yield problem_at(f"must be true or false, found {describe(value)}", path, document, hint=hint)


def _wrong_timeout(value: Any, path: FieldPath, document: Document, _: RuleNames) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int | float) or not is_timeout(value):
        hint = f"write {value}, without quotes" if isinstance(value, str) and _NUMBER.fullmatch(value) else ""
        wanted = f"a number of seconds, more than 0 and at most {LONGEST_TIMEOUT:,.0f} (a day)"
        yield problem_at(f"must be {wanted}, found {describe(value)}", path, document, hint=hint)


def _not_one_of(choices: Sequence[str]) -> _Judge:
    def judge(value: Any, path: FieldPath, document: Document, _: RuleNames) -> Iterator[Problem]:
        if value not in choices:
            similar = suggest(value, choices) if isinstance(value, str) else ()
            hint = f'did you mean "{similar[0]}"?' if similar else ""
            found = f'"{sanitise(value, 60)}"' if isinstance(value, str) else describe(value)
            listed = ", ".join(f'"{choice}"' for choice in choices)
            yield problem_at(f"must be one of {listed}; found {found}", path, document, hint=hint)

    return judge


_FIELDS: Mapping[str, _Judge] = {
    "select": _wrong_selectors,
    "extend-select": _wrong_selectors,
    "ignore": _wrong_selectors,
    "per-file-ignores": _wrong_ignores,
    "exclude": _wrong_patterns,
    "lock": _wrong_file,
    "paths": _wrong_paths,
    "locked": _wrong_flag,
    "format": _not_one_of(formats_of("check")),
    "timeout": _wrong_timeout,
    "fail-on": _not_one_of(get_args(Severity)),
}
"""Field -> function that yields the problems of its value."""
