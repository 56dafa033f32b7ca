"""``check`` and what is around it: standard input, closed pipes, full disks, odd names and Ctrl-C."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from check_configs import BROKEN
from forked import tool

from resnet_inspect.configs.read_text import MAX_CONFIG_BYTES


def in_a_shell(script: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a shell line in which $TOOL is the command."""
    environment = {**os.environ, "TOOL": tool(), **environment}
    return subprocess.run(["bash", "-c", script], capture_output=True, check=False, env=environment)


@pytest.fixture
def standard_input(monkeypatch):
    """``standard_input(b"...")`` is what the next command reads."""
    return lambda content: monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("content", "arguments", "shown"),
    [
        (b"base: resnt18", ["--stdin-filename", "nets/a.yaml"], "nets/a.yaml:1:7: error RI001"),
        (b'base = "resnt18"', [], "<stdin>:1:8: error RI001"),
        (b"", ["--stdin-filename", "none.toml"], "none.toml: error RI001"),
        (b"#" * (1 << 21), [], "<stdin>: error RI001 is larger than"),
        (b"#" * (MAX_CONFIG_BYTES + 1), [], "<stdin>: error RI001 is larger than"),
    ],
)
def test_standard_input_has_a_name(command, folder, standard_input, content, arguments, shown):
    del folder
    standard_input(content)
    done = command("check", "-", *arguments, "-q")
    assert done.code == 1
    assert done.out.startswith(shown)


def test_there_may_be_no_standard_input(command, folder, monkeypatch):
    del folder
    monkeypatch.setattr("sys.stdin", None)
    done = command("check", "-", "good.toml")
    assert (done.code, done.err) == (2, "error: there is no standard input to read\n")


def test_standard_input_may_be_a_folder(command, folder, monkeypatch):
    class Folder(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, _buffer):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))

    del folder
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(Folder())))
    done = command("check", "-")
    assert (done.code, done.err) == (2, "error: standard input cannot be read: Is a directory\n")


def test_broken_files_alone_need_no_torch(folder):
    del folder
    code = "import sys; from resnet_inspect.cli.main import run; run(['check', 'broken.toml']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "resnet_inspect.checking.judge" in done.stdout.split()
    assert "torch" not in done.stdout.split()


def test_a_closed_pipe_is_no_error(folder):
    del folder
    done = in_a_shell("$TOOL check broken.toml other.toml -f json | head -n 1; echo ${PIPESTATUS[0]}")
    assert done.stderr == b""
    assert done.stdout.splitlines()[0] == b"{"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_told(command, folder):
    del folder
    done = in_a_shell("$TOOL check broken.toml > /dev/full")
    assert (done.returncode, done.stderr) == (2, b"error: cannot write to standard output: No space left on device\n")
    done = command("check", "broken.toml", "-o", "/dev/full")
    assert (done.code, done.out) == (2, "")
    assert "/dev/full cannot be written" in done.err


def test_names_of_any_bytes_are_shown(command, folder):
    name = os.fsdecode(b"net-\xff\x1b[31m.toml")
    try:
        (folder / name).write_text(BROKEN)
    except OSError:
        pytest.skip("this file system wants UTF-8")
    for output_format in ("table", "json", "csv", "markdown", "html", "github", "sarif", "junit"):
        done = command("check", name, "-f", output_format)
        assert (done.code, done.err) == (1, ""), output_format
        assert "\x1b" not in done.out
        assert done.out.encode(), "nothing that UTF-8 cannot hold"
    assert command("check", "net-*", "-q").out.startswith("net-")


INTERRUPTIBLE = """
import signal
from resnet_inspect.cli.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
"""A job in the background is born deaf to Ctrl-C, and tests may be one."""


def at_work(session: int, workers: int) -> bool:
    """Return whether the command, its tracker, the fork server and all workers, with torch, are running."""
    here = processes_of(session)
    try:
        return len(here) >= 3 + workers and (not workers or sum(map(has_torch, here)) > workers)  # and the fork server
    except OSError:
        return False  # one has just ended


def has_torch(pid: int) -> bool:
    return "libtorch" in Path(f"/proc/{pid}/maps").read_text()


def processes_of(session: int) -> set[int]:
    """Of a session as ``setsid`` makes them; zombies do not count."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just gone
            continue
        if int(its_session) == session and state != "Z":
            found.add(int(stat.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("workers", [0, 2], ids=["while torch is imported", "while files are checked"])
def test_ctrl_c_leaves_nothing_behind(folder, workers):
    """The command, its tracker, the fork server and the workers: none says a word, none stays."""
    for number in range(200):
        (folder / f"net{number}.toml").write_text(f'base = "resnet152"\nnum_classes = {number + 1}\n')
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "check", ".", "--jobs", "2", "-o", "report.txt"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    while process.poll() is None and not at_work(process.pid, workers):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    printed, said = process.communicate(timeout=30)
    assert (process.returncode, printed, said) == (130, b"", b"")
    end = time.monotonic() + 30
    while (left := processes_of(process.pid)) and time.monotonic() < end:
        time.sleep(0.01)
    assert not left
    assert not list(folder.glob("*report*"))
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
