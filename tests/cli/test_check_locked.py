"""``check --locked`` as people and CI call it: what differs from the lock, and how it is shown."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from locked_configs import LOCK, V1, V1_5, entries, findings


def test_a_moved_stride_is_found_and_shown_as_compare_shows_it(command, locked):
    (locked / "configs" / "net.toml").write_text(V1)
    done = command("check", "--locked", "configs", "-f", "json")
    assert done.code == 1
    assert findings(done) == [
        (
            "configs/net.toml",
            "RI301",
            "the architecture is not what the lock says: MACs 4,089,184,256 → 3,857,973,248 (−5.65 %), "
            "v1 / v1.5: v1.5 → v1, 6 places differ (stride 6×)",
        )
    ]
    (found,) = json.loads(done.out)["files"][0]["findings"]
    compared = json.loads(command("compare", "resnet50", "configs/net.toml", "-f", "json").out)
    for key in ("changes", "only_left", "only_right"):
        assert found[key] == compared[key]
    table = command("check", "--locked", "configs").out
    rows = [line.split() for line in command("compare", "resnet50", "configs/net.toml").out.splitlines()]
    shown = [line.split() for line in table.splitlines()]
    assert [row for row in rows if row[:1] and row[0].startswith("layer") and row not in shown] == [
        ["layer", "role", "differs", "in", "left", "right"]
    ]
    assert ["layer", "role", "differs", "in", "locked", "now"] in shown


def test_processes_hold_to_the_same_lock(command, locked):
    (locked / "configs" / "net.toml").write_text(V1)
    one, two = (command("check", "--locked", "configs", "-f", "json", "--jobs", jobs) for jobs in "12")
    assert one.out == two.out
    assert [code for _, code, _ in findings(two)] == ["RI301"]


def test_what_lies_outside_the_table_is_counted(command, locked):
    (locked / "configs" / "net.toml").write_text('base = "resnet50"\ninput_size = [320, 320]\nattention = "se"\n')
    done = command("check", "--locked", "configs/net.toml")
    assert "only in the file: 32 layers" in done.out
    assert "more differences: --verbose shows all of them" in done.out
    assert "more differences" not in command("check", "--locked", "configs/net.toml", "--verbose").out


@pytest.mark.parametrize("output_format", ["sarif", "junit", "github"])
def test_formats_for_other_programs_have_the_first_changes_in_words(command, locked, output_format):
    (locked / "configs" / "net.toml").write_text(V1)
    out = command("check", "--locked", "configs", "-f", output_format).out
    assert "changed: layer2.0.conv1 stride 1×1 → 2×2; layer2.0.conv1 output shape 1×128×56×56 → 1×128×28×28; " in out
    assert "; 10 more" in out


def test_a_file_without_an_entry_and_an_entry_without_a_file(command, locked):
    (locked / "configs" / "small.toml").rename(locked / "configs" / "tiny.toml")
    done = command("check", "--locked", "configs", "-f", "json")
    assert done.code == 1
    assert findings(done) == [
        (
            "configs/tiny.toml",
            "RI302",
            f"{LOCK} has no entry for this file, but matches configs/small.toml, which is gone: renamed?",
        ),
        (LOCK, "RI303", "configs/small.toml is in the lock, but does not exist"),
    ]
    (gone,) = json.loads(done.out)["files"][-1]["findings"]
    line = (locked / LOCK).read_text("utf-8").splitlines()[gone["line"] - 1]
    assert line[gone["column"] - 1 : gone["end_column"] - 1] == '"configs/small.toml"'
    assert command("check", "--locked", "configs/net.toml", "-f", "json").code == 1, "whichever files are checked"
    assert command("check", "--locked", "configs", "--ignore", "RI302,RI303").code == 2
    assert command("check", "configs").code == 0
    updated = command("lock", "configs/tiny.toml")
    assert updated.code == 0
    assert "dropped, because the file is gone: configs/small.toml" in updated.out
    assert list(entries(locked)) == ["configs/net.toml", "configs/tiny.toml"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_file_that_was_renamed_is_known_by_its_network(command, locked, jobs):
    (locked / "configs" / "small.toml").rename(locked / "configs" / "tiny.toml")
    (locked / "configs" / "new.toml").write_text('base = "resnet34"\n')
    done = command("check", "--locked", "configs", "-f", "json", "--jobs", jobs, "--select", "RI3")
    assert findings(done) == [
        ("configs/new.toml", "RI302", f"{LOCK} has no entry for this file"),
        (
            "configs/tiny.toml",
            "RI302",
            f"{LOCK} has no entry for this file, but matches configs/small.toml, which is gone: renamed?",
        ),
        (LOCK, "RI303", "configs/small.toml is in the lock, but does not exist"),
    ]


@pytest.mark.parametrize("selection", [["--select", "RI3"], ["--select", "RI2,RI3"], ["--ignore", "RI101"]])
def test_a_locked_file_that_no_longer_runs_never_passes(command, locked, selection):
    (locked / "configs" / "net.toml").write_text('base = "resnetaa50"\ninput_size = [200, 200]\n')
    done = command("check", "--locked", "configs/net.toml", "-f", "json", *selection)
    assert (done.code, [code for _, code, _ in findings(done)]) == (1, ["RI301", "RI002"])


def test_standard_input_is_held_to_the_entry_of_its_name(command, locked, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(V1.encode())))
    done = command("check", "--locked", "-", "--stdin-filename", "configs/net.toml", "-f", "json")
    assert [code for _, code, _ in findings(done)] == ["RI301"]
    assert Path(locked, "configs", "net.toml").read_text() == V1_5
