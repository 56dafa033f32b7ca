"""Files made to do harm, and things that are no files, through the command line: each gets its finding, and no more.

Work is bounded by what the operating system grants the process, not by a clock: memory, and processor time many times
that which is needed; a process that hangs is killed.
"""

from __future__ import annotations

import functools
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

import pytest
from bombs import FILES, HARMLESS
from each import for_each

from resnet_inspect.checking import judge
from resnet_inspect.checking.settings import settings_of
from resnet_inspect.configs import read_text

MIB = 1 << 20
PATIENCE = 120
"""Seconds until a process counts as hanging; it takes two."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")


class Done(NamedTuple):
    code: int
    out: str
    err: str
    peak: int
    """Memory in bytes."""

    def findings(self) -> dict[str, list[dict[str, object]]]:
        """File name -> findings."""
        files = json.loads(self.out)["files"]
        return {Path(file["path"]).name: file["findings"] for file in files}


def grant() -> None:
    """Address space, which is mostly never touched, and seconds of processor time."""
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))


MEASURED = """
import os, sys
child = os.fork()
if not child:
    os.execv(sys.executable, [sys.executable, "-m", "resnet_inspect", "check", "--jobs", "1", *sys.argv[2:]])
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    file.write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status) % 256)
"""
"""A small process in between: the peak of one that pytest itself starts is at least that of pytest."""


def check(folder: Path, *arguments: str) -> Done:
    """Run ``resnet-inspect check`` in a folder, in one process; its output goes to files, so that a pipe cannot hold it up."""
    printed, complained, peak = (folder.parent / name for name in ("printed", "complained", "peak"))
    with printed.open("wb") as out, complained.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-c", MEASURED, str(peak), *arguments],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
            preexec_fn=grant,  # noqa: PLW1509  # pytest has no other thread here
        )  # fmt: skip
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    factor = 1 if sys.platform == "darwin" else 1024
    return Done(code, *(path.read_text("utf-8") for path in (printed, complained)), int(peak.read_text()) * factor)


PARTS = [list(FILES)[start::4] for start in range(4)]
"""What is checked at once: each takes a few seconds."""


@pytest.fixture(scope="module")
def bombs_checked(tmp_path_factory) -> Callable[[int], Done]:
    folder = tmp_path_factory.mktemp("bombs") / "files"
    folder.mkdir()
    for name, (content, _) in FILES.items():
        (folder / name).write_bytes(content)
    return functools.cache(lambda part: check(folder, "--format", "json", *PARTS[part]))


@pytest.mark.parametrize("part", range(len(PARTS)))
def test_bombs_are_findings_and_nothing_else(bombs_checked, part):
    done = bombs_checked(part)
    assert (done.code, done.err) == (1, "")
    assert list(done.findings()) == PARTS[part]


@for_each("name", FILES)
def test_a_bomb_is_told_with_its_reason(bombs_checked, name):
    (part,) = (part for part, names in enumerate(PARTS) if name in names)
    findings = bombs_checked(part).findings()[name]
    assert {finding["code"] for finding in findings} == {"RI001"}
    assert FILES[name][1] in findings[0]["message"]
    assert len(findings) <= 101, "no more than anybody reads"
    assert max(len(json.dumps(finding)) for finding in findings) < 5_000


@pytest.mark.parametrize("kind", ["toml", "yaml", "json"])
def test_a_field_given_twice_has_a_place(bombs_checked, kind):
    found = {name: findings for part in range(len(PARTS)) for name, findings in bombs_checked(part).findings().items()}
    (finding,) = found[f"key twice.{kind}"]
    assert isinstance(finding["line"], int)
    assert isinstance(finding["column"], int)


@pytest.mark.parametrize("part", range(len(PARTS)))
def test_bombs_leave_the_memory_alone(bombs_checked, part):
    assert bombs_checked(part).peak < 500 * MIB, "without torch, which takes 250"


def test_what_is_large_or_odd_may_still_be_right(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for name, content in HARMLESS.items():
        (folder / name).write_bytes(content)
    done = check(folder, "--format", "json", *HARMLESS)
    assert (done.code, done.err) == (0, "")
    assert set(done.findings()) == set(HARMLESS)
    assert done.peak < 1_000 * MIB


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)  # a longer path may be too long


def make_loop(path: Path) -> None:
    path.symlink_to(path.name)


def make_link_to_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def make_endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_terminal(path: Path) -> None:
    path.symlink_to("/dev/tty")


def make_unreadable(path: Path) -> None:
    path.write_text('base = "resnet18"\n')
    path.chmod(0)


ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "pipe.toml": (make_pipe, "is a pipe or device, not a file"),
    "socket.toml": (make_socket, "is a pipe or device, not a file"),
    "loop.toml": (make_loop, "cannot be read: too many levels of symbolic links"),
    "nowhere.toml": (make_link_to_nowhere, "no such file"),
    "endless.toml": (make_endless, "is a pipe or device, not a file"),
    "terminal.toml": (make_terminal, "is a pipe or device, not a file"),
}
if os.name != "nt" and os.geteuid() != 0:  # root may read everything
    ODD["unreadable.toml"] = (make_unreadable, "cannot be read: permission denied")


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def odd(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("odd") / "files"
    (folder / "folder.toml").mkdir(parents=True)
    (folder / "folder.toml" / "broken.toml").write_text("block = 1\n")
    with inside(folder):
        for name, (make, _) in ODD.items():
            make(Path(name))
    return folder


def test_things_that_are_no_files_are_findings(odd):
    done = check(odd, "--format", "json", *ODD)
    assert (done.code, done.err) == (1, "")
    assert {name: found[0]["message"] for name, found in done.findings().items()} == {
        name: said for name, (_, said) in ODD.items()
    }


def test_a_folder_with_things_that_are_no_files_is_walked_to_its_end(odd):
    done = check(odd, "--format", "json", ".")
    assert (done.code, done.err) == (1, "")
    assert done.findings()["broken.toml"][0]["code"] == "RI001", "in a folder that is called folder.toml"
    assert "pipe.toml" not in done.findings(), "nobody has named it"


def test_links_in_circles_are_walked_once(tmp_path):
    folder = tmp_path / "files"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "up").symlink_to("../..")
    (folder / "a" / "net.toml").write_text("block = 1\n")
    done = check(folder, "--format", "json", ".")
    assert (done.code, done.err) == (1, "")
    assert [file["path"] for file in json.loads(done.out)["files"]] == ["a/net.toml"]


def test_a_file_that_vanishes_after_it_was_listed_is_a_finding(tmp_path, monkeypatch):
    path = tmp_path / "net.toml"
    path.write_text('base = "resnet18"\n')
    declare = judge.declare

    def late(source: Path, **options: object) -> object:
        source.unlink()
        return declare(source, **options)

    monkeypatch.setattr(judge, "declare", late)
    result = judge.check_file(judge.Target(str(path)), settings_of())
    assert [(finding.code, finding.message) for finding in result.findings] == [("RI001", "no such file")]


def test_a_file_that_grows_while_it_is_read_is_read_as_far_as_a_config_may_go(tmp_path, monkeypatch):
    asked: list[int] = []

    class Growing:
        """There is always more of it."""

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def read(self, size: int) -> bytes:
            asked.append(size)
            return b"#" * size

    path = tmp_path / "net.toml"
    path.write_text('base = "resnet18"\n')
    settings = settings_of()
    monkeypatch.setattr(read_text.Path, "open", lambda *_: Growing())
    result = judge.check_file(judge.Target(str(path)), settings)
    (finding,) = result.findings
    assert (finding.message, finding.hint) == ("is larger than 256 KiB", "no config needs more")
    assert set(asked) == {read_text.MAX_CONFIG_BYTES + 1}
