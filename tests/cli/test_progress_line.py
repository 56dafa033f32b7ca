"""The line that says what goes on: on a terminal alone, if it takes long, and gone before anything else is written."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest
from terminal import WIPED, standard_error_on_a_terminal

import resnet_inspect as ri
from resnet_inspect.console import output, progress


def within(*modules):
    """Call a function from one in the last of these modules, which is called from one in the module before, and so on."""

    def wrapped(work):
        for module in reversed(modules):
            place = {"__name__": module, "work": work}
            exec("def call(): return work()", place)
            work = place["call"]
        return work()

    return wrapped


def until(got, *words):
    """Work until the terminal has said these words, each after the other; return what it got."""
    said, end = b"", time.monotonic() + 60
    for word in words:
        while word not in said:
            assert time.monotonic() < end, said
            said += got()
    return said


@pytest.mark.parametrize(
    ("modules", "word"),
    [
        (["resnet_inspect.sources.running"], "building"),
        (["resnet_inspect.sources.running", "torch.nn", "resnet_inspect.tracing.recorder"], "tracing"),
        (["resnet_inspect.tracing.recorder", "resnet_inspect.model.resnet", "torch"], "tracing"),
        (["resnet_inspect.pipeline", "importlib._bootstrap", "torch"], "importing"),
        (["resnet_inspect.anatomy.dissect"], "dissecting"),
        (["resnet_inspect.commands.compare.report", "resnet_inspect.anatomy.compare"], "comparing"),
        (["resnet_inspect.checking.judge", "resnet_inspect.tracing.recorder"], "checking"),
        (["resnet_inspect.checkpoints.read"], "reading weights"),
        (["resnet_inspect.checkpoints.convert", "resnet_inspect.checkpoints.read"], "writing weights"),
        (["resnet_inspect.rendering.html"], "writing the report"),
        (["resnet_inspect.tracing.recorder", "mine", "pdb", "cmd"], ""),
        (["resnet_inspect.sources.resolve", "resnet_inspect.configs.files"], ""),
        (["resnet_inspected.trace", "tracery"], None),
    ],
)
def test_what_goes_on_is_seen_by_who_is_at_work(modules, word):
    this = sys.modules[__name__].__name__
    found = within(*modules)(lambda: progress.step_of(_below(this)))
    assert found == word


def _below(module):
    """The innermost call that is not in this module: pytest's own import machinery may be among the outer ones."""
    frame = sys._getframe()
    while frame.f_globals["__name__"] == module:
        frame = frame.f_back
    return frame


def test_every_module_that_has_a_word_is_there():
    package = Path(progress.__file__).parent.parent
    ours = [name for name in progress._STEPS if name.startswith("resnet_inspect.")]
    paths = [package.joinpath(*name.split(".")[1:]) for name in ours]
    assert all(path.is_dir() or path.with_suffix(".py").is_file() for path in paths)


def test_a_terminal_sees_what_goes_on_and_then_no_more(no_patience):
    del no_patience
    with standard_error_on_a_terminal() as got:
        with progress.progress_line():
            said = within("resnet_inspect.tracing.recorder")(lambda: until(got, b"tracing, "))
            said += within("resnet_inspect.anatomy.dissect")(lambda: until(got, b"dissecting, "))
        assert (said + got()).endswith(WIPED)


def test_while_somebody_may_be_typing_the_line_is_gone(no_patience):
    del no_patience
    with standard_error_on_a_terminal() as got, progress.progress_line():
        within("resnet_inspect.tracing.recorder")(lambda: until(got, b"tracing"))
        assert within("pdb")(lambda: until(got, WIPED)).endswith(WIPED)
        within("resnet_inspect.tracing.recorder")(lambda: until(got, b"tracing"))


@pytest.mark.parametrize(
    "write", [lambda: output.write_stdout("x"), lambda: output.write_stdout_bytes("x"), lambda: output.log("note", "x")]
)
def test_it_is_gone_before_anything_else_is_written(no_patience, capsys, write):
    """And does not come back."""
    del no_patience
    with standard_error_on_a_terminal() as got, progress.progress_line():
        within("resnet_inspect.tracing.recorder")(lambda: until(got, b"tracing"))
        write()
        said = got()
    assert said.partition(WIPED)[2] in {b"", b"\x1b[1mnote:\x1b[0m x\r\n"}
    assert capsys.readouterr().out in {"x", ""}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_it_is_gone_when_the_work_is_broken_off(no_patience, error):
    del no_patience
    with standard_error_on_a_terminal() as got:
        with pytest.raises(error), progress.progress_line():
            break_off(got, error)
        assert got().endswith(WIPED)


def break_off(got, error):
    within("resnet_inspect.tracing.recorder")(lambda: until(got, b"tracing"))
    raise error


def test_a_terminal_sees_nothing_of_what_is_soon_done(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with standard_error_on_a_terminal() as got:
        with progress.progress_line():
            pass
        assert got() == b""


def test_a_pipe_sees_nothing(no_patience, capsys):
    del no_patience
    with progress.progress_line():
        assert progress._lines == []
    assert capsys.readouterr() == ("", "")


def test_a_ci_system_sees_nothing_on_its_terminal(no_patience, monkeypatch):
    del no_patience
    monkeypatch.setenv("CI", "true")
    with standard_error_on_a_terminal() as got:
        with progress.progress_line():
            assert progress._lines == []
        assert list(progress.watched(iter(range(6)), 6)) == list(range(6))
        assert got() == b""


def test_a_terminal_that_cannot_take_a_line_back_sees_none(no_patience, monkeypatch):
    del no_patience
    monkeypatch.setenv("TERM", "dumb")
    with standard_error_on_a_terminal() as got:
        with progress.progress_line():
            within("resnet_inspect.tracing.recorder")(lambda: asked_often(monkeypatch))
        assert got().strip() == b""


def asked_often(monkeypatch):
    """Work until the line has been about to change a few times."""
    asked = []
    step_of = progress.step_of
    monkeypatch.setattr(progress, "INTERVAL_S", 0.0)
    monkeypatch.setattr(progress, "step_of", lambda frame: asked.append(1) or step_of(frame))
    while len(asked) < 5:
        pass


@pytest.mark.parametrize("ending", ["a report", "Ctrl-C"])
def test_every_command_tells(command, no_patience, monkeypatch, ending):
    del no_patience
    work = ri.layers

    def slow(*arguments, **named):
        within("resnet_inspect.tracing.recorder")(lambda: until(got, b"tracing"))
        if ending == "Ctrl-C":
            signal.raise_signal(signal.SIGINT)
        return work(*arguments, **named)

    monkeypatch.setattr("resnet_inspect.commands.layers.layers", slow)
    with standard_error_on_a_terminal() as got:
        done = command("layers", "resnet18")
        assert got().endswith(WIPED)
    assert (done.code, done.out == "") == ((130, True) if ending == "Ctrl-C" else (0, False))
    assert "tracing" not in done.out
