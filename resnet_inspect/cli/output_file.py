"""``--output FILE``: the format that the file gets, and how it is written."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from resnet_inspect.atomic import not_written, replacing
from resnet_inspect.cli.output import put_file
from resnet_inspect.errors import RequestError
from resnet_inspect.formats import FORMATS, SUFFIXES, Format
from resnet_inspect.text import sanitise

STDOUT = Path("-")
_HEAD = 200
"""Bytes in which a lock says what it is."""


def format_for(file: Path, chosen: Format | None, possible: Sequence[Format] = FORMATS) -> Format | None:
    """Return the format in which a report goes to a file.

    Args:
        file: of ``--output``.
        chosen: of ``--format``; ``None`` if it was not given.
        possible: the formats that the report has.

    Returns:
        The format that was chosen, else the one that the suffix means; ``None`` if nothing was chosen and the file has
        no suffix, as ``/dev/stdout``.

    Raises:
        RequestError: if the two disagree, or nothing was chosen and the suffix means no format.
    """
    shown = sanitise(str(file), 1_000)
    meant = _meant_by(file.name.lower(), possible)
    if chosen is not None:
        if meant not in {None, chosen}:
            raise RequestError(
                f"--format {chosen} and --output {shown} do not agree: the suffix means {meant}; "
                "leave out --format, or give the file another suffix"
            )
        return chosen
    if meant is None and file.suffix:
        known = ", ".join(f"{SUFFIXES[name][0]} ({name})" for name in possible if SUFFIXES[name])
        raise RequestError(
            f"--output {shown}: no format has the suffix '{sanitise(file.suffix)}': write {known}; or choose one with "
            "--format"
        )
    return meant


def require_no_input(file: Path) -> None:
    """Refuse to replace what the command reads: a config, a lock, or pyproject.toml.

    Raises:
        RequestError: if the file is there and is one.
    """
    from resnet_inspect.checks.lock.entry import SCHEMA
    from resnet_inspect.checks.looks import looks_like_config
    from resnet_inspect.checks.settings import NO_CONFIGS

    try:
        if not file.is_file():
            return
        with file.open("rb") as stream:
            is_lock = SCHEMA.encode() in stream.read(_HEAD)
        is_input = is_lock or file.name in NO_CONFIGS or looks_like_config(file)
    except OSError:  # writing it says what is wrong with it
        return
    if is_input:
        what = "lock" if is_lock else "config"
        raise RequestError(
            f"--output {sanitise(str(file), 1_000)}: this is a {what}, which the report would replace; "
            "write it to another file"
        )


def write_file(file: Path, text: str) -> bool:
    """Write a report to a file, as UTF-8: whole or not at all, or, into a device or a pipe, as it comes.

    Returns:
        Whether standard output is still free for the table, because the file is another one.

    Raises:
        RequestError: if it cannot be written.
    """
    if _is_standard_output(file):
        put_file(text)
        return False
    content = text.encode("utf-8", "backslashreplace")
    if _is_stream(file):
        try:
            file.write_bytes(content)
        except OSError as error:
            raise not_written(file, error) from error
    else:
        with replacing(file) as stream:
            stream.write(content)
    return True


def _suffixes(possible: Sequence[Format]) -> Iterator[tuple[str, Format]]:
    return ((suffix, name) for name in possible for suffix in SUFFIXES[name])


def _meant_by(name: str, possible: Sequence[Format]) -> Format | None:
    """Return the format of the longest suffix that a name ends with: ``.sarif.json`` is more than ``.json``."""
    fitting = [(len(suffix), meant) for suffix, meant in _suffixes(possible) if name.endswith(suffix)]
    return max(fitting)[1] if fitting else None


def _is_standard_output(file: Path) -> bool:
    """Return whether a path leads to where standard output goes: ``/dev/stdout``, or the file it is redirected to."""
    if file == STDOUT:
        return True
    try:
        return os.path.samestat(file.stat(), os.fstat(sys.stdout.fileno()))
    except OSError:  # no such file, or a stream that is none of the system's
        return False


def _is_stream(file: Path) -> bool:
    """Return whether a path is a device, a pipe or a socket, which takes bytes but cannot be replaced by a file."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
