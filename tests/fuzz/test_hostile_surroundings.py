"""Streams that take nothing, environments that lack everything, and interruptions: the right exit code, no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

import pytest
from forked import tool

pytestmark = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc, /dev/full and signals")

ROOT = Path(__file__).parents[2]

PATIENCE = 120
"""Seconds until a process counts as hanging."""

UNWRITABLE = "error: cannot write to standard output: No space left on device\n"
KILLED = "the check did not finish: its process was killed by SIGKILL, as happens when memory runs out"
BROKEN = "broken.toml:1:8: error RI001"


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.toml").write_text('base = "resnt18"\n')
    return tmp_path


def in_a_shell(script: str, **environment: str | None) -> Done:
    """Run a shell line in which $TOOL is the command, and $PYTHON starts a Python for it; ``None`` takes a variable away."""
    known = {**os.environ, "TOOL": tool(), "PYTHON": f"{sys.executable} -m resnet_inspect", **environment}
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        check=False,
        timeout=PATIENCE,
        env={name: value for name, value in known.items() if value is not None},
    )
    out, err = (stream.decode("utf-8", "backslashreplace") for stream in (done.stdout, done.stderr))
    assert "Traceback" not in err, err
    assert "bug in resnet-inspect" not in err
    return Done(done.returncode, out, err)


@pytest.mark.parametrize(
    "line",
    [
        "$TOOL --help",
        "$TOOL check --help",
        "$PYTHON --version",
        "$TOOL schema",
        "$TOOL rule RI001",
        "$TOOL check broken.toml",
    ],
)
def test_a_full_disk_is_told_whatever_is_printed(folder, line):
    del folder
    assert in_a_shell(f"{line} > /dev/full") == (2, "", UNWRITABLE)


@pytest.mark.parametrize(
    "line", ["$TOOL check nowhere.toml", "$TOOL --nonsense", "$TOOL rule RI9", "$PYTHON --version > /dev/full"]
)
def test_where_errors_cannot_be_printed_the_exit_code_still_tells(folder, line):
    del folder
    assert in_a_shell(f"{line} 2> /dev/full")[:2] == (2, "")
    assert in_a_shell(f"{line} 2>&-")[:2] == (2, "")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("$TOOL check nowhere.toml > /dev/full 2>&1", 2),
        ("$PYTHON --version > /dev/full 2>&-", 2),
        ("$TOOL check nowhere.toml 2> >(true)", 2),
        ("$TOOL check broken.toml 2> /dev/full", 1),
        ("$TOOL check broken.toml nowhere.toml 2> /dev/full", 2),
        ("$TOOL count closing:nothing", 2),
    ],
)
def test_the_exit_code_is_right_where_nothing_can_be_said(folder, line, code):
    (folder / "closing.py").write_text("import sys\nsys.stderr.close()\n")
    assert in_a_shell(line).code == code


def test_a_full_disk_leaves_the_old_report(folder):
    small = 4  # blocks of 512 or 1,024 bytes that a file may have
    (folder / "report.json").write_text("old")
    fields = "".join(f"unknown_{number} = 1\n" for number in range(100))
    (folder / "broken.toml").write_text(fields)
    done = in_a_shell(f"ulimit -f {small}; trap '' XFSZ; exec $PYTHON check broken.toml -f json -o report.json")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: report.json cannot be written: File too large")
    assert (folder / "report.json").read_text() == "old"
    assert sorted(path.name for path in folder.iterdir()) == ["broken.toml", "report.json"]


@pytest.mark.parametrize(
    "line", ["$TOOL --help", "$PYTHON --version", "$TOOL check broken.toml", "$TOOL check broken.toml -f json"]
)
def test_a_reader_that_has_left_is_no_finding(folder, line):
    """Whoever reads is gone before there is anything to read."""
    del folder
    done = in_a_shell(f"exec 3> >(true); wait $!; {line} >&3")
    assert done == (141, "", "")


def test_a_reader_that_wants_one_line_gets_it(folder):
    del folder
    done = in_a_shell("$TOOL check broken.toml | head -n 1")
    assert done.out.startswith(BROKEN)
    assert done.err == ""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("$TOOL check broken.toml >&-", 1),
        ("$TOOL check broken.toml >&- 2>&-", 1),
        ("$TOOL check broken.toml <&-", 1),
        ("$PYTHON check broken.toml <&- >&- 2>&-", 1),
        ("$TOOL --help >&-", 0),
        ("$TOOL check - <&-", 2),
        ("$TOOL check - < /dev/null", 1),
        ("$TOOL check - < /dev/zero", 1),
    ],
)
def test_closed_and_odd_streams(folder, line, code):
    del folder
    assert in_a_shell(line).code == code


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": None},
        {"HOME": "/nowhere"},
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"TERM": "dumb", "COLUMNS": "1"},
        {"COLUMNS": "nonsense"},
        {"TMPDIR": "/nowhere"},
    ],
    ids=lambda environment: " ".join(f"{name}={value}" for name, value in environment.items()),
)
def test_an_environment_that_lacks_something(folder, environment):
    (folder / "wide.toml").write_text('base = "resnet18"\n"größe\U0001f525" = 1\n', encoding="utf-8")
    command = "$PYTHON" if "PYTHONUTF8" in environment else "$TOOL"
    done = in_a_shell(f"{command} check broken.toml wide.toml", **environment)
    assert (done.code, done.err) == (1, "")
    assert done.out.replace("\\x00", "").count("RI001") == 3
    if environment.get("PYTHONIOENCODING") == "ascii":
        assert done.out.isascii()


NO_UNICODE = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "utf-16"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": None},
]


@pytest.mark.parametrize("environment", NO_UNICODE, ids=str)
def test_what_programs_read_is_utf_8_whatever_the_encoding_of_the_stream(folder, environment):
    """What is printed is what a file would get."""
    (folder / "wide.toml").write_text('base = "resnet18"\n"größe\U0001f525" = 1\n', encoding="utf-8")
    formats = ("csv", "sarif", "junit", "github", "html", "markdown")
    done = in_a_shell(f"for f in {' '.join(formats)}; do $TOOL check wide.toml -f $f > $f; done", **environment)
    assert (done.code, done.err) == (1, "")
    assert in_a_shell("$PYTHON check wide.toml -f json > json", **environment)[::2] == (1, "")
    for name in ("json", *formats):
        said = (folder / name).read_bytes().decode("utf-8")
        assert "größe" in said, name
        assert not said.startswith("\ufeff"), name
        assert said.endswith("\n"), name
    assert json.loads((folder / "json").read_text("utf-8"))["files"]
    assert ET.parse(folder / "junit").getroot().tag == "testsuites"


def test_a_folder_that_nothing_can_be_written_to(folder):
    """/proc takes no file, not even from root."""
    done = in_a_shell(f"cd /proc && $TOOL check {folder}/broken.toml -o report.json")
    assert done.code == 2
    assert "report.json cannot be written" in done.err
    assert in_a_shell(f"cd /proc && $TOOL check {folder}/broken.toml").code == 1


def test_a_folder_that_is_gone(folder):
    (folder / "gone").mkdir()
    done = in_a_shell(f"cd gone && rmdir ../gone && PYTHONPATH={ROOT} $PYTHON check {folder}/broken.toml")
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: the current folder cannot be used: No such file or directory; change to another one\n"


def children(pid: int) -> set[int]:
    """All processes below ``pid``."""
    found = {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    return found.union(*(children(child) for child in found if Path(f"/proc/{child}").exists()))


def has_torch(pid: int) -> bool:
    return "libtorch" in Path(f"/proc/{pid}/maps").read_text()


def at_work(pid: int) -> bool:
    try:
        return has_torch(pid)
    except OSError:
        return False  # it has just ended


def test_ctrl_c_ends_a_single_process_without_a_word(folder):
    """For several, see ``cli/test_check_streams.py``."""
    for number in range(1_500):
        (folder / f"net{number}.toml").write_text(f'base = "resnet152"\nnum_classes = {number + 1}\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "resnet_inspect", "check", ".", "--jobs", "1", "-o", "report.txt"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    wait_for(lambda: at_work(process.pid) or process.poll() is not None)
    below = children(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    assert (*process.communicate(timeout=PATIENCE), process.returncode) == (b"", b"", 130)
    wait_for(lambda: not any(Path(f"/proc/{child}").exists() for child in below))
    assert not list(folder.glob("*report*"))


def workers(pid: int) -> list[int]:
    """The processes that check files: started by the fork server, which this process has started."""
    try:
        servers = children(pid)
        return [child for server in servers for child in children(server) if has_torch(child)]
    except OSError:
        return []


def test_a_worker_killed_from_outside_costs_one_file(folder):
    for number in range(20):
        (folder / f"net{number}.toml").write_text('base = "resnet152"\nname = "net"\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "resnet_inspect", "check", ".", "--jobs", "2", "-f", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    wait_for(lambda: len(workers(process.pid)) >= 2 or process.poll() is not None)
    os.kill(workers(process.pid)[0], signal.SIGKILL)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (1, b"")
    files = json.loads(out)["files"]
    failed = [file["findings"] for file in files if file["findings"] and file["path"] != "broken.toml"]
    assert len(files) == 21
    assert len(failed) <= 1, "none if it was at the broken one"
    lost = [finding for file in files for finding in file["findings"] if finding["code"] == "RI003"]
    assert [finding["message"] for finding in lost] == [KILLED]


def wait_for(condition) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
