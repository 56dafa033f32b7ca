"""Run one case in this process as in a process of its own, and return what is seen of it as text."""

from __future__ import annotations

import io
import itertools
import os
import re
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import cases
import material

PREFIX = "recording-"
"""Begins the name of the folder that all others are in."""

ENVIRONMENT = {"TERM": "xterm-256color", "CI": "1", "HF_HUB_OFFLINE": "1", "COLUMNS": "80", "LINES": "50"}
"""``CI`` keeps lines about the progress away, which depend on the time."""

REMOVED = re.compile(r"GITHUB_.*|NO_COLOR|FORCE_COLOR|PY_COLORS|TERMINAL_WIDTH|PYTHON.*|_?TYPER_.*|TREE_UNDER_TEST")
"""Variables of the shell that change what is printed."""

REPLACED = (
    (re.compile(r'\btime="\d+\.\d{3}"'), 'time="<seconds>"'),
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "<address>"),
    (re.compile(r'( *File ").*?/resnet_inspect/.*\n.*\n(?: +[~^]+\n)?'), "  <somewhere in the package>\n"),
)
"""What differs between two recordings of one package."""

_EDIT = "# edit "
_EDITS = itertools.count()

_CONTROLS = {code: chr(0x2400 + code) for code in range(32) if code != 10}


class Terminal(io.TextIOWrapper):
    """A stream into memory, which a program takes for a terminal or for a pipe."""

    def __init__(self, face: cases.Face) -> None:
        super().__init__(io.BytesIO(), encoding=face.encoding, errors="strict", newline="")
        self._is_terminal = face.width is not None

    def isatty(self) -> bool:
        return self._is_terminal

    def text(self) -> str:
        """Return what was written."""
        self.flush()
        return self.buffer.getvalue().decode("utf-8", "backslashreplace")


def recorded(recording: cases.Recording, root: Path) -> str:
    """Return what the steps of a recording show; ``root`` has the folder of single cases, and room for others."""
    if recording.files is None:
        return _stepped(recording.steps, root / "models", titled=False)
    with tempfile.TemporaryDirectory(prefix="flow", dir=root) as folder:
        material.write(Path(folder), recording.files)
        return _stepped(recording.steps, Path(folder), titled=True)


def _stepped(steps: Iterable[cases.Step], folder: Path, *, titled: bool) -> str:
    parts = []
    for step in steps:
        if step.before is not None:
            step.before(folder)
        if step.arguments or not titled:
            parts += [f"--- {step.title}"] if titled else []
            parts.append(_run(step, folder))
        for name in step.show:
            path = folder / name
            parts.append(f"{name}:\n{_indented(path.read_text('utf-8'))}" if path.exists() else f"{name}: not there")
    return "\n".join(parts)


def _run(step: cases.Step, folder: Path) -> str:
    """Return exit code, standard output and standard error of one command, as text."""
    from resnet_inspect.cli.main import run

    out, err = Terminal(step.face), Terminal(step.face)
    stdin = io.TextIOWrapper(io.BytesIO(step.stdin.encode()), encoding="utf-8")
    environment = {"COLUMNS": str(step.face.width or 80), **step.environment}
    if not step.face.colour:
        environment["NO_COLOR"] = "1"
    with _process(folder / step.within, environment):
        streams = sys.stdin, sys.stdout, sys.stderr
        sys.stdin, sys.stdout, sys.stderr = stdin, out, err
        try:
            code: object = run(list(step.arguments))
        except BaseException as error:  # noqa: BLE001  # also what ends a process
            code = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
        finally:
            sys.stdin, sys.stdout, sys.stderr = streams
    streams_of = {"stdout": out.text(), "stderr": err.text()}
    said = [f"{name}:\n{_indented(text)}" for name, text in streams_of.items() if text]
    return "\n".join((f"exit {code}", *said))


def called(make: Callable[[], str], root: Path) -> str:
    """Return the text that a call makes, and what is printed meanwhile."""
    out, err = Terminal(cases.PIPE), Terminal(cases.PIPE)
    with _process(root / "models", {"NO_COLOR": "1"}):
        streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = out, err
        try:
            text = make()
        except Exception:  # noqa: BLE001  # recorded, and to be looked at
            text = traceback.format_exc()
        finally:
            sys.stdout, sys.stderr = streams
    printed = "".join(f"\nprinted:\n{_indented(each.text())}" for each in (out, err) if each.text())
    return _indented(text) + printed


@contextmanager
def _process(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Run the block as in a process of its own: its folder, its environment, and nothing left of what it imported."""
    path, variables, where = list(sys.path), dict(os.environ), Path.cwd()
    os.environ.update(environment)
    os.chdir(folder)
    for file in folder.glob("*.py"):  # code that has been edited is imported anew
        file.write_text(f"{file.read_text().partition(_EDIT)[0]}{_EDIT}{next(_EDITS):08}\n")
    try:
        with warnings.catch_warnings():
            yield
    finally:
        os.chdir(where)
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(variables)
        for name, module in list(sys.modules.items()):
            if PREFIX in str(getattr(module, "__file__", None)):
                del sys.modules[name]


@contextmanager
def plain_environment() -> Iterator[None]:
    """Run the block without the variables of the shell that change what is printed."""
    variables = dict(os.environ)
    for name in filter(REMOVED.fullmatch, variables):
        del os.environ[name]
    os.environ.update(ENVIRONMENT)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(variables)


def normalised(text: str, root: Path) -> str:
    """Return a text without what differs from one recording to the next."""
    import torch

    text = re.sub(re.escape(str(root)) + r"/(models|flow\w{8})", "<folder>", text)
    text = text.replace(torch.__version__, "<torch>")
    for pattern, replacement in REPLACED:
        text = pattern.sub(replacement, text)
    return text


def _indented(text: str) -> str:
    """Return a text with two spaces before each line, its control characters made visible."""
    lines = text.translate(_CONTROLS).split("\n")
    if lines[-1] == "":
        lines.pop()
    elif text:
        lines.append("(no line feed at the end)")
    return "\n".join(f"  {line}" for line in lines)
