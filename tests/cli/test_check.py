"""``check`` as CI calls it: exit codes, requests, many files, and where its report goes."""

from __future__ import annotations

import json

import pytest
from check_configs import DEEP

from resnet_inspect.checking.findings import FileResult, Finding


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
        (["R-50"], ["no such file or folder: R-50", "'R-50' does not name a single network: write resnet50"]),
        (["resnet5o"], ["no such file or folder: resnet5o", "did you mean resnet50"]),
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

    monkeypatch.setattr("resnet_inspect.checking.pool.check_files", check_files)
    assert command("check", "deep.toml", *arguments).code == 0
    assert asked == [asked_for]


def test_a_fault_of_ours_is_owned_up_to_and_hides_nothing(command, folder, monkeypatch):
    del folder

    def check_file(target, settings):
        del settings
        broken = target.path == "good.toml"
        return FileResult(target.path, (Finding(code="RI003", message="x"),) if broken else (), fault="Trace" * broken)

    monkeypatch.setattr(
        "resnet_inspect.checking.pool.check_files",
        lambda targets, settings, *_, **__: (check_file(t, settings) for t in targets),
    )
    done = command("check", "good.toml", "deep.toml", "-f", "json")
    assert done.code == 70
    assert paths(done) == ["good.toml", "deep.toml"]
    assert done.err.startswith("error: this is a bug in resnet-inspect")
    assert done.err.endswith("Trace")
