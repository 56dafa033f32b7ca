"""The command in a fork of a process that has imported it: a process of its own, without the second that a start takes.

For tests of what a process does with its streams, its environment and its exit code. Tests of how Python starts and ends
(imports, limits, signals, other processes, the encoding of file names) start a Python of their own.

In the place of the command, a small Python (``ask``) sends its arguments, environment, current folder and open streams
to a server (``serve``), and what Python has made of the streams. A fork of the server takes them over and runs the
command; the small Python leaves with its exit code.
"""

from __future__ import annotations

import json
import os
import socket
import sys

STREAMS = ("stdin", "stdout", "stderr")
STREAM_LOST = 120
"""Python's own exit code where it cannot flush a stream at its end."""


def tool() -> str:
    """Return the words that run the command in a fork, for a shell; they start Python where there is no such fork."""
    import shlex

    address = _server()
    words = ["-m", "resnet_inspect"] if address is None else ["-SP", __file__, "ask", address]
    return shlex.join([sys.executable, *words])


def _server() -> str | None:
    """Return the address of the server, which ends with this process; start it when it is first asked for."""
    global _address  # noqa: PLW0603
    if _address is None and hasattr(os, "pidfd_open"):
        import atexit
        import subprocess
        import tempfile

        folder = tempfile.TemporaryDirectory(prefix="forked-")
        _address = os.path.join(folder.name, "door")  # noqa: PTH118  # a client imports no more than it has to
        server = subprocess.Popen(
            [sys.executable, __file__, "serve", _address],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        server.stdout.read(1)  # it is ready
        atexit.register(folder.cleanup)
        atexit.register(server.communicate)
    return _address


_address: str | None = None


def ask(address: str, arguments: list[str]) -> int:
    """Have a fork of the server run the command with all that this process was given; return its exit code."""
    there = [number for number in range(3) if _is_open(number)]  # first: what is opened next takes a free number
    streams = [getattr(sys, name) for name in STREAMS]
    request = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "there": there,
        "streams": [stream and (stream.encoding, stream.errors, stream.line_buffering) for stream in streams],
    }
    content = json.dumps(request).encode()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address)
        socket.send_fds(line, [len(content).to_bytes(4)], [os.open(".", os.O_RDONLY), *there])
        line.sendall(content)
        answer = line.recv(1)
    assert answer, "the server has failed"
    return answer[0]


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def serve(address: str) -> None:
    """Import the whole package, then fork for each request, until standard input ends."""
    import functools
    import gc
    import importlib
    import pkgutil
    import select
    import signal

    import typer.main

    import resnet_inspect
    from resnet_inspect.cli.app import app

    for module in pkgutil.walk_packages(resnet_inspect.__path__, "resnet_inspect."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    typer.main.get_command = functools.cache(typer.main.get_command)
    typer.main.get_command(app)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        os.write(1, b"\n")
        while sys.stdin not in select.select([door, sys.stdin], [], [])[0]:
            line, _ = door.accept()
            if os.fork() == 0:
                door.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _answer(line)
            line.close()


def _answer(line: socket.socket) -> None:
    """Run the command in a child and tell its exit code; end it where the one who asks has gone."""
    import select
    import signal

    size, descriptors, _, _ = socket.recv_fds(line, 4, 4)
    with line.makefile("rb") as stream:
        content = stream.read(int.from_bytes(size))
    child = os.fork()
    if child == 0:
        line.close()
        _become(json.loads(content), *descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    ended = os.pidfd_open(child)
    if ended not in select.select([line, ended], [], [])[0]:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    line.send(bytes([code if code >= 0 else 128 - code]))
    os._exit(0)


def _become(request: dict, here: int, *streams: int) -> None:
    """Be the process that asks, and run the command."""
    from resnet_inspect.cli.main import main

    for number in range(3):
        os.close(number)
    for number, stream in zip(request["there"], streams, strict=True):
        os.dup2(stream, number)
        os.close(stream)
    os.fchdir(here)
    os.close(here)
    os.environ.clear()
    os.environ.update(request["environment"])
    for number, (name, form) in enumerate(zip(STREAMS, request["streams"], strict=True)):
        stream = form and _opened(number, *form)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.argv = ["resnet-inspect", *request["arguments"]]
    sys.path[0] = os.getcwd()  # noqa: PTH109  # as -m has it
    try:
        main()
    except SystemExit as leaving:
        _leave(leaving.code)


def _opened(number: int, encoding: str, errors: str, line_buffering: bool) -> object:
    mode = "w" if number else "r"
    return open(number, mode, 1 if line_buffering else -1, encoding, errors, closefd=False)


def _leave(code: int) -> None:
    """End as Python does, but without taking torch to pieces, which takes longer than most commands."""
    import atexit

    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except OSError:
            code = STREAM_LOST
    os._exit(code)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        sys.exit(ask(sys.argv[2], sys.argv[3:]))
