"""No circle of imports, those for type checkers, inside functions, and by a name in a string included."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

import resnet_inspect

ROOT = Path(resnet_inspect.__file__).parent
EXCEPTIONS = {
    # An anatomy shows itself as the command `layers` does, which takes anatomies.
    ("resnet_inspect.anatomy.records", "resnet_inspect.commands.layers.report:of_anatomy"),
    # `render` imports the module that writes a format, which takes pages; some formats belong to a command.
    ("resnet_inspect.formats", "resnet_inspect."),
}
"""Names in strings that do make circles, which is harmless because they are looked up after all imports."""


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


def mentioned(tree: ast.AST, package: str) -> Iterator[str]:
    """Every string that names modules of the package; ``package.`` if the rest is put in when the program runs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(f"{package}."):
            yield node.value


def modules_of(text: str, modules: Collection[str]) -> set[str]:
    """The modules that a string names, as ``package.module:attribute`` or, if it ends with a dot, as a beginning."""
    name = text.partition(":")[0]
    return {
        module for module in modules if module == name.rstrip(".") or (name.endswith(".") and module.startswith(name))
    }


def with_parents(name: str) -> set[str]:
    """a.b.c -> a, a.b, a.b.c."""
    parts = name.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts) + 1)}


def imports_of(root: Path, exceptions: Collection[tuple[str, str]] = ()) -> Mapping[str, set[str]]:
    """Module -> the modules of the package that it imports or names, with the packages around these, which run first.

    ``exceptions`` are strings, each with its module, that do not count. The front door is left out: it imports nothing until a name is used.
    """
    files = {name_of(path, root): path for path in root.rglob("*.py")}
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        tree = ast.parse(path.read_text("utf-8"))
        texts = [text for text in mentioned(tree, root.name) if (name, text) not in exceptions]
        named = set().union(*(modules_of(text, files) for text in texts))
        found = set().union(*map(with_parents, (*imported(tree), *named)))
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
    assert circles(imports_of(ROOT, EXCEPTIONS)) == set()


@pytest.mark.parametrize("needed", sorted(EXCEPTIONS))
def test_no_exception_is_idle(needed):
    assert circles(imports_of(ROOT, EXCEPTIONS - {needed}))


@pytest.mark.parametrize(
    "line",
    [
        "from pack.b import name",
        "from pack import b",
        "import pack.b",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pack.b import name",
        "def f():\n    from pack.b import name",
        "from pkgutil import resolve_name\nresolve_name('pack.b:name')",
        "import importlib\nimportlib.import_module(f'pack.b.{input()}')",
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
