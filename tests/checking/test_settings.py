"""Which rules are on: selectors, the table in pyproject.toml, the command line over it."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from resnet_inspect.checking.registry import RULES
from resnet_inspect.checking.rule import Rule, RuleSelection, chosen_codes
from resnet_inspect.checking.settings import settings_of
from resnet_inspect.errors import ConfigError, RequestError


def rule(code: str, name: str, *, by_default: bool = True) -> Rule:
    return Rule(code, name, "error", by_default, "", "", "", "", "", lambda _: ())


SOME = {
    each.code: each
    for each in (
        rule("RI001", "invalid-config"),
        rule("RI101", "odd-sizes"),
        rule("RI102", "halved-twice"),
        rule("RI111", "slow-channels", by_default=False),
        rule("RI201", "expected-depth"),
    )
}
BY_DEFAULT = {"RI001", "RI101", "RI102", "RI201"}


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([], BY_DEFAULT),
        ([RuleSelection(select=())], {"RI001"}),
        ([RuleSelection(select=("RI1",))], {"RI001", "RI101", "RI102", "RI111"}),
        ([RuleSelection(select=("RI10",))], {"RI001", "RI101", "RI102"}),
        ([RuleSelection(select=("ALL",))], set(SOME)),
        ([RuleSelection(select=("R",), ignore=("ALL",))], set(SOME)),
        ([RuleSelection(select=("all", "RI"), ignore=("ri1",))], {"RI001", "RI201"}),
        ([RuleSelection(select=("halved-twice",))], {"RI001", "RI102"}),
        ([RuleSelection(select=("Halved-Twice",))], {"RI001", "RI102"}),
        ([RuleSelection(extend_select=("RI111",))], set(SOME)),
        ([RuleSelection(ignore=("RI1",))], {"RI001", "RI201"}),
        ([RuleSelection(ignore=("ALL",))], {"RI001"}),
        ([RuleSelection(ignore=("RI1",), extend_select=("RI102",))], {"RI001", "RI102", "RI201"}),
        ([RuleSelection(select=("RI102",), ignore=("RI10",))], {"RI001", "RI102"}),
        ([RuleSelection(select=("RI10",), ignore=("RI102",))], {"RI001", "RI101"}),
        ([RuleSelection(select=("RI102",), ignore=("RI102",))], {"RI001"}),
        ([RuleSelection(select=("RI102",), ignore=("halved-twice",))], {"RI001"}),
        ([RuleSelection(ignore=("RI101",)), RuleSelection(select=("RI1",))], {"RI001", "RI101", "RI102", "RI111"}),
        ([RuleSelection(select=("RI1",)), RuleSelection(ignore=("RI101",))], {"RI001", "RI102", "RI111"}),
        ([RuleSelection(ignore=("RI102",)), RuleSelection(extend_select=("RI1",))], {"RI001", "RI101", "RI102", "RI111", "RI201"}),
        ([RuleSelection(select=("RI102",)), RuleSelection(ignore=("RI1",))], {"RI001"}),
    ],
)  # fmt: skip
def test_the_most_exact_selector_of_the_last_layer_wins(layers, expected):
    assert chosen_codes(layers, SOME) == expected


SELECTORS = st.lists(st.sampled_from(["ALL", "RI", "RI1", "RI10", "RI2", *SOME, "odd-sizes"]), max_size=3).map(tuple)


@given(SELECTORS, SELECTORS)
def test_what_is_both_selected_and_ignored_alike_is_off_and_the_order_does_not_matter(select, ignore):
    on = chosen_codes([RuleSelection(select=select, ignore=ignore)], SOME)
    assert on == chosen_codes([RuleSelection(select=select[::-1], ignore=ignore[::-1])], SOME)
    assert chosen_codes([RuleSelection(select=select, ignore=select)], SOME) == {"RI001"}
    assert on <= chosen_codes([RuleSelection(select=select)], SOME)
    assert "RI001" in on


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (RuleSelection(select=("RI999",)), ["select: ", "no rule 'RI999'"]),
        (RuleSelection(select=("halved-twise",)), ["select: ", "did you mean halved-twice"]),
        (RuleSelection(select=("",)), ["no rule ''"]),
        (RuleSelection(extend_select=("X",)), ["extend-select: ", "no rule 'X'", "resnet-inspect rule"]),
        (RuleSelection(ignore=("RI10x",)), ["ignore: ", "no rule 'RI10x'"]),
        (RuleSelection(ignore=("RI001",)), ["ignore: ", "RI001 cannot be ignored", "exclude"]),
        (RuleSelection(ignore=("RI0",)), ["RI0 cannot be ignored"]),
        (RuleSelection(select=("\x1b[31m",)), [r"\x1b[31m"]),
    ],
)
def test_a_selector_must_mean_something(selection, words, tmp_path):
    with pytest.raises(RequestError) as caught:
        settings_of(selection, tmp_path, SOME)
    for word in words:
        assert word in str(caught.value)


def test_no_more_than_two_rules_are_proposed(tmp_path):
    with pytest.raises(RequestError, match=r"did you mean RI301 or RI302\?"):
        settings_of(RuleSelection(select=("RI301x",)), tmp_path)


def project(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text)
    return folder


TABLE = """
[project]
name = "nets"

[tool.resnet-inspect]
select = ["ALL"]
ignore = ["RI101"]
exclude = ["legacy/", "*.draft.toml"]
lock = "nets.lock.json"

[tool.resnet-inspect.per-file-ignores]
"configs/old/*" = ["RI1"]
"configs/old/x.toml" = ["RI2"]
"*.yaml" = ["expected-depth"]
"""


def test_the_table_is_read(tmp_path):
    settings = settings_of(start=project(tmp_path, TABLE), rules=SOME)
    assert settings.codes == {"RI001", "RI102", "RI111", "RI201"}
    assert settings.root == tmp_path
    assert settings.lock == tmp_path / "nets.lock.json"
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize(
    ("path", "off"),
    [
        ("net.toml", set()),
        ("configs/net.toml", set()),
        ("configs/old/net.toml", {"RI102", "RI111"}),
        ("configs/old/deep/net.toml", {"RI102", "RI111"}),
        ("configs/old/x.toml", {"RI102", "RI111", "RI201"}),
        ("configs/net.yaml", {"RI201"}),
        ("other/configs/old/net.toml", set()),
        ("configs/../configs/old/net.toml", {"RI102", "RI111"}),
        ("../configs/old/net.toml", set()),
    ],
)
def test_rules_are_off_for_the_files_that_a_pattern_matches(tmp_path, monkeypatch, path, off):
    settings = settings_of(start=project(tmp_path / "here", TABLE), rules=SOME)
    monkeypatch.chdir(tmp_path / "here")
    assert settings.codes - settings.codes_for(path) == off
    assert settings.codes_for(str(tmp_path / "here" / path)) == settings.codes_for(path)
    assert "RI001" in settings.codes_for(path)


@pytest.mark.parametrize(
    ("path", "folder", "out"),
    [
        ("legacy", True, True),
        ("legacy", False, False),
        ("legacy/net.toml", False, True),
        ("a/legacy", True, True),
        ("net.toml", False, False),
        ("a/net.draft.toml", False, True),
    ],
)
def test_what_is_excluded(tmp_path, path, folder, out):
    settings = settings_of(start=project(tmp_path, TABLE), rules=SOME)
    assert settings.excludes(str(tmp_path / path), folder=folder) is out


def test_what_a_run_is_like_without_options_is_read(tmp_path, monkeypatch):
    folder = project(
        tmp_path,
        '[tool.resnet-inspect]\npaths = ["configs", "nets/*.toml", "/absolute.toml"]\nlocked = true\nformat = "github"\n'
        'timeout = 2.5\nfail-on = "error"\n',
    )
    monkeypatch.chdir(folder)
    settings = settings_of(rules=SOME)
    assert list(map(str, settings.paths)) == ["configs", "nets/*.toml", "/absolute.toml"]
    assert (settings.locked, settings.format, settings.timeout, settings.fail_on) == (True, "github", 2.5, "error")
    assert pickle.loads(pickle.dumps(settings)) == settings
    (folder / "configs" / "deep").mkdir(parents=True)
    monkeypatch.chdir(folder / "configs" / "deep")
    assert list(map(str, settings_of(rules=SOME).paths)) == ["../../configs", "../../nets/*.toml", "/absolute.toml"]


def test_what_a_run_is_like_without_a_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = settings_of(rules=SOME)
    assert (list(map(str, settings.paths)), settings.locked, settings.format) == (["."], False, "table")
    assert (settings.timeout, settings.fail_on) == (None, "warning")


def test_the_command_line_goes_over_the_table(tmp_path):
    project(tmp_path, TABLE)
    assert settings_of(RuleSelection(select=("RI101",)), tmp_path, SOME).codes == {"RI001", "RI101"}
    assert settings_of(RuleSelection(ignore=("RI2",)), tmp_path, SOME).codes == {"RI001", "RI102", "RI111"}


def test_the_nearest_table_counts(tmp_path):
    project(tmp_path, '[tool.resnet-inspect]\nignore = ["RI1"]\n')
    project(tmp_path / "a", "[tool.other]\nx = 1\n")
    inside = project(tmp_path / "a" / "b", '[tool.resnet-inspect]\nignore = ["RI2"]\n')
    (inside / "c").mkdir()
    assert settings_of(start=inside / "c", rules=SOME).codes == {"RI001", "RI101", "RI102"}
    assert settings_of(start=tmp_path / "a", rules=SOME).codes == {"RI001", "RI201"}


def test_the_search_ends_at_the_root_of_a_repository(tmp_path):
    project(tmp_path, '[tool.resnet-inspect]\nignore = ["RI1"]\n')
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "configs").mkdir()
    settings = settings_of(start=tmp_path / "repository" / "configs", rules=SOME)
    assert settings.codes == BY_DEFAULT
    assert settings.root == tmp_path / "repository" / "configs"
    assert settings.lock == settings.root / "resnet-inspect.lock.json"


@pytest.mark.parametrize("name", ["resnet_inspect", "resnetinspect", "ResNet-Inspect"])
def test_a_table_that_is_misspelt_is_not_passed_over(tmp_path, name):
    project(tmp_path, f'[tool.resnet-inspect]\nlock = "a"\n[tool.{name}]\nselect = ["RI2"]\n[tool.resnet]\n')
    with pytest.raises(ConfigError) as caught:
        settings_of(start=tmp_path, rules=SOME)
    (problem,) = caught.value.problems
    assert (problem.field, problem.line, problem.column) == (f"tool.{name}", 3, 7)
    assert "write [tool.resnet-inspect]" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "place", "words"),
    [
        ('select = ["RI1", "RI9"]', "2:18", ["select[1]", "no rule 'RI9'"]),
        ('ignore = ["RI001"]', "2:11", ["cannot be ignored"]),
        ('select = "RI1"', "2:10", ["must be a list", 'write ["RI1"]']),
        ("select = [1]", "2:11", ["must be text, found 1"]),
        ('selekt = ["RI1"]', "2:1", ["unknown field", "did you mean select?"]),
        ('lock-file = "a"', "2:1", ["did you mean lock?"]),
        ('extend-exclude = ["a"]', "2:1", ["did you mean exclude?"]),
        ('Extend_Selects = ["RI1"]', "2:1", ["did you mean extend-select?"]),
        ("jobs = 2", "2:1", ["unknown field", "there are select"]),
        ('include = ["nets"]', "2:1", ["unknown field", "there is no include: paths, or what check is given, chooses"]),
        ('per-file-ignores = ["a"]', "2:20", ["must be a table", "configs/legacy"]),
        ('per-file-ignores = { "a/*" = ["RI77"] }', "2:31", ['per-file-ignores."a/*"[0]', "no rule"]),
        ('per-file-ignores = { "a/*" = "RI1" }', "2:30", ["must be a list"]),
        ("exclude = [true]", "2:12", ["must be text"]),
        ('exclude = ["a", "!"]', "2:17", ["exclude[1]", "is no pattern", "behind the !", "legacy/"]),
        ('exclude = ["[z-a]"]', "2:12", ["the range z-a is empty"]),
        ("exclude = ['\\']", "2:12", ["ends in a backslash"]),
        ('per-file-ignores = { "x[" = ["RI1"] }', "2:22", ["the bracket in '[' is not closed"]),
        ("lock = 3", "2:8", ["must be the path of a file"]),
        ('lock = ""', "2:8", ["must be the path of a file"]),
        ('paths = "configs"', "2:9", ["must be a list", 'write ["configs"]']),
        ("paths = []", "2:9", ["must name at least one file or folder"]),
        ('paths = ["a", "-"]', "2:15", ["paths[1]", "standard input"]),
        ('paths = ["a", ""]', "2:15", ["must be text"]),
        ('path = ["a"]', "2:1", ["did you mean paths?"]),
        ("locked = 1", "2:10", ["must be true or false, found 1 (a whole number)"]),
        ('locked = "true"', "2:10", ['must be true or false, found "true" (text)', "write true, without quotes"]),
        ('format = "sarfi"', "2:10", ['must be one of "table", "json",', '"junit"; found "sarfi"', 'did you mean "sarif"?']),
        ("format = 3", "2:10", ['"junit"; found 3 (a whole number)']),
        ("timeout = 0", "2:11", ["must be a number of seconds, more than 0 and at most 86,400 (a day), found 0"]),
        ("timeout = -1.5", "2:11", ["found -1.5"]),
        ("timeout = nan", "2:11", ["found nan"]),
        ("timeout = inf", "2:11", ["found inf"]),
        ("timeout = 86400.1", "2:11", ["found 86400.1"]),
        ("timeout = true", "2:11", ["found true"]),
        ('timeout = "60"', "2:11", ['found "60"', "write 60, without quotes"]),
        ("timeout = 1" + "0" * 3000, "2:11", ["a number of about 3,001 digits"]),
        ('fail-on = "errors"', "2:11", ['must be one of "error", "warning"; found "errors"', 'did you mean "error"?']),
        ('fail-on = ["error"]', "2:11", ['"warning"; found a list']),
        ('fail_on = "error"', "2:1", ["did you mean fail-on?"]),
        ("select = [", "", ["not valid TOML"]),
        ("select = []\nselect = []", "3:1", ["given twice"]),
        ("x = " + "9" * 5000, "", ["cannot be read"]),
    ],
)  # fmt: skip
def test_mistakes_in_the_table_are_told_with_their_place(tmp_path, monkeypatch, table, place, words):
    monkeypatch.chdir(project(tmp_path, f"[tool.resnet-inspect]\n{table}\n"))
    with pytest.raises(ConfigError) as caught:
        settings_of(rules=SOME)
    assert str(caught.value).startswith(f"pyproject.toml:{place}")
    for word in words:
        assert word in str(caught.value)


def test_a_path_of_a_thousand_characters_is_shown_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path(*4 * ["a" * 199], "b" * 185, "pyproject.toml")
    assert len(str(path)) == 1_000
    project(path.parent, "[tool.resnet-inspect]\nlock = 3\n")
    with pytest.raises(ConfigError) as caught:
        settings_of(start=path.parent, rules=SOME)
    assert str(caught.value).startswith(f"{path}:2:8")


def test_all_mistakes_are_told_at_once(tmp_path):
    project(tmp_path, '[tool.resnet-inspect]\nselect = ["A", "B"]\nlock = 1\nwidth = 2\n')
    with pytest.raises(ConfigError) as caught:
        settings_of(start=tmp_path, rules=SOME)
    assert [problem.line for problem in caught.value.problems] == [2, 2, 3, 4]


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe[\x00", b"a = 1\0", b"#" * (1 << 20) + b"\n", b"[tool]\nresnet-inspect = 3\n", b"x = [" * 5000],
)
def test_a_pyproject_that_cannot_be_read_is_refused(tmp_path, content):
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"pyproject\.toml"):
        settings_of(start=tmp_path, rules=SOME)


def test_a_large_pyproject_without_our_table_is_fine(tmp_path):
    project(tmp_path, "[tool]\nother = [" + "1, " * 5000 + "]\n")
    assert settings_of(start=tmp_path, rules=SOME).codes == BY_DEFAULT


def test_every_rule_can_be_meant_by_code_and_name(tmp_path):
    for code, each in RULES.items():
        by_code = settings_of(RuleSelection(select=(code,)), tmp_path).codes
        assert by_code == settings_of(RuleSelection(select=(each.name,)), tmp_path).codes
        assert by_code >= {code}


def test_paths_elsewhere_match_nothing(tmp_path):
    settings = replace(settings_of(start=project(tmp_path, TABLE), rules=SOME), root=tmp_path / "sub")
    assert settings.codes_for(str(tmp_path / "configs/old/x.toml")) == settings.codes
