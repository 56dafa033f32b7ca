"""What a terminal sees while a command takes its time: a bar over many files, or a line that says what is going on.

Either appears on standard error, after a second, and is gone before anything else is written.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TypeVar

PATIENCE = 1.0
"""Seconds to wait before showing anything."""

PAUSE = 0.25
"""Seconds between two looks at what is going on."""

_STEPS = {
    "pdb": "",
    "resnet_inspect.config.files": "",
    "importlib": "importing",
    "resnet_inspect.checks": "checking",
    "resnet_inspect.trace": "tracing",
    "resnet_inspect.anatomy.compare": "comparing",
    "resnet_inspect.anatomy": "dissecting",
    "resnet_inspect.checkpoints.convert": "writing weights",
    "resnet_inspect.checkpoints": "reading weights",
    "resnet_inspect.render": "writing the report",
    "resnet_inspect.reports": "writing the report",
    "resnet_inspect.sources": "building",
}
"""Module or package at work -> what it does, in a word; of several that call each other, the first one here counts.
Empty where somebody may be typing: a config on standard input, or the commands of a debugger."""

Item = TypeVar("Item")


def watched(items: Iterator[Item], total: int) -> Iterator[Item]:
    """Pass ``items`` on; if they take their time, a bar on standard error shows how many have come, and then goes.

    Only a terminal gets it.
    """
    if not _is_watched():
        yield from items
        return
    start = time.monotonic()
    for come, item in enumerate(items, start=1):
        yield item
        if come < total and time.monotonic() - start > PATIENCE:
            clear()
            yield from _with_bar(items, come, total)


def _is_watched() -> bool:
    """Return whether standard error is a terminal, and not that of a CI system, which keeps all that is written."""
    return sys.stderr.isatty() and not os.environ.get("CI")


def _with_bar(items: Iterator[Item], come: int, total: int) -> Iterator[Item]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total, completed=come)
        for item in items:
            progress.advance(task)
            yield item


@contextmanager
def progress_line() -> Iterator[None]:
    """Show on a terminal what the calling thread is doing, if that takes long, until the block ends or ``clear``."""
    if not _is_watched():
        yield
        return
    line = _Line()
    _lines.append(line)
    try:
        yield
    finally:
        clear()


def clear() -> None:
    """Take the line off the terminal for good, since something else is about to be written."""
    while _lines:
        _lines.pop().end()


class _Line:
    """A line on the terminal, written by a thread that looks at what the one that made it is doing."""

    def __init__(self) -> None:
        self._worker = threading.get_ident()
        self._start = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _tell(self) -> None:
        with suppress(OSError):  # the terminal may be gone
            if not self._over.wait(PATIENCE):
                while not self._over.is_set():
                    self._show()
                    self._over.wait(PAUSE)

    def _show(self) -> None:
        """Show the line from the first word for what goes on to the end, or until somebody may be typing."""
        step = self._step()
        if not step:
            return
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn

        with Progress(
            SpinnerColumn("line"),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,  # what is printed meanwhile stays with the stream that it was meant for
            redirect_stderr=False,
        ) as progress:
            task = progress.add_task(step)
            while step and not self._over.is_set():
                progress.update(task, description=f"{step}, {time.monotonic() - self._start:.0f} s", refresh=True)
                self._over.wait(PAUSE)
                now = self._step()
                step = step if now is None else now

    def _step(self) -> str | None:
        return step_of(sys._current_frames().get(self._worker))


def step_of(frame: FrameType | None) -> str | None:
    """Say in a word what a thread is doing, by the calls that it is in; ``None`` if there is no word for them."""
    at_work: set[str] = set()
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        while module:
            at_work.add(module)
            module = module.rpartition(".")[0]
        frame = frame.f_back
    return next((step for module, step in _STEPS.items() if module in at_work), None)


_lines: list[_Line] = []
"""The line that is shown or about to be, if any."""
