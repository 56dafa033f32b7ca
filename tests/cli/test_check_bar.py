"""The bar that ``check`` shows: on a terminal alone, if it takes long, and gone in the end."""

from __future__ import annotations

import os
import pty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr

import pytest

from resnet_inspect.cli import progress


@contextmanager
def standard_error_on_a_terminal() -> Iterator[Callable[[], bytes]]:
    """Standard error is one; ``got()`` is what it got. In a test's body: pytest sets the stream before it."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    with os.fdopen(theirs, "w") as stream, redirect_stderr(stream), os.fdopen(ours, "rb", buffering=0) as reader:
        yield lambda: stream.flush() or b"".join(iter(lambda: reader.read(1 << 16), None))


@pytest.fixture
def no_patience(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")


WIPED = b"\x1b[?25h\r\x1b[1A\x1b[2K"
"""The cursor is back, and the line of the bar is empty."""


def test_a_terminal_sees_a_bar_if_it_takes_long_and_then_no_more(no_patience):
    del no_patience
    with standard_error_on_a_terminal() as got:
        assert list(progress.watched(iter(range(6)), 6)) == list(range(6))
        said = got()
    assert b"checking" in said
    assert b"6/6" in said
    assert said.endswith(WIPED)


def test_a_bar_starts_with_what_has_come(no_patience):
    del no_patience
    with standard_error_on_a_terminal() as got:
        items = progress.watched(iter(range(6)), 6)
        assert [next(items), next(items)] == [0, 1]
        assert b"1/6" in got()
        items.close()
        assert got().endswith(WIPED)


def test_a_terminal_sees_nothing_of_what_is_soon_done():
    with standard_error_on_a_terminal() as got:
        assert list(progress.watched(iter(range(6)), 6)) == list(range(6))
        assert got() == b""


def test_the_command_shows_the_bar(command, folder, no_patience):
    del folder, no_patience
    with standard_error_on_a_terminal() as got:
        assert command("check", "broken.toml", "other.toml", "broken.toml/x").code == 2
        assert b"1/2" in got()


def test_a_pipe_sees_no_bar(capsys, no_patience):
    del no_patience
    assert list(progress.watched(iter(range(6)), 6)) == list(range(6))
    assert capsys.readouterr() == ("", "")
