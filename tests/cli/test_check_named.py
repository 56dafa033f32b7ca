"""``check`` and ``lock`` of models that are named: hostile code in processes, clean streams, every format."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from golden.read_golden import golden

NETS = """
import os, sys, time
from torch import nn
print("hello")
os.write(2, b"")

class Plain(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, padding=1)
    def forward(self, x):
        print("forward")
        return self.conv(x)

class Bad(Plain):
    def __init__(self):
        super().__init__()
        self.old = nn.Linear(2, 2)

class Looks(Plain):
    def forward(self, x):
        return self.conv(x) if x.sum() == 0 else x

class Loops(Plain):
    def forward(self, x):
        while True:
            time.sleep(0.01)

def exits():
    sys.exit(0)

def dies():
    os._exit(0)

def interrupts():
    raise KeyboardInterrupt
"""
BROKEN = "import sys\nprint('broken')\nraise RuntimeError('at import')\n"
LOOPS = "import time\nwhile True:\n    time.sleep(0.01)\n"
HOSTILE = {
    "named_nets:Plain": None,
    "named_nets:Loops": "RI003",
    "named_loops:net": "RI003",
    "named_broken:net": "RI001",
    "named_nets:exits": "RI001",
    "named_nets:dies": "RI003",
    "named_nets:interrupts": "RI003",
    "net.toml": None,
    "named_nets.py:Bad": "RI144",
}


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    before, path = set(sys.modules), list(sys.path)
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    for name, text in {"named_nets": NETS, "named_broken": BROKEN, "named_loops": LOOPS}.items():
        Path(f"{name}.py").write_text(text)
    Path("net.toml").write_text('base = "resnet18"\n')
    yield
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def test_hostile_code_costs_itself_alone(tmp_path):
    """In a process of its own, whose standard output is nothing but the report."""
    arguments = ["check", *HOSTILE, "--jobs", "2", "--timeout", "2", "--format", "json", "--output", "report.json"]
    done = subprocess.run(
        [sys.executable, "-m", "resnet_inspect", *arguments],
        capture_output=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    files = json.loads((tmp_path / "report.json").read_bytes())["files"]
    found = {file["path"]: next((finding["code"] for finding in file["findings"]), None) for file in files}
    assert found == HOSTILE
    assert done.returncode == 1
    assert b"hello" in done.stderr
    assert b"hello" not in done.stdout
    assert b"1 file and 8 models checked" in done.stdout


@pytest.mark.parametrize("output_format", ["json", "sarif", "junit", "github", "csv", "table"])
def test_what_code_prints_is_no_part_of_a_report(command, output_format):
    done = command("check", "named_nets:Plain", "named_broken:net", "named_nets:exits", "-f", output_format)
    assert "hello" not in done.out
    assert "forward" not in done.out.replace("forward fails", "")
    assert "broken\n" not in done.out
    assert "hello" in done.err
    assert done.code == 1


def test_in_the_table_a_model_stands_before_its_finding_and_is_counted_apart(command):
    done = command("check", "named_nets:Bad", "net.toml", "resnet18")
    assert done.out.startswith("named_nets:Bad: warning RI144 never used: old\n")
    assert "1 file and 2 models checked: 1 with findings; 1 warning" in done.out
    assert command("check", "resnet18").out == "All checks passed (1 model)\n"


def test_json_has_the_model_as_it_was_named(command):
    (file,) = json.loads(command("check", "named_nets.py:Bad", "-f", "json").out)["files"]
    (finding,) = file["findings"]
    assert (file["path"], file["model"], file["notes"]) == ("named_nets.py:Bad", "named_nets.py:Bad", [])
    assert [finding[key] for key in ("line", "column", "end_column", "path", "layer")] == [None, None, None, "", "old"]


@pytest.mark.parametrize(
    ("name", "uri"), [("named_nets.py:Bad", "named_nets.py"), ("named_nets:Bad", "named_nets%3ABad")]
)
def test_sarif_has_no_region_and_the_layer(command, name, uri):
    log = json.loads(command("check", name, "-f", "sarif").out)
    jsonschema.Draft4Validator(golden("sarif-2.1.0-rtm.4.json.gz")).validate(log)
    (result,) = log["runs"][0]["results"]
    (location,) = result["locations"]
    assert location == {
        "physicalLocation": {"artifactLocation": {"uri": uri}},
        "logicalLocations": [{"fullyQualifiedName": "old", "kind": "module"}],
    }


@pytest.mark.parametrize(("name", "file"), [("named_nets.py:Bad", "named_nets.py"), ("named_nets:Bad", None)])
def test_annotations_and_junit_name_a_file_only_where_there_is_one(command, name, file):
    out = command("check", name, "-f", "github").out
    start = "::warning " + (f"file={file}," if file else "") + "title=RI144"
    assert [line for line in out.splitlines() if line.startswith(start)]
    suite = ET.fromstring(command("check", name, "-f", "junit").out).find("testsuite")
    assert (suite.get("name"), suite.get("file")) == (name, file)


def test_paths_of_models_begin_at_the_checkout_too(command, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    Path("deep").mkdir()
    monkeypatch.chdir("deep")
    out = command("check", "../named_nets.py:Bad", "-f", "github").out
    assert "::warning file=named_nets.py,title=" in out


def test_a_note_goes_to_standard_error_and_into_json(command):
    done = command("check", "named_nets:Looks", "net.toml", "-f", "json")
    notes = {file["path"]: file["notes"] for file in json.loads(done.out)["files"]}
    assert notes["net.toml"] == []
    assert notes["named_nets:Looks"][0].startswith("traced on cpu")
    assert "note: named_nets:Looks: traced on cpu" in done.err
    done = command("lock", "named_nets:Looks", "-f", "json")
    assert json.loads(done.out)["files"][0]["notes"][:-1] == notes["named_nets:Looks"]
    assert "note: named_nets:Looks: traced on cpu" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["named_nets:Bad", "--exit-zero"], 0, ""),
        (["named_nets:Plain", "no.toml"], 2, "no such file or folder: no.toml"),
        (["named_nets:Plain", "--only-configs"], 2, "no such file or folder: named_nets:Plain"),
        (["net.toml", "--kwargs", "width=16"], 2, "--input, --kwargs"),
        (["net.toml", "--input", "3x8x8"], 2, "--input, --kwargs"),
        (["named_nets:Plain", "--input", "8"], 2, "is not a shape"),
        (["named_nets:Plain", "--kwargs", "width=12", "--input", "3x8x8"], 1, ""),
        (["named_nets:Plain", "net.toml", "--kwargs", "width=16"], 0, ""),
    ],
)
def test_exit_codes(command, arguments, code, said):
    done = command("check", *arguments)
    assert (done.code, said in done.err) == (code, True)


def test_a_lock_holds_models_beside_configs(command):
    plain = ["named_nets.py:Plain", "--kwargs", "width=16"]
    assert command("lock", "net.toml", "resnet18").code == 0
    assert "1 new, 2 other entries kept" in command("lock", *plain).out
    assert list(json.loads(Path("resnet-inspect.lock.json").read_text())["files"]) == [
        "named_nets.py:Plain(width=16)",
        "net.toml",
        "resnet18",
    ]
    assert command("check", "--locked", *plain).code == 0
    assert "RI302" in command("check", "--locked", plain[0]).out
    Path("named_nets.py").write_text(NETS.replace("3, padding=1", "5, padding=2"))
    assert "conv" in command("check", "--locked", *plain).out
    assert "1 changed" in command("lock", *plain).out
    Path("named_nets.py").unlink()
    assert (
        "named_nets.py:Plain(width=16) is in the lock, but does not exist"
        in command("check", "--locked", "resnet18").out
    )
    assert "dropped, because the file is gone: named_nets.py:Plain(width=16)" in command("lock", "resnet18").out
    assert command("check", "--locked", "resnet18", "net.toml").code == 0
    done = command("lock", "named_nets.py:Plain", "named_broken:net", "net.toml")
    assert (done.code, "2 cannot be locked" in done.out, "1 unchanged" in done.out) == (1, True, True)


@pytest.mark.parametrize("name", ["check", "lock"])
def test_the_help_says_that_naming_code_runs_it(command, name):
    assert "imports that code and so runs it" in " ".join(command(name, "--help").out.replace("│", " ").split())
