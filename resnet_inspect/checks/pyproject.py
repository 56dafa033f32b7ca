"""``[tool.resnet-inspect]`` in pyproject.toml: found, read, and every mistake in it told with line and column."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnet_inspect.checks.selectors import DEFAULTS, Selection
from resnet_inspect.config.documents import Document
from resnet_inspect.config.nearest import nearest
from resnet_inspect.config.positions import FieldPath, fault, named, spell
from resnet_inspect.config.problems import describe, in_order, problem_at
from resnet_inspect.config.selector import Names, wrong_selector
from resnet_inspect.config.sources import read_file
from resnet_inspect.config.toml_reader import read_toml
from resnet_inspect.errors import ConfigError, Problem
from resnet_inspect.text import sanitise

FILE = "pyproject.toml"
TABLE = ("tool", "resnet-inspect")

_SELECTORS = ("select", "extend-select", "ignore")
_FIELDS = (*_SELECTORS, "per-file-ignores", "exclude", "lock")

_CHOOSING: Mapping[str, str] = dict.fromkeys(
    ("include", "extend-include", "files", "src"),
    "the paths and patterns that check is given choose what is checked; exclude leaves some out",
)
"""What other tools call the choice of files."""


@dataclass(frozen=True, slots=True)
class ProjectTable:
    """The table, read.

    Attributes:
        folder: where its file is; patterns and the lock are relative to it.
        selection: select, extend-select and ignore.
        per_file_ignores: pattern -> selectors.
        exclude: patterns of what folders leave out.
        lock: path of the lock; empty without one.
    """

    folder: Path
    selection: Selection = DEFAULTS
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = ()
    lock: str = ""


def find_project_table(start: Path, names: Names) -> ProjectTable | None:
    """The table of the nearest pyproject.toml that has one.

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


def _read(path: Path, names: Names) -> ProjectTable | None:
    with named(os.path.relpath(path)):
        document = _document(path)
        tools = document.data.get(TABLE[0])
        tools = tools if isinstance(tools, dict) else {}
        _require_no(tuple(_misspelt(tools, document)))
        table = tools.get(TABLE[1])
        if table is None:
            return None
        _require_no(in_order(_problems(table, document, names)))
    return _table(path.parent, table)


def _misspelt(tools: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    """Tables that nobody but us can be meant by, and that would be passed over without a word."""
    for name in tools:
        if name != TABLE[1] and re.sub(r"[-_. ]", "", name.lower()) == "resnetinspect":
            hint = f"write [{spell(TABLE)}]"
            yield problem_at("no table of this name is read", (TABLE[0], name), document, key=True, hint=hint)


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
        selection=Selection(
            select=tuple(table["select"]) if "select" in table else None,
            extend_select=tuple(table.get("extend-select", ())),
            ignore=tuple(table.get("ignore", ())),
        ),
        per_file_ignores=tuple((pattern, tuple(meant)) for pattern, meant in table.get("per-file-ignores", {}).items()),
        exclude=tuple(table.get("exclude", ())),
        lock=table.get("lock", ""),
    )


def _problems(table: Any, document: Document, names: Names) -> Iterator[Problem]:
    if not isinstance(table, dict):
        yield problem_at(f"must be a table, found {describe(table)}", TABLE, document)
        return
    for name, value in table.items():
        path = (*TABLE, name)
        if name not in _FIELDS:
            yield problem_at("unknown field", path, document, key=True, hint=_meant(name))
        elif name in _SELECTORS:
            yield from _wrong_selectors(value, path, document, names)
        elif name == "per-file-ignores":
            yield from _wrong_ignores(value, path, document, names)
        elif name == "exclude":
            yield from _wrong_texts(value, path, document)
        elif not isinstance(value, str) or not value or "\0" in value:
            yield problem_at(f"must be the path of a file, found {describe(value)}", path, document)


def _meant(name: str) -> str:
    if name in _CHOOSING:
        return f"there is no {name}: {_CHOOSING[name]}"
    similar = nearest(name, _FIELDS)
    return f"did you mean {similar[0]}?" if similar else f"there are {', '.join(_FIELDS)}"


def _wrong_ignores(value: Any, path: FieldPath, document: Document, names: Names) -> Iterator[Problem]:
    if not isinstance(value, dict):
        example = '{ "configs/legacy/*" = ["RI1"] }'
        yield problem_at(f"must be a table, found {describe(value)}", path, document, hint=f"write {example}")
        return
    for pattern, meant in value.items():
        yield from _wrong_selectors(meant, (*path, pattern), document, names)


def _wrong_selectors(value: Any, path: FieldPath, document: Document, names: Names) -> Iterator[Problem]:
    wrong = list(_wrong_texts(value, path, document))
    yield from wrong
    if wrong:
        return
    ignoring = path[2] in {"ignore", "per-file-ignores"}
    for index, selector in enumerate(value):
        if flaw := wrong_selector(selector, names, ignoring=ignoring):
            yield problem_at(flaw.message, (*path, index), document, hint=flaw.hint)


def _wrong_texts(value: Any, path: FieldPath, document: Document) -> Iterator[Problem]:
    if not isinstance(value, list):
        hint = f'write ["{sanitise(value, 60)}"]' if isinstance(value, str) else ""
        yield problem_at(f"must be a list, found {describe(value)}", path, document, hint=hint)
        return
    for index, entry in enumerate(value):
        if not isinstance(entry, str) or not entry:
            yield problem_at(f"must be text, found {describe(entry)}", (*path, index), document)
