"""Positions of fields, nested ones too, and problems at them: in which file, on which line, in which column."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from resnet_inspect.configs.documents import Document, parse
from resnet_inspect.configs.positions import Position, fault, naming_source
from resnet_inspect.configs.problems import problem_at
from resnet_inspect.errors import ConfigError

NESTED = {
    "TOML": '[expect]\ndepth = 50\n[expect."a.b"]\nx.y = [1, {z = 2}]\n[[t]]\nu = 1\n[[t]]\nu = 2\n[t.sub]\nv = 3\n',
    "YAML": "expect:\n  depth: 50\n  a.b:\n    x: {y: [1, {z: 2}]}\nt:\n- u: 1\n- u: 2\n  sub: {v: 3}\n",
    "JSON": (
        '{"expect": {"depth": 50,\n "a.b": {"x": {"y": [1, {"z": 2}]}}},\n"t": [{"u": 1},\n{"u": 2, "sub": {"v": 3}}]}'
    ),
}


@pytest.mark.parametrize(
    ("kind", "path", "key", "value"),
    [
        ("TOML", ("expect", "depth"), (2, 1), (2, 9)),
        ("TOML", ("expect", "a.b"), (3, 9), (3, 9)),
        ("TOML", ("expect", "a.b", "x", "y"), (4, 3), (4, 7)),
        ("TOML", ("expect", "a.b", "x", "y", 1, "z"), (4, 12), (4, 16)),
        ("TOML", ("t", 1, "u"), (8, 1), (8, 5)),
        ("TOML", ("t", 1, "sub", "v"), (10, 1), (10, 5)),
        ("YAML", ("expect", "a.b", "x", "y", 1, "z"), (4, 17), (4, 20)),
        ("YAML", ("t", 1, "u"), (7, 3), (7, 6)),
        ("YAML", ("t", 1, "sub", "v"), (8, 9), (8, 12)),
        ("JSON", ("expect", "a.b", "x", "y", 1, "z"), (2, 26), (2, 31)),
        ("JSON", ("t", 1, "sub", "v"), (4, 18), (4, 23)),
    ],
)
def test_nested_fields_have_places(kind, path, key, value):
    document = parse(NESTED[kind], kind)
    assert document.locate(path, key=True) == key
    assert document.locate(path, key=False) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [("TOML", '"é" = {"ü" = ["😀", 1]}'), ("YAML", '"é": {"ü":   ["😀", 1]}'), ("JSON", '{"é":{"ü":   ["😀", 1]}}')],
)
def test_columns_count_characters(kind, text):
    assert parse(text, kind).locate(("é", "ü", 1), key=False) == (1, 20)


def test_lines_are_those_of_editors():
    """Three more characters end a line in YAML 1.1, and a text may hold them in all formats."""
    text = 'a: 1 # x\u2028# y\u0085\nb: ["c\u2029", 2]\r\nd: 3\n'
    document = parse(text, "YAML")
    assert document.locate(("a",), key=False) == (1, 4)
    assert document.locate(("d",), key=False) == (3, 4)
    assert document.locate(("b", 1), key=False) == (2, 11)
    assert parse('a = 1 # x\u2028\nd = "\u0085"\n', "TOML").locate(("d",), key=False) == (2, 5)
    assert parse('{"a": "\u2028",\n"d": 1}', "JSON").locate(("d",), key=False) == (2, 6)


@pytest.mark.parametrize("kind", NESTED)
def test_what_is_not_there_falls_back_to_what_is_around_it(kind):
    document = parse(NESTED[kind], kind)
    around = document.locate(("expect",), key=False)
    assert document.locate(("expect", "width", 3), key=True) == around
    assert document.locate(("nothing",), key=True) is None
    assert Document({"a": 1}).locate(("a",), key=True) is None


TREES = st.recursive(
    st.one_of(st.integers(), st.text(max_size=8), st.booleans()),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(st.text(max_size=6), below, max_size=3)),
    max_leaves=8,
)


def _leaves(path, tree):
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for part, value in entries:
        yield (*path, part), value
        yield from _leaves((*path, part), value)


@given(st.dictionaries(st.text(max_size=6), TREES, min_size=1, max_size=4), st.sampled_from([None, 1]))
def test_json_places_point_at_the_text_of_every_key_and_value(tree, indent):
    text = json.dumps(tree, indent=indent, ensure_ascii=False)
    document = parse(text, "JSON")
    lines = text.split("\n")
    for path, value in _leaves((), tree):
        key = document.locate(path, key=True)
        if isinstance(path[-1], str):
            assert lines[key.line - 1][key.column - 1 :].startswith(json.dumps(path[-1], ensure_ascii=False))
        start = document.locate(path, key=False)
        spelled = json.dumps(value, ensure_ascii=False) if not isinstance(value, dict | list) else "[{"
        found = lines[start.line - 1][start.column - 1 :]
        assert found.startswith(spelled) or (spelled == "[{" and found[0] in spelled)


def test_every_problem_gets_the_name_of_its_source_made_safe():
    with pytest.raises(ConfigError) as caught, naming_source("a\x1b.toml"):
        raise ConfigError((*fault("is empty", Position(1, 2)).problems, *fault("is odd", hint="mend it").problems))
    assert str(caught.value) == "a\\x1b.toml:1:2: is empty\na\\x1b.toml: is odd (mend it)"


@pytest.mark.parametrize(
    ("path", "key", "place"),
    [
        (("groups",), False, (2, 10, "groups")),
        (("groups",), True, (2, 1, "groups")),
        (("stage_blocks", 1), False, (1, 20, "stage_blocks[1]")),
        (("nowhere",), False, (None, None, "nowhere")),
    ],
)
def test_a_problem_stands_where_its_field_stands(path, key, place):
    document = parse("stage_blocks = [3, 4]\ngroups = 0\n", "TOML")
    problem = problem_at("is wrong", path, document, key=key, hint="mend it")
    assert (problem.line, problem.column, problem.field) == place
    assert (problem.message, problem.hint) == ("is wrong", "mend it")
