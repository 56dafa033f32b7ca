"""Signals that end a program, answered as Ctrl-C is, so that what is half written goes away."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
"""What a shell reports for a program that SIGINT ended."""

ENDING = ("SIGTERM", "SIGHUP")
"""How a CI runner cancels a step, and what a terminal sends when it is closed. Windows has no SIGHUP."""


@dataclass(slots=True)
class Received:
    """The signal that was answered.

    Attributes:
        number: the signal; 0 for none.
    """

    number: int = 0

    def exit_code(self, code: int) -> int:
        """Return what a shell reports for this signal in place of what it reports for Ctrl-C; else ``code``."""
        return 128 + self.number if self.number and code == INTERRUPTED else code

    def interrupt(self, number: int, _frame: FrameType | None) -> NoReturn:
        """Handle a signal: raise what Ctrl-C raises, and let a second one end the process on the spot."""
        signal.signal(number, signal.SIG_DFL)
        self.number = number
        raise KeyboardInterrupt


@contextmanager
def answered() -> Iterator[Received]:
    """Raise ``KeyboardInterrupt`` in the main thread for a signal that would have ended the process on the spot.

    A signal that is ignored, as under ``nohup``, stays ignored. Afterwards all is as before. In other threads, which
    cannot set handlers, nothing changes.
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
