"""One file: from what is written in it to findings with their places."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace

import pytest

from resnet_inspect.anatomy.compare import Change
from resnet_inspect.checks import judge
from resnet_inspect.checks.findings import FileResult, Observation
from resnet_inspect.checks.judge import check_file, closed_folder, record_file
from resnet_inspect.checks.lines import Lines
from resnet_inspect.checks.registry import RULES
from resnet_inspect.checks.rule import Rule
from resnet_inspect.checks.settings import PathIgnores, settings_of
from resnet_inspect.checks.targets import Target
from resnet_inspect.config.positions import Position

SETTINGS = settings_of()


def saying(code: str, *observations: Observation) -> Rule:
    return Rule(code, code.lower(), "warning", True, "", "", "", "", "", lambda _: observations)


SIZE = saying("RI101", Observation("odd", field=("input_size", 1), expected="4", found="5", why="w", hint="h"))
NAME = saying("RI102", Observation("bad key", field=("stage_blocks",), key=True, layer="layer1.0"))
INHERITED = saying("RI103", Observation("from the base", field=("stage_strides",)))
CHANGES = (Change("layer1.0", "stage1", 0, "main", "stride", (1, 1), (2, 2)),)
WHOLE = saying("RI104", Observation("all of it", changes=CHANGES, only_left=("fc",), only_right=("head",)))
TEXT = """\
base = "resnet18"
stage_blocks = [1, 1, 1, 1]  # as small as can be
input_size = [
    64, 65,
]
"""


def checked(text, *rules, suffix=".toml", settings=SETTINGS):
    table = {**{code: RULES[code] for code in ("RI001", "RI002", "RI003")}, **{rule.code: rule for rule in rules}}
    chosen = replace(settings, codes=frozenset(table)) if settings is SETTINGS else settings
    return check_file(Target(f"net{suffix}", text.encode()), chosen, table)


def places(result):
    return [(finding.code, finding.line, finding.column, finding.end_column) for finding in result.findings]


def test_findings_stand_where_their_fields_stand():
    result = checked(TEXT, SIZE, NAME, INHERITED, WHOLE)
    assert places(result) == [
        ("RI104", None, None, None),
        ("RI103", 1, 8, 18),
        ("RI102", 2, 1, 13),
        ("RI101", 4, 9, 11),
    ]
    whole, inherited, name, size = result.findings
    assert (whole.path, whole.source_line) == ("", "")
    assert (whole.changes, whole.only_left, whole.only_right) == (CHANGES, ("fc",), ("head",))
    assert inherited.path == "stage_strides"
    assert (name.path, name.layer, name.source_line) == ("stage_blocks", "layer1.0", TEXT.splitlines()[1])
    assert (size.path, size.source_line) == ("input_size[1]", "    64, 65,")
    assert (size.message, size.expected, size.found, size.why, size.hint) == ("odd", "4", "5", "w", "h")
    assert {finding.severity for finding in result.findings} == {"warning"}
    assert not result.ok


def test_findings_on_one_line_come_from_left_to_right_and_then_by_code():
    left, right = Observation("left", field=("stage_blocks",), key=True), Observation("right", field=("stage_blocks",))
    result = checked(TEXT, saying("RI101", right), saying("RI103", left), saying("RI102", left))
    assert places(result) == [("RI102", 2, 1, 13), ("RI103", 2, 1, 13), ("RI101", 2, 16, 28)]


def test_a_file_that_nothing_is_wrong_with():
    start = time.perf_counter()
    result = checked('base = "resnet18"\n')
    assert result.ok
    assert (result.path, result.model, result.ignored, result.fault) == ("net.toml", "net", 0, "")
    assert (result.depth, result.params, result.macs) == (18, 11_689_512, 1_814_073_344)
    assert 0 < result.seconds <= time.perf_counter() - start


@pytest.mark.parametrize(
    ("text", "left", "ignored"),
    [
        (TEXT, ["RI104", "RI103", "RI102", "RI101"], 0),
        (TEXT.replace("# as small", "# resnet-inspect: ignore[RI102] as small"), ["RI104", "RI103", "RI101"], 1),
        (TEXT.replace("# as small", "# resnet-inspect: ignore[RI1] as small"), ["RI104", "RI103", "RI101"], 1),
        (TEXT.replace("# as small", "# resnet-inspect: ignore[RI101]"), ["RI104", "RI103", "RI102", "RI101"], 0),
        ("# resnet-inspect: ignore[RI101, RI104]\n" + TEXT, ["RI103", "RI102"], 2),
        ("# resnet-inspect: ignore\n" + TEXT, [], 4),
        (TEXT + '[check]\nignore = ["RI10"]\n', [], 4),
    ],
)
def test_what_a_file_silences_is_counted(text, left, ignored):
    result = checked(text, SIZE, NAME, INHERITED, WHOLE)
    assert [finding.code for finding in result.findings] == left
    assert result.ignored == ignored


def test_what_is_to_be_locked_and_is_broken_is_told_as_in_a_check():
    broken = Target("net.toml", b"base = 3\n")
    recorded = record_file(broken, SETTINGS)
    assert places(recorded) == places(check_file(broken, SETTINGS)) == [("RI001", 1, 8, 9)]
    assert recorded.net is None


def test_a_traceback_is_not_printed_with_the_result():
    assert "Traceback" not in repr(FileResult("net.toml", (), fault="Traceback"))


def test_that_it_does_not_run_cannot_be_silenced():
    text = 'base = "resnet50_caffe"\ninput_size = [2, 2]\n'
    assert [finding.code for finding in checked(text).findings] == ["RI002"]
    silent = checked("# resnet-inspect: ignore\n" + text)
    assert [finding.code for finding in silent.findings] == ["RI002"]
    assert (silent.depth, silent.params, silent.macs) == (None, None, None)


ODD = 'base = "resnetaa50"\ninput_size = [200, 200]'
"""RI101 tells why this does not run, as long as it may."""


@pytest.mark.parametrize(
    ("text", "codes", "told", "ignored"),
    [
        (ODD, {"RI101"}, ["RI101"], 0),
        (ODD, set(), ["RI002"], 0),
        (ODD, {"RI104", "RI121"}, ["RI002"], 0),
        (ODD + "  # resnet-inspect: ignore", {"RI101"}, ["RI002"], 1),
        ("# resnet-inspect: ignore[RI101]\n" + ODD, {"RI101"}, ["RI002"], 1),
        (ODD + '\n[check]\nignore = ["RI1"]', {"RI101"}, ["RI002"], 1),
        (ODD + "  # resnet-inspect: ignore[RI002]", {"RI101"}, ["RI001"], 0),
    ],
)
def test_that_it_does_not_run_is_told_by_one_rule_or_the_other(text, codes, told, ignored):
    on = replace(SETTINGS, codes=frozenset(codes | {"RI001", "RI002", "RI003"}))
    result = check_file(Target("net.toml", text.encode()), on)
    assert [finding.code for finding in result.findings] == told
    assert result.ignored == ignored


def test_that_it_does_not_run_is_told_though_the_rule_that_has_the_reason_breaks():
    result = checked(ODD, breaking("RI101", ZeroDivisionError()))
    assert [finding.code for finding in result.findings] == ["RI003", "RI002"]


def test_only_the_rules_that_are_on_are_asked():
    on = replace(
        SETTINGS, codes=frozenset({"RI101", "RI102"}), path_ignores=(PathIgnores("*.yaml", frozenset({"RI102"})),)
    )
    assert [code for code, *_ in places(checked(TEXT, SIZE, NAME, WHOLE, settings=on))] == ["RI102", "RI101"]
    yaml = "base: resnet18\nstage_blocks: [1, 1, 1, 1]\ninput_size: [64, 65]\n"
    assert places(checked(yaml, SIZE, NAME, WHOLE, suffix=".yaml", settings=on)) == [("RI101", 3, 18, 20)]


@pytest.mark.parametrize(
    ("text", "suffix", "expected"),
    [
        ('base = "resnt18"\nwidth = 3\n', ".toml", [(1, 8, 17, "base"), (2, 1, 6, "width")]),
        ("block = \n", ".toml", [(1, 9, None, "")]),
        ("base: resnt18", ".yaml", [(1, 7, 14, "base")]),
        ('{"base": "resnet18", "base": "resnet34"}', ".json", [(1, 22, 28, "")]),
        ('base = "resnet18"\n[expect]\ndepth = "many"\n', ".toml", [(3, 9, 15, "expect.depth")]),
        ("", ".toml", [(None, None, None, "")]),
        ("base = 'resnet18'", ".ini", [(None, None, None, "")]),
    ],
)
def test_a_broken_file_has_a_finding_for_each_problem(text, suffix, expected):
    result = checked(text, suffix=suffix)
    found = [(finding.line, finding.column, finding.end_column, finding.path) for finding in result.findings]
    assert found == expected
    assert {(finding.code, finding.severity) for finding in result.findings} == {("RI001", "error")}
    assert result.model == ""
    if expected[0][0]:
        assert result.findings[0].source_line == text.splitlines()[0 if len(expected) > 1 else expected[0][0] - 1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfeb\x00", "UTF-16"),
        (b"base = '\xff'", "not UTF-8"),
        (b"a = 1\0", "NUL byte"),
        (b"#" * ((1 << 18) + 1), "larger than 256 KiB"),
        (b"x = " + b"[" * 5000, "deep"),
        (b"x = " + b"9" * 5000, "4300 digits" if sys.version_info < (3, 11) else "digits"),
    ],
)
def test_hostile_bytes_are_a_finding(content, words):
    (finding,) = check_file(Target("net.toml", content), SETTINGS).findings
    assert finding.code == "RI001"
    assert words in finding.message


def test_what_is_no_file_is_a_finding(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    os.mkfifo(tmp_path / "pipe.toml")
    for name, words in (
        ("folder.toml", "is a directory"),
        ("loop.toml", "links"),
        ("pipe.toml", "is a pipe or device"),
        ("none.toml", "no such file"),
        ("/dev/null", "is a pipe or device"),
        ("a\0b.toml", "cannot be read"),
    ):
        (finding,) = check_file(Target(name), SETTINGS).findings
        assert (finding.code, finding.line) == ("RI001", None)
        assert words in finding.message, finding.message


def test_a_file_that_may_not_be_read_is_a_finding(tmp_path, monkeypatch):
    """Tests may run as root, who may read everything."""
    (tmp_path / "net.toml").write_text(TEXT)

    def shut(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", shut)
    (finding,) = check_file(Target(str(tmp_path / "net.toml")), SETTINGS).findings
    assert (finding.code, finding.message) == ("RI001", "cannot be read: permission denied")


def test_a_problem_comes_with_the_way_out():
    (finding,) = checked('base = "resnt18"\n').findings
    assert "resnet18" in finding.message + finding.hint
    (finding,) = checked('base = "resnet18"\nstage_block = [2]\n').findings
    assert "did you mean" in finding.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('base = "resnet18"\nstage_block = [2]\n', "stage_block: unknown field"),
        ('block = "basic"\n', "stage_blocks: missing: blocks in each stage, conv2_x first"),
        ('base = "resnet18"\n[expect]\ninputs = [[3, 0, 1]]\n', "expect.inputs[0][1]: must be at least 1, found 0"),
        ("a = ", "not valid TOML: "),
    ],
)
def test_the_message_of_a_problem_names_its_field(text, message):
    """It stands alone in an annotation and where few words are asked for."""
    (finding,) = checked(text).findings
    assert finding.message.startswith(message)


ODD = 'base = "resnet50"\nanti_alias = "avg"\ninput_size = [200, 200]\n[expect]\n'
UNJUDGED = "output_stride = 32\nmacs = 3\ninputs = [[3, 224, 224], [3, 200, 200], [3, 232, 232]]\n"


@pytest.mark.parametrize(
    ("silence", "line", "codes", "unjudged", "ignored"),
    [
        ("", "", ["RI101", "RI211"], ["output_stride", "macs", "inputs[1]"], 0),
        ("", "# resnet-inspect: ignore[RI203]", ["RI101", "RI211"], ["output_stride", "inputs[1]"], 1),
        ("# resnet-inspect: ignore[RI101]\n", "", ["RI002", "RI211"], ["output_stride", "macs", "inputs[1]"], 1),
        ("# resnet-inspect: ignore[RI101,RI207,RI203]\n", "", ["RI002", "RI211"], ["inputs[1]"], 3),
        ("# resnet-inspect: ignore[RI2]\n", "", ["RI101"], [], 4),
    ],
)
def test_a_forward_that_fails_is_told_once(silence, line, codes, unjudged, ignored):
    """With the expectations that were not judged for it; by RI002, where the rule with the reason is silenced."""
    text = silence + ODD + UNJUDGED.replace("macs = 3", f"macs = 3 {line}")
    rules = [RULES[code] for code in ("RI002", "RI101", "RI203", "RI207", "RI211")]
    result = checked(text, *rules)
    assert [finding.code for finding in result.findings] == codes
    assert [list(finding.unjudged) for finding in result.findings] == [
        [f"expect.{field}" for field in unjudged], *([] for _ in codes[1:])
    ]  # fmt: skip
    assert result.ignored == ignored
    assert not any("1×3×" in finding.message for finding in result.findings)


def test_a_failure_without_branches_is_told_once_too():
    text = 'base = "resnetblur50"\ninput_size = [16, 16]\n[expect]\nmacs = 3\noutput_shape = [1]\n'
    (found,) = checked(text, RULES["RI203"], RULES["RI206"]).findings
    assert (found.code, found.unjudged) == ("RI002", ("expect.macs", "expect.output_shape"))


def test_what_was_judged_is_not_put_together():
    text = 'base = "resnet18"\n[expect]\nmacs = 3\noutput_shape = [1]\ninputs = [[4, 224, 224], [5, 224, 224]]\n'
    found = checked(text, *(RULES[code] for code in ("RI203", "RI206", "RI211"))).findings
    assert [finding.code for finding in found] == ["RI203", "RI206", "RI211", "RI211"]
    assert [finding.unjudged for finding in found] == [()] * 4


def test_a_folder_that_cannot_be_listed():
    result = closed_folder(("configs", "Permission \x1b denied"))
    assert (result.path, result.ok) == ("configs", False)
    assert result.findings[0].message == r"cannot be listed: permission \x1b denied"


def breaking(code: str, error: Exception) -> Rule:
    def find(_: object) -> None:
        raise error

    return replace(saying(code), find=find)


def test_a_rule_that_breaks_leaves_the_others_their_say():
    result = checked(TEXT, breaking("RI100", ZeroDivisionError("no \x1b[31mway")), SIZE)
    fault, size = result.findings
    assert fault.code == "RI003"
    assert (
        fault.message == r"the check did not finish: a bug in resnet-inspect (RI100): ZeroDivisionError: no \x1b[31mway"
    )
    assert size.code == "RI101"
    assert "Traceback" in result.fault
    assert "find" in result.fault


def test_memory_that_runs_out_is_no_fault_of_ours():
    result = checked(TEXT, breaking("RI100", MemoryError()), SIZE)
    assert [finding.message for finding in result.findings] == ["the check did not finish: memory ran out", "odd"]
    assert result.fault == ""


@pytest.mark.parametrize(
    ("error", "is_fault"), [(MemoryError(), False), (RecursionError(), True), (KeyError("x"), True)]
)
def test_a_net_that_cannot_be_built_is_a_finding(monkeypatch, error, is_fault):
    def gather(*_: object) -> None:
        raise error

    monkeypatch.setattr(judge, "gather", gather)
    result = checked(TEXT, SIZE)
    assert [finding.code for finding in result.findings] == ["RI003"]
    assert bool(result.fault) is is_fault


def test_standard_input_without_a_name():
    result = check_file(Target("<stdin>", b'{"base": "resnet18"}'), SETTINGS)
    assert (result.path, result.model, result.ok) == ("<stdin>", "stdin", True)


@pytest.mark.parametrize(
    ("text", "column", "end"),
    [
        ("depth = 50  # many", 9, 11),
        ("depth = 50", 1, 6),
        ('base = "a # b" # c', 8, 15),
        (r'base = "a \" b" # c', 8, 16),
        ("base = 'a # b' # c", 8, 15),
        ("x = [1, [2, 3], ']'] # c", 5, 21),
        ("x = [1, [2, 3],", 5, 16),
        ("x = [1, [2, 3],  ", 5, 16),
        ('x = {a = "}"}', 5, 14),
        ("[expect]", 2, 8),
        ("a: b, c", 4, 5),
        ("x = ", 5, None),
        ("x = #", 5, 6),
        ("x = 'open", 5, 10),
        ("x = 1", 99, None),
    ],
)
def test_where_a_value_ends(text, column, end):
    assert Lines(text).end(Position(1, column)) == end


def test_lines_are_as_they_stand():
    lines = Lines("a = 1\r\nb = 2\n" + "x" * 2000)
    assert [lines.text(Position(line, 1)) for line in (1, 2, 3, 4)] == ["a = 1", "b = 2", "", ""]
    assert lines.text(None) == Lines("a = 1").text(Position(0, 1)) == ""
    assert lines.end(Position(3, 5)) is None
