"""``paths``, ``locked``, ``format``, ``timeout`` and ``fail-on`` in pyproject.toml, and the options over them."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from check_configs import DEEP
from locked_configs import LOCK, V1, entries

import resnet_inspect as ri
from resnet_inspect.checking.findings import FileResult

GOOD = 'base = "plain18"\n'
WARNED = 'base = "resnet50"\n'
"""With RI112 on, a warning and nothing else."""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """``project("locked = true")`` writes the table; the folder holds configs in two folders, and is the current one."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"nets/deep.toml": DEEP, "other/good.toml": GOOD, "other/warned.toml": WARNED}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    def write(*lines: str):
        (tmp_path / "pyproject.toml").write_text("\n".join(("[tool.resnet-inspect]", *lines, "")))
        return tmp_path

    return write


def checked(done):
    return [file["path"] for file in json.loads(done.out)["files"]]


@pytest.mark.parametrize(
    ("options", "table", "code"),
    [
        ([], [], 1),
        (["--fail-on", "warning"], [], 1),
        (["--fail-on", "error"], [], 0),
        ([], ['fail-on = "error"'], 0),
        (["--fail-on", "warning"], ['fail-on = "error"'], 1),
        (["--fail-on", "error"], ['fail-on = "warning"'], 0),
        (["--fail-on", "warning", "--exit-zero"], [], 0),
        (["--fail-on", "error", "nets"], [], 1),
        (["--fail-on", "error", "none.toml"], [], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_warnings_fail_unless_only_errors_do(command, project, options, table, code):
    project('extend-select = ["RI112"]', *table)
    done = command("check", "other", *options)
    assert done.code == code
    assert "other/warned.toml:1:8: warning RI112" in done.out


def test_that_warnings_have_passed_is_told(command, project):
    project('extend-select = ["RI112"]', 'fail-on = "error"')
    warned = "2 files checked: 1 with findings; 1 warning; passed, because only errors fail"
    assert warned in command("check", "other").out
    assert f"::group::resnet-inspect check: {warned}\n" in command("check", "other", "-f", "github").out
    found = "3 files checked: 2 with findings; 1 error, 2 warnings\n"
    assert found in command("check", ".").out
    assert command("check", "other/good.toml").out == "All checks passed (1 file)\n"
    reports = [json.loads(command("check", path, "-f", "json").out) for path in ("other", "nets", "other/good.toml")]
    assert [(report["ok"], report["passed"], report["fail_on"]) for report in reports] == [
        (False, True, "error"),
        (False, False, "error"),
        (True, True, "error"),
    ]


def test_a_warning_that_does_not_fail_is_no_failed_test_of_junit(command, project):
    project('extend-select = ["RI112"]')
    suites = {}
    for level in ("warning", "error"):
        root = ET.fromstring(command("check", "other", "-f", "junit", "--fail-on", level).out)
        (case,) = (case for case in root.iter("testcase") if "RI112" in case.get("name"))
        suites[level] = (root.get("tests"), root.get("failures"), [child.tag for child in case])
        assert "other/warned.toml:1:8: warning RI112" in case[0].text
    assert suites == {"warning": ("2", "1", ["failure"]), "error": ("2", "0", ["system-out"])}


def test_paths_are_those_of_the_table_and_start_at_its_folder(command, project, monkeypatch):
    folder = project('paths = ["nets", "other/g*.toml"]')
    assert checked(command("check", "-f", "json")) == ["nets/deep.toml", "other/good.toml"]
    assert checked(command("check", "other", "-f", "json")) == ["other/good.toml", "other/warned.toml"]
    assert command("lock").code == 0
    assert list(entries(folder)) == ["nets/deep.toml", "other/good.toml"]
    monkeypatch.chdir(folder / "other")
    assert checked(command("check", "-f", "json")) == ["../nets/deep.toml", "../other/good.toml"]
    assert checked(command("check", ".", "-f", "json")) == ["good.toml", "warned.toml"]
    assert [file.path for file in ri.check().files] == ["../nets/deep.toml", "../other/good.toml"]
    assert [file.path for file in ri.lock().files] == ["../nets/deep.toml", "../other/good.toml"]
    assert [file.path for file in ri.check("good.toml").files] == ["good.toml"]


@pytest.mark.parametrize("subcommand", ["check", "lock"])
def test_a_path_of_the_table_that_is_not_there_is_told_with_where_it_stands(command, project, subcommand):
    project('paths = ["nets", "non", "resnet18"]')
    done = command(subcommand)
    assert done.code == 2
    assert (
        "error: no such files or folders: non, resnet18\n  pyproject.toml names them as paths, which are files, folders and patterns"
        in done.err
    )


def test_nothing_in_the_table_is_taken_for_code_to_import(command, project):
    folder = project('paths = ["evil.py:net", "nets"]')
    (folder / "evil.py").write_text("raise SystemExit('run')\n")
    for subcommand in ("check", "lock"):
        done = command(subcommand)
        assert done.code == 2
        assert "no such file or folder: evil.py:net\n  pyproject.toml names it as a path" in done.err
    folder.joinpath("evil.py:net").write_text(GOOD)
    assert checked(command("check", "-f", "json")) == ["evil.py:net", "nets/deep.toml"]


def test_locked_is_on_by_the_table_and_off_by_an_option(command, project):
    folder = project("locked = true", 'paths = ["other"]')
    done = command("check")
    assert (done.code, f"{LOCK}: there is no such lock" in done.err) == (2, True)
    assert command("check", "--no-locked").code == 0
    assert command("lock").code == 0
    assert command("check").code == 0
    (folder / "other" / "warned.toml").write_text(V1)
    assert "RI301" in command("check").out
    assert "RI301" in command("check", "--locked").out
    assert command("check", "--no-locked").code == 0
    assert not ri.check().ok
    assert ri.check(locked=False).ok
    done = command("check", "--no-locked", "--lock-file", LOCK)
    assert (done.code, "--lock-file needs --locked" in done.err) == (2, True)
    with pytest.raises(ri.RequestError, match="--lock-file needs --locked"):
        ri.check(locked=False, lock_file=LOCK)
    assert command("lock", "--lock-file", "b.json").code == 0
    assert command("check", "--lock-file", "b.json").code == 0


def test_the_format_is_that_of_the_table_unless_an_option_or_a_suffix_says_another(command, project):
    folder = project('format = "github"', 'paths = ["nets"]')
    assert command("check").out.startswith("::group::")
    assert command("check", "-f", "csv").out.startswith("file,line,")
    done = command("check", "-o", "r.sarif")
    assert (done.code, done.out.startswith("nets/deep.toml:3:9: error")) == (1, True)
    assert '"version": "2.1.0"' in (folder / "r.sarif").read_text()
    command("check", "-o", "report")
    assert (folder / "report").read_text().startswith("::group::")
    assert command("lock").out.startswith("file"), "the format is that of a check alone"


@pytest.mark.parametrize(
    ("table", "options", "asked_for"),
    [([], [], None), (["timeout = 7"], [], 7), (["timeout = 7"], ["--timeout", "0.5"], 0.5)],
)
def test_the_time_limit_is_that_of_the_table(command, project, monkeypatch, table, options, asked_for):
    project(*table)
    asked = []

    def check_files(targets, settings, jobs, *, timeout, check=None):
        del settings, jobs, check
        asked.append(timeout)
        return (FileResult(target.path, ()) for target in targets)

    monkeypatch.setattr("resnet_inspect.checking.pool.check_files", check_files)
    command("check", "nets", *options)
    command("lock", "nets", *options)
    ri.check("nets", timeout=asked_for if options else None)
    assert asked == [asked_for] * 3


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("errors", "fail_on 'errors' is not known: choose from error, warning"),
        ("", "fail_on '' is not known: choose from error, warning"),
        (1, "fail_on must be a text; found 1"),
    ],
)
def test_python_is_told_what_fail_on_may_be(project, value, message):
    project()
    with pytest.raises(ri.RequestError, match=message):
        ri.check("nets", fail_on=value)
