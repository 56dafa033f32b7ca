"""Signals that end the program: handled like Ctrl-C, so that partly written files are removed."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
"""Exit code that a shell reports for a program ended by SIGINT."""

ENDING = ("SIGTERM", "SIGHUP")
"""The signal with which a CI runner cancels a step, and that of a closed terminal, which Windows does not have."""


@dataclass(slots=True)
class Received:
    """The signal that was received.

    Attributes:
        number: number of the signal; 0 for none.
    """

    number: int = 0

    def exit_code(self, code: int) -> int:
        """Return the exit code of this signal if ``code`` is that of Ctrl-C; otherwise ``code``."""
        return 128 + self.number if self.number and code == INTERRUPTED else code

    def interrupt(self, number: int, _frame: FrameType | None) -> NoReturn:
        """Raise ``KeyboardInterrupt`` for a signal; a second one ends the process immediately."""
        signal.signal(number, signal.SIG_DFL)
        self.number = number
        raise KeyboardInterrupt


@contextmanager
def answered() -> Iterator[Received]:
    """Raise ``KeyboardInterrupt`` in the main thread for signals that would end the process immediately.

    Signals that are ignored, as under ``nohup``, stay ignored. In other threads, which cannot set handlers, nothing
    changes.
    """
    received = Received()
    in_main = threading.current_thread() is threading.main_thread()
    numbers = [getattr(signal, name) for name in ENDING if hasattr(signal, name)] if in_main else []
    ours = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, received.interrupt)
    try:
        yield received
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
