from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import resnet_inspect as ri
from resnet_inspect import _HOMES
from resnet_inspect.cli.app import app


@pytest.mark.parametrize("name", ri.__all__)
def test_every_name_is_there(name):
    assert not isinstance(getattr(ri, name), ModuleType)


@pytest.mark.parametrize(("name", "home"), [("trace", "steps"), ("render", "render.formats")])
def test_a_package_of_the_same_name_does_not_hide_the_function(name, home):
    function = getattr(import_module(f"resnet_inspect.{home}"), name)
    assert getattr(ri, name) is function


def test_the_walk_can_be_walked_twice():
    for _ in range(2):
        anatomy = ri.dissect(ri.trace(ri.build(ri.load("resnet50"))))
        assert anatomy.depth.depth == 50
        assert anatomy.layers[0].kernel == (7, 7)
        assert ri.render(ri.layers("resnet18"), "csv").count("\n") > 20


def test_other_names_are_not_there():
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = ri.nonsense
    assert dir(ri) == sorted(ri.__all__)


def test_render_says_which_formats_there_are():
    with pytest.raises(ri.RequestError, match="no format 'txt': choose from table, json, csv, markdown, html"):
        ri.render(ri.count("resnet18"), "txt")


def test_a_notebook_gets_a_fragment_and_a_file_a_document():
    anatomy = ri.dissect(ri.trace(ri.build(ri.load("resnet18"))))
    for report in (ri.count("resnet18"), anatomy):
        fragment = report._repr_html_()
        assert fragment.startswith('<div class="resnet-inspect">\n<h3>')
        assert fragment.endswith("</div>\n")
        assert ri.render(report, "html").startswith("<!doctype html>\n")


@pytest.mark.parametrize("format_name", ["table", "json", "csv"])
def test_render_takes_reports_alone(format_name):
    with pytest.raises(TypeError, match="int is not a report"):
        ri.render(3, format_name)


def test_every_command_has_its_function_but_config():
    """``resnet_inspect.config`` is the room of that name."""
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert commands - set(ri.__all__) == {"config"}
    assert isinstance(import_module("resnet_inspect.config"), ModuleType)


PLAIN = {
    *(
        "Source",
        "ConfigSource",
        "Weights",
        "Paths",
        "PathLike",
        "None",
        "Detail",
        "Severity",
        "Version",
        "Shape",
        "Watch",
    ),
    *("Sequence", "Iterable", "Mapping", "Any"),
}
"""Names for unions of plain types, for words, and for a function."""


@pytest.mark.parametrize(
    "name", [name for name, home in _HOMES.items() if home in {"workflows", "gate", "porting", "steps"}]
)
def test_what_a_function_takes_is_public(name):
    kinds = {key: kind for key, kind in getattr(ri, name).__annotations__.items() if key != "return"}
    words = set(re.findall(r"\b[A-Z]\w+", " ".join(kinds.values())))
    assert words - PLAIN <= set(ri.__all__)


@pytest.mark.parametrize("given", [str, Path, lambda path: [path], lambda path: (each for each in [Path(path)])])
def test_one_path_or_several(tmp_path, monkeypatch, given):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.toml").write_text('base = "resnet18"\n')
    assert ri.lock(given("net.toml")).files[0].status == "new"
    assert [file.path for file in ri.check(given("net.toml"), locked=True).files] == ["net.toml"]
    with pytest.raises(ri.RequestError, match="standard input"):
        ri.lock(given("-"))


def test_how_to_run_a_model_is_the_second_argument_everywhere():
    v1 = ri.Run(version="v1")
    assert ri.nearest("resnet50", v1, count=1).variants[0].name == "resnet50_v1"
    assert "3.86\n" in ri.summary("resnet50", v1, depth=1)
    assert ri.layers("resnet50", v1, selection=ri.LayerSelection(stages=frozenset({"stem"}))).stride_placement == "v1"
