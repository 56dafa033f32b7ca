"""``--output FILE``: the format of the file, and writing it."""

import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from resnet_inspect.atomic import not_written, replacing
from resnet_inspect.console.output import write_stdout_bytes
from resnet_inspect.errors import RequestError
from resnet_inspect.formats import Format
from resnet_inspect.text import sanitise

STDOUT = Path("-")
_HEAD = 200
"""Bytes at the start of a lock that contain its schema."""


def format_for(file: Path, chosen: Format | None, possible: Sequence[Format]) -> Format | None:
    """Return the format of a report in a file.

    Args:
        file: value of ``--output``.
        chosen: value of ``--format``; ``None`` if it was not given.
        possible: formats of the report.

    Returns:
        ``chosen``, or the format of the suffix; ``None`` if there is neither, as for ``/dev/stdout``.

    Raises:
        RequestError: if the two contradict each other, or the suffix is unknown and no format was chosen.
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
        known = ", ".join(f"{each.suffixes[0]} ({each})" for each in possible if each.suffixes)
        raise RequestError(
            f"--output {shown}: no format has the suffix '{sanitise(file.suffix)}': write {known}; or choose one with "
            "--format"
        )
    return meant


def require_no_input(file: Path) -> None:
    """Refuse to replace what commands read: a config, a lock, pyproject.toml, code, and weights.

    Raises:
        RequestError: if the file exists and is one of these.
    """
    from resnet_inspect.checking.lock.entry import SCHEMA
    from resnet_inspect.checking.settings import NO_CONFIGS
    from resnet_inspect.checking.sniff import looks_like_config
    from resnet_inspect.configs.read_text import other_file

    try:
        if not file.is_file():
            return
        with file.open("rb") as stream:
            head = stream.read(_HEAD)
        if SCHEMA.encode() in head:
            what = "a lock"
        elif file.name in NO_CONFIGS or looks_like_config(file):
            what = "a config"
        elif file.suffix.lower() == ".py":
            what = "code"
        elif b"\0" in head or other_file(file.name):
            what = "no text, such as weights"
        else:
            return
    except OSError:  # writing the file will raise a clearer error
        return
    raise RequestError(
        f"--output {sanitise(str(file), 1_000)}: this is {what}, which the report would replace; "
        "write it to another file"
    )


def write_file(file: Path, text: str) -> bool:
    """Write a report to a file as UTF-8: completely or not at all, unless the file is a device or a pipe.

    Returns:
        Whether the file is another one than standard output.

    Raises:
        RequestError: if it cannot be written.
    """
    if _is_standard_output(file):
        write_stdout_bytes(text)
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


def _meant_by(name: str, possible: Sequence[Format]) -> Format | None:
    """Return the format of the longest suffix that a name ends with, such as ``.sarif.json`` before ``.json``."""
    fitting = [(len(suffix), each) for each in possible for suffix in each.suffixes if name.endswith(suffix)]
    return max(fitting)[1] if fitting else None


def _is_standard_output(file: Path) -> bool:
    """Return whether a path is that of standard output: ``-``, ``/dev/stdout``, or the file it is redirected to."""
    if file == STDOUT:
        return True
    try:
        return os.path.samestat(file.stat(), os.fstat(sys.stdout.fileno()))
    except OSError:  # no such file, or standard output has no file descriptor
        return False


def _is_stream(file: Path) -> bool:
    """Return whether a path is a device, a pipe or a socket, which cannot be replaced by a file."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
