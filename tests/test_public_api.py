from __future__ import annotations

from importlib import import_module
from types import ModuleType

import pytest

import resnet_inspect as ri


@pytest.mark.parametrize("name", ri.__all__)
def test_every_name_is_there(name):
    assert not isinstance(getattr(ri, name), ModuleType)


@pytest.mark.parametrize(("name", "home"), [("trace", "trace.recorder"), ("render", "render.formats")])
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


@pytest.mark.parametrize("format_name", ["table", "json", "csv"])
def test_render_takes_reports_alone(format_name):
    with pytest.raises(TypeError, match="int is not a report"):
        ri.render(3, format_name)
