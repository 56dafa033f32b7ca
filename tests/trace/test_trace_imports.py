"""Which files of the trace bring torch with them: those that no other room may import at its top."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOM = ROOT / "resnet_inspect" / "trace"
PREFIX = "resnet_inspect.trace."
NAMES = sorted(path.stem for path in ROOM.glob("*.py") if path.stem != "__init__")


def imported_at_the_top(name):
    """Modules that a file of the trace imports when it is imported itself."""
    for statement in ast.parse((ROOM / f"{name}.py").read_text("utf-8")).body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            yield statement.module or ""


def brings_torch(name):
    modules = set(imported_at_the_top(name))
    inside = (module.removeprefix(PREFIX) for module in modules if module.startswith(PREFIX))
    return any(module.partition(".")[0] == "torch" for module in modules) or any(map(brings_torch, inside))


@pytest.fixture(scope="module")
def banned():
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    modules = ruff["flake8-tidy-imports"]["banned-module-level-imports"]
    return {module.removeprefix(PREFIX) for module in modules if module.startswith(PREFIX)}


def test_ruff_bans_what_brings_torch_and_nothing_else(banned):
    assert banned == {name for name in NAMES if brings_torch(name)}


def test_what_other_rooms_import_is_plain(banned):
    assert {"recorder", "rules", "snapshot", "memory"} <= banned
    assert not banned & {"records", "inputs"}
