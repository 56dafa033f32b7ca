"""A terminal to write to, and what it got."""

from __future__ import annotations

import os
import pty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr

WIPED = b"\x1b[?25h\r\x1b[1A\x1b[2K"
"""The cursor is back, and the line of the bar is empty."""


@contextmanager
def standard_error_on_a_terminal() -> Iterator[Callable[[], bytes]]:
    """Standard error is one; ``got()`` is what it got. In a test's body: pytest sets the stream before it."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    with os.fdopen(theirs, "w") as stream, redirect_stderr(stream), os.fdopen(ours, "rb", buffering=0) as reader:
        yield lambda: stream.flush() or b"".join(iter(lambda: reader.read(1 << 16), None))
