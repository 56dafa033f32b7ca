"""Which files bring torch with them when they are imported: those of model/, and those of tracing/ that need it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import resnet_inspect

ROOT = Path(resnet_inspect.__file__).parent
FILES = {
    ".".join(("resnet_inspect", *path.relative_to(ROOT).with_suffix("").parts)): path for path in ROOT.rglob("*.py")
}


def imported_at_the_top(path):
    """Modules that a file imports when it is imported itself."""
    for statement in ast.parse(path.read_text("utf-8")).body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            yield statement.module or ""
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


@cache
def brings_torch(module):
    if module not in FILES:
        return module.partition(".")[0] == "torch"
    return any(map(brings_torch, imported_at_the_top(FILES[module])))


def test_only_two_rooms_bring_torch():
    torch_bound = {module for module in FILES if brings_torch(module)}
    assert {module.split(".")[1] for module in torch_bound} == {"model", "tracing"}
    assert {
        f"resnet_inspect.tracing.{name}" for name in ("recorder", "isolation", "memory", "operators")
    } <= torch_bound


def test_what_other_rooms_import_of_the_trace_is_plain():
    assert not brings_torch("resnet_inspect.tracing.records")
    assert not brings_torch("resnet_inspect.tracing.inputs")
