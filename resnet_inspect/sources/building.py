"""Run foreign code without effects on random numbers and standard output, and with errors as messages."""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stdout, suppress
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from resnet_inspect.arguments import described
from resnet_inspect.errors import RequestError, unusable_device, words_of
from resnet_inspect.process_state import PROCESS_LOCK
from resnet_inspect.text import sanitise

if TYPE_CHECKING:
    from torch import nn

MOST_PARAMETERS_UNASKED = 2**29
"""Parameters of a model that is built with values without being asked to: 2 GiB of float32."""

_META = "meta"
_OURS = str(Path(__file__).parent.parent)


def run_factory(what: str, make: Callable[[], Any], device: str) -> nn.Module:
    """Build a module by a factory.

    For ``meta`` the factory runs on that device, where nothing is initialised. If it fails there, because it asks a
    tensor for its value, it runs again with small tensors that have values; and if that fails, with all values, up to
    ``MOST_PARAMETERS_UNASKED``.

    Args:
        what: name of the model, for messages.
        make: the factory, with its arguments bound.
        device: device of the module.

    Raises:
        RequestError: if the factory raises or exits, if its result is not a module, if it is too large to be built with
            values unasked, or if the device is unusable.
    """
    import torch

    from resnet_inspect.tracing.isolation import preserve_globals
    from resnet_inspect.tracing.without_weights import WithoutWeights, at_most

    with preserve_globals(torch.device("cpu")):
        made = None
        if device == _META:
            made = _without_values(make, torch.device(_META))
            made = _without_values(make, WithoutWeights()) if made is None else made
        if made is None:
            limit = at_most(MOST_PARAMETERS_UNASKED, what) if device == _META else nullcontext()
            with errors_reported_as(f"{what} cannot be built"), limit:
                made = make()
    if not isinstance(made, torch.nn.Module):
        raise RequestError(f"{what} gives {described(made)}, not a torch.nn.Module")
    return made if device in {_META, "cpu"} else _moved(what, made, device)


def _without_values(make: Callable[[], Any], mode: AbstractContextManager[Any]) -> Any:
    """Return what the factory makes in a mode for new tensors; ``None`` if it fails there."""
    try:
        # Warnings would concern values, such as those of a checkpoint that do not load.
        with stdout_to_stderr(), warnings.catch_warnings(action="ignore"), mode:
            return make()
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  # with values it raises again, or succeeds
        return None


def _moved(what: str, module: nn.Module, device: str) -> nn.Module:
    try:
        return module.to(device)
    except (RuntimeError, AssertionError) as error:
        raise unusable_device(device, error, what) from error


@contextmanager
def errors_reported_as(what: str, hint: str = "") -> Iterator[None]:
    """Raise errors of foreign code as a ``RequestError`` with the line of that code, and ``what`` before the message.

    Args:
        what: what has failed: ``mine:net cannot be built``.
        hint: sentence to add after the message.

    Raises:
        RequestError: in place of an exit, and of every exception but ``RequestError`` and ``KeyboardInterrupt``.
    """
    try:
        with stdout_to_stderr():
            yield
    except RequestError:
        raise
    except SystemExit as error:
        left = f"the code called sys.exit({'' if error.code is None else error.code!r})"
        raise RequestError(f"{what}: {sanitise(left)}{_at(error)}{hint}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # foreign code may derive its own from it
        message = " ".join(words_of(error).split())
        said = f"{type(error).__name__}: {sanitise(message, 600)}" if message else type(error).__name__
        raise RequestError(f"{what}: {said}{_at(error)}{hint}") from error


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Redirect standard output, which is for the report, to standard error, and restore the current folder."""
    with PROCESS_LOCK, redirect_stdout(sys.stderr), _folder_restored():
        yield


@contextmanager
def _folder_restored() -> Iterator[None]:
    """Restore the current folder, which paths of other files are relative to."""
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
    """Return `` (nets/mine.py:12)``: the innermost line of the user's code, or of a library if there is none."""
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
