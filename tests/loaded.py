"""What a program loads and says: asked of a fork of a Python that has run the program's first lines once for all.

What is loaded at the end is what a Python of the program's own would have loaded.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from typing import NamedTuple

SERVER = """
import io, json, os, sys, traceback
answers = os.fdopen(os.dup(1), "w")
{first}
for request in sys.stdin:
    program, folder, environment = json.loads(request)
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        os.environ.update(environment)
        sys.stdout, sys.stderr = out, err = [io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2)]
        try:
            exec(program)
        except BaseException as error:
            if not isinstance(error, SystemExit) or error.code:  # completion exits with 0
                traceback.print_exc(file=sys.__stderr__)
                os._exit(1)
        said = [(stream.flush(), stream.buffer.getvalue().decode())[1] for stream in (out, err)]
        print(json.dumps([sorted(sys.modules), *said]), file=answers, flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print("null", file=answers, flush=True)
"""
COMMAND = "from resnet_inspect.cli.main import run"
"""First lines of programs that run commands."""


class Ran(NamedTuple):
    modules: set[str]
    """Names of all that are loaded at the end."""

    out: str
    err: str


def ran(program: str, first: str = "", **environment: str) -> Ran:
    """Return what comes of ``first`` and ``program``, which must not fail; what ``first`` says is not caught."""
    server = _server(first)
    print(json.dumps([program, os.getcwd(), environment]), file=server.stdin, flush=True)  # noqa: PTH109
    answer = json.loads(server.stdout.readline())
    assert answer is not None, "the program fails: standard error says why"
    modules, out, err = answer
    return Ran(set(modules), out, err)


def modules_after(program: str, first: str = "", **environment: str) -> set[str]:
    """Return the names of all modules that are loaded after ``first`` and ``program``, which must not fail."""
    return ran(program, first, **environment).modules


def modules_of_command(arguments: list[str], first: str = "", **environment: str) -> set[str]:
    """Return the names of all modules that are loaded after a command that succeeds."""
    return modules_after(f"assert run({arguments!r}) == 0", f"{first}\n{COMMAND}", **environment)


@functools.cache
def _server(first: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SERVER.format(first=first)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
