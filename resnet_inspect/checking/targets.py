"""The targets of a check: files, the content of standard input, and named models; and the command that locks one."""

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
"""Words that ``--kwargs`` does not read as strings."""

_WITH_ARGUMENTS = re.compile(r"(.*?:[\w.]+)\(.*\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NamedModelOptions:
    """Options for building and running a named model.

    Attributes:
        inputs: inputs of its forward; empty for the default ones.
        arguments: arguments for its factory.
    """

    inputs: tuple[InputSpec, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """A target of a check.

    Attributes:
        path: path as given; for standard input the name to report; for a model its name.
        content: content of standard input; ``None`` for other targets.
        entry: its entry in the lock; ``None`` without a lock.
        options: options of a named model, whose code may be imported; ``None`` for a config.
    """

    path: str
    content: bytes | None = None
    entry: LockedEntry | None = None
    options: NamedModelOptions | None = None

    @property
    def model_name(self) -> str:
        """The name of a model with its arguments, ``mine:build_net(units=3)``; empty for a config."""
        if self.options is None:
            return ""
        arguments = ", ".join(f"{name}={value!r}" for name, value in sorted(self.options.arguments.items()))
        return f"{self.path}({arguments})" if arguments else self.path


def without_arguments(model_name: str) -> str:
    """Return a model's name without the arguments of its factory: ``mine:build`` of ``mine:build(units=3)``."""
    match = _WITH_ARGUMENTS.fullmatch(model_name) if model_name.endswith(")") else None
    return match[1] if match else model_name


def path_in(name: str) -> str | None:
    """Return the path in the name of a target: ``nets/mine.py`` for ``nets/mine.py:Net(units=3)``.

    The name of a config is a path as a whole; that of an importable model, ``mine:Net``, has none (``None``).
    """
    bare = without_arguments(name)
    form = parse_model_name(bare)
    if isinstance(form, CodeName):
        return form.file
    return name if form is None and not is_variant(bare) else None


def lock_command(target: Target, lock_file: str = "") -> str:
    """Return ``resnet-inspect lock configs/net.toml``, quoted for a POSIX shell.

    Args:
        target: the target.
        lock_file: path of the lock; empty for the project's own.

    Returns:
        The command for the current folder; empty if there is none: for standard input without a name, a name with
        control characters, or an argument that is not a Python literal.
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
    """Write an input as ``--input`` reads it; only an image may have neither type nor name.

    Raises:
        ValueError: if the option cannot express it.
    """
    if set("=:") & set(spec.path) or not (spec.path or spec.dtype or len(spec.shape) == 4):
        raise ValueError(spec)
    place = f"{spec.path}=" if spec.path else ""
    return place + "x".join(map(str, spec.shape)) + (f":{spec.dtype}" if spec.dtype else "")


def _format_argument(value: Any) -> str:
    """Write a value as ``--kwargs`` reads it; a string that cannot be mistaken for another literal has no quotes.

    Raises:
        ValueError: if it is neither a string nor a literal.
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
