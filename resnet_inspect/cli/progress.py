"""A bar on the terminal while many files are checked."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TypeVar

PATIENCE = 1.0
"""Seconds that nobody minds."""

Item = TypeVar("Item")


def watched(items: Iterator[Item], total: int) -> Iterator[Item]:
    """Pass ``items`` on; if they take their time, a bar on standard error shows how many have come, and then goes.

    Only a terminal gets it.
    """
    if not sys.stderr.isatty():
        yield from items
        return
    start = time.monotonic()
    for come, item in enumerate(items, start=1):
        yield item
        if come < total and time.monotonic() - start > PATIENCE:
            yield from _with_bar(items, come, total)


def _with_bar(items: Iterator[Item], come: int, total: int) -> Iterator[Item]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total, completed=come)
        for item in items:
            progress.advance(task)
            yield item
