"""Paths as GitHub knows them: from the root of the checkout, whatever folder the step runs in."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resnet_inspect.reports.check import CheckReport
    from resnet_inspect.reports.findings import CheckedFile


def from_checkout(report: CheckReport) -> CheckReport:
    """The report with such paths, where ``GITHUB_WORKSPACE`` names the checkout; others stay as they were given."""
    checkout = os.environ.get("GITHUB_WORKSPACE")
    if not checkout:
        return report
    return replace(report, files=tuple(_moved(file, checkout) for file in report.files))


def _moved(file: CheckedFile, checkout: str) -> CheckedFile:
    if file.file is None:
        return file
    seen = _seen_from(checkout, file.file)
    return replace(file, path=seen + file.path[len(file.file) :], file=seen)


def _seen_from(checkout: str, path: str) -> str:
    from resnet_inspect.config.sources import STDIN_NAME

    if path == STDIN_NAME:
        return path
    # The current folder is known by its real path, so the checkout has to be; a config may be a link for all that.
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  # resolve() follows links
    for root in (Path(checkout), Path(checkout).resolve()):
        if absolute.is_relative_to(root):
            return absolute.relative_to(root).as_posix()
    return path
