"""Whoever reads a file to replace it is alone with it, and a process that dies keeps nobody waiting."""

from __future__ import annotations

import errno
import fcntl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from resnet_inspect import file_lock as module
from resnet_inspect.errors import RequestError
from resnet_inspect.file_lock import file_lock

HOLDER = """
import sys, time
from resnet_inspect.file_lock import file_lock
with file_lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_nothing_is_left_beside_the_file(tmp_path):
    with file_lock(tmp_path / "a.json"):
        assert [path.name for path in tmp_path.iterdir()] == [".a.json.busy"]
    assert list(tmp_path.iterdir()) == []


def test_many_count_to_their_number(tmp_path):
    """Each reads the number and writes the next one: without waiting for each other they lose some."""
    counter = tmp_path / "counter"
    counter.write_text("0")

    def count():
        for _ in range(20):
            with file_lock(counter):
                number = int(counter.read_text())
                counter.write_text("")
                counter.write_text(str(number + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.read_text() == "80"


def test_a_link_and_its_file_are_one(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT_S", 0.0)
    (tmp_path / "link").symlink_to("a.json")
    with (
        file_lock(tmp_path / "a.json"),
        pytest.raises(RequestError, match="another process"),
        file_lock(tmp_path / "link"),
    ):
        pass


def test_who_waits_too_long_is_told_and_a_killed_process_is_not_waited_for(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    monkeypatch.setattr(module, "TIMEOUT_S", 0.1)
    with (
        pytest.raises(
            RequestError, match=r"a\.json is being written by another process and was not released within 0\.1 s"
        ),
        file_lock(path),
    ):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert Path(tmp_path, ".a.json.busy").exists(), "what is left of it"
    with file_lock(path):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["none/a.json", "loop/a.json"])
def test_where_nothing_can_be_written_it_says_so(tmp_path, path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RequestError, match=r"a\.json cannot be written"), file_lock(tmp_path / path):
        pass


def test_a_file_system_without_locks_is_written_to_all_the_same(tmp_path, monkeypatch):
    def without(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", without)
    with file_lock(tmp_path / "a.json"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_without_fcntl_the_file_itself_is_the_sign(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setattr(module, "TIMEOUT_S", 0.0)
    with (
        file_lock(tmp_path / "a.json"),
        pytest.raises(RequestError, match="another process"),
        file_lock(tmp_path / "a.json"),
    ):
        pass
    with file_lock(tmp_path / "a.json"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_mark_that_its_holder_has_just_removed_holds_nothing(tmp_path, monkeypatch):
    """Between opening it and holding it: whoever comes next makes a new one, and both would be alone."""
    mark = tmp_path / ".a.json.busy"
    flock, left = fcntl.flock, [mark]

    def late(descriptor, how):
        while left:
            left.pop().unlink()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with file_lock(tmp_path / "a.json"):
        assert mark.exists()
