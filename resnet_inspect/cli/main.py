"""The entry point, and the only place where errors become exit codes."""

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
from resnet_inspect.cli.signals import INTERRUPTED, answered
from resnet_inspect.console.output import DONE, MODEL_FAILED, WRONG_REQUEST, log, report_bug
from resnet_inspect.errors import ModelRunError, PartialRunWarning, RequestError

# Some releases of typer depend on click, others contain it; this is click's ClickException in both cases.
_CommandLineError: type[Any] = typer.BadParameter.__mro__[2]

GARBAGE_THRESHOLD = 200_000
"""New objects after which Python looks for unreachable cycles; the default is 700."""

PIPE_CLOSED = 141
"""Exit code that a shell reports for a program ended by SIGPIPE."""

_OUTPUT_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
"""Codes of errors of an output stream, such as those of a full disk."""


def main() -> NoReturn:
    """Run the command line and exit with its exit code."""
    # Importing torch makes a million objects; traversing them repeatedly took an eighth of start-up.
    gc.set_threshold(GARBAGE_THRESHOLD)
    if "_RESNET_INSPECT_COMPLETE" in os.environ:
        # typer imports rich to take markup out of what zsh and fish show next to a value; no text here has any.
        sys.modules["rich"] = None  # type: ignore[assignment]  # it cannot be imported then, as Python's reference says
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
    """Replace a stream that is ``None``, because the program was started with ``>&-``."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


def run(arguments: list[str]) -> int:  # noqa: PLR0911  # one return for each kind of error
    """Run a command, and turn every error into a message on standard error and an exit code."""
    try:
        with warnings.catch_warnings(action="ignore", category=PartialRunWarning):  # reports show the failure
            result = app(arguments, prog_name="resnet-inspect", standalone_mode=False)
    except typer.Exit as leaving:
        return leaving.exit_code
    except _CommandLineError as error:
        with suppress(OSError):  # see log
            error.show()
        return WRONG_REQUEST
    except (RequestError, ModelRunError) as error:
        log("error", str(error))
        return WRONG_REQUEST if isinstance(error, RequestError) else MODEL_FAILED
    except SystemExit as leaving:  # click's answer to a closed pipe, with the code that means findings here
        if not isinstance(leaving.__context__, BrokenPipeError):
            raise
        return _give_up_output(leaving.__context__)
    except OSError as error:
        return _give_up_output(error) if _is_of_output(error) else report_bug(traceback.format_exc())
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception:  # noqa: BLE001  # the last line of defence
        return report_bug(traceback.format_exc())
    return result if isinstance(result, int) else DONE


def _is_of_output(error: OSError) -> bool:
    """Return whether an error comes from an output stream; errors of files have a file name."""
    return isinstance(error, BrokenPipeError) or (error.filename is None and error.errno in _OUTPUT_ERRORS)


def _give_up_output(error: OSError, code: int = DONE) -> int:
    """Discard what is left for standard output, so that Python does not fail to flush it at exit.

    Args:
        error: error of standard output. A closed pipe is not reported.
        code: exit code so far; ``WRONG_REQUEST`` if the error has been reported.

    Returns:
        The exit code.
    """
    _discard(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return PIPE_CLOSED
    if code == WRONG_REQUEST:
        return code
    log("error", f"cannot write to standard output: {error.strerror}")
    return WRONG_REQUEST


def _flush_standard_error() -> None:
    """Flush standard error, because Python would exit with 120 if that failed at exit."""
    try:
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)
    except ValueError:  # closed by the code of a model
        pass


def _discard(stream: TextIO) -> None:
    """Redirect a stream to the null device."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
