"""One file that cannot be read, or is no config: a finding for each problem."""

from __future__ import annotations

import os
import sys

import pytest
from judged import SETTINGS, TEXT, checked, places

from resnet_inspect.checking.judge import check_file, closed_folder, record_file
from resnet_inspect.checking.targets import Target


def test_what_is_to_be_locked_and_is_broken_is_told_as_in_a_check():
    broken = Target("net.toml", b"base = 3\n")
    recorded = record_file(broken, SETTINGS)
    assert places(recorded) == places(check_file(broken, SETTINGS)) == [("RI001", 1, 8, 9)]
    assert recorded.net is None


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


def test_a_folder_that_cannot_be_listed():
    result = closed_folder(("configs", "Permission \x1b denied"))
    assert (result.path, result.ok) == ("configs", False)
    assert result.findings[0].message == r"cannot be listed: permission \x1b denied"
