"""The targets of a check, how the lock names them, and the command that locks one.

A target is a file, the content of standard input, or a model that somebody named.
"""

import ast
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from resnet_inspect.checking.lock.entry import LockedEntry
from resnet_inspect.configs.files import is_variant
from resnet_inspect.configs.read_text import STDIN_NAME
from resnet_inspect.sources.resolve import CodeName, parse_model_name
from resnet_inspect.text import sanitise
from resnet_inspect.tracing.inputs import InputSpec

_WORD = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_CONSTANTS = frozenset({"true", "false", "none", "null"})
"""Words that ``--kwargs`` does not take for text."""

_WITH_ARGUMENTS = re.compile(r"(.*?:[\w.]+)\(.*\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NamedModelOptions:
    """How to build and run a model that was named itself, and not by a config's file.

    Attributes:
        inputs: of its forward; empty for the usual ones.
        arguments: for its factory.
    """

    inputs: tuple[InputSpec, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """What to check.

    Attributes:
        path: as given; for standard input the name to report; for a model the text that names it.
        content: what standard input held; ``None`` otherwise.
        entry: what the lock says of it; ``None`` without a lock.
        options: of a model; ``None`` for a config. Only a target that somebody named has them: its code may be
            imported.
    """

    path: str
    content: bytes | None = None
    entry: LockedEntry | None = None
    options: NamedModelOptions | None = None

    @property
    def model_name(self) -> str:
        """The name by which a model is recognised, ``mine:build_net(units=3)``; empty for a config."""
        if self.options is None:
            return ""
        arguments = ", ".join(f"{name}={value!r}" for name, value in sorted(self.options.arguments.items()))
        return f"{self.path}({arguments})" if arguments else self.path


def without_arguments(model_name: str) -> str:
    """Return a model's name without the arguments of its factory: ``mine:build`` of ``mine:build(units=3)``."""
    match = _WITH_ARGUMENTS.fullmatch(model_name) if model_name.endswith(")") else None
    return match[1] if match else model_name


def path_in(name: str) -> str | None:
    """Return the path in the name of a target.

    That is all of a config's, ``nets/mine.py`` of ``nets/mine.py:Net(units=3)``, ``None`` of ``mine:Net``.
    """
    bare = without_arguments(name)
    form = parse_model_name(bare)
    if isinstance(form, CodeName):
        return form.file
    return name if form is None and not is_variant(bare) else None


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
        options = tuple(_command_options(target.options or NamedModelOptions()))
    except ValueError:
        return ""
    lock = ("--lock-file", lock_file) if lock_file else ()
    end = ("--",) if target.path.startswith("-") else ()
    command = shlex.join(("resnet-inspect", "lock", *lock, *options, *end, target.path))
    return command if sanitise(command, len(command)) == command else ""


def _command_options(options: NamedModelOptions) -> Iterator[str]:
    for spec in options.inputs:
        yield from ("--input", _format_input(spec))
    for name, value in options.arguments.items():
        yield from ("--kwargs", f"{name}={_format_argument(value)}")


def _format_input(spec: InputSpec) -> str:
    """Write an input as ``--input`` takes it: only an image goes without a type and a name.

    Raises:
        ValueError: if the option has no words for it.
    """
    if set("=:") & set(spec.path) or not (spec.path or spec.dtype or len(spec.shape) == 4):
        raise ValueError(spec)
    place = f"{spec.path}=" if spec.path else ""
    return place + "x".join(map(str, spec.shape)) + (f":{spec.dtype}" if spec.dtype else "")


def _format_argument(value: Any) -> str:
    """Write a value as ``--kwargs`` takes it: a text without quotes where it cannot be read as anything else.

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
