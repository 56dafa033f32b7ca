"""A file is written whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from resnet_inspect.atomic import replacing
from resnet_inspect.errors import RequestError


def write(path, data=b"new"):
    with replacing(path) as stream:
        stream.write(data)


def test_a_new_file_has_its_content_and_nothing_is_left_beside_it(tmp_path):
    write(tmp_path / "a.json")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_bytes() == b"new"


def test_a_new_file_gets_the_permissions_of_new_files(tmp_path):
    (tmp_path / "other").write_bytes(b"")
    write(tmp_path / "a")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_an_existing_file_keeps_its_permissions(tmp_path):
    target = tmp_path / "a"
    target.write_bytes(b"old")
    target.chmod(0o640)
    write(target)
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (b"new", 0o640)


@pytest.mark.parametrize("name", ["ö" * 127, "🦊" * 63, "n" * 255])
def test_a_name_as_long_as_a_name_can_be(tmp_path, name):
    write(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_interrupt_before_the_temporary_file_is_known_leaves_none(tmp_path, monkeypatch):
    """Ctrl-C between the moment in which the system has made the file and the next line."""
    make = os.open

    def made_and_interrupted(path, *arguments):
        os.close(make(path, *arguments))
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "open", made_and_interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def write_half(path, error):
    with replacing(path) as stream:
        stream.write(b"half")
        raise error


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_an_interrupted_write_leaves_the_old_file(tmp_path, error):
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with pytest.raises(type(error)):
        write_half(target, error)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}


def test_until_the_end_the_old_file_stands(tmp_path):
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with replacing(target) as stream:
        stream.write(b"new")
        stream.flush()
        assert target.read_bytes() == b"old"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def loop(folder):
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    return folder / "one"


def fifo(folder):
    os.mkfifo(folder / "fifo")
    return folder / "fifo"


@pytest.mark.parametrize(
    "place",
    [
        lambda folder: folder,
        lambda folder: folder / "none" / "a",
        fifo,
        loop,
        lambda folder: folder / ("x" * 300),
        lambda folder: folder / "\0",
        lambda folder: folder / "\ud800",
    ],
    ids=["a folder", "no such folder", "a FIFO", "a loop of links", "too long a name", "a null byte", "no Unicode"],
)
def test_what_cannot_be_written_is_a_request_error_that_names_it(tmp_path, place):
    target = place(tmp_path)
    with pytest.raises(RequestError, match=r"cannot be written: .") as caught:
        write(target)
    assert str(target.parent)[:40] in str(caught.value)
    assert not list(tmp_path.glob("*.part"))


def test_a_full_disk_is_a_request_error(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RequestError, match="No space left on device"):
        write(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
