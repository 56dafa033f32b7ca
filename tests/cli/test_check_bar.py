"""The bar that ``check`` shows: on a terminal alone, if it takes long, and gone in the end."""

from __future__ import annotations

from terminal import WIPED, standard_error_on_a_terminal

from resnet_inspect.console import progress


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
