"""The arguments and paths that ``check`` and ``lock`` share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from os import PathLike
from typing import Any, TypeAlias

from resnet_inspect.arguments import number, path, several, shown, whole_number, wrong_type
from resnet_inspect.checking.budget import is_timeout
from resnet_inspect.checking.findings import FileResult
from resnet_inspect.checking.judge import closed_folder
from resnet_inspect.checking.settings import Settings
from resnet_inspect.checking.targets import NamedModelOptions
from resnet_inspect.configs.read_text import is_path
from resnet_inspect.configs.variants import find
from resnet_inspect.console.options import MOST_JOBS
from resnet_inspect.errors import MissingPathsError, RequestError, UnknownVariantError
from resnet_inspect.pipeline import RunOptions

Watch: TypeAlias = Callable[[Iterator[FileResult], int], Iterator[FileResult]]
"""A function of an iterator over results and their number, which returns the results."""

Paths: TypeAlias = "str | PathLike[str] | Iterable[str | PathLike[str]]"


def named_paths(paths: Paths | None, settings: Settings) -> Sequence[str | PathLike[str]]:
    """Return the paths to check: the arguments, or those of pyproject.toml."""
    if paths is None:
        return settings.paths
    several_paths = several(paths, (str, PathLike))
    if several_paths is None:
        raise wrong_type("paths", "paths or names, such as 'net.toml' or 'mine:build_net'", paths)
    for each in several_paths:
        path("a path", each)
    return several_paths


def missing_error(missing: tuple[str, ...], paths: Paths | None) -> MissingPathsError | None:
    """Return the error for paths that do not exist; ``None`` if all do."""
    return MissingPathsError(missing, _hints(missing, paths)) if missing else None


def _hints(missing: Sequence[str], paths: Paths | None) -> tuple[str, ...]:
    """Return hints about missing paths: similar or ambiguous variants, or that pyproject.toml names no models."""
    if paths is None:
        them = "it as a path" if len(missing) == 1 else "them as paths"
        return (f"pyproject.toml names {them}, which are files, folders and patterns; models go on the command line",)
    said = []
    for name in missing:
        if is_path(name) or "." in name:
            continue
        try:
            find(name)
        except UnknownVariantError as error:
            said += [str(error)] if error.suggestions else []
    return tuple(said)


def common_arguments(
    lock_file: Any, jobs: Any, timeout: Any, inputs: Any, arguments: Any, watch: Any
) -> tuple[str | None, NamedModelOptions]:
    """Check the common arguments; return the path of the lock, and the options for named models."""
    whole_number("jobs", jobs, 0, MOST_JOBS)
    _require_time(timeout)
    if watch is not None and not callable(watch):
        raise wrong_type("watch", "a function of the results and their number", watch)
    run = RunOptions(inputs=inputs, arguments={} if arguments is None else arguments)
    return None if lock_file is None else path("lock_file", lock_file), NamedModelOptions(run.inputs, run.arguments)


def _require_time(timeout: Any) -> None:
    if timeout is not None and not is_timeout(number("timeout", timeout)):
        written = f"{timeout:g}" if isinstance(timeout, float) else shown(timeout)
        raise RequestError(f"timeout {written} is not valid: write a number of seconds, such as 60; at most a day")


def all_results(
    results: Iterator[FileResult], count: int, closed: Iterable[tuple[str, str]], watch: Watch | None
) -> Iterator[FileResult]:
    """Yield the results of the files, passed through ``watch``, and those of folders that cannot be read."""
    yield from watch(results, count) if watch else results
    yield from map(closed_folder, closed)


def nothing_to(do: str, done: str, named: Sequence[str | PathLike[str]], skipped: Sequence[str]) -> RequestError:
    """Return the error for paths without files; ``do`` and ``done`` are forms of the verb ``check`` or ``lock``."""
    if not named:
        return RequestError(f"nothing to {do}: no paths given; name files or folders, or omit paths for the default")
    left_out = f" ({skipped[0]}{f' and {len(skipped) - 1:,} more' if skipped[1:] else ''} left out)" if skipped else ""
    why = f"there is no file that looks like a config and is not excluded{left_out}"
    return RequestError(f"nothing to {do}: {why}; name one to have it {done}")
