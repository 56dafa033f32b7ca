"""Progress of slow commands on a terminal: a bar for many files, or a line that shows the current step.

Both appear on standard error after ``DELAY_S``, and are removed before anything else is written.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TypeVar

DELAY_S = 1.0
"""Seconds to wait before showing progress."""

INTERVAL_S = 0.25
"""Seconds between updates of the line."""

_STEPS = {
    "pdb": "",
    "resnet_inspect.configs.files": "",
    "importlib": "importing",
    "resnet_inspect.checking": "checking",
    "resnet_inspect.tracing": "tracing",
    "resnet_inspect.anatomy.compare": "comparing",
    "resnet_inspect.anatomy": "dissecting",
    "resnet_inspect.checkpoints.convert": "writing weights",
    "resnet_inspect.checkpoints": "reading weights",
    "resnet_inspect.rendering": "writing the report",
    "resnet_inspect.sources": "building",
}
"""Module or package on the call stack -> the current step. If several are on the stack, the first one here counts.
Empty if the user may be typing: a config on standard input, or commands for a debugger."""

Item = TypeVar("Item")


def watched(items: Iterator[Item], total: int) -> Iterator[Item]:
    """Yield ``items``; if they take long and standard error is a terminal, a bar shows how many are done."""
    if not _is_watched():
        yield from items
        return
    start = time.monotonic()
    for come, item in enumerate(items, start=1):
        yield item
        if come < total and time.monotonic() - start > DELAY_S:
            clear()
            yield from _with_bar(items, come, total)


def _is_watched() -> bool:
    """Return whether standard error is a terminal, and not that of a CI system, which would keep all updates."""
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
    """Show the current step of the calling thread on a terminal, until the block ends or ``clear`` is called."""
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
    """Remove the line from the terminal for good, before something else is written."""
    while _lines:
        _lines.pop().end()


class _Line:
    """A line on the terminal, written by a thread of its own that watches the thread that made it."""

    def __init__(self) -> None:
        self._worker = threading.get_ident()
        self._start = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        with suppress(OSError):  # the terminal may be gone
            if not self._over.wait(DELAY_S):
                while not self._over.is_set():
                    self._show()
                    self._over.wait(INTERVAL_S)

    def _show(self) -> None:
        """Show the line from the first known step to the end, or until the user may be typing."""
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
            redirect_stdout=False,  # other output goes to its own stream
            redirect_stderr=False,
        ) as progress:
            task = progress.add_task(step)
            while step and not self._over.is_set():
                progress.update(task, description=f"{step}, {time.monotonic() - self._start:.0f} s", refresh=True)
                self._over.wait(INTERVAL_S)
                now = self._step()
                step = step if now is None else now

    def _step(self) -> str | None:
        return step_of(sys._current_frames().get(self._worker))


def step_of(frame: FrameType | None) -> str | None:
    """Return the current step of a thread by its call stack; ``None`` if it is unknown."""
    at_work: set[str] = set()
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        while module:
            at_work.add(module)
            module = module.rpartition(".")[0]
        frame = frame.f_back
    return next((step for module, step in _STEPS.items() if module in at_work), None)


_lines: list[_Line] = []
"""The line, if there is one."""
