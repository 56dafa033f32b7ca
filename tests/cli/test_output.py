"""What goes to standard error: a label, in its colour where colours are wanted, and the message made safe."""

from __future__ import annotations

import io
import sys

import pytest

from resnet_inspect.console.output import exit_code, log, report_bug, write_stdout, write_stdout_bytes
from resnet_inspect.errors import MissingPathsError


@pytest.mark.parametrize(("label", "colour"), [("error", "1;31"), ("warning", "1;33"), ("note", "1"), ("skipped", "1")])
def test_a_label_has_its_colour(capsys, monkeypatch, label, colour):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    log(label, "first\nsecond")
    assert capsys.readouterr() == ("", f"\x1b[{colour}m{label}:\x1b[0m first\n  second\n")


def test_a_pipe_gets_no_colour_and_no_control_characters(capsys, monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    log("error", "a\x1b[2Jb")
    said = capsys.readouterr().err
    assert said.startswith("error: a")
    assert "\x1b" not in said


def test_a_fault_is_shown_and_a_full_disk_does_not_hide_its_code(capsys, monkeypatch):
    def full(_: str) -> int:
        raise OSError(28, "No space left on device")

    assert report_bug("Traceback\n") == 70
    assert capsys.readouterr().err.endswith("please report it with the traceback below\nTraceback\n")
    monkeypatch.setattr("sys.stderr.write", full)
    assert report_bug("Traceback\n") == 70


@pytest.mark.parametrize(
    ("faults", "missing", "ok", "code"),
    [((), False, True, 0), ((), False, False, 1), ((), True, True, 2), (("Trace",), True, False, 70)],
)
def test_of_several_endings_the_worst_is_the_exit_code(faults, missing, ok, code):
    gone = MissingPathsError(("nowhere.toml",)) if missing else None
    assert exit_code(faults, gone, ok=ok) == code


@pytest.fixture
def stream(monkeypatch):
    """``stream("cp1252")`` stands in for standard output, and gives what has been written, as bytes."""

    def stand_in(encoding):
        written = io.BytesIO()
        monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding, newline=""))
        return written.getvalue

    return stand_in


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "a → ü\n└─b\n"),
        ("ascii", "a > \\xfc\n+-b\n"),
        ("cp1252", "a > \\xfc\n+-b\n"),
        ("utf-16", "a → ü\n└─b\n"),
    ],
)
def test_people_get_what_their_stream_takes(stream, encoding, text):
    written = stream(encoding)
    write_stdout("a → ü\n└─b\n")
    assert written().decode(encoding) == text


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252", "utf-16"])
def test_programs_get_utf_8(stream, encoding):
    written = stream(encoding)
    write_stdout_bytes("a → ü \udc80\n")
    assert written() == "a → ü \\udc80\n".encode()


def test_what_was_written_before_stays_before(stream):
    written = stream("utf-8")
    sys.stdout.write("first ")
    write_stdout_bytes("second")
    write_stdout(" third")
    assert written() == b"first second third"


def test_a_stream_may_take_text_alone(monkeypatch):
    text = io.StringIO()
    monkeypatch.setattr("sys.stdout", text)
    write_stdout_bytes("a → b\n")
    assert text.getvalue() == "a → b\n"
