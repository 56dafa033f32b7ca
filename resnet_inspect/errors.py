"""What can go wrong, and whose turn it is to mend it.

::

    ResnetInspectError
    ├── RequestError              the request is wrong; the user mends it        (exit code 2)
    │   ├── WrongTypeError        an argument of a type that it cannot have; a TypeError too
    │   ├── UnknownVariantError   no such name in the config table
    │   │   └── AmbiguousVariantError   a name that can mean more than one net
    │   ├── ConfigError           a config with one or more problems, each with its place
    │   ├── MissingPathsError     files to check that are not there; the others have been checked
    │   └── CheckpointError       a file of weights that cannot be read, or written
    └── ModelRunError             the model was built but its forward failed     (exit code 3)

    PartialRunWarning             the same where what ran until then is returned (a warning)

Every message says what is wrong, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class ResnetInspectError(Exception):
    """Base of every error that this package raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it as it is: the default calls the class with ``args``, and here these are only the message."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[ResnetInspectError], arguments: tuple[Any, ...], state: dict[str, Any]) -> ResnetInspectError:
    error = kind.__new__(kind)
    error.args = arguments
    error.__dict__.update(state)
    return error


class RequestError(ResnetInspectError):
    """The request cannot be carried out as it was made: an option, a file, a name or a value is wrong."""


class WrongTypeError(RequestError, TypeError):
    """An argument has a type that it cannot have."""


def unusable_device(device: str, cause: BaseException, what: str = "") -> RequestError:
    """Return the error for a device that torch refuses, with the first line of torch's own words."""
    whose = f" for {what}" if what else ""
    return RequestError(f"device '{device}' cannot be used{whose}: {first_line(cause)}; use meta or cpu")


def words_of(error: BaseException) -> str:
    """Return an error's message; empty where somebody's own error cannot say it."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # its __str__ may do anything
        return ""


def reason_of(error: BaseException) -> str:
    """Return the system's words for what went wrong, without number and path; an error's own where it has none."""
    return getattr(error, "strerror", None) or words_of(error)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its type where it has none."""
    return (words_of(error).splitlines() or [type(error).__name__])[0]


class UnknownVariantError(RequestError):
    """A name that the config table does not hold.

    Attributes:
        name: the name that was asked for.
        suggestions: the nearest names of the table, best first; may be empty.
        note: what else there is to say; may be empty.
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
    """A name that people use for more than one net, or for another one than it says.

    Attributes:
        name: the name that was asked for.
        readings: variant -> what it is, in words.
        note: what else there is to say; may be empty.
    """

    def __init__(self, name: str, readings: Mapping[str, str], note: str = "") -> None:
        super().__init__(name, tuple(readings), note)
        self.readings = readings
        self.args = (f"'{name}' does not name a single network: write {self.choices}" + (f"; {note}" if note else ""),)

    @property
    def choices(self) -> str:
        """What to write instead, each with what it is."""
        return ", or ".join(f"{variant} ({words})" for variant, words in self.readings.items())


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a config.

    Attributes:
        message: what is wrong, e.g. ``must be at least 1, found 0``.
        field: the dotted path of the field, e.g. ``stage_blocks[1]``; empty when it concerns the whole file.
        source: the file as the user named it, ``<stdin>``, or empty for a dict.
        line: line of the field or value, counted from 1; ``None`` where it is not known.
        column: column likewise, counted in characters from 1.
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
        """The message behind the field that it is about: ``stage_blocks[1]: must be at least 1, found 0``."""
        return f"{self.field}: {self.message}" if self.field else self.message

    def __str__(self) -> str:
        """``net.toml:3:1: stage_blocks[1]: must be at least 1, found 0 (hint)``."""
        place = self.source
        if self.line is not None:
            place += f":{self.line}:{self.column}"
        return ": ".join(part for part in (place, self.said) if part) + (f" ({self.hint})" if self.hint else "")


class ConfigError(RequestError):
    """A config that cannot be used, with all of its problems at once.

    Attributes:
        problems: every problem found, in the order of the file.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class MissingPathsError(RequestError):
    """Files that were to be checked are not there.

    Attributes:
        paths: what was named and is not there, and patterns that match nothing.
        report: the ``CheckReport`` of the other files, which have been checked all the same.
        hints: what is known of names that may have been meant for models, a line each.
    """

    def __init__(self, paths: tuple[str, ...], report: Any, hints: tuple[str, ...] = ()) -> None:
        self.paths = paths
        self.report = report
        noun = "such file or folder" if len(paths) == 1 else "such files or folders"
        missing = f"no {noun}: {', '.join(path or repr(path) for path in paths)}"
        super().__init__("\n".join((missing, *hints)))


class CheckpointError(RequestError):
    """A file of weights that cannot be read, or cannot be written.

    Attributes:
        reason: what is wrong with it and what to do, safe to show.
        path: the file as the user named it, safe to show; empty while it is not known.
    """

    def __init__(self, reason: str, path: str = "") -> None:
        self.reason = reason
        self.path = path
        super().__init__(f"{path}: {reason}" if path else reason)


class PartialRunWarning(UserWarning):
    """The model's own forward failed, and what is returned holds only what ran until then."""


class ModelRunError(ResnetInspectError):
    """The model's own forward failed.

    Attributes:
        trace: the ``Trace`` up to the failure, its ``failure`` field filled in.
    """

    def __init__(self, message: str, trace: Any = None) -> None:
        self.trace = trace
        super().__init__(message)
