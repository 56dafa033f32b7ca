"""RI303: entries of a lock that no file of this run was held to, though they were asked for, or their file is gone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from resnet_inspect.checks.asked import Asked
from resnet_inspect.checks.findings import FileResult, Finding, SilencedFinding
from resnet_inspect.checks.lines import Lines, line_at
from resnet_inspect.checks.lock.gone import is_gone
from resnet_inspect.checks.lock.keys import path_in, without_arguments
from resnet_inspect.checks.lock.reading import Lock
from resnet_inspect.checks.lock.rules import UNCHECKED
from resnet_inspect.checks.paths import why_unchecked
from resnet_inspect.checks.settings import PER_FILE_IGNORES, Settings
from resnet_inspect.checks.targets import Target
from resnet_inspect.checks.telling import presented
from resnet_inspect.config.positions import Position, PositionsInOrder, spell
from resnet_inspect.text import sanitise

_GONE = ("does not exist", "'resnet-inspect lock' on any config drops entries of files that are gone")

_NOT_A_MODEL = (
    "its name is that of a file or folder now",
    "move that away: a text names a model only where no file has that name",
)


def unheld_results(
    lock: Lock | None, targets: Iterable[Target], asked: Asked, settings: Settings
) -> tuple[FileResult, ...]:
    """Return the result for the lock itself; none without a lock, or if all its entries are accounted for.

    Args:
        lock: the lock.
        targets: what was held to it.
        asked: what the paths of the request cover.
        settings: which rules are off for the lock's own path, and what is excluded.
    """
    if lock is None:
        return ()
    held = {lock.key(target.path, target.called) for target in targets}
    wrong: dict[str, tuple[str, str]] = {}
    for key in lock.files.keys() - held:
        path = os.path.join(lock.folder, key)  # noqa: PTH118  # a key may be no path
        if is_gone(lock, key):
            wrong[key] = _GONE
        elif path_in(key) == key:
            if asked.covers(path):
                wrong[key] = why_unchecked(path, settings)
        elif _names_model(asked, lock, key):
            wrong[key] = _NOT_A_MODEL
    if not wrong:
        return ()
    findings = presented(_findings(lock, wrong))
    if UNCHECKED.code in settings.codes_for(str(lock.path)):
        return (FileResult(lock.shown, findings),)
    silenced = tuple(SilencedFinding(finding, PER_FILE_IGNORES, in_file=False) for finding in findings)
    return (FileResult(lock.shown, (), silenced=silenced),)


def _names_model(asked: Asked, lock: Lock, key: str) -> bool:
    """Return whether a locked model is named: a folder never checks a model, so only its own name asks for it."""
    named = without_arguments(key)
    if path_in(key) is None:
        return named in asked.texts
    return asked.names(os.path.join(lock.folder, named))  # noqa: PTH118  # it is no path


def _findings(lock: Lock, wrong: Mapping[str, tuple[str, str]]) -> Iterator[Finding]:
    positions = PositionsInOrder(lock.text)
    for key, offset in lock.offsets(wrong):
        position = positions.at(offset)
        lines = Lines(line_at(lock.text, offset))
        here = Position(1, position.column)
        said, hint = wrong[key]
        yield Finding(
            code=UNCHECKED.code,
            severity=UNCHECKED.severity,
            message=f"{sanitise(key, 1_000)} is in the lock, but {said}",
            line=position.line,
            column=position.column,
            path=spell(("files", key)),
            hint=hint,
            source_line=lines.text(here),
            end_column=lines.end(here),
        )
