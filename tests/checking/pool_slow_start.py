"""A module that a process takes its time to import, as it does with torch where there is no fork server."""

from __future__ import annotations

import multiprocessing
import time

import pool_actions

from resnet_inspect.checking.findings import FileResult
from resnet_inspect.checking.targets import Target

if multiprocessing.current_process().name != "MainProcess":
    time.sleep(0.4)


def acting(target: Target, settings: object) -> FileResult:
    """As in ``pool_actions``."""
    return pool_actions.acting(target, settings)
