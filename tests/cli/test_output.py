"""What goes to standard error: a label, in its colour where colours are wanted, and the message made safe."""

from __future__ import annotations

import pytest

from resnet_inspect.cli.output import say


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
