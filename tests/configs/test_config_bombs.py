"""Texts made to hang or to fill the memory, and texts of chance: problems, never a crash."""

from __future__ import annotations

import time

import pytest
from config_problems import load_stdin, load_text, outcome, problems_of
from hypothesis import given, settings, strategies as st

from resnet_inspect.configs.documents import parse, parse_unnamed
from resnet_inspect.configs.files import load
from resnet_inspect.configs.positions import MAX_DEPTH, MAX_VALUES
from resnet_inspect.errors import ConfigError
from resnet_inspect.text import sanitise

BIG = 50_000

BOMBS = {
    "TOML dotted key": ("TOML", "a" + ".a" * (BIG // 2) + " = 1", "nested more than 32 deep"),
    "TOML dotted header": ("TOML", "[a" + ".a" * 500 + "]\nb = 1", "nested more than 32 deep"),
    "TOML lists": ("TOML", "a = " + "[" * BIG, "nested more than 32 deep"),
    "TOML tables": ("TOML", "a = " + "{a = " * 300 + "1" + "}" * 300, "nested more than 32 deep"),
    "TOML digits": ("TOML", "groups = " + "9" * 5_000, "a number of 5,000 digits"),
    "TOML values": ("TOML", "a = [" + "1," * BIG + "]", "more than 1,000 values"),
    "YAML lists": ("YAML", "a: " + "[" * BIG, "nested more than 32 deep"),
    "YAML closed lists": ("YAML", "a: " + "[" * 500 + "]" * 500, "nested more than 32 deep"),
    "YAML tables": ("YAML", "{a: " * BIG, "nested more than 32 deep"),
    "YAML indents": ("YAML", "".join(" " * i + "a:\n" for i in range(500)), "nested more than 32 deep"),
    "YAML keys in keys": ("YAML", "? " * BIG + "a", "nested more than 32 deep"),
    "YAML digits": ("YAML", "groups: " + "9" * 5_000, "a number of 5,000 digits"),
    "YAML base 60": ("YAML", "groups: 1" + ":1" * (BIG * 2), "octal or base 60"),
    "YAML values": ("YAML", "a: [" + "1, " * BIG + "1]", "more than 1,000 values"),
    "YAML aliases": (
        "YAML",
        "a: &a [x, x]\n"
        + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)),
        "anchors and aliases are not supported",
    ),
    "YAML alias of itself": ("YAML", "a: &a [*a]", "anchors and aliases are not supported"),
    "YAML version": ("YAML", f"%YAML 1.{'9' * 5_000}\n---\na: 1", "a number of 5,000 digits"),
    "JSON lists": ("JSON", '{"a": ' + "[" * BIG, "nested more than 32 deep"),
    "JSON closed lists": ("JSON", '{"a": ' + "[" * 100 + "]" * 100 + "}", "nested more than 32 deep"),
    "JSON tables": ("JSON", '{"a":' * BIG, "nested more than 32 deep"),
    "JSON digits": ("JSON", '{"groups": ' + "9" * 5_000 + "}", "a number of 5,000 digits"),
    "JSON values": ("JSON", '{"a": [' + "1," * BIG + "1]}", "more than 1,000 values"),
    "JSON duplicate at the end": (
        "JSON",
        "{" + "".join(f'"k{i}": {i},\n' for i in range(15_000)) + '"k0": 1}',
        "k0 is given twice, first on line 1",
    ),
    "JSON NaN": ("JSON", '{"a": [' + "1," * BIG + "NaN]}", "NaN is not a JSON number"),
}


@pytest.mark.parametrize(("kind", "text", "message"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_one_problem_in_no_time(tmp_path, kind, text, message):
    start = time.process_time()
    (problem,) = problems_of(lambda: load_text(tmp_path, text, kind))
    assert time.process_time() - start < 2
    assert message in problem.message
    assert len(str(problem)) < 300


@pytest.mark.parametrize("text", [text for _, text, _ in BOMBS.values()], ids=BOMBS)
def test_a_bomb_on_standard_input_is_a_problem_in_no_time(text):
    start = time.process_time()
    problems_of(lambda: load_stdin(text))
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("kind", "line"), [("TOML", "{name}{i} = 1\n"), ("YAML", "{name}{i}: 1\n"), ("JSON", '"{name}{i}": 1,\n')]
)
def test_a_thousand_wrong_fields_are_a_thousand_problems_in_no_time(tmp_path, kind, line):
    text = "".join(line.format(name="stage_blokcs_", i=i) for i in range(MAX_VALUES))
    text = "{" + text.rstrip(",\n") + "}" if kind == "JSON" else text
    start = time.process_time()
    problems = problems_of(lambda: load_text(tmp_path, text, kind))
    assert time.process_time() - start < 2
    assert sum(problem.message == "unknown field" for problem in problems) == MAX_VALUES
    assert [problem.line for problem in problems[:MAX_VALUES]] == list(range(1, MAX_VALUES + 1))


def _nested(kind, depth):
    lists = "[" * depth + "1" + "]" * depth
    return {"TOML": f"a = {lists}", "YAML": f"a: {lists}", "JSON": f'{{"a": {lists}}}'}[kind]


@pytest.mark.parametrize("kind", ["TOML", "YAML", "JSON"])
def test_each_format_has_the_same_depth_limit(kind):
    assert parse(_nested(kind, MAX_DEPTH - 1), kind).data["a"]
    with pytest.raises(ConfigError, match="nested more than 32 deep"):
        parse(_nested(kind, MAX_DEPTH), kind)


TEXTS = st.one_of(
    st.text(),
    st.text(alphabet=list("ab01.:=-[]{}\"'\\,#&*!?|>%@ \t\r\n\x00\x85\u2028é")),
    st.lists(
        st.sampled_from(
            [
                "block",
                "base",
                '"resnet50"',
                "stage_blocks",
                " = ",
                ": ",
                "[3, 4]",
                "{",
                "}",
                ",",
                "\n",
                '"',
                "- ",
                "<<",
                "1e9",
            ]
        ),
        max_size=30,
    ).map("".join),
)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, kind=st.sampled_from(["TOML", "YAML", "JSON", None]))
def test_any_text_loads_or_is_a_config_error(text, kind):
    documents = []
    refused = outcome(lambda: documents.append(parse(text, kind) if kind else parse_unnamed(text)))
    assert bool(refused) != bool(documents)
    for document in documents:
        document.locate(("block",), key=True)
        problems = outcome(lambda: load(document.data))  # noqa: B023  # called at once
        assert {problem.source for problem in problems} <= {""}


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(), TEXTS.map(lambda text: text.encode(errors="replace"))))
def test_any_bytes_load_or_are_a_config_error(content):
    for problem in outcome(lambda: load_stdin(content)):
        assert problem.source == "<stdin>"
        assert _is_safe(str(problem))
        assert problem.line is None or (1 <= problem.line <= len(content) + 1 and problem.column >= 1)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.binary()),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(st.text(), below, max_size=2)),
    max_leaves=4,
)
NAMES = st.one_of(
    st.sampled_from(["block", "base", "stage_blocks", "stage_widths", "shortcut", "stem_bias", "name", "hidden_sizes"]),
    st.sampled_from(["style", "version", "depth", "image_size", "base_channels", "RES2_OUT_CHANNELS", "layers"]),
    st.text(),
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_any_mapping_loads_or_is_a_config_error(fields):
    for problem in outcome(lambda: load(fields)):
        assert _is_safe(str(problem))


def _is_safe(text):
    return sanitise(text, len(text)) == text
