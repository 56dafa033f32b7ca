"""Rules that a file ignores: comments in TOML and YAML, and the table; a number sign inside a text is no comment."""

from __future__ import annotations

import io

import hypothesis.strategies as st
import pytest
import tomli
import tree_sitter
import tree_sitter_toml
from config_problems import lines_of, outcome, problems_of
from hypothesis import given

from resnet_inspect.configs.documents import comments
from resnet_inspect.configs.files import declare, load
from resnet_inspect.configs.positions import Position
from resnet_inspect.configs.selectors import Ignore

RULES = {
    "RI001": "invalid-config",
    "RI101": "residual-sizes-differ",
    "RI103": "residual-broadcast",
    "RI104": "shortcut-stride-differs",
    "RI201": "expected-depth",
}
BASE = {"TOML": 'base = "resnet18"', "YAML": "base: resnet18", "JSON": '{"base": "resnet18"}'}
SUFFIX = {"TOML": "toml", "YAML": "yml", "JSON": "json"}


def declared(text, kind, rules=RULES):
    return declare("-", stdin=io.BytesIO(text.encode()), stdin_filename=f"net.{SUFFIX[kind]}", rules=rules)


def ignores(text, kind):
    return [(ignore.selector, ignore.line) for ignore in declared(text, kind).ignores]


@pytest.mark.parametrize("kind", ["TOML", "YAML"])
@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("# resnet-inspect: ignore[RI104]", {"RI104": 26}),
        ("#resnet-inspect:ignore[RI104]", {"RI104": 24}),
        ("#  resnet-inspect:  ignore[ RI104 ,RI101 ]  ", {"RI104": 29, "RI101": 36}),
        ("# resnet-inspect: ignore[RI1] and why", {"RI1": 26}),
        ("# resnet-inspect: ignore[RI]", {"RI": 26}),
        ("# resnet-inspect: ignore[ri104, All]", {"ri104": 26, "All": 33}),
        ("# resnet-inspect: ignore[shortcut-stride-differs]", {"shortcut-stride-differs": 26}),
        ("# resnet-inspect: ignore[Expected-Depth,RI1]", {"Expected-Depth": 26, "RI1": 41}),
        ("# resnet-inspect: ignore", {"": 19}),
        ("# resnet-inspect: ignore all of it", {"": 19}),
        ("# 224 only # resnet-inspect: ignore[RI2]", {"RI2": 37}),
    ],
)
def test_a_comment_ignores_rules_on_its_line_or_in_the_file(kind, comment, words):
    def on(line, before, only=None):
        return tuple(Ignore(word, only, Position(line, before + column)) for word, column in words.items())

    before = len(BASE[kind]) + 1
    assert declared(f"\n  {comment}\n{BASE[kind]}\n", kind).ignores == on(2, 2)
    assert declared(f"\n\n{BASE[kind]} {comment}\n", kind).ignores == on(3, before, 3)
    both = declared(f"\r\n\r\n{BASE[kind]} {comment}\r\n{comment}", kind).ignores
    assert both == (*on(3, before, 3), *on(4, 0))


NO_COMMENTS = {
    "TOML": [
        'name = "# resnet-inspect: ignore"',
        "name = '# resnet-inspect: ignore[]'",
        'name = "\\"# resnet-inspect: ignore"',
        'name = """a\n# resnet-inspect: ignore\n"""',
        'name = """a\\""" # resnet-inspect: ignore\n"""',
        "name = '''a\n# resnet-inspect: ignore\n'''",
        'name = """a""""" # nothing\n"expect" = {"version" = "v1"} # see resnet-inspect: no',
        '# about resnet-inspect: "ignore\nname = "a" # it\'s\n',
    ],
    "YAML": [
        'name: "# resnet-inspect: ignore"',
        "name: '# resnet-inspect: ignore'",
        "name: '''# resnet-inspect: ignore'",
        "name: |\n  # resnet-inspect: ignore\n",
        "name: >-\n  a\n  # resnet-inspect: ignore\n  b\n",
        "name: a# resnet-inspect:ignore\n",
        '"name": "a\n\n  # resnet-inspect: ignore"',
    ],
    "JSON": [],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in NO_COMMENTS.items() for text in texts])
def test_a_text_is_no_comment(kind, text):
    whole = f"{BASE[kind]}\n{text}"
    assert ignores(whole, kind) == []
    marked = f"{whole}\n# resnet-inspect: ignore[RI104]\n"
    assert ignores(marked, kind) == [("RI104", None)]


def test_where_the_format_is_not_told_it_is_found():
    for kind in ("TOML", "YAML"):
        text = f"{BASE[kind]} # resnet-inspect: ignore[RI104]\n".encode()
        place = Position(1, len(BASE[kind]) + 27)
        assert declare("-", stdin=io.BytesIO(text)).ignores == (Ignore("RI104", 1, place),)


def test_comments_and_the_table_add_up():
    text = f'{BASE["TOML"]} # resnet-inspect: ignore[RI104]\n[check]\nignore = ["RI2", "RI101"]\n'
    assert ignores(text, "TOML") == [("RI2", None), ("RI101", None), ("RI104", 1)]
    assert [ignore.field for ignore in declared(text, "TOML").ignores] == [
        ("check", "ignore", 0), ("check", "ignore", 1), (),
    ]  # fmt: skip
    assert ignores('{"base": "resnet18", "check": {"ignore": ["RI1", "expected-depth"]}}', "JSON") == [
        ("RI1", None), ("expected-depth", None),
    ]  # fmt: skip
    assert ignores("base: resnet18\ncheck:\n  ignore: []\n", "YAML") == []


LIST = "'resnet-inspect rule' lists them all"
EXCLUDE = "leave the file out with exclude"
HINT = "write # resnet-inspect: ignore[RI104], or ignore[RI104, RI2] for several"
WRONG = [
    ("# resnet-inspect: ignor[RI104]", {1: f'not understood: "ignor[RI104]" ({HINT})'}),
    ("# see # resnet-inspect: no", {7: f'not understood: "no" ({HINT})'}),
    ("# resnet-inspect: ignore[RI104", {1: f'not understood: "ignore[RI104" ({HINT})'}),
    ("# resnet-inspect: ignore[RI104]because", {1: f'not understood: "ignore[RI104]because" ({HINT})'}),
    ("# resnet-inspect:", {1: f'not understood: "" ({HINT})'}),
    ("# resnet-inspect: ignore[]", {1: f"ignores no rule ({HINT})"}),
    ("# resnet-inspect: ignore[ ,]", {1: f"ignores no rule ({HINT})"}),
    ("# resnet-inspect: ignore[RI999]", {26: f"there is no rule 'RI999' ({LIST})"}),
    ("# resnet-inspect: ignore[RI104,]", {32: f"there is no rule '' ({LIST})"}),
    ("# resnet-inspect: ignore[expected-dept]", {26: "there is no rule 'expected-dept' (did you mean expected-depth?)"}),
    ("# resnet-inspect: ignore[RI1O4]", {26: "there is no rule 'RI1O4' (did you mean RI104?)"}),
    ("# resnet-inspect: ignore[E501, RI104, E502]", {26: f"there is no rule 'E501' ({LIST})", 39: f"there is no rule 'E502' ({LIST})"}),
    ("# resnet-inspect: ignore[RI001]", {26: f"RI001 cannot be ignored: it says that a file was not checked ({EXCLUDE})"}),
    ("# resnet-inspect: ignore[invalid-config]", {26: f"invalid-config cannot be ignored: it says that a file was not checked ({EXCLUDE})"}),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["TOML", "YAML"])
@pytest.mark.parametrize(("comment", "messages"), WRONG)
def test_a_comment_that_is_wrong_is_a_problem_with_its_place(kind, comment, messages):
    text = f"{BASE[kind]}\nname{' =' if kind == 'TOML' else ':'} 'ä€'  {comment}\n"
    before = text.split("\n")[1].index("#")
    found = lines_of(problems_of(lambda: declared(text, kind)))
    assert found == [f"2:{before + column} {message}" for column, message in messages.items()]


def test_of_very_many_wrong_words_only_the_first_are_explained():
    text = "".join(f"# resnet-inspect: ignore[expected-depht{number:03}]\n" for number in range(150))
    problems = problems_of(lambda: declared(f"{BASE['TOML']}\n{text}", "TOML"))
    hints = [problem.hint for problem in problems]
    assert hints == 100 * ["did you mean expected-depth?"] + 50 * [""]


def test_without_the_rules_only_their_form_is_judged(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(f"{BASE['TOML']} # resnet-inspect: ignore[RI999]\n")
    assert declare(path).ignores == (Ignore("RI999", 1, Position(1, 44)),)
    path.write_text(f"{BASE['TOML']} # resnet-inspect: ignore[any-name, X1, ri001]\n")
    assert lines_of(problems_of(lambda: declare(path))) == [
        "1:54 there is no rule 'X1' (write a code (RI104), the start of several (RI1), or a name)",
        f"1:58 ri001 cannot be ignored: it says that a file was not checked ({EXCLUDE})",
    ]
    assert outcome(lambda: load(path)) == ()


TOML_PARTS = ["a", "'", '"', "#", "\\", "\n", " ", "'''", '"""', "# resnet-inspect: ignore", " = ", "[", "]"]


def by_grammar(text):
    """Comments as a syntax parser finds them; ``None`` where the text is not valid, or more than it knows."""
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError:
        return None
    source = text.encode()
    tree = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language())).parse(source)
    if tree.root_node.has_error:
        return None
    found, waiting = [], [tree.root_node]
    while waiting:
        node = waiting.pop()
        found += [len(source[: node.start_byte].decode())] if node.type == "comment" else []
        waiting += node.children
    return sorted(found)


@given(st.lists(st.sampled_from(TOML_PARTS), max_size=12).map("".join))
def test_comments_are_those_of_the_grammar(inside):
    for text in (f'a = "{inside}"\n', f"a = '''{inside}'''\n", f'a = """{inside}""" # end\n', f"a = 1 # {inside}\n"):
        expected = by_grammar(text)
        if expected is not None:
            assert [comment.start for comment in comments(text, "TOML")] == expected
