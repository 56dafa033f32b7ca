"""Standard output, standard error, and exit codes."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal, TextIO

from resnet_inspect.console.progress import clear
from resnet_inspect.errors import MissingPathsError, RequestError
from resnet_inspect.rendering.pen import Look
from resnet_inspect.text import sanitise

DONE, FINDINGS, WRONG_REQUEST, MODEL_FAILED, OUR_FAULT = 0, 1, 2, 3, 70
"""Exit codes; docs/reference/exit-codes.md explains each."""

_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m"}
_BOLD = "\x1b[1m"
_SIGNS = "→×⌊╎⊕÷"
"""Characters of our tables, one of each block of Unicode."""


def write_stdout(text: str) -> None:
    """Write a text to standard output and flush it; in ASCII if the encoding does not have all its characters.

    Raises:
        BrokenPipeError: if the reader has closed the pipe.
        RequestError: if it cannot be written for another reason, such as a full disk.
    """
    with _writing():
        sys.stdout.write(text if _takes(sys.stdout, text) else _in_ascii(text))
        sys.stdout.flush()


def write_stdout_bytes(text: str) -> None:
    """Write a text to standard output as UTF-8, independent of the encoding of the stream.

    Raises:
        BrokenPipeError, RequestError: see ``write_stdout``.
    """
    # A replacement of standard output, such as that of a notebook, may accept only text.
    binary = getattr(sys.stdout, "buffer", None)
    with _writing():
        if binary is None:
            sys.stdout.write(text)
        else:
            sys.stdout.flush()
            binary.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.flush()


@contextmanager
def _writing() -> Iterator[None]:
    clear()
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise RequestError(f"cannot write to standard output: {error.strerror}") from error


def _in_ascii(text: str) -> str:
    from resnet_inspect.rendering.pen import safe_ascii_drawing

    return "\n".join(map(safe_ascii_drawing, text.split("\n")))


def look_of(stream: TextIO) -> Look:
    """Return the look for a stream: width and colours of a terminal, neither for a pipe."""
    terminal = stream.isatty()
    return Look(
        width=shutil.get_terminal_size().columns if terminal else None,
        colour=wants_colour(stream),
        ascii_only=not _takes(stream, _SIGNS),
    )


def wants_colour(stream: TextIO) -> bool:
    """Return whether to use colours on a stream (see no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _takes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def log(label: Literal["error", "warning", "note", "skipped"], message: str) -> None:
    """Write a message to standard error, with control characters escaped.

    Errors of standard error, such as those of a full disk, are ignored; the exit code still tells.
    """
    if sys.stderr.closed:  # by the code of a model
        return
    clear()
    start, plain = (_COLOURS.get(label, _BOLD), "\x1b[0m") if wants_colour(sys.stderr) else ("", "")
    first, *others = message.splitlines() or [""]
    lines = [f"{start}{label}:{plain} {sanitise(first, 2000)}", *(f"  {sanitise(other, 2000)}" for other in others)]
    encoding = sys.stderr.encoding or "ascii"
    with suppress(OSError):
        for text in lines:
            sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def report_bug(traceback: str) -> int:
    """Ask the user to report a bug, with its traceback. Returns the exit code."""
    log("error", "this is a bug in resnet-inspect; please report it with the traceback below")
    with suppress(OSError, ValueError):  # see log
        sys.stderr.write(traceback)
    return OUR_FAULT


def exit_code(faults: tuple[str, ...], missing: MissingPathsError | None, *, ok: bool) -> int:
    """Log missing paths and bugs of a report on many files. Returns the exit code.

    Args:
        faults: tracebacks of bugs.
        missing: error for paths that do not exist.
        ok: ``True`` if the report is fine otherwise.
    """
    if missing is not None:
        log("error", str(missing))
    if faults:
        return report_bug(faults[0])
    if missing is not None:
        return WRONG_REQUEST
    return DONE if ok else FINDINGS
