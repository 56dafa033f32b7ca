"""The entry point, and the only place where errors become exit codes."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from typing import Any, NoReturn

import typer

from resnet_inspect.cli.app import app
from resnet_inspect.cli.output import DONE, MODEL_FAILED, OUR_FAULT, WRONG_REQUEST, complain
from resnet_inspect.errors import ModelRunError, RequestError

# typer bundles click or depends on it, release by release; these are click's UsageError and ClickException either way.
_CommandLineError: type[Any] = typer.BadParameter.__mro__[2]

GARBAGE_THRESHOLD = 200_000
"""New objects before Python looks for unreachable cycles; its own default is 700."""

INTERRUPTED, PIPE_CLOSED = 130, 141
"""What a shell reports for a program that SIGINT or SIGPIPE ended."""


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    # Importing torch makes a million objects that stay; walking them again and again took an eighth of start-up.
    gc.set_threshold(GARBAGE_THRESHOLD)
    _replace_closed_streams()
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _give_up_output()
    sys.exit(code)


def _replace_closed_streams() -> None:
    """Started with ``>&-``, Python has ``None`` in the place of a stream."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


def run(arguments: list[str]) -> int:  # noqa: PLR0911  # one for each kind of ending
    """Run one command; every error becomes a message on standard error and an exit code."""
    try:
        result = app(arguments, prog_name="resnet-inspect", standalone_mode=False)
    except typer.Exit as leaving:
        return leaving.exit_code
    except _CommandLineError as error:
        error.show()
        return WRONG_REQUEST
    except (RequestError, ModelRunError) as error:
        complain(str(error))
        return WRONG_REQUEST if isinstance(error, RequestError) else MODEL_FAILED
    except BrokenPipeError:
        return _give_up_output()
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception:  # noqa: BLE001  # the last line of defence
        return _own_up()
    return result if isinstance(result, int) else DONE


def _own_up() -> int:
    complain("this is a fault of resnet-inspect, not of yours; please report it with what follows")
    traceback.print_exc()
    return OUR_FAULT


def _give_up_output() -> int:
    """Whoever read our output has left: say nothing, also not when Python flushes at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED
