"""RI303: entries of a lock whose file is gone."""

from __future__ import annotations

import os
from pathlib import Path

from resnet_inspect.checks.findings import FileResult, Finding
from resnet_inspect.checks.lines import Lines
from resnet_inspect.checks.lock.keys import path_in
from resnet_inspect.checks.lock.reading import Lock
from resnet_inspect.checks.lock.rules import GONE
from resnet_inspect.checks.settings import Settings
from resnet_inspect.config.positions import spell
from resnet_inspect.text import sanitise


def gone(lock: Lock) -> tuple[str, ...]:
    """The entries whose file is not there, as they stand in the lock; a model that is in no file is never gone."""
    return tuple(key for key in lock.files if (path := path_in(key)) and not os.path.lexists(Path(lock.folder, path)))


def gone_results(lock: Lock | None, settings: Settings) -> tuple[FileResult, ...]:
    """The result for the lock itself; none without a lock, or if all its files are there."""
    if lock is None or GONE.code not in settings.codes_for(str(lock.path)):
        return ()
    lines = Lines(lock.text)
    findings = tuple(_finding(lock, key, lines) for key in gone(lock))
    return (FileResult(lock.shown, findings),) if findings else ()


def _finding(lock: Lock, key: str, lines: Lines) -> Finding:
    position = lock.position(key)
    line, column = position or (None, None)
    return Finding(
        code=GONE.code,
        severity=GONE.severity,
        message=f"{sanitise(key, 1_000)} is in the lock, but does not exist",
        line=line,
        column=column,
        path=spell(("files", key)),
        hint="'resnet-inspect lock' on any config drops entries of files that are gone",
        source_line=lines.text(position),
        end_column=lines.end(position),
    )
