"""No circle of imports, those for type checkers and those inside functions included."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import resnet_inspect

ROOT = Path(resnet_inspect.__file__).parent


def name_of(path: Path, root: Path) -> str:
    parts = path.relative_to(root.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that a file imports, anywhere in it; of ``from a import b`` both a and a.b, which may be one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def with_parents(name: str) -> set[str]:
    """a.b.c -> a, a.b, a.b.c."""
    parts = name.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts) + 1)}


def imports_of(root: Path) -> Mapping[str, set[str]]:
    """Module -> the modules of the package that it imports, with the packages around these, which run first.

    The front door is left out: it imports nothing until a name is used.
    """
    files = {name_of(path, root): path for path in root.rglob("*.py")}
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        found = set().union(*map(with_parents, imported(ast.parse(path.read_text("utf-8")))))
        graph[name] = found & files.keys() - with_parents(name)
    door = root.name
    return {name: found - {door} for name, found in graph.items() if name != door}


def circles(graph: Mapping[str, set[str]]) -> set[frozenset[str]]:
    """Strongly connected components of more than one module (Tarjan, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: set[frozenset[str]] = set()
    for start in graph:
        work = [(start, iter(()))] if start not in index else []
        while work:
            module, others = work[-1]
            if module not in index:
                index[module] = low[module] = len(index)
                stack.append(module)
                others = iter(sorted(graph[module]))
                work[-1] = (module, others)
            for other in others:
                if other not in index:
                    work.append((other, iter(())))
                    break
                if other in stack:
                    low[module] = min(low[module], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[module])
                if low[module] == index[module]:
                    component = frozenset(stack[stack.index(module) :])
                    del stack[stack.index(module) :]
                    found |= {component} if len(component) > 1 else set()
    return found


def test_the_package_has_no_circle_of_imports():
    assert circles(imports_of(ROOT)) == set()


@pytest.mark.parametrize(
    "line",
    [
        "from pack.b import name",
        "from pack import b",
        "import pack.b",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pack.b import name",
        "def f():\n    from pack.b import name",
    ],
)
def test_a_circle_is_found(tmp_path, line):
    files = {"__init__": "", "a": line, "b": "from pack.c import name", "c": "import pack.a", "d": "import pack.a"}
    (tmp_path / "pack").mkdir()
    for name, text in files.items():
        (tmp_path / "pack" / f"{name}.py").write_text(text)
    assert circles(imports_of(tmp_path / "pack")) == {frozenset({"pack.a", "pack.b", "pack.c"})}


def test_a_package_that_imports_its_modules_is_in_their_circle(tmp_path):
    files = {
        "__init__": "", "sub/__init__": "from pack.sub.x import name", "sub/x": "import pack.y", "y": "import pack.sub.z", "sub/z": "",
    }  # fmt: skip
    for name, text in files.items():
        path = tmp_path / "pack" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert circles(imports_of(tmp_path / "pack")) == {frozenset({"pack.sub", "pack.sub.x", "pack.y"})}
