"""``check`` as CI calls it: exit codes, streams, many files, and whatever can go wrong around them."""

from __future__ import annotations

import errno
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

import pytest

from resnet_inspect.checks.findings import FileResult, Finding
from resnet_inspect.cli import progress
from resnet_inspect.config.sources import MAX_BYTES

GOOD = 'base = "resnet18"\n[expect]\ndepth = 18\n'
DEEP = 'base = "resnet18"\n[expect]\ndepth = 19\n'
BROKEN = "base = \n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    for name, content in {"good.toml": GOOD, "deep.toml": DEEP, "broken.toml": BROKEN, "other.toml": "x = 1\n"}.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def paths(done):
    return [file["path"] for file in json.loads(done.out)["files"]]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["good.toml"], 0),
        (["deep.toml"], 1),
        (["broken.toml"], 1),
        (["other.toml"], 1),
        (["good.toml", "deep.toml"], 1),
        (["."], 1),
        ([], 1),
        (["deep.toml", "--exit-zero"], 0),
        (["deep.toml", "--ignore", "RI201"], 0),
        (["deep.toml", "--ignore", "RI2"], 0),
        (["deep.toml", "--select", "RI102"], 0),
        (["deep.toml", "--select", "RI1,RI201"], 1),
        (["deep.toml", "--select", "RI1, RI201"], 1),
        (["deep.toml", "--select", "RI1", "--select", "RI201"], 1),
        (["deep.toml", "--select", "RI1", "--extend-select", "RI201"], 1),
        (["broken.toml", "--select", "RI1"], 1),
        (["good.toml", "none.toml"], 2),
        (["good.toml", "none.toml", "--exit-zero"], 2),
        (["other.toml", "--only-configs"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_the_exit_code_says_what_was_found(command, folder, arguments, code):
    del folder
    assert command("check", *arguments).code == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.toml"], ["no such file or folder: none.toml"]),
        (["none.toml", "good.toml", "x/*.toml"], ["no such files or folders: none.toml, x/*.toml"]),
        (["none.toml", ""], ["no such files or folders: none.toml, ''"]),
        (["--select", "RI9", "."], ["select: there is no rule 'RI9'"]),
        (["--ignore", "RI001", "."], ["cannot be ignored"]),
        (["--quiet", "--verbose", "."], ["cannot be used together"]),
        (["--stdin-filename", "a.toml", "good.toml"], ["--stdin-filename", "needs '-' among the paths"]),
        (["--timeout", "0", "."], ["timeout 0 is not valid"]),
        (["--timeout", "nan", "."], ["is not valid"]),
        (["--timeout", "inf", "."], ["is not valid"]),
        (["--timeout", "1e7", "."], ["timeout 1e+07 is not valid", "at most a day"]),
        (["--timeout", "1e10", "--jobs", "2", "."], ["is not valid"]),
        (["--timeout", "-1", "."], ["is not valid"]),
        (["--lock-file", "x.json", "good.toml"], ["--lock-file", "resnet-inspect check --locked"]),
        (["--jobs", "-1", "."], ["--jobs"]),
        (["--format", "xml", "."], ["--format"]),
        (["good.toml", "--output", "none/report.json"], ["none/report.json cannot be written"]),
        (["empty"], ["nothing to check"]),
    ],
    ids=lambda value: " ".join(value) if value and value[0][0] in "-ngex" else "",
)
def test_a_wrong_request_is_refused_with_the_way_out(command, folder, arguments, words):
    (folder / "empty").mkdir()
    done = command("check", *arguments)
    assert done.code == 2
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.err, done.err


def test_where_nothing_is_left_to_check_it_says_what_was_left_out(command, folder):
    (folder / "pyproject.toml").write_text('[tool.resnet-inspect]\nexclude = ["*.toml"]\n')
    done = command("check", ".")
    assert done.code == 2
    assert "and is not excluded (broken.toml and 3 more left out); name one to have it checked" in done.err


def test_a_wrong_table_in_pyproject_is_a_wrong_request(command, folder):
    (folder / "pyproject.toml").write_text('[tool.resnet-inspect]\nselect = ["RI7"]\n')
    done = command("check", "good.toml")
    assert (done.code, done.out) == (2, "")
    assert "pyproject.toml:2:11: tool.resnet-inspect.select[0]: there is no rule 'RI7'" in done.err


def test_pyproject_decides_and_the_command_line_goes_over_it(command, folder):
    (folder / "pyproject.toml").write_text('[tool.resnet-inspect]\nignore = ["RI2"]\nexclude = ["broken.*"]\n')
    assert command("check").code == 0
    assert command("check", "--select", "RI201").code == 1
    assert command("check", "broken.toml").code == 1
    assert command("check", "broken.toml", "--only-configs").code == 0


@pytest.mark.parametrize("subcommand", ["check", "lock"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pyproject.toml", "[project]\nname = 'nets'\n[tool.ruff]\nselect = ['ALL']\n"),
        ("pyproject.toml", ""),
        ("configs/pyproject.toml", "not even = TOML ="),
        ("resnet-inspect.lock.json", ""),
    ],
)
def test_what_a_shell_names_and_is_no_config_is_told_with_the_way_out(command, folder, subcommand, name, content):
    (folder / "configs").mkdir()
    (folder / name).write_text(content)
    done = command(subcommand, "good.toml", name, *(["--lock-file", "new.json"] if subcommand == "lock" else []))
    assert done.code == 1, done.err
    assert f"{name}: error RI001 this file is not a config of a network\n" in done.out
    assert '"*.toml", skips it' in done.out
    assert done.out.count("RI001") == 1 + done.out.count("rule RI001")


def test_a_config_is_checked_whatever_it_is_called(command, folder):
    (folder / "pyproject.toml").write_text('base = "resnet18"\n')
    assert command("check", "pyproject.toml").code == 0


def test_every_place_that_takes_rules_takes_codes_beginnings_and_names(command, folder):
    for word in ("RI201", "ri20", "expected-depth", "Expected-Depth", "ALL"):
        (folder / "deep.toml").write_text(DEEP)
        assert command("check", "deep.toml", "--select", word).code == 1
        assert command("check", "deep.toml", "--ignore", word).code == 0
        for text in (f"# resnet-inspect: ignore[{word}]\n{DEEP}", f'{DEEP}\n[check]\nignore = ["{word}"]\n'):
            (folder / "deep.toml").write_text(text)
            assert command("check", "deep.toml", "--select", "RI2").code == 0
            assert command("check", "deep.toml", "--select", "RI2", "--extend-select", "RI401").code == 0
        (folder / "deep.toml").write_text(DEEP)
        for table in (f'ignore = ["{word}"]', f'per-file-ignores = {{ "deep.*" = ["{word}"] }}'):
            (folder / "pyproject.toml").write_text(f"[tool.resnet-inspect]\n{table}\n")
            assert command("check", "deep.toml").code == 0
        (folder / "pyproject.toml").write_text(f'[tool.resnet-inspect]\nselect = ["{word}"]\n')
        assert command("check", "deep.toml").code == 1
        (folder / "pyproject.toml").unlink()
        assert "RI201" in command("rule", word).out or "expected-depth" in command("rule", word).out


def test_the_others_are_checked_though_one_is_missing_or_broken(command, folder):
    del folder
    done = command("check", "deep.toml", "none.toml", "broken.toml", "good.toml", "-f", "json")
    assert paths(done) == ["deep.toml", "broken.toml", "good.toml"]
    assert [len(file["findings"]) for file in json.loads(done.out)["files"]] == [1, 1, 0]
    assert done.code == 2


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_order_does_not_depend_on_the_processes(command, folder, jobs):
    for number in range(6):
        (folder / f"net{number}.toml").write_text(f'base = "resnet{(152, 18)[number % 2]}"\n')
    done = command("check", ".", "-f", "json", "--jobs", jobs)
    assert paths(done) == ["broken.toml", "deep.toml", "good.toml", *(f"net{number}.toml" for number in range(6))]
    assert done.out == command("check", ".", "-f", "json").out


def test_detail(command, folder):
    del folder
    quiet, normal, verbose = (command("check", ".", "-j1", *flags) for flags in (["-q"], [], ["-v"]))
    assert len(quiet.out.splitlines()) == 2
    assert "3 files checked: 2 with findings; 2 errors; 1 skipped" in normal.out
    assert len(normal.out.splitlines()) > 6
    assert "good.toml" not in normal.out
    assert "good.toml" in verbose.out
    assert verbose.err == "skipped: other.toml: excluded, or not a config\n"
    assert quiet.err == normal.err == ""


def test_the_report_goes_to_a_file_and_the_table_stays(command, folder):
    done = command("check", "deep.toml", "-f", "json", "--output", "report.json")
    assert done.code == 1
    assert "error RI201" in done.out
    assert json.loads((folder / "report.json").read_text())["files"][0]["path"] == "deep.toml"
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_github_gets_a_summary_too(command, folder, monkeypatch):
    summary = folder / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    command("check", "deep.toml")
    assert summary.read_text() == "before\n", "that of another format is none of GitHub's"
    assert "::error file=deep.toml,line=3" in command("check", "deep.toml", "-f", "github").out
    assert summary.read_text().startswith("before\n")
    assert "deep.toml:3:9" in summary.read_text()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder))
    done = command("check", "deep.toml", "-f", "github")
    assert done.code == 1
    assert "warning: cannot write the summary of the step" in done.err


@pytest.mark.parametrize("link", [False, True])
def test_github_is_told_paths_from_the_root_of_the_checkout(command, folder, monkeypatch, link):
    """It takes a path for one from there, though the step may run in a folder below."""
    below = folder / "nets" / "small"
    below.mkdir(parents=True)
    (folder / "deep.toml").rename(below / "deep.toml")
    checkout = folder
    if link:
        checkout = folder / "link"
        checkout.symlink_to(folder, target_is_directory=True)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(checkout))
    monkeypatch.chdir(below)
    for given in ("deep.toml", "../small/deep.toml", str(below / "deep.toml"), str(checkout / "nets/small/deep.toml")):
        assert "::error file=nets/small/deep.toml,line=3" in command("check", given, "-f", "github").out
        assert '"uri": "nets/small/deep.toml"' in command("check", given, "-f", "sarif").out
        assert paths(command("check", given, "-f", "json")) == [given]
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder / "elsewhere"))
    assert "::error file=deep.toml,line=3" in command("check", "deep.toml", "-f", "github").out


def test_nothing_is_printed_where_nothing_was_checked(command, folder):
    del folder
    assert command("check", "none.toml", "-f", "json").out == ""


@pytest.mark.parametrize(
    ("arguments", "asked_for"),
    [([], (0, None)), (["--jobs", "3"], (3, None)), (["-j1", "--timeout", "0.5"], (1, 0.5))],
)
def test_processes_and_their_time_are_as_asked_for(command, folder, monkeypatch, arguments, asked_for):
    del folder
    asked = []

    def check_files(targets, settings, jobs, *, timeout):
        del settings
        asked.append((jobs, timeout))
        return (FileResult(target.path, ()) for target in targets)

    monkeypatch.setattr("resnet_inspect.checks.pool.check_files", check_files)
    assert command("check", "deep.toml", *arguments).code == 0
    assert asked == [asked_for]


def test_a_fault_of_ours_is_owned_up_to_and_hides_nothing(command, folder, monkeypatch):
    del folder

    def check_file(target, settings):
        del settings
        broken = target.path == "good.toml"
        return FileResult(target.path, (Finding("RI003", "error", "x"),) if broken else (), fault="Trace" * broken)

    monkeypatch.setattr(
        "resnet_inspect.checks.pool.check_files",
        lambda targets, settings, *_, **__: (check_file(t, settings) for t in targets),
    )
    done = command("check", "good.toml", "deep.toml", "-f", "json")
    assert done.code == 70
    assert paths(done) == ["good.toml", "deep.toml"]
    assert done.err.startswith("error: this is a bug in resnet-inspect")
    assert done.err.endswith("Trace")


def in_a_shell(script: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    tool = f"{sys.executable} -m resnet_inspect"
    return subprocess.run(
        ["bash", "-c", script], capture_output=True, check=False, env={**os.environ, "TOOL": tool, **environment}
    )


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
        (b"#" * (MAX_BYTES + 1), [], "<stdin>: error RI001 is larger than"),
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
    assert "resnet_inspect.checks.judge" in done.stdout.split()
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
    while process.poll() is None and len(processes_of(process.pid)) < 3 + workers:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    printed, said = process.communicate(timeout=30)
    assert (process.returncode, printed, said) == (130, b"", b"")
    end = time.monotonic() + 30
    while (left := processes_of(process.pid)) and time.monotonic() < end:
        time.sleep(0.01)
    assert not left
    assert not (folder / "report.txt").exists()
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


@contextmanager
def standard_error_on_a_terminal() -> Iterator[Callable[[], bytes]]:
    """Standard error is one; ``got()`` is what it got. In a test's body: pytest sets the stream before it."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    with os.fdopen(theirs, "w") as stream, redirect_stderr(stream), os.fdopen(ours, "rb", buffering=0) as reader:
        yield lambda: stream.flush() or b"".join(iter(lambda: reader.read(1 << 16), None))


@pytest.fixture
def no_patience(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")


WIPED = b"\x1b[?25h\r\x1b[1A\x1b[2K"
"""The cursor is back, and the line of the bar is empty."""


def test_a_terminal_sees_a_bar_if_it_takes_long_and_then_no_more(no_patience):
    del no_patience
    with standard_error_on_a_terminal() as got:
        assert list(progress.watched(iter(range(6)), 6)) == list(range(6))
        said = got()
    assert b"checking" in said
    assert b"6/6" in said
    assert said.endswith(WIPED)


def test_a_bar_starts_with_what_has_come(no_patience):
    del no_patience
    with standard_error_on_a_terminal() as got:
        items = progress.watched(iter(range(6)), 6)
        assert [next(items), next(items)] == [0, 1]
        assert b"1/6" in got()
        items.close()
        assert got().endswith(WIPED)


def test_a_terminal_sees_nothing_of_what_is_soon_done():
    with standard_error_on_a_terminal() as got:
        assert list(progress.watched(iter(range(6)), 6)) == list(range(6))
        assert got() == b""


def test_the_command_shows_the_bar(command, folder, no_patience):
    del folder, no_patience
    with standard_error_on_a_terminal() as got:
        assert command("check", "broken.toml", "other.toml", "broken.toml/x").code == 2
        assert b"1/2" in got()


def test_a_pipe_sees_no_bar(capsys, no_patience):
    del no_patience
    assert list(progress.watched(iter(range(6)), 6)) == list(range(6))
    assert capsys.readouterr() == ("", "")
