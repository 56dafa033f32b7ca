"""Where a report goes: standard output, in the shape that suits it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal, TextIO

from resnet_inspect.cli.options import OutputFormat
from resnet_inspect.cli.progress import clear
from resnet_inspect.errors import MissingPathsError, RequestError
from resnet_inspect.subjects import describe_failure
from resnet_inspect.text import sanitise
from resnet_inspect.trace.records import Failure

DONE, FINDINGS, WRONG_REQUEST, MODEL_FAILED, OUR_FAULT = 0, 1, 2, 3, 70
"""Exit codes; docs/reference/exit-codes.md explains each."""

_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m"}
_BOLD = "\x1b[1m"
_SIGNS = "→×⌊╎⊕÷"
"""Of the signs in our tables, some of each alphabet."""


def emit(report: Any, output_format: OutputFormat) -> int:
    """Write a report to standard output; say on standard error if its model failed. Returns the exit code."""
    from resnet_inspect.render.formats import render

    put_as(output_format.value, render(report, output_format.value, look_of(sys.stdout)))
    for note in _notes_of(report):
        say("note", note)
    failure: Failure | None = getattr(report, "failure", None)
    if failure is None:
        return DONE
    say("error", describe_failure(failure))
    return MODEL_FAILED


def _notes_of(report: Any) -> Iterator[str]:
    """What is to be known of how the models of a report ran."""
    for side in ("model", "left", "right"):
        yield from getattr(getattr(report, side, None), "notes", ())


def put_as(output_format: str, text: str) -> None:
    """Write a report to standard output: a table for people, and every other format as the bytes of its file."""
    if output_format == "table":
        put(text)
    else:
        put_file(text)


def put(text: str) -> None:
    """Write to standard output, all of it and at once; in ASCII where it does not take all of the characters.

    Raises:
        BrokenPipeError: if its reader has left.
        RequestError: if it cannot be written for another reason, such as a full disk.
    """
    with _writing():
        sys.stdout.write(text if _takes(sys.stdout, text) else _in_ascii(text))
        sys.stdout.flush()


def put_file(text: str) -> None:
    """Write what a program reads to standard output, as UTF-8 whatever the encoding of the stream.

    Raises:
        BrokenPipeError, RequestError: as ``put`` does.
    """
    # A stream that stands in for standard output may take text alone, as that of a notebook.
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
    from resnet_inspect.render.safe import safe_ascii_drawing

    return "\n".join(map(safe_ascii_drawing, text.split("\n")))


def look_of(stream: TextIO) -> Any:
    """Width and colours for a terminal; neither for a pipe. NO_COLOR and TERM=dumb turn colours off."""
    from resnet_inspect.render.formats import Look

    terminal = stream.isatty()
    return Look(
        width=shutil.get_terminal_size().columns if terminal else None,
        colour=wants_colour(stream),
        ascii_only=not _takes(stream, _SIGNS),
    )


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour what goes to ``stream``: see no-color.org."""
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


def say(label: Literal["error", "warning", "note", "skipped"], message: str) -> None:
    """Write to standard error, made safe, one line of it per line of the message.

    Where standard error takes nothing, such as on a full disk, the exit code has to say it all.
    """
    if sys.stderr.closed:  # by code that was run
        return
    clear()
    start, plain = (_COLOURS.get(label, _BOLD), "\x1b[0m") if wants_colour(sys.stderr) else ("", "")
    first, *others = message.splitlines() or [""]
    lines = [f"{start}{label}:{plain} {sanitise(first, 2000)}", *(f"  {sanitise(other, 2000)}" for other in others)]
    encoding = sys.stderr.encoding or "ascii"
    with suppress(OSError):
        for text in lines:
            sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def own_up(traceback: str) -> int:
    """Say that this program is at fault, and show where. Returns the exit code."""
    say("error", "this is a bug in resnet-inspect; please report it with the traceback below")
    with suppress(OSError, ValueError):  # see say
        sys.stderr.write(traceback)
    return OUR_FAULT


def exit_code(faults: tuple[str, ...], missing: MissingPathsError | None, *, ok: bool) -> int:
    """The exit code after the report of many files is written; what is worse than findings is said here."""
    if missing is not None:
        say("error", str(missing))
    if faults:
        return own_up(faults[0])
    if missing is not None:
        return WRONG_REQUEST
    return DONE if ok else FINDINGS
