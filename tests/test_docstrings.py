"""The voice of the docstrings, those of attributes included."""

import ast
from pathlib import Path

import resnet_inspect

_NO_START = {"What", "Whether", "Which", "Where", "Why", "How", "Its"}


def test_a_docstring_begins_with_a_verb_or_a_noun():
    package = Path(resnet_inspect.__file__).parent
    docstrings = [
        (path.relative_to(package).as_posix(), node.lineno, text)
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(text := node.value.value, str)
    ]
    assert len(docstrings) > 1_000
    assert [found for found in docstrings if found[2].split(maxsplit=1)[0] in _NO_START] == []
