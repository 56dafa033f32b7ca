"""Matching of targets with the entries of a lock, and RI303 for entries that no target was compared with."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from resnet_inspect.checking.findings import FileResult, Finding
from resnet_inspect.checking.locate import Lines, in_report_order, line_at
from resnet_inspect.checking.lock.entry import LockedEntry
from resnet_inspect.checking.lock.file import Lock
from resnet_inspect.checking.lock.rules import UNCHECKED
from resnet_inspect.checking.paths import RequestedPaths
from resnet_inspect.checking.settings import PER_FILE_IGNORES, Settings
from resnet_inspect.checking.sniff import looks_like_config
from resnet_inspect.checking.targets import Target, lock_command, path_in, without_arguments
from resnet_inspect.configs.positions import Position, PositionsInOrder, format_path
from resnet_inspect.errors import reason_of
from resnet_inspect.formats import CONFIG_FORMATS
from resnet_inspect.text import sanitise, uncapitalised

_ORPHAN = ("does not exist", "'resnet-inspect lock' on any config drops entries of files that are gone")

_NOT_A_MODEL = (
    "its name is that of a file or folder now",
    "move that away: a text names a model only where no file has that name",
)

_UNGUARDED = "if nothing is to guard it any more, take its entry out of the lock"
_PUT_BACK = f"put the config back as it was; {_UNGUARDED}"


def with_entries(lock: Lock | None, targets: Iterable[Target], lock_file: str = "") -> list[Target]:
    """Return the targets with their entries; unchanged without a lock.

    Args:
        lock: the lock; ``None`` for none.
        targets: the targets of the check.
        lock_file: path of the lock, if it is not the project's own.
    """
    if lock is None:
        return list(targets)
    # Fingerprints instead of networks, because all of them are sent to the worker process with each target.
    orphans = {lock.files[key].fingerprint(): key for key in lock.orphans}
    nets = ((target, lock.files.get(lock.key(target.path, target.model_name) or "")) for target in targets)
    return [
        replace(target, entry=LockedEntry(lock.shown, net, {} if net else orphans, lock_command(target, lock_file)))
        for target, net in nets
    ]


def unchecked_entries(
    lock: Lock | None, targets: Iterable[Target], requested: RequestedPaths, settings: Settings
) -> tuple[FileResult, ...]:
    """Return the result for the lock itself: entries that should have been compared with a target, and were not.

    Args:
        lock: the lock; ``None`` for none.
        targets: the targets that were compared with it.
        requested: the paths that the request covers.
        settings: settings with the rules for the lock's own path, and the patterns of excluded files.

    Returns:
        One result; empty without a lock, or if there is no such entry.
    """
    if lock is None:
        return ()
    checked = {lock.key(target.path, target.model_name) for target in targets}
    reasons: dict[str, tuple[str, str]] = {}
    for key in lock.files.keys() - checked:
        path = os.path.join(lock.folder, key)  # noqa: PTH118  # a key may be no path
        if lock.is_orphan(key):
            reasons[key] = _ORPHAN
        elif path_in(key) == key:
            if requested.covers(path):
                reasons[key] = _why_unchecked(path, settings)
        elif _is_requested_model(requested, lock, key):
            reasons[key] = _NOT_A_MODEL
    if not reasons:
        return ()
    findings = in_report_order(_findings(lock, reasons))
    if UNCHECKED.code in settings.codes_for(str(lock.path)):
        return (FileResult(lock.shown, findings),)
    ignored = tuple(replace(finding, by=PER_FILE_IGNORES) for finding in findings)
    return (FileResult(lock.shown, ignored_lock_findings=ignored),)


def _is_requested_model(requested: RequestedPaths, lock: Lock, key: str) -> bool:
    """Return whether the request contains the name of a locked model; a folder that contains its file is not enough."""
    named = without_arguments(key)
    if path_in(key) is None:
        return named in requested.texts
    return requested.names(os.path.join(lock.folder, named))  # noqa: PTH118  # it is no path


def _why_unchecked(path: str, settings: Settings) -> tuple[str, str]:
    """Return why an existing file is not checked, as a phrase to follow its name, and what to do."""
    if settings.excludes(path):
        return "is excluded in pyproject.toml", f"take it out of 'exclude', or name the file; {_UNGUARDED}"
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            return "is a folder now", _PUT_BACK
        if not stat.S_ISREG(mode):
            return "is a pipe or device now, not a file", _PUT_BACK
        if Path(path).suffix.lower() in CONFIG_FORMATS and not looks_like_config(Path(path)):
            return "does not look like a config any more", _PUT_BACK
    except OSError as error:
        return f"cannot be looked at: {uncapitalised(reason_of(error))}", _PUT_BACK
    return "was not checked", f"nothing that was named comes to it: name it too; {_UNGUARDED}"


def _findings(lock: Lock, reasons: Mapping[str, tuple[str, str]]) -> Iterator[Finding]:
    positions = PositionsInOrder(lock.text)
    for key, offset in lock.offsets(reasons):
        position = positions.at(offset)
        lines = Lines(line_at(lock.text, offset))
        here = Position(1, position.column)
        reason, hint = reasons[key]
        yield UNCHECKED.label(
            Finding(
                message=f"{sanitise(key, 1_000)} is in the lock, but {reason}",
                line=position.line,
                column=position.column,
                path=format_path(("files", key)),
                hint=hint,
                source_line=lines.text(here),
                end_column=lines.end(here),
            )
        )
