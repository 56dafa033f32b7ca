"""A process that has imported torch once, and runs pytest in a fork of itself for each mutant.

Serve:  python fork_server.py serve SOCKET TREE
Ask:    python fork_server.py ask SOCKET PYTEST-ARGUMENT ...    (exits with pytest's code)
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

FAILED = 9
"""Exit code where pytest gave none."""

_HEAVY = ("torch", "hypothesis", "numpy", "pydantic", "rich", "typer", "yaml", "tomli", "tree_sitter_toml")
"""What the tests import of others. Nothing of the package itself: each fork has to read the mutant."""


def ask(address: str, arguments: list[str]) -> int:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address)
        line.sendall("\0".join(arguments).encode())
        answer = line.recv(1)
    return answer[0] if answer else FAILED


def serve(address: str, tree: str) -> None:
    os.chdir(tree)
    sys.path.insert(0, tree)
    for name in _HEAVY:
        __import__(name)
    import torch

    torch.set_num_threads(1)
    Path(address).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        while True:
            line, _ = door.accept()
            with line:
                _answer(line)


def _answer(line: socket.socket) -> None:
    """Run the tests; end them where the one who asked has gone, as it is when its time is up."""
    arguments = line.recv(65536).decode().split("\0")
    if arguments == [""]:  # somebody asked whether the server has started
        return
    child = os.fork()
    if child == 0:
        _run(arguments)
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if select.select([line], [], [], 0.05)[0]:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return
    with suppress(OSError):
        line.sendall(bytes([os.waitstatus_to_exitcode(ended[1]) & 255]))


def _run(arguments: list[str]) -> None:
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    sys.dont_write_bytecode = True  # it could pass for that of the next mutant
    code = FAILED
    try:
        import pytest

        code = int(pytest.main(arguments))
    finally:
        os._exit(code)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(*sys.argv[2:])
    else:
        sys.exit(ask(sys.argv[2], sys.argv[3:]))
