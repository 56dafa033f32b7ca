"""Signals that end a program: whatever was being written goes away, and the exit code is the one that a shell reports."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading

import pytest
from checkpoints.styled_names import tensors
from checkpoints.weight_files import write_safetensors

from resnet_inspect.cli import main
from resnet_inspect.cli.signals import Received, answered

HANDLED = [signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def ended(tmp_path, monkeypatch, capsys):
    """Run a command, as the console script does, and send a signal as soon as it has written all of a file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)
    (tmp_path / "net.toml").write_text('base = "resnet18"\n')
    write_safetensors(tmp_path / "w.safetensors", tensors("resnet18"))

    def execute(number, *arguments):
        monkeypatch.setattr(sys, "argv", ["resnet-inspect", *arguments])
        monkeypatch.setattr(os, "fsync", lambda _: signal.raise_signal(number))
        with pytest.raises(SystemExit) as left:
            main.main()
        assert "Traceback" not in capsys.readouterr().err
        return left.value.code

    return execute


WRITING = {
    "weights": ["weights", "resnet18", "w.safetensors", "--convert", "out.safetensors"],
    "check": ["check", "net.toml", "--output", "report.json", "--format", "json"],
    "lock": ["lock", "net.toml"],
}


@pytest.mark.parametrize("number", [signal.SIGINT, *HANDLED], ids=lambda number: number.name)
@pytest.mark.parametrize("arguments", WRITING.values(), ids=WRITING)
def test_nothing_half_written_is_left(ended, tmp_path, arguments, number):
    before = sorted(tmp_path.iterdir())
    assert ended(number, *arguments) == 128 + number
    assert sorted(tmp_path.iterdir()) == before


def test_afterwards_every_signal_does_what_it_did(ended):
    before = {number: signal.getsignal(number) for number in HANDLED}
    ended(signal.SIGTERM, *WRITING["lock"])
    assert {number: signal.getsignal(number) for number in HANDLED} == before


@pytest.mark.parametrize("number", HANDLED, ids=lambda number: number.name)
@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda *_: None], ids=["ignored", "somebody's own"])
def test_a_signal_that_ends_nothing_is_left_alone(number, handler):
    before = signal.signal(number, handler)
    try:
        with answered():
            assert signal.getsignal(number) is handler
            signal.raise_signal(number)
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", HANDLED, ids=lambda number: number.name)
def test_the_second_one_ends_the_process_as_ever(number):
    with answered():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_DFL


def test_a_command_that_was_done_already_keeps_its_exit_code():
    assert [Received(signal.SIGTERM).exit_code(code) for code in (0, 1, 2, 130)] == [0, 1, 2, 143]
    assert Received().exit_code(130) == 130


def test_another_thread_sets_no_handler():
    """It could not: Python refuses it."""
    found = []

    def work():
        with answered():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.SIG_DFL]


def test_the_guards_around_code_of_others_let_it_through(command, tmp_path):
    """They make errors of all else that it raises."""
    code = tmp_path / "theirs.py"
    code.write_text("import signal\nsignal.raise_signal(signal.SIGTERM)\n")
    with answered() as received:
        assert command("layers", f"{code}:net").code == 130
    assert received.number == signal.SIGTERM
