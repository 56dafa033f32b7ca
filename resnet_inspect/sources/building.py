"""Code of others, run: it leaves no mark on random numbers or standard output, and its errors become messages."""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from resnet_inspect.arguments import described
from resnet_inspect.errors import RequestError, unusable_device, words_of
from resnet_inspect.process_lock import PROCESS_LOCK
from resnet_inspect.text import sanitise

if TYPE_CHECKING:
    from torch import nn

META = "meta"
_OURS = str(Path(__file__).parent.parent)


def built(what: str, make: Callable[[], Any], device: str) -> nn.Module:
    """Run a factory.

    For ``meta`` it runs there, where nothing is initialised; a factory that cannot, because it asks a tensor for its
    value, runs once more with values.

    Args:
        what: its name, for messages.
        make: the factory, with its arguments.
        device: where the module is to be.

    Raises:
        RequestError: if the factory raises or exits, if what it gives is no module, or if the device is not there.
    """
    import torch

    from resnet_inspect.trace.snapshot import same_globals

    with same_globals(torch.device("cpu")):
        made = _without_values(make) if device == META else None
        if made is None:
            with telling(f"{what} cannot be built"):
                made = make()
    if not isinstance(made, torch.nn.Module):
        raise RequestError(f"{what} gives {described(made)}, not a torch.nn.Module")
    return made if device in {META, "cpu"} else _moved(what, made, device)


def _without_values(make: Callable[[], Any]) -> Any:
    import torch

    try:
        # Warnings would be about values, such as those of a checkpoint that have no place to go.
        with printing_aside(), warnings.catch_warnings(action="ignore"), torch.device(META):
            return make()
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  # whatever it is: with values it raises again, or does not
        return None


def _moved(what: str, module: nn.Module, device: str) -> nn.Module:
    try:
        return module.to(device)
    except (RuntimeError, AssertionError) as error:
        raise unusable_device(device, error, what) from error


@contextmanager
def telling(what: str, hint: str = "") -> Iterator[None]:
    """What code of others raises inside is told as ``what``, with the line of theirs that it came from.

    Raises:
        RequestError: instead of every error but ours, and instead of an exit.
    """
    try:
        with printing_aside():
            yield
    except RequestError:
        raise
    except SystemExit as error:
        left = f"the code called sys.exit({'' if error.code is None else error.code!r})"
        raise RequestError(f"{what}: {sanitise(left)}{_at(error)}{hint}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # others may derive their own from it
        message = " ".join(words_of(error).split())
        said = f"{type(error).__name__}: {sanitise(message, 600)}" if message else type(error).__name__
        raise RequestError(f"{what}: {said}{_at(error)}{hint}") from error


@contextmanager
def printing_aside() -> Iterator[None]:
    """What is printed inside goes to standard error; standard output is for the report. The current folder stays."""
    with PROCESS_LOCK, redirect_stdout(sys.stderr), _same_folder():
        yield


@contextmanager
def _same_folder() -> Iterator[None]:
    """The current folder is what it was afterwards: other files are named relative to it."""
    try:
        here = Path.cwd()
    except OSError:  # it is gone
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):
            os.chdir(here)


def _at(error: BaseException) -> str:
    """`` (nets/mine.py:12)``: the innermost line of the user's own; of a library, where there is none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({_shown(error.filename)}:{error.lineno})"
    from resnet_inspect.sources.importing import is_users

    places = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    places = [(file, line) for file, line in places if not file.startswith(("<", _OURS, importlib.__path__[0]))]
    own = [(file, line) for file, line in places if is_users(file)]
    if not places:
        return ""
    file, line = (own or places)[-1]
    return f" ({_shown(file)}:{line})"


def _shown(file: str) -> str:
    path = Path(file)
    here = Path.cwd()
    return sanitise(str(path.relative_to(here) if path.is_relative_to(here) else path), 300)
