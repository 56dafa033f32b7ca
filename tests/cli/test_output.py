"""What goes to standard error: a label, in its colour where colours are wanted, and the message made safe."""

from __future__ import annotations

import pytest

from resnet_inspect.cli.output import exit_code, own_up, say
from resnet_inspect.errors import MissingPathsError


@pytest.mark.parametrize(("label", "colour"), [("error", "1;31"), ("warning", "1;33"), ("note", "1"), ("skipped", "1")])
def test_a_label_has_its_colour(capsys, monkeypatch, label, colour):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    say(label, "first\nsecond")
    assert capsys.readouterr() == ("", f"\x1b[{colour}m{label}:\x1b[0m first\n  second\n")


def test_a_pipe_gets_no_colour_and_no_control_characters(capsys, monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    say("error", "a\x1b[2Jb")
    said = capsys.readouterr().err
    assert said.startswith("error: a")
    assert "\x1b" not in said


def test_a_fault_is_shown_and_a_full_disk_does_not_hide_its_code(capsys, monkeypatch):
    def full(_: str) -> int:
        raise OSError(28, "No space left on device")

    assert own_up("Traceback\n") == 70
    assert capsys.readouterr().err.endswith("please report it with what follows\nTraceback\n")
    monkeypatch.setattr("sys.stderr.write", full)
    assert own_up("Traceback\n") == 70


@pytest.mark.parametrize(
    ("faults", "missing", "ok", "code"),
    [((), False, True, 0), ((), False, False, 1), ((), True, True, 2), (("Trace",), True, False, 70)],
)
def test_of_several_endings_the_worst_is_the_exit_code(faults, missing, ok, code):
    gone = MissingPathsError(("nowhere.toml",), None) if missing else None
    assert exit_code(faults, gone, ok=ok) == code
