from __future__ import annotations

import ast
import pickle
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from each import for_each

import resnet_inspect as ri
from resnet_inspect.commands import COMMANDS


@for_each("name", ri.__all__)
def test_every_name_is_there(name):
    assert not isinstance(getattr(ri, name), ModuleType)


def test_no_room_is_named_like_a_public_name():
    """Importing a room binds it over a name of the package."""
    package = Path(ri.__file__).parent
    rooms = {path.stem for path in (*package.glob("*.py"), *(each.parent for each in package.glob("*/__init__.py")))}
    assert not rooms & set(ri.__all__)


def test_the_package_itself_imports_only_what_python_has_imported_before_it():
    """``python -m`` looks in the current folder first, and Python 3.12 has not imported functools by then."""
    body = ast.parse(Path(ri.__file__).read_text("utf-8")).body
    imports = [ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imports == ["from importlib import import_module"]


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


def test_an_anatomy_from_another_process_shows_itself():
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer)._repr_html_())"
    anatomy = ri.dissect("resnet18")
    given = pickle.dumps(anatomy)
    done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, check=True)
    assert done.stdout.decode() == f"{anatomy._repr_html_()}\n"


@pytest.mark.parametrize("format_name", ["table", "json", "csv"])
def test_render_takes_reports_alone(format_name):
    with pytest.raises(TypeError, match="int is not a report"):
        ri.render(3, format_name)


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda listed: listed.name)
def test_every_command_has_its_function(listed):
    assert getattr(ri, listed.name) is getattr(import_module(listed.module), listed.name)


def test_config_is_a_command_like_the_others():
    assert ri.config("resnet50").startswith("# ")
    assert ri.load(tomllib.loads(ri.config("resnet50"))) == ri.load("resnet50")


@pytest.mark.parametrize(
    ("old", "new"), [("Run", "RunOptions"), ("Selection", "RuleSelection"), ("Wanted", "VariantFilter")]
)
def test_a_name_that_has_changed_is_explained(old, new):
    with pytest.raises(AttributeError, match=f"'{old}', which is now '{new}'"):
        getattr(ri, old)


REPORTS = {
    "resnet18: depth 18, 8 blocks": lambda: ri.dissect("resnet18"),
    "layers: resnet18: 3×224×224 → 1000": lambda: ri.layers("resnet18"),
    "count: resnet34: depth 34 = 1 + 2·(3+4+6+3) + 1": lambda: ri.count("resnet34"),
    "blocks: resnet18: 2 kinds of block, 8 blocks": lambda: ri.blocks("resnet18"),
    "compare: resnet50 (v1) → resnet50 (v1.5): 3×224×224": lambda: ri.compare("resnet50", versions=("v1", "v1.5")),
    "variants: 3 variants": lambda: ri.variants("resnet1*d"),
    "stages: resnet18: 3×224×224 → 1000": lambda: ri.stages("resnet18"),
    "nearest: resnet18: equals resnet18": lambda: ri.nearest("resnet18", count=1),
    "nearest: custom: closest to resnet18": lambda: ri.nearest({"base": "resnet18", "num_classes": 10}, count=1),
    "check: All checks passed (1 model)": lambda: ri.check("resnet18"),
    "lock: resnet-inspect.lock.json would change: 1 new": lambda: ri.lock("resnet18", check=True),
    "rule: RI102 stage-halved-twice: warning, on by default": lambda: ri.rule("RI102"),
    "rule: 40 rules, 4 of them off by default": ri.rule,
}


@pytest.mark.parametrize("line", REPORTS)
def test_a_report_can_be_pickled(line):
    report = REPORTS[line]()
    assert repr(pickle.loads(pickle.dumps(report))) == repr(report)


@pytest.mark.parametrize("line", REPORTS)
def test_a_report_says_in_one_line_what_it_is(line):
    report = REPORTS[line]()
    assert str(report) == line
    assert repr(report) == f"<{type(report).__name__} {line}>"


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


@pytest.mark.parametrize("name", [*(listed.name for listed in COMMANDS), "build", "trace", "dissect"])
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
    v1 = ri.RunOptions(version="v1")
    assert ri.nearest("resnet50", v1, count=1).variants[0].name == "resnet50_v1"
    assert "3.86\n" in ri.summary("resnet50", v1, depth=1)
    assert ri.layers("resnet50", v1, selection=ri.LayerSelection(stages=frozenset({"stem"}))).stride_placement == "v1"
