"""Comments that silence findings, in TOML and YAML; a comment inside a text is none."""

from __future__ import annotations

import io

import hypothesis.strategies as st
import pytest
import tomli
import tree_sitter
import tree_sitter_toml
from config_problems import lines_of, outcome, problems_of
from hypothesis import given

from resnet_inspect.config.comments import comments
from resnet_inspect.config.declaration import Silence
from resnet_inspect.config.files import declare, load

CODES = ("RI001", "RI101", "RI103", "RI104", "RI201")
BASE = {"TOML": 'base = "resnet18"', "YAML": "base: resnet18", "JSON": '{"base": "resnet18"}'}
SUFFIX = {"TOML": "toml", "YAML": "yml", "JSON": "json"}


def declared(text, kind, codes=CODES):
    return declare("-", stdin=io.BytesIO(text.encode()), stdin_filename=f"net.{SUFFIX[kind]}", codes=codes)


def silences(text, kind):
    return [(sorted(silence.codes), silence.line) for silence in declared(text, kind).silences]


@pytest.mark.parametrize("kind", ["TOML", "YAML"])
@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# resnet-inspect: ignore[RI104]", ["RI104"]),
        ("#resnet-inspect:ignore[RI104]", ["RI104"]),
        ("#  resnet-inspect:  ignore[ RI104 ,RI101 ]  ", ["RI101", "RI104"]),
        ("# resnet-inspect: ignore[RI1] and why", ["RI1"]),
        ("# resnet-inspect: ignore[RI]", ["RI"]),
        ("# resnet-inspect: ignore", []),
        ("# resnet-inspect: ignore all of it", []),
        ("# 224 only # resnet-inspect: ignore[RI2]", ["RI2"]),
    ],
)
def test_a_comment_silences_its_line_or_the_file(kind, comment, codes):
    alone = Silence(frozenset(codes))
    here = Silence(frozenset(codes), line=3)
    assert declared(f"\n  {comment}\n{BASE[kind]}\n", kind).silences == (alone,)
    assert declared(f"\n\n{BASE[kind]} {comment}\n", kind).silences == (here,)
    assert declared(f"\r\n\r\n{BASE[kind]} {comment}\r\n{comment}", kind).silences == (here, alone)


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
    assert silences(whole, kind) == []
    marked = f"{whole}\n# resnet-inspect: ignore[RI104]\n"
    assert silences(marked, kind) == [(["RI104"], None)]


def test_where_the_format_is_not_told_it_is_found():
    for kind in ("TOML", "YAML"):
        text = f"{BASE[kind]} # resnet-inspect: ignore[RI104]\n".encode()
        assert declare("-", stdin=io.BytesIO(text)).silences == (Silence(frozenset({"RI104"}), 1),)


def test_comments_and_the_table_add_up():
    text = f'{BASE["TOML"]} # resnet-inspect: ignore[RI104]\n[check]\nignore = ["RI2", "RI101"]\n'
    assert silences(text, "TOML") == [(["RI101", "RI2"], None), (["RI104"], 1)]
    assert silences('{"base": "resnet18", "check": {"ignore": ["RI1"]}}', "JSON") == [(["RI1"], None)]
    assert silences("base: resnet18\ncheck:\n  ignore: []\n", "YAML") == []


HINT = "write # resnet-inspect: ignore[RI104], or ignore[RI104, RI2] for several"
WRONG = [
    ("# resnet-inspect: ignor[RI104]", f'not understood: "ignor[RI104]" ({HINT})'),
    ("# resnet-inspect: ignore[RI104", f'not understood: "ignore[RI104" ({HINT})'),
    ("# resnet-inspect: ignore[RI104]because", f'not understood: "ignore[RI104]because" ({HINT})'),
    ("# resnet-inspect:", f'not understood: "" ({HINT})'),
    ("# resnet-inspect: ignore[]", f"ignores no rule ({HINT})"),
    ("# resnet-inspect: ignore[ ,]", f"ignores no rule ({HINT})"),
    ("# resnet-inspect: ignore[RI999]", 'no rule has the code "RI999"'),
    ("# resnet-inspect: ignore[RI104,]", 'no rule has the code ""'),
    ("# resnet-inspect: ignore[ri104]", 'no rule has the code "ri104" (did you mean RI104?)'),
    ("# resnet-inspect: ignore[RI104, E501]", 'no rule has the code "E501"'),
    ("# resnet-inspect: ignore[RI001]", "RI001 cannot be ignored: it says that a file was not checked"),
]


@pytest.mark.parametrize("kind", ["TOML", "YAML"])
@pytest.mark.parametrize(("comment", "message"), WRONG)
def test_a_comment_that_is_wrong_is_a_problem_with_its_place(kind, comment, message):
    text = f"{BASE[kind]}\nname{' =' if kind == 'TOML' else ':'} 'ä€'  {comment}\n"
    column = text.split("\n")[1].index("#") + 1
    (line,) = lines_of(problems_of(lambda: declared(text, kind)))
    assert line.startswith(f"2:{column} {message}")


def test_without_the_codes_only_their_form_is_judged(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(f"{BASE['TOML']} # resnet-inspect: ignore[RI999]\n")
    assert declare(path).silences == (Silence(frozenset({"RI999"}), 1),)
    path.write_text(f"{BASE['TOML']} # resnet-inspect: ignore[X1]\n")
    assert lines_of(problems_of(lambda: declare(path))) == ['1:19 no rule has the code "X1" (codes look like RI104)']
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
