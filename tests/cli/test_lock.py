"""``lock`` as people and CI call it: what is written, what stays, and what is refused."""

from __future__ import annotations

import csv
import errno
import io
import json
import os

import pytest
from locked_configs import LOCK, V1, V1_5, entries, findings, statuses

from resnet_inspect import atomic, file_lock
from resnet_inspect.checking import pool
from resnet_inspect.checking.lock import file as lock_file

BROKEN = "base = 3\n"
TOO_SMALL = 'base = "resnetblur50"\ninput_size = [16, 16]\n'


def test_what_was_locked_is_found_unchanged(command, locked):
    before = (locked / LOCK).read_bytes()
    assert list(entries(locked)) == ["configs/net.toml", "configs/small.toml"]
    assert command("check", "--locked", "configs").code == 0
    again = command("lock", "configs/*.toml", "-f", "json")
    assert (again.code, statuses(again)) == (0, {"configs/net.toml": "unchanged", "configs/small.toml": "unchanged"})
    assert not json.loads(again.out)["written"]
    assert (locked / LOCK).read_bytes() == before


def test_what_another_process_locks_meanwhile_stays(command, locked, monkeypatch):
    """It comes while our configs run: after the lock was read, before it is written."""
    for name in ("one", "two"):
        (locked / "configs" / f"{name}.toml").write_text('base = "resnet34"\n')
    ours = pool.check_files

    def check_files(targets, *arguments, **options):
        yield from ours(targets, *arguments, **options)
        monkeypatch.undo()
        monkeypatch.chdir(locked)
        assert command("lock", "configs/two.toml").code == 0

    monkeypatch.setattr(pool, "check_files", check_files)
    done = command("lock", "configs/one.toml", "-f", "json")
    assert (done.code, statuses(done), json.loads(done.out)["kept"]) == (0, {"configs/one.toml": "new"}, 3)
    assert list(entries(locked)) == [f"configs/{name}.toml" for name in ("net", "one", "small", "two")]
    assert sorted(path.name for path in locked.iterdir()) == ["configs", LOCK]


def test_a_lock_that_others_write_is_waited_for_and_one_that_stays_as_it_is_is_not(command, locked, monkeypatch):
    monkeypatch.setattr(file_lock, "TIMEOUT_S", 0.0)
    before = (locked / LOCK).read_bytes()
    with file_lock.file_lock(LOCK):
        assert command("lock", "configs").code == 0, "nothing is new"
        (locked / "configs" / "net.toml").write_text(V1)
        done = command("lock", "configs")
    assert (done.code, done.out) == (2, "")
    assert f"{LOCK} is being written by another process" in done.err
    assert (locked / LOCK).read_bytes() == before


def test_only_the_named_files_are_locked_anew(command, locked):
    for name in ("net", "small"):
        (locked / "configs" / f"{name}.toml").write_text('base = "resnet34"\n')
    done = command("lock", "configs/small.toml")
    assert done.code == 0
    assert "18 → 34" in done.out
    assert "1 changed, 1 other entry kept" in done.out
    assert {path: net["depth"] for path, net in entries(locked).items()} == {
        "configs/net.toml": 50,
        "configs/small.toml": 34,
    }


def test_another_name_is_written_down_and_no_finding(command, locked):
    (locked / "configs" / "net.toml").write_text(V1_5 + 'name = "mine50"\nzero_init_last = true\n')
    assert command("check", "--locked", "configs").code == 0
    assert statuses(command("lock", "configs/net.toml", "-f", "json")) == {"configs/net.toml": "renamed"}
    assert entries(locked)["configs/net.toml"]["model"] == "mine50"


@pytest.mark.parametrize(("content", "code"), [(BROKEN, "RI001"), (TOO_SMALL, "RI002"), ("\0", "RI001")])
def test_what_cannot_be_locked_keeps_its_entry_and_the_others_are_written(command, locked, content, code):
    before = entries(locked)["configs/net.toml"]
    (locked / "configs" / "net.toml").write_text(content)
    (locked / "configs" / "new.toml").write_text('base = "resnet34"\n')
    done = command("lock", "configs/net.toml", "configs/new.toml", "-f", "json")
    report = json.loads(done.out)
    assert done.code == 1
    assert {(problem["path"], problem["code"]) for problem in report["problems"]} == {("configs/net.toml", code)}
    assert statuses(done) == {"configs/new.toml": "new"}
    assert list(entries(locked)) == ["configs/net.toml", "configs/new.toml", "configs/small.toml"]
    assert entries(locked)["configs/net.toml"] == before
    found = {code for _, code, _ in findings(command("check", "--locked", "configs/net.toml", "-f", "json"))}
    assert found == ({"RI301", "RI002"} if code == "RI002" else {code})


def test_nothing_to_write_is_not_written(command, lockable):
    (lockable / "configs" / "net.toml").write_text(BROKEN)
    assert command("lock", "configs/net.toml").code == 1
    assert not (lockable / LOCK).exists()


def test_a_missing_path_is_a_wrong_request_and_the_others_are_locked(command, lockable):
    done = command("lock", "configs/net.toml", "none.toml")
    assert done.code == 2
    assert "no such file or folder: none.toml" in done.err
    assert list(entries(lockable)) == ["configs/net.toml"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "--locked", "configs"], f"{LOCK}: there is no such lock ('resnet-inspect lock'"),
        (["check", "--locked", "--lock-file", "none.json", "configs"], "none.json: there is no such lock"),
        (["check", "--lock-file", "a.json", "configs"], "--lock-file needs --locked"),
        (["lock", "-"], "standard input has no path"),
        (["lock", "--lock-file", "none/a.json", "configs"], "none/a.json cannot be written"),
        (["lock", "--lock-file", "configs", "configs"], "configs: is a directory"),
        (["lock", "empty"], "nothing to lock"),
        (["lock", "--timeout", "1e7", "configs"], "timeout 1e+07 is not valid"),
        (["lock", "none.toml"], "no such file or folder: none.toml"),
    ],
)
def test_wrong_requests(command, lockable, arguments, words):
    (lockable / "empty").mkdir()
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("arguments", [["lock", "configs"], ["check", "--locked", "configs"]])
def test_a_broken_lock_is_neither_used_nor_overwritten(command, locked, arguments):
    text = (locked / LOCK).read_text("utf-8").replace('"depth": 18', '"depth": NaN')
    (locked / LOCK).write_text(text, "utf-8")
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert f"{LOCK}:" in done.err
    assert "NaN is not a JSON number" in done.err
    assert (locked / LOCK).read_text("utf-8") == text


def test_paths_are_those_from_the_lock_wherever_it_is_run(command, locked, monkeypatch):
    before = (locked / LOCK).read_bytes()
    (locked / "pyproject.toml").write_text("[tool.resnet-inspect]\n")
    monkeypatch.chdir(locked / "configs")
    assert command("check", "--locked").code == 0
    assert command("lock", str(locked / "configs")).code == 0
    assert (locked / LOCK).read_bytes() == before
    assert command("lock", "--lock-file", "here.json", ".").code == 0
    assert list(entries(locked / "configs", "here.json")) == ["net.toml", "small.toml"]
    (locked / "pyproject.toml").write_text('[tool.resnet-inspect]\nlock = "locks/all.json"\n')
    (locked / "locks").mkdir()
    assert command("lock").code == 0
    assert list(entries(locked / "locks", "all.json")) == ["../configs/net.toml", "../configs/small.toml"]
    assert command("check", "--locked").code == 0


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(("misfortune", "code"), [(full, 2), (interrupted, 130)])
@pytest.mark.parametrize("when", ["fsync", "fchmod"])
def test_a_full_disk_or_an_interrupt_leaves_the_old_lock(command, locked, monkeypatch, misfortune, code, when):
    before = (locked / LOCK).read_bytes()
    (locked / "configs" / "net.toml").write_text(V1)
    monkeypatch.setattr(atomic.os, when, misfortune)
    done = command("lock", "configs")
    assert done.code == code
    assert (locked / LOCK).read_bytes() == before
    assert sorted(path.name for path in locked.iterdir()) == ["configs", LOCK]


def test_csv_has_both_sides_of_every_file(command, locked):
    (locked / "configs" / "net.toml").write_text(V1)
    rows = list(csv.DictReader(io.StringIO(command("lock", "configs", "-f", "csv").out)))
    assert [(row["file"], row["status"], row["macs_before"], row["macs"]) for row in rows] == [
        ("configs/net.toml", "changed", "4089184256", "3857973248"),
        ("configs/small.toml", "unchanged", "1814073344", "1814073344"),
    ]


def test_check_says_what_would_become_of_every_entry_and_writes_nothing(command, locked):
    before = (locked / LOCK).read_bytes()
    done = command("lock", "configs", "--check")
    assert (done.code, done.out.splitlines()[-1]) == (0, f"{LOCK} would not change: 2 unchanged")
    (locked / "configs" / "net.toml").write_text(V1)
    (locked / "configs" / "new.toml").write_text('base = "resnet34"\n')
    (locked / "configs" / "small.toml").unlink()
    done = command("lock", "configs", "--check", "-f", "json")
    report = json.loads(done.out)
    assert (done.code, report["written"], report["would_change"], report["ok"]) == (1, False, True, True)
    assert statuses(done) == {"configs/net.toml": "changed", "configs/new.toml": "new"}
    assert report["dropped"] == ["configs/small.toml"]
    assert command("lock", "configs", "--check").out.splitlines()[-3:] == [
        f"{LOCK} would change: 1 new, 1 changed",
        "would be dropped, because the file is gone: configs/small.toml",
        "'resnet-inspect lock' without --check writes it",
    ]
    assert (locked / LOCK).read_bytes() == before
    assert sorted(path.name for path in locked.iterdir()) == ["configs", LOCK]
    done = command("lock", "configs", "-f", "json")
    assert (done.code, json.loads(done.out)["would_change"]) == (0, None)
    assert command("lock", "configs", "--check").code == 0


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("net", V1_5 + "zero_init_last = true\n", 0, "would not change: 1 unchanged, 1 other entry kept"),
        ("net", V1_5 + 'name = "mine50"\n', 1, "would change: 1 renamed, 1 other entry kept"),
        ("net", BROKEN, 1, "would not change: 1 cannot be locked, 2 other entries kept"),
        ("new", V1_5, 1, "would change: 1 new, 2 other entries kept"),
    ],
)
def test_check_exits_with_1_where_the_lock_would_change_or_a_file_cannot_be_locked(
    command, locked, name, content, code, words
):
    path = locked / "configs" / f"{name}.toml"
    path.write_text(content)
    done = command("lock", str(path), "--check")
    assert (done.code, words in done.out) == (code, True), done.out


def test_check_needs_no_lock_and_asks_for_one_where_there_is_something_to_lock(command, lockable):
    done = command("lock", "configs", "--check")
    assert (done.code, f"{LOCK} would change: 2 new" in done.out) == (1, True)
    assert command("lock", "configs", "none.toml", "--check").code == 2
    assert not (lockable / LOCK).exists()


def test_check_waits_for_nobody(command, locked, monkeypatch):
    monkeypatch.setattr(file_lock, "TIMEOUT_S", 0.0)
    (locked / "configs" / "net.toml").write_text(V1)
    with file_lock.file_lock(LOCK):
        assert command("lock", "configs", "--check").code == 1


@pytest.mark.parametrize("options", [[], ["--check"]])
def test_a_lock_that_could_not_be_read_again_is_refused(command, locked, monkeypatch, options):
    monkeypatch.setattr(lock_file, "MAX_BYTES", (locked / LOCK).stat().st_size)
    (locked / "configs" / "another.toml").write_text(V1)
    done = command("lock", "configs", *options)
    assert (done.code, done.out) == (2, "")
    assert f"{LOCK} would be larger than" in done.err
