"""The entry point, and the only place where errors become exit codes."""

from __future__ import annotations

import errno
import gc
import os
import sys
import traceback
import warnings
from contextlib import suppress
from typing import Any, NoReturn, TextIO

import typer

from resnet_inspect.cli.app import app
from resnet_inspect.cli.output import DONE, MODEL_FAILED, WRONG_REQUEST, own_up, say
from resnet_inspect.cli.signals import INTERRUPTED, answered
from resnet_inspect.errors import ModelRunError, PartialRunWarning, RequestError

# typer bundles click or depends on it, release by release; these are click's UsageError and ClickException either way.
_CommandLineError: type[Any] = typer.BadParameter.__mro__[2]

GARBAGE_THRESHOLD = 200_000
"""New objects before Python looks for unreachable cycles; its own default is 700."""

PIPE_CLOSED = 141
"""What a shell reports for a program that SIGPIPE ended."""

_OUTPUT_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
"""Why a stream takes no more, such as a full disk."""


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    # Importing torch makes a million objects that stay; walking them again and again took an eighth of start-up.
    gc.set_threshold(GARBAGE_THRESHOLD)
    _replace_closed_streams()
    try:
        with answered() as signal:
            code = signal.exit_code(run(sys.argv[1:]))
        try:
            sys.stdout.flush()
        except OSError as error:
            code = _give_up_output(error, code)
    finally:
        _flush_standard_error()
    sys.exit(code)


def _replace_closed_streams() -> None:
    """Started with ``>&-``, Python has ``None`` in the place of a stream."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


def run(arguments: list[str]) -> int:  # noqa: PLR0911  # one for each kind of ending
    """Run one command; every error becomes a message on standard error and an exit code."""
    try:
        with warnings.catch_warnings(action="ignore", category=PartialRunWarning):  # emit says it
            result = app(arguments, prog_name="resnet-inspect", standalone_mode=False)
    except typer.Exit as leaving:
        return leaving.exit_code
    except _CommandLineError as error:
        with suppress(OSError):  # see say
            error.show()
        return WRONG_REQUEST
    except (RequestError, ModelRunError) as error:
        say("error", str(error))
        return WRONG_REQUEST if isinstance(error, RequestError) else MODEL_FAILED
    except SystemExit as leaving:  # click's answer to a closed pipe, with the code that means findings here
        if not isinstance(leaving.__context__, BrokenPipeError):
            raise
        return _give_up_output(leaving.__context__)
    except OSError as error:
        return _give_up_output(error) if _is_of_output(error) else _own_up()
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception:  # noqa: BLE001  # the last line of defence
        return _own_up()
    return result if isinstance(result, int) else DONE


def _own_up() -> int:
    return own_up(traceback.format_exc())


def _is_of_output(error: OSError) -> bool:
    """Whether a stream of ours raised it: an error of a file names the file."""
    return isinstance(error, BrokenPipeError) or (error.filename is None and error.errno in _OUTPUT_ERRORS)


def _give_up_output(error: OSError, code: int = DONE) -> int:
    """Standard output takes no more: discard the rest, so that Python does not complain when it flushes at its exit.

    Whoever read it and has left needs no word; a full disk does, unless it has been said (``code``).
    """
    _discard(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return PIPE_CLOSED
    if code == WRONG_REQUEST:
        return code
    say("error", f"cannot write to standard output: {error.strerror}")
    return WRONG_REQUEST


def _flush_standard_error() -> None:
    """Flush what is left, since Python would exit with 120 if it could not: the exit code has to tell what happened."""
    try:
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)
    except ValueError:  # code that was run has closed it
        pass


def _discard(stream: TextIO) -> None:
    """Let the rest of what is written to a stream go nowhere."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
