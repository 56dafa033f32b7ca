"""``check --output``: which format the file gets, and what may stand in its place."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest
from forked import tool

from resnet_inspect.formats import Format

STARTS = {
    "table": "deep.toml:3:9: error",
    "json": '{\n  "schema": "resnet-inspect/check/1"',
    "csv": "file,line,column",
    "markdown": "deep.toml:3:9: error",
    "html": "<",
    "github": "::group::",
    "sarif": '{\n  "$schema": "https://docs.oasis-open.org/sarif',
    "junit": "<?xml",
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [(f"r{suffix}", each) for each in Format for suffix in each.suffixes]
    + [("R.SARIF", "sarif"), ("a.b.json", "json"), ("r.sarif.json", "sarif"), (".csv", "csv")]
    + [("r", "table"), ("d.json/r", "table"), ("r.", "table")],
)
def test_the_suffix_chooses_the_format_and_the_table_is_printed(command, folder, name, expected):
    (folder / "d.json").mkdir()
    done = command("check", "deep.toml", "--output", name)
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith(STARTS["table"])
    written = (folder / name).read_text("utf-8")
    assert written.startswith(STARTS[expected])
    assert written == command("check", "deep.toml", "--format", expected).out or expected == "junit"  # has its times


def test_every_format_but_that_of_a_log_has_a_suffix_and_no_two_have_the_same():
    assert {each for each in Format if not each.suffixes} == {"github"}
    suffixes = [suffix for each in Format for suffix in each.suffixes]
    assert len(set(suffixes)) == len(suffixes)


@pytest.mark.parametrize(
    ("name", "chosen", "words"),
    [
        ("r.sarif", "json", ["--format json", "--output r.sarif", "means sarif"]),
        ("r.xml", "sarif", ["--format sarif", "--output r.xml", "means junit"]),
        ("r.JSON", "csv", ["--format csv", "--output r.JSON", "means json"]),
        ("r.md", "table", ["--format table", "--output r.md", "means markdown"]),
        ("r.txt", "github", ["--format github", "--output r.txt", "means table"]),
        ("r.sarf", None, ["--output r.sarf", "no format has the suffix '.sarf'", ".sarif (sarif)", ".xml (junit)"]),
        ("r.json.gz", None, ["no format has the suffix '.gz'", "--format"]),
        ("a\x1b.sarf\x1b", None, [r"a\x1b.sarf\x1b"]),
    ],
)
def test_a_suffix_that_means_another_format_or_none_is_refused_before_anything_is_checked(
    command, folder, monkeypatch, name, chosen, words
):
    monkeypatch.setattr("resnet_inspect.commands.check.check", None)
    done = command("check", "deep.toml", "-o", name, *(["--format", chosen] if chosen else []))
    assert (done.code, done.out) == (2, "")
    for word in words:
        assert word in done.err, done.err
    assert not (folder / name).exists()


@pytest.mark.parametrize("name", ["r.out", "r.json.gz", "r"])
def test_a_format_that_is_chosen_goes_to_a_file_without_a_suffix_of_ours(command, folder, name):
    command("check", "deep.toml", "-f", "sarif", "-o", name)
    assert (folder / name).read_text("utf-8").startswith(STARTS["sarif"])


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="this system has no /dev/null")
def test_a_device_or_a_pipe_is_written_to_and_not_replaced(command, folder):
    done = command("check", "deep.toml", "-f", "json", "-o", "/dev/null")
    assert (done.code, done.out.startswith(STARTS["table"])) == (1, True)
    os.mkfifo(folder / "pipe")
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE, text=True) as reader:
        done = command("check", "deep.toml", "-o", "pipe", "-f", "json")
        assert json.loads(reader.communicate()[0])["files"][0]["path"] == "deep.toml"
    assert (done.code, done.out.startswith(STARTS["table"])) == (1, True)
    assert (folder / "pipe").is_fifo()
    done = command("check", "deep.toml", "-o", "/dev/full")
    assert (done.code, done.out, "/dev/full cannot be written: No space left" in done.err) == (2, "", True)
    done = command("check", "deep.toml", "-o", ".")
    assert (done.code, done.out) == (2, "")


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="this system has no /dev/stdout")
@pytest.mark.parametrize("name", ["-", "/dev/stdout", "report.json"])
def test_standard_output_gets_the_report_in_place_of_the_table(folder, name):
    with (folder / "report.json").open("wb") as stream:
        done = subprocess.run(
            [*shlex.split(tool()), "check", "broken.toml", "-o", name, "-f", "json"],
            stdout=stream, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert json.loads((folder / "report.json").read_text("utf-8"))["files"][0]["path"] == "broken.toml"


@pytest.mark.parametrize("name", ["deep.toml", "deep.json", "resnet-inspect.lock.json", "other.json", "pyproject.toml"])
def test_what_is_read_is_never_replaced(command, folder, name):
    Path("deep.json").write_text('{"base": "resnet50"}')
    Path("pyproject.toml").write_text("[tool.resnet-inspect]\n")
    assert command("lock", "deep.json").code == 0
    assert command("lock", "deep.json", "--lock-file", "other.json").code == 0
    before = (folder / name).read_bytes()
    done = command("check", "deep.json", "--output", name, "--format", "json" if name.endswith("json") else "github")
    assert done.code == 2
    assert f"--output {name}: this is a " in done.err
    assert "write it to another file" in done.err
    assert (folder / name).read_bytes() == before


@pytest.mark.usefixtures("folder")
def test_a_report_may_be_replaced(command):
    for _ in range(2):
        assert command("check", "deep.toml", "--output", "r.json").code == 1
