"""The command that records one file or model in a lock, to be pasted into a shell."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from typing import Any

from resnet_inspect.checks.targets import Naming, Target
from resnet_inspect.config.sources import STDIN_NAME
from resnet_inspect.text import sanitise
from resnet_inspect.trace.inputs import InputSpec

_WORD = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_CONSTANTS = frozenset({"true", "false", "none", "null"})
"""Words that ``--kwargs`` does not take for text."""


def lock_command(target: Target, lock_file: str = "") -> str:
    """Return ``resnet-inspect lock configs/net.toml``, quoted for a POSIX shell.

    Args:
        target: what was checked.
        lock_file: path of the lock; empty for the project's own.

    Returns:
        The command for the current folder; empty if none can name what was checked: standard input without a name, a
        name with control characters, or an argument that is no literal of Python's.
    """
    if target.path == STDIN_NAME:
        return ""
    try:
        options = tuple(_options(target.naming or Naming()))
    except ValueError:
        return ""
    lock = ("--lock-file", lock_file) if lock_file else ()
    end = ("--",) if target.path.startswith("-") else ()
    command = shlex.join(("resnet-inspect", "lock", *lock, *options, *end, target.path))
    return command if sanitise(command, len(command)) == command else ""


def _options(naming: Naming) -> Iterator[str]:
    for spec in naming.inputs:
        yield from ("--input", _input(spec))
    for name, value in naming.arguments.items():
        yield from ("--kwargs", f"{name}={_literal(value)}")


def _input(spec: InputSpec) -> str:
    """Return an input as ``--input`` takes it: only an image goes without a type and a name.

    Raises:
        ValueError: if the option has no words for it.
    """
    if set("=:") & set(spec.path) or not (spec.path or spec.dtype or len(spec.shape) == 4):
        raise ValueError(spec)
    place = f"{spec.path}=" if spec.path else ""
    return place + "x".join(map(str, spec.shape)) + (f":{spec.dtype}" if spec.dtype else "")


def _literal(value: Any) -> str:
    """Return a value as ``--kwargs`` takes it: a text without quotes where it cannot be read as anything else.

    Raises:
        ValueError: if it is neither a text nor a literal.
    """
    if isinstance(value, str) and _WORD.fullmatch(value) and value.lower() not in _CONSTANTS:
        return value
    written = repr(value)
    try:
        read = ast.literal_eval(written)
    except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(written) from error
    if read != value:
        raise ValueError(written)
    return written
