"""Errors and warnings of this package, and who can fix their causes.

::

    ResnetInspectError
    ├── RequestError              the request is wrong; the user can fix it      (exit code 2)
    │   ├── WrongTypeError        an argument of a wrong type; also a TypeError
    │   ├── UnknownVariantError   a name that the config table does not have
    │   │   └── AmbiguousVariantError   a name with more than one meaning
    │   ├── ConfigError           a config with one or more problems, each with its location
    │   ├── MissingPathsError     files to check that do not exist; the others were checked
    │   └── CheckpointError       a weights file that cannot be read or written
    └── ModelRunError             the model was built but its forward failed     (exit code 3)

    PartialRunWarning             a forward failed, and the results end there (a warning)

Every message tells what is wrong, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class ResnetInspectError(Exception):
    """Base of every error that this package raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickling: by default, the class would be called with ``args``, which hold only the message."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[ResnetInspectError], arguments: tuple[Any, ...], state: dict[str, Any]) -> ResnetInspectError:
    error = kind.__new__(kind)
    error.args = arguments
    error.__dict__.update(state)
    return error


class RequestError(ResnetInspectError):
    """A request with a wrong option, file, name or value."""


class WrongTypeError(RequestError, TypeError):
    """An argument of a wrong type."""


def unusable_device(device: str, cause: BaseException, what: str = "") -> RequestError:
    """Return the error for a device that torch refuses, with the first line of torch's message."""
    whose = f" for {what}" if what else ""
    return RequestError(f"device '{device}' cannot be used{whose}: {first_line(cause)}; use meta or cpu")


def words_of(error: BaseException) -> str:
    """Return an error's message; empty if its own ``__str__`` raises."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # its __str__ may do anything
        return ""


def reason_of(error: BaseException) -> str:
    """Return the system's reason without number and path, or the error's message if there is none."""
    return getattr(error, "strerror", None) or words_of(error)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its type if the message is empty."""
    return (words_of(error).splitlines() or [type(error).__name__])[0]


class UnknownVariantError(RequestError):
    """A name that the config table does not have.

    Attributes:
        name: the name.
        suggestions: the nearest names of the table, best first; may be empty.
        note: a further sentence; may be empty.
    """

    def __init__(self, name: str, suggestions: tuple[str, ...] = (), note: str = "") -> None:
        self.name = name
        self.suggestions = suggestions
        self.note = note
        hint = f"did you mean {' or '.join(suggestions)}? " if suggestions else ""
        super().__init__(
            f"unknown variant '{name}': {hint}"
            "'resnet-inspect variants' lists them all; a config file is named by its path (net.toml)"
            + (f"; {note}" if note else "")
        )


class AmbiguousVariantError(UnknownVariantError):
    """A name that people use for more than one network, or for a network other than the one that it seems to name.

    Attributes:
        name: the name.
        readings: variant -> its description.
        note: a further sentence; may be empty.
    """

    def __init__(self, name: str, readings: Mapping[str, str], note: str = "") -> None:
        super().__init__(name, tuple(readings), note)
        self.readings = readings
        self.args = (f"'{name}' does not name a single network: write {self.choices}" + (f"; {note}" if note else ""),)

    @property
    def choices(self) -> str:
        """The names to write instead, each with its description."""
        return ", or ".join(f"{variant} ({words})" for variant, words in self.readings.items())


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of a config.

    Attributes:
        message: what is wrong, such as ``must be at least 1, found 0``.
        field: dotted path of the field, such as ``stage_blocks[1]``; empty if the problem concerns the whole file.
        source: the file as the user named it, ``<stdin>``, or empty for a dict.
        line: line of the field or value, counted from 1; ``None`` if it is not known.
        column: column of the field or value, in characters, counted from 1; ``None`` if it is not known.
        hint: what to do about it; may be empty.
    """

    message: str
    field: str = ""
    source: str = ""
    line: int | None = None
    column: int | None = None
    hint: str = ""

    @property
    def said(self) -> str:
        """The message with its field: ``stage_blocks[1]: must be at least 1, found 0``."""
        return f"{self.field}: {self.message}" if self.field else self.message

    def __str__(self) -> str:
        """Return ``net.toml:3:1: stage_blocks[1]: must be at least 1, found 0 (hint)``."""
        place = self.source
        if self.line is not None:
            place += f":{self.line}:{self.column}"
        return ": ".join(part for part in (place, self.said) if part) + (f" ({self.hint})" if self.hint else "")


class ConfigError(RequestError):
    """A config that cannot be used.

    Attributes:
        problems: all of its problems, in the order of the file.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class MissingPathsError(RequestError):
    """Files that were to be checked do not exist.

    Attributes:
        paths: those that were named and do not exist, and patterns that match nothing.
    """

    def __init__(self, paths: tuple[str, ...], hints: tuple[str, ...] = ()) -> None:
        self.paths = paths
        noun = "such file or folder" if len(paths) == 1 else "such files or folders"
        missing = f"no {noun}: {', '.join(path or repr(path) for path in paths)}"
        super().__init__("\n".join((missing, *hints)))


class CheckpointError(RequestError):
    """A weights file that cannot be read or written.

    Attributes:
        reason: what is wrong with it and what to do, safe to show.
        path: the file as the user named it, safe to show; empty while it is not known.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        self.reason = reason
        self.path = path
        super().__init__(f"{path}: {reason}" if path else reason)


class PartialRunWarning(UserWarning):
    """The model's own forward failed, and the result covers only what ran before; or its output depends on no input."""


class ModelRunError(ResnetInspectError):
    """The model's own forward failed, or its output depends on no input.

    Attributes:
        trace: the ``Trace`` up to the failure, with its ``failure`` set.
    """

    def __init__(self, message: str, trace: Any = None) -> None:
        self.trace = trace
        super().__init__(message)
