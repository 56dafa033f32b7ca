"""Paths that do not exist: an error after the others have been checked or locked, or a report that has the error."""

from __future__ import annotations

from pathlib import Path

import pytest

import resnet_inspect as ri


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("net.toml").write_text('base = "resnet18"\n')


PATHS = ["gone.toml", "net.toml", "no/*.toml"]


@pytest.mark.parametrize("function", [ri.check, ri.lock])
def test_an_error_names_them_all(function):
    with pytest.raises(ri.MissingPathsError, match=r"^no such files or folders: gone.toml, no/\*.toml$") as caught:
        function(PATHS)
    assert caught.value.paths == ("gone.toml", "no/*.toml")
    assert not hasattr(caught.value, "report")


@pytest.mark.parametrize("function", [ri.check, ri.lock])
def test_the_report_of_the_others_can_be_had_instead(function):
    report = function(PATHS, missing_ok=True)
    assert [file.path for file in report.files] == ["net.toml"]
    assert (report.ok, report.missing.paths) == (True, ("gone.toml", "no/*.toml"))
    assert function("net.toml", missing_ok=True).missing is None
    assert "gone.toml" not in ri.render(report, "json")


def test_the_others_are_locked_all_the_same():
    with pytest.raises(ri.MissingPathsError):
        ri.lock(PATHS)
    assert ri.check("net.toml", locked=True).ok


def test_a_name_that_may_be_a_variant_s_has_a_hint():
    error = ri.check("resnet5O", missing_ok=True).missing
    assert str(error).startswith("no such file or folder: resnet5O\nunknown variant 'resnet5O': did you mean resnet50")
