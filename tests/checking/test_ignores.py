"""RI401: an ignore that ignores nothing is found, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from lock_files import entry_of

from resnet_inspect.checking.ignores import UNUSED_IGNORE
from resnet_inspect.checking.judge import check_file
from resnet_inspect.checking.locate import Lines
from resnet_inspect.checking.lock.entry import LockedEntry
from resnet_inspect.checking.registry import RULES
from resnet_inspect.checking.rule import RuleSelection, chosen_codes
from resnet_inspect.checking.settings import PathIgnores, settings_of
from resnet_inspect.checking.targets import Target

SETTINGS = settings_of()
DEFAULT = RuleSelection()
UNUSED = UNUSED_IGNORE.code


def checked(text, selection=DEFAULT, suffix=".toml", rules=RULES, entry=None):
    chosen = replace(SETTINGS, codes=chosen_codes([selection], rules))
    return check_file(Target(f"net{suffix}", text.encode(), entry), chosen, rules)


def unused(result):
    """Place and message of every unused ignore."""
    return [(finding.line, finding.column, finding.message) for finding in result.findings if finding.code == UNUSED]


def codes(result):
    return [finding.code for finding in result.findings]


def nothing(what, where="on this line"):
    return f"{what} ignores nothing {where}"


FILE = "in this file"
ODD = 'base = "resnet50"\nstem_width = 60'
"""RI122 is found on line 2; of the rules that are off, RI112 on line 1."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{ODD}\n", []),
        (f"{ODD}  # resnet-inspect: ignore[RI122]\n", []),
        (f"{ODD}  # resnet-inspect: ignore[RI12] why\n", []),
        (f"{ODD}  # resnet-inspect: ignore[channels-not-multiple-of-8]\n", []),
        (f"{ODD}  # resnet-inspect: ignore\n", []),
        (f"# resnet-inspect: ignore[RI122]\n{ODD}\n", []),
        (f'{ODD}\n[check]\nignore = ["RI122"]\n', []),
        # one of several
        (f"{ODD}  # resnet-inspect: ignore[RI122, RI111]\n", [(2, 50, nothing("RI111"))]),
        (f"{ODD}  # resnet-inspect: ignore[mostly-padding, RI122]\n", [(2, 43, nothing("mostly-padding"))]),
        (f"{ODD}  # resnet-inspect: ignore[RI122, RI2, RI131]\n", [(2, 50, nothing("RI2"))]),
        (f'{ODD}\n[check]\nignore = [\n  "RI2",\n  "ri122", "expected-depth"\n]\n', [(5, 3, nothing("RI2", FILE)), (6, 12, nothing("expected-depth", FILE))]),
        # prefixes: RI112 and RI113 are off, and RI112 would find something on line 1
        (f"{ODD}  # resnet-inspect: ignore[RI11]\n", [(2, 43, nothing("RI11"))]),
        ('base = "resnet50"  # resnet-inspect: ignore[RI11]\n', []),
        ('base = "resnet50"  # resnet-inspect: ignore[RI10]\n', [(1, 45, nothing("RI10"))]),
        ("# resnet-inspect: ignore[RI1]\n" + ODD, []),
        ("# resnet-inspect: ignore[RI14]\n" + ODD, [(1, 26, nothing("RI14", FILE))]),
        # all rules
        ('base = "resnet50"\nstem_width = 64 # resnet-inspect: ignore\n', [(2, 35, "this comment ignores nothing on this line")]),
        ('base = "resnet50"\nstem_width = 64 # resnet-inspect: ignore[ALL]\n', [(2, 42, nothing("ALL"))]),
        ('# resnet-inspect: ignore\nbase = "resnet50"\n', []),
        ('# resnet-inspect: ignore it\nbase = "resnet18"\nshortcut = "A"\n', []),
        ('# resnet-inspect: ignore it\nbase = "plain18"\nnum_classes = 10\n', [(1, 19, "this comment ignores nothing in this file")]),
        # rules that are off
        ("# resnet-inspect: ignore[RI112, RI131]\n" + ODD, []),
        # only with --locked
        ("# resnet-inspect: ignore[RI301, RI3]\n" + ODD, []),
        # itself
        (f"{ODD}  # resnet-inspect: ignore[RI401]\n", []),
        ('base = "resnet50"  # resnet-inspect: ignore[RI122, RI401]\n', []),
        ('base = "resnet50"  # resnet-inspect: ignore[RI122, unused-ignore]\n', []),
        ('base = "resnet50"  # resnet-inspect: ignore[RI122, unused-silence]\n', []),  # its former name
        ('# resnet-inspect: ignore[RI4]\nbase = "resnet50"  # resnet-inspect: ignore[RI122]\n', []),
        ('base = "resnet50"  # resnet-inspect: ignore[RI122]\n[check]\nignore = ["RI401"]\n', []),
        # an ignore that works for other rules concerns this one too; one that ignores nothing does not
        ("# resnet-inspect: ignore\n" + ODD + "  # resnet-inspect: ignore[RI101]\n", []),
        ('base = "plain18" # resnet-inspect: ignore[RI122]\n# resnet-inspect: ignore\n', [(1, 43, nothing("RI122")), (2, 19, "this comment ignores nothing in this file")]),
    ],
)  # fmt: skip
def test_an_ignore_without_effect_is_found_in_its_place(text, expected):
    assert unused(checked(text)) == expected


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (DEFAULT, ["RI101", "RI201"]),
        (RuleSelection(select=("RI1",)), []),
        (RuleSelection(select=("RI1", "RI401")), ["RI101", "RI113"]),
        (RuleSelection(select=("unused-ignore",)), []),
        (RuleSelection(ignore=("RI2",)), ["RI101"]),
        (RuleSelection(ignore=("RI4",)), []),
        (RuleSelection(ignore=("unused-ignore",)), []),
        (RuleSelection(ignore=("unused-silence",)), []),
        (RuleSelection(extend_select=("RI113",)), ["RI101", "RI113", "RI201"]),
        (RuleSelection(extend_select=("RI112",)), ["RI101", "RI201"]),
        (RuleSelection(select=("ALL",)), ["RI101", "RI113", "RI201"]),
    ],
)
def test_an_ignore_is_judged_where_its_rule_is_on(selection, expected):
    text = 'base = "resnet50" # resnet-inspect: ignore[RI101, RI112, RI113, RI201, RI301]\n'
    assert unused(checked(text, selection)) == [(1, text.index(code) + 1, nothing(code)) for code in expected]


def test_the_rule_can_be_off_for_some_files():
    off = replace(SETTINGS, path_ignores=(PathIgnores("*.toml", frozenset({UNUSED})),))
    text = b'base = "resnet50" # resnet-inspect: ignore[RI101]\n'
    assert codes(check_file(Target("net.toml", text), SETTINGS)) == [UNUSED]
    assert codes(check_file(Target("net.toml", text), off)) == []


@pytest.mark.parametrize(
    ("locked", "text", "expected"),
    [
        ("resnet18", "# resnet-inspect: ignore[RI301]\n", [nothing("RI301", FILE)]),
        ("resnet18", "# resnet-inspect: ignore[RI3]\n", [nothing("RI3", FILE)]),
        ("resnet34", "# resnet-inspect: ignore[RI301]\n", []),
        ("resnet34", "# resnet-inspect: ignore[RI302, RI3]\n", [nothing("RI302", FILE)]),
        ("", "# resnet-inspect: ignore[not-in-the-lock]\n", []),
    ],
)
def test_rules_of_the_lock_count_where_there_is_one(locked, text, expected):
    entry = LockedEntry("resnet-inspect.lock.json", entry_of({"base": locked}) if locked else None)
    result = checked(text + 'base = "resnet18"\n', entry=entry)
    assert [message for *_, message in unused(result)] == expected


@pytest.mark.parametrize(
    ("suffix", "text", "place"),
    [
        (".yaml", "base: resnet50\nstem_width: 64 # resnet-inspect: ignore[RI122]\n", (2, 41, 46, "")),
        (".yaml", "base: resnet50\ncheck:\n  ignore:\n  - RI122\n", (4, 5, 10, "check.ignore[0]")),
        (".json", '{"base": "resnet50", "check": {"ignore": ["RI122"]}}', (1, 43, 50, "check.ignore[0]")),
        (".toml", 'base = "resnet50"\ncheck.ignore = ["RI122"]\n', (2, 17, 24, "check.ignore[0]")),
        (".toml", "base = 'resnet50'\r\nname = 'ä' # resnet-inspect: ignore[RI122]\r\n", (2, 37, 42, "")),
        (".toml", "base = 'resnet50'\nname = 'a' # resnet-inspect: ignore\n", (2, 30, 36, "")),
    ],
)
def test_it_points_at_the_word(suffix, text, place):
    (finding,) = checked(text, suffix=suffix).findings
    assert (finding.line, finding.column, finding.end_column, finding.path) == place
    assert (finding.code, finding.severity, finding.hint) == (UNUSED, "warning", "take it out")
    assert finding.source_line == text.splitlines()[place[0] - 1]


SCOPE = "a comment applies to its own line; on a line of its own, to the whole file"


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ('base = "resnet50" # resnet-inspect: ignore[RI122]\nstem_width = 60\n', "RI122 is found on line 2", SCOPE),
        ('base = "resnet50" # resnet-inspect: ignore[RI12]\nstem_width = 60\n', "RI122 is found on line 2", SCOPE),
        ('base = "resnet50" # resnet-inspect: ignore[RI10]\nstem_width = 60\n', "", "take it out"),
        ('name = "a" # resnet-inspect: ignore[RI2]\nbase = "resnet50"\n[expect]\ndepth = 51\nparams = 1\nmacs = 1\noutput_stride = 1\n', "RI201 is found on line 4; RI202 is found on line 5; RI203 is found on line 6", SCOPE),
    ],
)  # fmt: skip
def test_a_comment_on_another_line_than_its_finding_is_told_so(text, why, hint):
    (finding,) = (finding for finding in checked(text).findings if finding.code == UNUSED)
    assert (finding.why, finding.hint) == (why, hint)


def test_what_is_found_on_no_line_is_ignored_for_the_whole_file_only():
    text = 'base = "resnet18" # resnet-inspect: ignore[RI301]\n'
    result = checked(text, entry=LockedEntry("resnet-inspect.lock.json", entry_of({"base": "resnet34"})))
    assert codes(result) == ["RI301", UNUSED]
    assert result.findings[1].why == "RI301 is found on no line"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('base = "resnt18"\n# resnet-inspect: ignore[RI122]\n', ["RI001"]),
        ('base = "resnetblur50"\ninput_size = [16, 16]\n# resnet-inspect: ignore[RI122]\n', ["RI002"]),
        ('base = "resnet50"\nstage_blocks = [3000, 4, 6, 3]\n# resnet-inspect: ignore[RI122]\n', ["RI003"]),
        (f"{RULES['RI101'].bad}# resnet-inspect: ignore[RI122]\n", ["RI101"]),
    ],
)
def test_of_a_file_that_was_not_checked_nothing_is_said(text, expected):
    assert codes(checked(text)) == expected


@pytest.mark.parametrize("broken", ["RI101", "RI112"])
@pytest.mark.parametrize("error", [ZeroDivisionError(), MemoryError()])
def test_nothing_is_said_where_a_rule_broke_whether_it_is_on_or_off(broken, error):
    def find(_):
        raise error

    rules = {**RULES, broken: replace(RULES[broken], find=find)}
    result = checked('base = "resnet50"\nname = "a" # resnet-inspect: ignore\n', rules=rules)
    assert codes(result) == (["RI003"] if broken == "RI101" else [])
    assert bool(result.fault) is (broken == "RI101" and not isinstance(error, MemoryError))


def test_its_examples_are_what_they_say():
    bad, good = checked(UNUSED_IGNORE.bad), checked(UNUSED_IGNORE.good)
    assert (codes(bad), codes(good), good.ignored) == ([UNUSED], [], 1)


def test_of_very_many_the_first_are_shown_and_ignored_ones_are_counted():
    many = 'base = "resnet50"\n' + "# resnet-inspect: ignore[RI122]\n" * 150
    result = checked(many)
    assert len(result.findings) == 101
    assert result.findings[-1].message == "and 50 more, which are not shown: fix these first"
    whole = checked(f"{many}# resnet-inspect: ignore[RI401]\n")
    assert (whole.findings, whole.ignored) == ((), 150)


WORDS = st.sampled_from(["RI122", "RI12", "RI1", "RI11", "RI2", "RI201", "RI112", "RI113", "RI301", "expected-depth"])
LINES = ('base = "resnet50"', "stem_width = 60", "", "[expect]", "depth = 51")
OFF = {"RI112", "RI113", "RI301"}
EVERY_RULE = RuleSelection(select=("ALL",), ignore=(UNUSED,))


@settings(max_examples=20)
@given(st.lists(st.lists(WORDS, max_size=3, unique=True), min_size=len(LINES), max_size=len(LINES)))
def test_a_word_is_unused_if_it_ignores_nothing_when_it_is_alone_and_every_rule_is_on(words):
    result = checked(_written(words))
    expected = [
        (line, word)
        for line, each in enumerate(words, 1)
        for word in each
        if word not in OFF and _ignores_nothing(line, word)
    ]
    assert [(line, message.split()[0]) for line, _, message in unused(result)] == expected


@cache
def _ignores_nothing(line, word):
    alone = [[word] if number == line else [] for number in range(1, len(LINES) + 1)]
    return checked(_written(alone), EVERY_RULE).ignored == 0


def _written(words):
    comments = (f"  # resnet-inspect: ignore[{', '.join(each)}]" if each else "" for each in words)
    return "".join(f"{line}{comment}\n" for line, comment in zip(LINES, comments, strict=True))


def test_thousands_of_ignores_are_told_from_one_look_at_the_lines(monkeypatch):
    looks = []

    class Counted(Lines):
        def __init__(self, text):
            looks.append(len(text))
            super().__init__(text)

    monkeypatch.setattr("resnet_inspect.checking.locate.Lines", Counted)
    for count in (1, 300):
        result = checked('base = "resnet18"\n' + "# resnet-inspect: ignore[RI104]\n" * count)
        assert unused(result)
    assert looks[: len(looks) // 2] == [looks[0]] * (len(looks) // 2)
    assert looks[len(looks) // 2 :] == [looks[-1]] * (len(looks) // 2)
