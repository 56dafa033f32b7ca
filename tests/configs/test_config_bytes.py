from __future__ import annotations

import os
from pathlib import Path

import pytest
from config_problems import lines_of, load_stdin, load_text, problems_of

from resnet_inspect.configs.files import load
from resnet_inspect.configs.read_text import MAX_CONFIG_BYTES

GOOD = 'base = "resnet18"\nname = "é"\n'


@pytest.mark.parametrize("kind", ["TOML", "YAML", "JSON"])
@pytest.mark.parametrize("content", [b"", b" \r\n\t", b"\xef\xbb\xbf"])
def test_an_empty_file_says_what_a_config_needs(tmp_path, kind, content):
    (line,) = lines_of(problems_of(lambda: load_text(tmp_path, content, kind)))
    assert line.startswith("- is empty: a config needs block and stage_blocks, or base")


@pytest.mark.parametrize(
    "content",
    [GOOD.encode(), GOOD.encode("utf-8-sig"), GOOD.replace("\n", "\r\n").encode()],
    ids=["plain", "mark", "crlf"],
)
def test_a_byte_order_mark_and_line_ends_do_not_matter(tmp_path, content):
    assert load_text(tmp_path, content, "TOML").name == "é"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    ("kind", "text", "place"),
    [
        ("TOML", 'base = "resnet18"\nname = "é"\nx = 1', (3, 1)),
        ("TOML", 'base = "resnet18"\nname = {"é" = 1}\n', (2, 8)),
        ("YAML", 'base: resnet18\nname: "é"\nx: 1\n', (3, 1)),
        ("YAML", "{base: resnet18,\n name: é, x: 1}", (2, 11)),
        ("JSON", '{"base": "resnet18",\n"name": "é", "x": 1}', (2, 14)),
    ],
)
def test_places_are_counted_in_characters_whatever_the_bytes(tmp_path, newline, mark, kind, text, place):
    content = mark + text.replace("\n", newline).encode()
    (problem,) = problems_of(lambda: load_text(tmp_path, content, kind))
    assert (problem.line, problem.column) == place


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "mark"])
@pytest.mark.parametrize(
    ("content", "message", "place"),
    [
        (b"\xff", "is not UTF-8: byte 0xff at offset {0}", (1, 1)),
        (b'a = 1\r\n"\xc3\xa9" = "\xe9"', "is not UTF-8: byte 0xe9 at offset {15}", (2, 8)),
        (b'name = "\0"', "contains a NUL byte at offset {8}", (1, 9)),
        (b"\xc0\x80", "is not UTF-8: byte 0xc0 at offset {0}", (1, 1)),
        (b"\xed\xa0\x80", "is not UTF-8: byte 0xed at offset {0}", (1, 1)),
    ],
)
def test_bad_bytes_are_located(tmp_path, mark, content, message, place):
    (problem,) = problems_of(lambda: load_text(tmp_path, mark + content, "TOML"))
    head, _, offset = message.rstrip("}").partition("{")
    assert problem.message == f"{head}{int(offset) + len(mark)}"
    assert (problem.line, problem.column) == place


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_refused(tmp_path, encoding):
    (problem,) = problems_of(lambda: load_text(tmp_path, GOOD.replace("é", "e").encode(encoding), "TOML"))
    assert "UTF-16" in problem.message or "NUL" in problem.message
    assert "UTF-8" in problem.hint


@pytest.mark.parametrize(("extra", "loads"), [(0, True), (1, False)])
def test_the_size_limit_is_exact(tmp_path, extra, loads):
    content = GOOD + "#" * (MAX_CONFIG_BYTES + extra - len(GOOD.encode()))
    if loads:
        assert load_text(tmp_path, content, "TOML").name == "é"
        return
    for read in (lambda: load_text(tmp_path, content, "TOML"), lambda: load_stdin(content)):
        assert lines_of(problems_of(read)) == ["- is larger than 256 KiB (no config needs more)"]


def test_no_more_than_the_limit_is_ever_read():
    class Endless:
        asked = 0

        def read(self, size):
            self.asked += size
            return b"#" * size

    stream = Endless()
    assert "256 KiB" in lines_of(problems_of(lambda: load("-", stdin=stream)))[0]
    assert stream.asked == MAX_CONFIG_BYTES + 1


def test_a_stream_that_fails_is_a_problem():
    class Broken:
        def read(self, _):
            raise IsADirectoryError(21, "Is a directory")

    assert lines_of(problems_of(lambda: load("-", stdin=Broken()))) == ["- cannot be read: is a directory"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("gone.toml", "no such file"),
        ("gone/net.toml", "no such file"),
        ("folder.toml", "is a directory, not a file"),
        ("./folder", "is a directory, not a file"),
        ("plain.toml/net.toml", "cannot be read: not a directory"),
        ("a\0b.toml", "cannot be read: embedded null byte"),
        ("./net.ini", "unknown suffix '.ini': .toml, .yaml, .yml, .json are read"),
        ("./mynet", "unknown suffix '': .toml, .yaml, .yml, .json are read"),
        ("x" * 5000 + ".toml", "cannot be read: file name too long"),
    ],
    ids=lambda value: value[:20].replace("\0", "NUL"),
)
def test_what_is_no_config_file_says_why(tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    for name in ("plain.toml", "net.ini", "mynet"):
        Path(name).write_text(GOOD)
    for name in ("folder.toml", "folder"):
        Path(name).mkdir()
    (problem,) = problems_of(path)
    assert problem.message == message
    assert problem.source.startswith(path[:1])


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "net.toml")
    assert lines_of(problems_of(tmp_path / "net.toml"))[0].startswith("- is a pipe or device")


def test_a_device_is_refused(tmp_path):
    (tmp_path / "net.toml").symlink_to("/dev/zero")
    assert lines_of(problems_of(tmp_path / "net.toml"))[0].startswith("- is a pipe or device")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_forbidden_file_says_so(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(GOOD)
    path.chmod(0)
    assert lines_of(problems_of(path)) == ["- cannot be read: permission denied"]


def test_a_file_s_name_cannot_steer_the_terminal(tmp_path):
    (problem,) = problems_of(tmp_path / "\x1b[31m\u202e.toml")
    assert "\x1b" not in str(problem)
    assert "\u202e" not in str(problem)


@pytest.mark.parametrize("stem", ["x" * 240, "\x1b[31m", "a\udcffb"])
def test_a_strange_file_name_still_names_the_config(tmp_path, stem):
    path = tmp_path / f"{stem}.toml"
    try:
        path.write_text('base = "resnet18"')
    except OSError:
        pytest.skip("this file system takes no such name")
    assert load(path).name.isprintable()
