"""Patterns of .gitignore: what they match, which can match nothing, and that no path makes one of them hang."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st
from pathspec import GitIgnoreSpec

from resnet_inspect.checking.gitignore import Gitignore, flaw_of


@pytest.mark.parametrize(
    ("patterns", "ignored", "kept"),
    [
        (["a"], ["a", "x/a", "a/x", "x/a/y"], ["ab", "x/ba"]),
        (["/a"], ["a", "a/x"], ["x/a"]),
        (["a/b"], ["a/b", "a/b/c"], ["x/a/b", "a/x/b"]),
        (["a/"], ["a/x", "x/a/y"], ["a", "x/a"]),
        (["*.toml"], ["x.toml", "a/x.toml", ".toml"], ["x.toml~"]),
        (["a/*"], ["a/x", "a/x/y"], ["a", "b/a/x"]),
        (["a?c"], ["abc", "a.c"], ["ac", "abbc"]),
        (["**"], ["a", "a/b"], []),
        (["**/a"], ["a", "x/y/a"], ["xa"]),
        (["a/**"], ["a/x", "a/x/y"], ["a"]),
        (["a/**/b"], ["a/b", "a/x/b", "a/x/y/b/c"], ["a", "ab", "a/x/bc"]),
        (["***/a/*"], ["a/b", "x/a/b"], ["a"]),
        (["a**b"], ["ab", "axb", "y/axxb"], ["a/b"]),
        (["[ab]"], ["a", "b"], ["c", "ab"]),
        (["[!ab]", "[^cd]x"], ["c", "ax"], ["a", "cx"]),
        (["[a-c]"], ["b"], ["d", "-"]),
        (["[]a]", "[a-]"], ["]", "a", "-"], ["b"]),
        (["[\\]x]", "[\\!-#]"], ["]", "x", '"'], ["\\"]),
        (["[[:digit:][:upper:]]"], ["7", "Q"], ["q", ":", "["]),
        (["[[:x]"], ["[", ":", "x"], ["]"]),
        (["\\*", "\\#a", "\\!b", "c\\ ", "d  "], ["*", "#a", "!b", "c ", "d"], ["a", "c", "d  "]),
        (["# a", "", "   "], [], ["# a", " ", "a"]),
        (["*.toml", "!keep.toml"], ["a.toml"], ["keep.toml", "x/keep.toml"]),
        (["a/", "!a/keep"], ["a/keep"], ["keep"]),
        (["!a", "a"], ["a"], []),
        (["a\nb", "."], ["a\nb"], ["a", "b", "ab"]),
        (["[&&||~~x]"], ["&", "|", "~", "x"], ["y"]),
    ],
    ids=str,
)
def test_what_is_ignored(patterns, ignored, kept):
    spec = Gitignore(patterns)
    assert [path for path in (*ignored, *kept) if spec.ignores(path.split("/"))] == ignored


def test_a_pattern_with_a_slash_at_its_end_is_for_folders():
    assert Gitignore(["a/"]).ignores(["a"], folder=True)
    assert Gitignore(["a/**/"]).ignores(["a", "b"], folder=True)
    assert not Gitignore(["a/**/"]).ignores(["a", "b"])


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("!", "a name is missing behind the !"),
        ("/", "a name is missing next to a slash"),
        ("a//b", "a name is missing next to a slash"),
        ("\\", "it ends in a backslash"),
        ("a\\/b", "it ends in a backslash"),
        ("[z-a]", "the range z-a is empty"),
        ("x[a", "the bracket in '[a' is not closed"),
        ("[]", "is not closed"),
        ("[!]", "is not closed"),
        ("[a\\", "it ends in a backslash"),
        ("[[:none:]]", "there is no class [:none:]"),
        ("[\x1b-\x07]", "\\x1b-\\x07"),
        ("a" * 1_001, "it has 1,001 characters"),
    ],
)
def test_a_pattern_that_can_match_nothing_is_known(pattern, said):
    flaw = flaw_of(pattern)
    assert flaw is not None
    assert said in flaw.message
    with pytest.raises(ValueError, match=r"."):
        Gitignore([pattern])


@pytest.mark.parametrize(
    "pattern", ["*a" * 14 + "*b", "*a" * 300 + "b", "**/a/" * 150 + "b", "*/" * 400 + "b", "[a]*" * 200 + "b"]
)
def test_no_pattern_hangs_on_a_path_that_nearly_matches(pattern):
    for path in ("a" * 250, "/".join(["a" * 60] * 60), "/".join("a" * 2_000)):
        assert not Gitignore([pattern]).ignores(path.split("/"))


PIECES = st.lists(
    st.sampled_from(["a", "b", ".", "*", "?", "/", "[ab]", "[a-c]", "\\a", "-"]), min_size=1, max_size=6
).map("".join)
PATHS = st.lists(st.sampled_from(["a", "b", "ab", "a.b", "-", "abc"]), min_size=1, max_size=4)


@given(st.lists(PIECES, min_size=1, max_size=1), PATHS)
@settings(max_examples=400)
def test_a_peer_agrees(patterns, names):
    """Where it is as git is: to it, ``[!a]`` matches a slash, and ``x**`` is another matter."""
    if any(map(flaw_of, patterns)) or "**" in patterns[0]:
        return
    assert Gitignore(patterns).ignores(names) == GitIgnoreSpec.from_lines(patterns).match_file("/".join(names))
