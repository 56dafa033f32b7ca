"""Which files are checked: folders, patterns, links, and what only looks like a config."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from each import for_each

from resnet_inspect.checking.paths import find_files
from resnet_inspect.checking.settings import settings_of
from resnet_inspect.checking.sniff import looks_like_config
from resnet_inspect.errors import RequestError

OURS = 'base = "resnet18"\n'
OTHER = 'title = "not ours"\n'


@pytest.fixture
def place(tmp_path, monkeypatch):
    """``place({"a.toml": OURS})`` writes files into the current folder."""
    monkeypatch.chdir(tmp_path)

    def write(files):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


def found(*paths, only_configs=False, exclude=()):
    return find_files(paths, replace(settings_of(), exclude=exclude), only_configs=only_configs)


TREE = {
    "b.toml": OURS,
    "a.yaml": "base: resnet18\n",
    "other.toml": OTHER,
    "readme.md": OURS,
    "configs/z.json": '{"base": "resnet18"}',
    "configs/deep/net.yml": "block: basic\n",
    "configs/deep/legacy/old.toml": OURS,
    ".hidden.toml": OURS,
    ".git/config.toml": OURS,
    ".venv/lib/net.toml": OURS,
    "node_modules/net.toml": OURS,
    "pyproject.toml": OURS,
    "resnet-inspect.lock.json": '{"base": "resnet18"}',
}


@pytest.mark.parametrize(
    ("paths", "files"),
    [
        (["."], ["a.yaml", "b.toml", "configs/deep/legacy/old.toml", "configs/deep/net.yml", "configs/z.json"]),
        (["configs"], ["configs/deep/legacy/old.toml", "configs/deep/net.yml", "configs/z.json"]),
        (["./configs/"], ["configs/deep/legacy/old.toml", "configs/deep/net.yml", "configs/z.json"]),
        (["configs/z.json", "b.toml"], ["configs/z.json", "b.toml"]),
        (["b.toml", "./b.toml", "configs/../b.toml"], ["b.toml"]),
        (["b.toml", "."], ["b.toml", "a.yaml", "configs/deep/legacy/old.toml", "configs/deep/net.yml", "configs/z.json"]),
        (["other.toml", "readme.md", "pyproject.toml", ".hidden.toml"], ["other.toml", "readme.md", "pyproject.toml", ".hidden.toml"]),
        (["*.toml"], ["b.toml", "other.toml"]),
        (["?.toml"], ["b.toml"]),
        (["[ab].*"], ["a.yaml", "b.toml"]),
        (["configs/*"], ["configs/deep/legacy/old.toml", "configs/deep/net.yml", "configs/z.json"]),
        (["configs/**/*.toml"], ["configs/deep/legacy/old.toml"]),
        (["**/*.toml"], ["b.toml", "configs/deep/legacy/old.toml", "other.toml"]),
        ([".venv/**/*.toml"], [".venv/lib/net.toml"]),
        (["node_modules/*.toml"], ["node_modules/net.toml"]),
        ([".venv"], [".venv/lib/net.toml"]),
        (["-", "b.toml", "-"], ["-", "b.toml"]),
        ([], []),
    ],
    ids=str,
)  # fmt: skip
def test_paths_come_to_files(place, paths, files):
    place(TREE)
    assert found(*paths).files == tuple(files)
    assert found(*paths).missing == ()


def test_an_absolute_path_stays_one(place):
    folder = place(TREE)
    assert found(str(folder / "configs")).files[-1] == str(folder / "configs" / "z.json")
    assert found(str(folder / "*.yaml")).files == (str(folder / "a.yaml"),)
    assert found("b.toml", str(folder / "b.toml")).files == ("b.toml",)


def test_what_a_folder_leaves_out_is_known(place):
    place(TREE)
    assert found(".").skipped == ("other.toml",)


def test_exclude_is_for_what_nobody_named(place):
    place(TREE)
    search = found(".", exclude=("legacy/", "*.yaml"))
    assert search.files == ("b.toml", "configs/deep/net.yml", "configs/z.json")
    assert "a.yaml" in search.skipped
    assert found("configs/deep/legacy/old.toml", exclude=("legacy/",)).files == ("configs/deep/legacy/old.toml",)


def test_only_configs_treats_named_files_as_found_ones(place):
    place(TREE)
    names = ["b.toml", "other.toml", "readme.md", "pyproject.toml", "a.yaml", "configs/deep/legacy/old.toml"]
    assert found(*names, only_configs=True, exclude=("legacy/",)).files == ("b.toml", "a.yaml")
    assert find_files(["other.toml"], settings_of()).files == ("other.toml",), (
        "unless told so, what is named is checked"
    )


@pytest.mark.parametrize("path", ["none.toml", "nothing/*.toml", "a**/x", "", "a\0b", "*\0", "b.toml/x"])
def test_what_is_not_there_is_missing_and_the_others_are_found(place, path):
    place(TREE)
    search = found("b.toml", path, "a.yaml")
    assert search.files == ("b.toml", "a.yaml")
    assert search.missing == (path,)


def test_a_file_whose_name_is_a_pattern_is_that_file(place):
    place({"net[1].toml": OURS, "net1.toml": OURS})
    assert found("net[1].toml").files == ("net[1].toml",)


def test_a_pattern_takes_no_pyproject_and_no_lock_unless_it_names_them(place):
    place({"net.toml": OURS, "pyproject.toml": "", "resnet-inspect.lock.json": "{}", "a/pyproject.toml": ""})
    assert found("*.toml").files == ("net.toml",)
    assert found("**/*.*").files == ("net.toml",)
    assert found("*.json").missing == ("*.json",)
    assert found("**/pyproject.toml").files == ("a/pyproject.toml", "pyproject.toml")
    assert found("pyproject.toml").files == ("pyproject.toml",)


def test_loops_of_links_end(place):
    folder = place({"a/net.toml": OURS, "b/net.toml": OURS})
    (folder / "a" / "self").symlink_to(".")
    (folder / "a" / "other").symlink_to("../b")
    (folder / "b" / "other").symlink_to("../a")
    (folder / "loop.toml").symlink_to("loop.toml")
    (folder / "dangling.toml").symlink_to("nowhere.toml")
    files = ("a/net.toml", "b/net.toml", "dangling.toml", "loop.toml")
    assert found(".").files == files
    assert found("**/*.toml").files == files
    assert found("a/self").files == ("a/self/net.toml",)


@pytest.fixture
def deep(place):
    """The path of a config 1,200 folders deep, which pytest itself could not remove."""
    top = str(place({}))
    for _ in range(1_200):
        Path("d").mkdir()
        os.chdir("d")
    Path("net.toml").write_text(OURS)
    bottom = Path.cwd()
    os.chdir(top)
    yield "d/" * 1_200 + "net.toml"
    os.chdir(bottom)
    Path("net.toml").unlink()
    for _ in range(1_200):
        os.chdir("..")
        Path("d").rmdir()


def test_folders_may_be_deeper_than_calls(deep):
    for path in (".", "d", "**/*.toml", "d/**", "**/*", deep):
        assert found(path).files == (deep,)
    assert found(".", exclude=("d/" * 400 + "d",)).files == ()


@pytest.mark.parametrize("pattern", ["*/..", "*/../b.toml", "**/.."])
def test_a_pattern_leads_only_downwards(place, pattern):
    place(TREE)
    with pytest.raises(RequestError, match=r"'\.\.' cannot follow a wildcard"):
        found(pattern)


@pytest.mark.parametrize("pattern", ["*a" * 30 + "*.toml", "**/" * 60 + "x", "**/a/" * 30 + "x"])
def test_no_pattern_takes_for_ever(place, pattern):
    place({"a/" * 60 + "a" * 200: OURS})
    assert found(pattern).missing == (pattern,)


@pytest.mark.parametrize(
    ("paths", "covered", "others"),
    [
        (["a"], ["a", "a/x.toml", "a/.b/x.toml", "./a/../a/x"], ["ab", "b/a"]),
        (["a/b.toml"], ["a/b.toml"], ["a", "a/c.toml"]),
        (["a/*.toml"], ["a/c.toml", "a/b.toml/x"], ["a/x.yaml", "a/d/x.toml", "a/.x.toml"]),
        (["**/d"], ["d", "x/y/d/z"], ["a", "node_modules/d"]),
        (["a/**"], ["a", "a/x/y"], ["b"]),
        (["."], ["a", "../{here}/a"], ["../a"]),
        ([], [], ["a"]),
    ],
    ids=str,
)
def test_what_paths_cover(place, paths, covered, others):
    folder = place({"a/b.toml": OURS, "a/d/b.toml": OURS, "a/b.toml.d/x": OURS})
    requested = found(*paths).requested
    written = [path.format(here=folder.name) for path in (*covered, *others)]
    assert [requested.covers(path) for path in written] == [True] * len(covered) + [False] * len(others)


def test_a_link_to_a_file_is_a_file(place):
    folder = place({"net.toml": OURS})
    (folder / "link.toml").symlink_to("net.toml")
    assert found(".").files == ("link.toml", "net.toml")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_pipes_and_sockets_are_never_opened(place):
    folder = place({"net.toml": OURS})
    os.mkfifo(folder / "pipe.toml")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("socket.toml")
    assert found(".").files == ("net.toml",)
    assert found(".").skipped == ("pipe.toml", "socket.toml")
    assert found("pipe.toml", "socket.toml").files == ("pipe.toml", "socket.toml")
    assert found("pipe.toml", only_configs=True).files == ()
    listener.close()


def test_a_folder_may_be_called_like_a_file(place):
    place({"x.toml/net.toml": OURS, "empty.toml/readme.md": ""})
    assert found(".").files == ("x.toml/net.toml",)
    assert found("x.toml").files == ("x.toml/net.toml",)
    assert found("empty.toml").files == ()


def test_a_closed_folder_is_told(place, monkeypatch):
    """Tests may run as root, to whom no folder is closed."""
    place({"open/net.toml": OURS, "shut/net.toml": OURS})
    scandir = os.scandir

    def guarded(path):
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    search = found(".")
    assert search.files == ("open/net.toml",)
    assert search.closed == (("shut", "Permission denied"),)


def test_a_file_that_cannot_be_looked_at_is_not_skipped(place, monkeypatch):
    place({"net.toml": OTHER})

    def shut(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("resnet_inspect.checking.paths.looks_like_config", shut)
    assert found(".").files == ("net.toml",)


def test_a_name_may_be_any_bytes(place):
    folder = place({})
    name = os.fsdecode(b"net-\xff.toml")
    try:
        (folder / name).write_text(OURS)
    except OSError:
        pytest.skip("this file system wants UTF-8")
    assert found(".").files == (name,)
    assert found("net-*.toml").files == (name,)


@for_each(
    "name, content, ours",
    [
        ("a.toml", 'base = "resnet50"', True),
        ("a.toml", "base = 'resnet50'", True),
        ("a.toml", '"base" = "x"', True),
        ("a.toml", "  stage_blocks = [1]", True),
        ("a.toml", 'name = "x"\nblock = "basic"\n[expect]\n', True),
        ("a.toml", "block = \n", True),
        ("a.toml", "\ufeffblock = 1", True),
        ("a.toml", 'base = "x"\r\n'.encode("utf-16"), True),
        ("a.toml", b'\xff\nbase = "x"\n', True),
        ("a.toml", "[tool]\nbase = 'x'", False),
        ("a.toml", "[[rows]]\nblock = 'x'", False),
        ("a.toml", "base =\n", True),
        ("a.toml", "base = 3", False),
        ("a.toml", "# base = 'x'", False),
        ("a.toml", "database = 'x'", False),
        ("a.toml", "", False),
        ("a.yaml", "base: resnet50", True),
        ("a.YML", "base: 'resnet50'", True),
        ("a.yaml", "---\nstage_blocks:\n  - 3\n", True),
        ("a.yaml", '{"base": "resnet50"}', True),
        ("a.yaml", "model:\n  base: resnet50", False),
        ("a.yaml", "base:\n  - a\n", False),
        ("a.yaml", "base: {a: 1}", False),
        ("a.json", '{"base": "resnet50"}', True),
        ("a.json", '\ufeff\n {"name": {"a": [1, "}"]}, "block" : 1', True),
        ("a.json", '{"name": "net", "base": "resnet50"}', True),
        ("a.json", '{"attention": "se", "stem": "deep", "block": "basic"}', True),
        ("a.json", '{"model": {"base": "resnet50"}}', False),
        ("a.json", '[{"base": "resnet50"}]', False),
        ("a.json", '{"base": {"a": 1}}', False),
        ("a.json", '{"a": "block", "b": "\\"block\\": 1"}', False),
        ("a.json", '{"' + '\\"' * 30_000, False),
        ("a.json", "{" * 60_000, False),
        ("a.ini", "base = 'resnet50'", False),
        # Valid, in every way in which a name and a text can be written.
        ("a.toml", "'base' = 'resnet50'", True),
        ("a.toml", '"b\\u0061se" = "resnet50"', True),
        ("a.toml", 'conv_widths = [\n  [[80]],\n  [[80]]\n]\nblock = "basic"', True),
        ("a.toml", 'base = """\nresnet50"""', True),
        ("a.toml", "[expect]\ndepth = 50", True),
        ("a.toml", "expect.depth = 50", True),
        ("a.toml", "[expect]\nstatus = 200", False),
        ("a.toml", "name = '''\nbase = 'x\n'''", False),
        ("a.yaml", "{base: resnet50}", True),
        ("a.yaml", "{expect: {depth: 51}, base: resnet50}", True),
        ("a.yaml", "# c\n  name: x\n  base: resnet50", True),
        ("a.yaml", "name: x\nbase:\n  resnet50", True),
        ("a.yaml", "name: x\nbase: >-\n  resnet50", True),
        ("a.yaml", "name: x\n? base\n: resnet50", True),
        ("a.yaml", 'name: x\n"\\x62ase": resnet50', True),
        ("a.yaml", "name: x\r'base' : resnet50", True),
        ("a.yaml", "--- {base: resnet50}", True),
        ("a.yaml", "%YAML 1.1\n# c\n---\nbase: resnet50", True),
        ("a.yaml", "expect:\n  depth: 50", True),
        ("a.yaml", "expect: failure", False),
        ("a.yaml", "base: 3", False),
        ("a.yaml", "name: |\n  base: x", False),
        ("a.yaml", "steps:\n- base: x\n", False),
        ("a.json", '{"b\\u0061se": "resnet50"}', True),
        ("a.json", '{"expect": {"depth": 50}}', True),
        # Broken, or not to be read here.
        ("a.toml", "'base' = 'resnet50'\nx = ", True),
        ("a.toml", 'conv_widths = [\n  [[80]]\n]\nblock = "basic"\nx = ', True),
        ("a.toml", "x = \n[tool]\nbase = 'x'", False),
        ("a.yaml", "{base: resnet50, expect: {depth: 51}", True),
        ("a.yaml", "{x: {base: resnet50}", False),
        ("a.yaml", "  base: resnet50\n x: 1", True),
        ("a.yaml", "base:\n  resnet50\nx: [", True),
        ("a.yaml", "base: >-\n  resnet50\nx: [", True),
        ("a.yaml", "base: !!str resnet50", True),
        ("a.yaml", "base: &base\n  image: x\nweb:\n  <<: *base\n", False),
        ("a.yaml", "base:\n- x\nweb: [", False),
        ("a.yaml", "web:\n  base: x\nx: [", False),
        ("a.yaml", "base: resnet50\n" + "#" * (1 << 18), True),
        ("a.yaml", "web:\n  base: x\n" + "#" * (1 << 18), False),
        ("a.json", '{"base": "resnet50"', True),
        ("a.json", '{"x": {"base": "resnet50"}', False),
        ("a.json", '{\n  "name": "x",\n  "block": "basic",\n  "stage_blocks": [2, 2', True),
        ("a.json", '{\n  "model": {\n    "block": "basic",\n    "layers": [', False),
        ("a.json", '[\n{\n"block": "basic"\n}\n]', False),
    ],
)
def test_what_looks_like_a_config(tmp_path, name, content, ours):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert looks_like_config(path) is ours
