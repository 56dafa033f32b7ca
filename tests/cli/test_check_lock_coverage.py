"""``check --locked`` never passes when something takes a locked config out of the check, or ignores its lock."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from locked_configs import LOCK, V1, V1_5, findings

NET = Path("configs/net.toml")
LOOKS = "does not look like a config any more"
EXCLUDED = "is excluded in pyproject.toml"


def write(text):
    return lambda: NET.write_text(text)


def replace_by(make):
    def act():
        NET.unlink()
        make(NET)

    return act


def exclude(pattern):
    return lambda: Path("pyproject.toml").write_text(f'[tool.resnet-inspect]\nexclude = ["{pattern}"]\n')


WAYS = {
    "emptied": (write(""), LOOKS),
    "commented out": (write("# " + V1_5), LOOKS),
    "in a table": (write("[model]\n" + V1_5), LOOKS),
    "another case": (write('Base = "resnet50"\n'), LOOKS),
    "a number": (write("base = 50\n"), LOOKS),
    "pointer": (write("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 18\n"), LOOKS),
    "binary": (lambda: NET.write_bytes(bytes(range(256))), LOOKS),
    "pipe": (replace_by(os.mkfifo), "is a pipe or device now, not a file"),
    "folder": (replace_by(Path.mkdir), "is a folder now"),
    "excluded": (exclude("net.toml"), EXCLUDED),
    "folder excluded": (exclude("configs/"), EXCLUDED),
    "excluded by a star": (exclude("*.toml"), EXCLUDED),
}
FORMS = {
    "folder": ["configs"],
    "here": ["."],
    "files": ["--only-configs", "configs/net.toml", "configs/small.toml"],
    "spelled differently": ["--only-configs", "./configs/../configs//net.toml"],
    "absolute": ["--only-configs", "{here}/configs"],
    "pattern": ["--only-configs", "configs/*.toml"],
    "deep pattern": ["--only-configs", "**/*.toml"],
}

NETS = """
from torch import nn

def first(width=8):
    return nn.Conv2d(3, width, 3)

second = first
"""

posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")


@posix
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", WAYS)
def test_a_locked_config_that_leaves_the_check_is_an_error(command, locked, way, form):
    act, said = WAYS[way]
    act()
    arguments = [argument.format(here=locked) for argument in FORMS[form]]
    done = command("check", "--locked", *arguments, "-f", "json")
    assert done.code == 1
    assert (LOCK, "RI303", f"configs/net.toml is in the lock, but {said}") in findings(done)


@pytest.mark.usefixtures("locked")
def test_a_named_file_is_held_whatever_excludes_it(command):
    exclude("configs/")()
    assert command("check", "--locked", "configs/net.toml").code == 0


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize("asked", ["configs/small.toml", "configs/sm*.toml", "other"])
def test_an_entry_that_was_not_asked_for_is_let_alone(command, asked):
    Path("other").mkdir()
    Path("other/net.toml").write_text(V1_5)
    assert command("lock", "other").code == 0
    NET.write_text("")
    assert command("check", "--locked", asked).code == 0


@pytest.mark.usefixtures("locked")
def test_a_folder_behind_a_link_or_hidden_is_no_way_out(command):
    Path("configs/a").mkdir()
    Path("configs/a/net.toml").write_text(V1_5)
    assert command("lock", "configs").code == 0
    Path("configs/a").rename("hidden")
    Path("configs/a").symlink_to("../hidden")
    said = (LOCK, "RI303", "configs/a/net.toml is in the lock, but was not checked")
    assert said in findings(command("check", "--locked", "configs", "-f", "json"))
    assert said in findings(command("check", "--locked", "**/*.toml", "-f", "json"))
    assert command("check", "--locked", "configs", "configs/a/net.toml").code == 0


@pytest.mark.usefixtures("locked")
def test_standard_input_holds_the_entry_of_its_name_only(command, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    Path("configs/small.toml").write_text("")
    done = command("check", "--locked", "-", "--stdin-filename", "configs/net.toml", "-f", "json")
    assert [code for _, code, _ in findings(done)] == ["RI001"]


@pytest.mark.usefixtures("lockable")
def test_a_lock_in_another_folder_is_asked_for_by_the_same_paths(command):
    Path("locks").mkdir()
    assert command("lock", "configs", "--lock-file", "locks/a.json").code == 0
    NET.write_text("")
    done = command("check", "--locked", "--lock-file", "locks/a.json", "configs", "-f", "json")
    assert [message for _, code, message in findings(done) if code == "RI303"] == [
        f"../configs/net.toml is in the lock, but {LOOKS}"
    ]


def test_a_file_called_like_a_model_is_not_taken_for_it(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command("lock", "resnet18").code == 0
    assert command("check", "--locked", "resnet18").code == 0
    Path("resnet18").write_text('base = "resnet18"\n')
    assert [code for _, code, _ in findings(command("check", "--locked", "resnet18", "-f", "json"))] == ["RI001"]
    done = command("check", "--locked", "--only-configs", "resnet18", "-f", "json")
    assert findings(done) == [(LOCK, "RI303", "resnet18 is in the lock, but its name is that of a file or folder now")]
    Path("resnet18").unlink()
    assert command("check", "--locked", "resnet18").code == 0


@pytest.mark.usefixtures("locked")
def test_a_folder_asks_for_no_model(command):
    assert command("lock", "resnet18").code == 0
    assert command("check", "--locked", ".").code == 0


@pytest.mark.usefixtures("locked")
def test_all_that_is_wrong_with_a_lock_is_found_where_it_stands(command):
    for name in ("net", "small"):
        Path(f"configs/{name}.toml").unlink()
    (done,) = json.loads(command("check", "--locked", ".", "-f", "json").out)["files"]
    lines = Path(LOCK).read_text("utf-8").splitlines()
    for finding in done["findings"]:
        name = finding["message"].split(" ")[0]
        assert lines[finding["line"] - 1][finding["column"] - 1 : finding["end_column"] - 1] == f'"{name}"'
    assert len(done["findings"]) == 2


@pytest.mark.usefixtures("locked")
def test_a_file_that_cannot_be_looked_at_is_not_taken_for_gone(command, monkeypatch):
    """Tests may run as root, to whom no folder is closed."""
    lstat, stat = Path.lstat, Path.stat

    def shut(real):
        def look(path, **options):
            if path.name == "net.toml":
                raise PermissionError(13, "Permission denied", str(path))
            return real(path, **options)

        return look

    monkeypatch.setattr(Path, "lstat", shut(lstat))
    monkeypatch.setattr(Path, "stat", shut(stat))
    NET.unlink()
    done = command("check", "--locked", "configs", "-f", "json")
    said = "configs/net.toml is in the lock, but cannot be looked at: permission denied"
    assert (LOCK, "RI303", said) in findings(done)
    assert command("lock", "configs/small.toml").code == 0
    assert list(json.loads(Path(LOCK).read_text("utf-8"))["files"]) == ["configs/net.toml", "configs/small.toml"]


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize(
    ("options", "table"),
    [
        (["--select", "RI1"], ""),
        (["--select", "RI301,RI302"], ""),
        (["--ignore", "RI303"], ""),
        (["--ignore", "RI3"], ""),
        (["--ignore", "architecture-is-not-locked-one"], ""),
        ([], 'select = ["RI1"]'),
        ([], 'ignore = ["RI301"]'),
    ],
)
def test_a_selection_that_checks_no_lock_is_refused(command, options, table):
    Path("pyproject.toml").write_text(f"[tool.resnet-inspect]\n{table}\n")
    NET.write_text(V1)
    done = command("check", "--locked", "configs", *options)
    assert (done.code, done.out) == (2, "")
    assert "needs RI301, RI302, RI303, and the selection leaves out RI30" in done.err
    assert "select RI3 too" in done.err


@pytest.mark.usefixtures("locked")
def test_the_command_line_may_give_the_rules_of_the_lock_back(command):
    Path("pyproject.toml").write_text('[tool.resnet-inspect]\nignore = ["ALL"]\n')
    NET.write_text(V1)
    done = command("check", "--locked", "configs", "--extend-select", "RI3", "-f", "json")
    assert [code for _, code, _ in findings(done)] == ["RI301"]


SILENT = {
    "comment": ("# resnet-inspect: ignore[RI301] why not\n" + V1, "", "a comment on line 1"),
    "comment on all": ("\n# resnet-inspect: ignore\n" + V1, "", "a comment on line 2"),
    "table": (V1 + '[check]\nignore = ["RI3"]\n', "", "its [check] table"),
    "project": (V1, '"configs/*" = ["RI3"]', "per-file-ignores in pyproject.toml"),
}


@pytest.fixture(params=SILENT)
def ignoring(request, locked):  # noqa: ARG001  # the folder it happens in
    """How the one finding of the lock is ignored, in words."""
    text, ignores, by = SILENT[request.param]
    NET.write_text(text)
    Path("pyproject.toml").write_text(f"[tool.resnet-inspect.per-file-ignores]\n{ignores}\n")
    return by


@pytest.mark.parametrize("options", [[], ["--quiet"], ["--verbose"], ["-f", "markdown"], ["-f", "html"]])
def test_people_see_what_is_ignored_of_a_lock(command, ignoring, options):
    done = command("check", "--locked", "configs", *options)
    assert done.code == 0
    out = done.out.replace("\\", "").replace("\n  ", " ")
    assert "configs/net.toml: " in out
    assert "RI301" in out
    assert f"(ignored by {ignoring})" in out


def test_programs_see_what_is_ignored_of_a_lock(command, ignoring):
    def printed(output_format):
        done = command("check", "--locked", "configs", "-f", output_format)
        assert done.code == 0
        return done.out

    net, _ = json.loads(printed("json"))["files"]
    (found,) = net["silenced_lock_findings"]
    assert (net["ok"], found["code"], found["by"]) == (True, "RI301", ignoring)

    (run,) = json.loads(printed("sarif"))["runs"]
    (result,) = run["results"]
    kind = "external" if "pyproject" in ignoring else "inSource"
    assert result["suppressions"] == [{"kind": kind, "justification": f"ignored by {ignoring}"}]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "RI301"

    suite, _ = ET.fromstring(printed("junit"))
    assert suite.get("skipped") == "1"
    assert ignoring in suite.find(".//skipped").get("message")

    (row,) = csv.DictReader(io.StringIO(printed("csv")))
    assert (row["code"], row["silenced_by"]) == ("RI301", ignoring)

    notices = [line for line in printed("github").splitlines() if line.startswith("::notice ")]
    assert len(notices) == 1
    assert "file=configs/net.toml" in notices[0]
    assert ignoring in notices[0]


@pytest.mark.usefixtures("ignoring")
def test_the_summary_of_a_step_has_what_is_ignored(command, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    command("check", "--locked", "configs", "-f", "github")
    assert "ignored" in (tmp_path / "summary").read_text("utf-8")


@pytest.mark.usefixtures("locked")
def test_a_lock_that_is_ignored_as_a_file_is_shown(command):
    NET.write_text("")
    Path("pyproject.toml").write_text('[tool.resnet-inspect.per-file-ignores]\n"*.json" = ["RI303"]\n')
    done = command("check", "--locked", "configs", "--quiet")
    assert done.code == 0
    assert f"configs/net.toml is in the lock, but {LOOKS} (ignored by" in done.out.replace("\n  ", " ")


@pytest.mark.usefixtures("locked")
def test_what_ignores_nothing_of_a_lock_is_not_shown(command):
    Path("pyproject.toml").write_text('[tool.resnet-inspect.per-file-ignores]\n"configs/*" = ["RI3"]\n')
    assert command("check", "--locked", "configs", "--quiet") == (0, "", "")


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize("options", [[], ["-k", "width=16"]])
def test_a_folder_with_the_name_of_a_locked_model_hides_nothing(command, options):
    Path("nets.py").write_text(NETS)
    models = ["nets:first", "nets:second"]
    assert command("lock", *options, *models).code == 0
    Path("nets:first").mkdir()
    done = command("check", "--locked", *options, *models, "-f", "json")
    assert done.code == 1
    assert any(
        "nets:first" in message and "that of a file or folder now" in message for _, _, message in findings(done)
    )


@pytest.mark.usefixtures("locked")
def test_a_folder_with_the_name_of_a_locked_variant_hides_nothing(command, monkeypatch):
    assert command("lock", "resnet18").code == 0
    Path("below/resnet18").mkdir(parents=True)
    monkeypatch.chdir("below")
    done = command("check", "--locked", "--lock-file", f"../{LOCK}", "resnet18", "../configs")
    assert (done.code, "resnet18 is in the lock, but its name is that of a file or folder now" in done.out) == (1, True)


@pytest.mark.usefixtures("locked")
def test_paths_of_the_project_leave_no_entry_out(command):
    Path("pyproject.toml").write_text('[tool.resnet-inspect]\npaths = ["configs/small.toml"]\n')
    done = command("check", "--locked", "-f", "json")
    assert (LOCK, "RI303", "configs/net.toml is in the lock, but was not checked") in findings(done)
    assert command("check", "--locked", "configs/small.toml").code == 0, "what the command line names is its own affair"
