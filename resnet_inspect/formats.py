"""The formats of reports: their names, and the suffixes of their files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Format = Literal["table", "json", "csv", "markdown", "html", "github", "sarif", "junit"]

FORMATS: tuple[Format, ...] = ("table", "json", "csv", "markdown", "html")
"""Formats of every report."""

CHECK_FORMATS: tuple[Format, ...] = ("github", "sarif", "junit")
"""Formats that only findings in files have; each is written from the report itself, not from its page."""

SUFFIXES: Mapping[Format, tuple[str, ...]] = {
    "table": (".txt",),
    "json": (".json",),
    "csv": (".csv",),
    "markdown": (".md", ".markdown"),
    "html": (".html", ".htm"),
    "github": (),
    "sarif": (".sarif", ".sarif.json"),
    "junit": (".xml",),
}
"""Suffixes that mean a format; none means ``github``, which only a log has."""
