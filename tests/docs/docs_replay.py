"""Replays a document: runs what it shows, in order, in one folder, and sets beside it what really comes out.

A document may hold

``console``
    commands behind ``$ ``: ``resnet-inspect`` with ``|``, ``<``, ``> file``, here-documents, a few tools, and ``echo $?``.
``python``
    code that shares its names with the blocks before; what it prints stands in a ``text`` block right below.
``toml``, ``yaml``
    a file, if it begins with ``# net.toml``; changed lines of one, if it begins with ``# net.toml, changed``.

A line ``...`` in shown output stands for any lines. Tables are shown as on a terminal of 100 columns.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from docs_blocks import Block, blocks

from resnet_inspect.cli.main import run
from resnet_inspect.console import options
from resnet_inspect.rendering.pen import Look

WIDTH = 100
"""Columns of the terminal on which the documents' output is shown."""

_TOOLS = frozenset({"cat", "diff", "grep", "head", "python3", "wc"})
_FILE = re.compile(r"# ([\w-]+\.\w+)(, changed)?")
_HERE_DOCUMENT = re.compile(r"(.*?) *<<'(\w+)'")
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "NO_COLOR": "1", "COLUMNS": str(WIDTH)}


@dataclass(frozen=True)
class Result:
    """One thing that a document shows, and what came out of it.

    Attributes:
        what: the command, or ``python``.
        start: index of the first line of the shown output in the document.
        shown: the output that the document shows.
        actual: the output that came out.
    """

    what: str
    start: int
    shown: tuple[str, ...]
    actual: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether the shown output is the actual one; ``...`` stands for any lines."""
        pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in self.shown)
        return re.fullmatch(pattern, "".join(f"{line}\n" for line in self.actual)) is not None


def replay(lines: list[str], folder: Path) -> Iterator[Result]:
    """Run everything that a document shows, inside ``folder``."""
    found = list(blocks(lines))
    names: dict[str, object] = {"__name__": "document"}
    last_code = 0
    with contextlib.chdir(folder), mock.patch.dict(os.environ, _ENVIRONMENT):
        for number, block in enumerate(found):
            if block.language == "console":
                for command in _commands(block):
                    printed, last_code = _Shell(last_code).execute(command.text, command.given)
                    yield Result(command.text, command.start, command.shown, tuple(printed.splitlines()))
            elif block.language == "python":
                printed = _printed_by("\n".join(block.lines), block.start, names)
                shown = _output_below(lines, block, found[number + 1 :])
                yield Result("python", shown.start, shown.lines, tuple(printed.splitlines()))
            elif block.language in {"toml", "yaml"}:
                _write(block.lines)


# --- console ---


@dataclass(frozen=True)
class _Command:
    text: str
    given: str
    start: int
    shown: tuple[str, ...]


def _commands(block: Block) -> Iterator[_Command]:
    """The commands of a block, each with its here-document and its output, blank lines behind it left out."""
    starts = [index for index, text in enumerate(block.lines) if text.startswith("$ ")]
    assert starts, f"the console block on line {block.start} has no command"
    for index, following in zip(starts, [*starts[1:], len(block.lines)], strict=True):
        text, given, first = block.lines[index][2:], "", index + 1
        if here := _HERE_DOCUMENT.fullmatch(text):
            end = block.lines.index(here[2], first)
            text, given, first = here[1], "".join(f"{line}\n" for line in block.lines[first:end]), end + 1
        shown = list(block.lines[first:following])
        while shown and not shown[-1]:
            shown.pop()
        yield _Command(text, given, block.start + first, tuple(shown))


class _Shell:
    """As much of a shell as the documents need."""

    def __init__(self, last_code: int) -> None:
        self._code = last_code

    def execute(self, text: str, given: str) -> tuple[str, int]:
        """Run a line; returns what a terminal would show, and the exit code."""
        if text == "echo $?":
            return f"{self._code}\n", 0
        words, target = _redirected(text)
        shown = io.StringIO()
        stages = _split(words, "|")
        for number, stage in enumerate(stages):
            arguments, source = _read_from(stage)
            given = Path(source).read_text("utf-8") if source else given
            to_terminal = number == len(stages) - 1 and not target
            given = self._run(arguments, given, shown, to_terminal=to_terminal)
        if target:
            Path(target).write_text(given, "utf-8")
        else:
            shown.write(given)
        return shown.getvalue(), self._code

    def _run(self, words: list[str], given: str, shown: io.StringIO, *, to_terminal: bool) -> str:
        if words[0] == "resnet-inspect":
            self._code, printed, complaints = inspect(words[1:], given, WIDTH if to_terminal else None)
        else:
            assert words[0] in _TOOLS, f"the documents' shell does not know {words[0]}"
            done = subprocess.run(words, input=given, capture_output=True, text=True, check=False)
            self._code, printed, complaints = done.returncode, done.stdout, done.stderr
        if to_terminal:
            return printed + complaints
        shown.write(complaints)
        return printed


def inspect(arguments: list[str], given: str = "", width: int | None = None) -> tuple[int, str, str]:
    """Run ``resnet-inspect`` in this process: exit code, standard output, standard error."""
    streams = [io.TextIOWrapper(io.BytesIO(text), encoding="utf-8") for text in (given.encode(), b"", b"")]
    with (
        mock.patch.object(options, "look_of", return_value=Look(width=width)),
        mock.patch.multiple(sys, stdin=streams[0], stdout=streams[1], stderr=streams[2]),
    ):
        code = run(arguments)
    for stream in streams[1:]:
        stream.seek(0)
    return code, streams[1].read(), streams[2].read()


def _redirected(text: str) -> tuple[list[str], str]:
    """The words of a line, and the file that its output goes to."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|<>")
    lexer.whitespace_split = True
    words = list(lexer)
    if ">" not in words:
        return words, ""
    at = words.index(">")
    assert at == len(words) - 2, f"a redirection stands at the end: {text}"
    return words[:at], words[at + 1]


def _read_from(words: list[str]) -> tuple[list[str], str]:
    if "<" not in words:
        return words, ""
    at = words.index("<")
    return words[:at], words[at + 1]


def _split(words: list[str], separator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == separator:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


# --- python and files ---


def _printed_by(code: str, start: int, names: dict[str, object]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile("\n" * start + code, "document", "exec"), names)
    return printed.getvalue()


def _output_below(lines: list[str], block: Block, following: list[Block]) -> Block:
    """The ``text`` block right below a block of code; an empty one where there is none."""
    if following and following[0].language == "text" and not any(lines[block.end + 1 : following[0].start - 1]):
        return following[0]
    return Block("text", (), block.end + 1)


def _write(lines: tuple[str, ...]) -> None:
    """Write the file that a block holds, or change those of its lines that the block gives anew."""
    name = _FILE.fullmatch(lines[0]) if lines else None
    if name is None:
        return
    path = Path(name[1])
    if not name[2]:
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        return
    text = path.read_text("utf-8")
    for line in filter(None, lines[1:]):
        field = line.partition("=")[0]
        text, count = re.subn(rf"^{re.escape(field)}=.*$", lambda _, line=line: line, text, flags=re.MULTILINE)
        assert count == 1, f"{name[1]} has {count} lines that begin with '{field}='"
    path.write_text(text, "utf-8")
