"""The libraries whose models can be named, where they are installed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from resnet_inspect.config.nearest import nearest
from resnet_inspect.config.table import equal_to
from resnet_inspect.errors import RequestError, words_of
from resnet_inspect.sources.building import printing_aside
from resnet_inspect.text import sanitise


def library(package: str, model: str) -> ModuleType:
    """Import a library.

    Args:
        package: its name, which is that of our extra as well.
        model: what is wanted of it.

    Raises:
        RequestError: if it is not installed, or cannot be imported.
    """
    try:
        with printing_aside():
            return import_module(package)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name == package:
            reason = f"{package} is not installed: pip install {package}"
        else:
            said = " ".join(words_of(error).split())
            reason = f"{package} is installed, but cannot be imported: {type(error).__name__}: {sanitise(said)}"
        raise RequestError(f"{package}:{sanitise(model)} cannot be read: {reason}{_equal(package, model)}") from error


def _equal(package: str, model: str) -> str:
    equal = equal_to(f"{package}:{model}")
    return f"; {equal} equals it tensor by tensor, and needs no {package}" if equal else ""


def unknown(package: str, model: str, known: Iterable[str]) -> RequestError:
    """The error for a model that a library does not have."""
    near = nearest(model, known, count=3)
    hint = f": did you mean {' or '.join(near)}?" if near else ""
    return RequestError(f"{package} has no model '{sanitise(model)}'{hint}")


def require_none_of(names: Iterable[str], arguments: Mapping[str, Any]) -> None:
    """Refuse arguments that would fetch values, which nothing here needs.

    Raises:
        RequestError: if there is one.
    """
    for name in names:
        if name in arguments:
            raise RequestError(f"argument {name}: models are built without weights here, and nothing is downloaded")
