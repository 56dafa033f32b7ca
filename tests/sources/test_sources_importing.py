"""Code of the user's own is what its source says now, and leaves no mark on what is imported later."""

from __future__ import annotations

import os
import py_compile
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest

import resnet_inspect as ri
from resnet_inspect.sources.importing import is_users
from resnet_inspect.sources.resolve import resolve
from resnet_inspect.sources.running import run_model

NET = "from torch import nn\nnet = nn.Conv2d(3, 4, 1)\n"
USING = "from torch import nn\nfrom {0} import width\nnet = nn.Conv2d(3, width, 1)\n"
LAZY = """
from torch import nn
class Net(nn.Conv2d):
    def __init__(self):
        super().__init__(3, 4, 1)
    def forward(self, x):
        from parts import width
        return super().forward(x).repeat(1, width, 1, 1)
"""


@pytest.fixture(autouse=True)
def writes_bytecode(monkeypatch):
    """As Python does by default, whatever this run of the tests was told."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def channels(source: str) -> int:
    return run_model(resolve(source)).trace.output_shape[1]


def edit(path: str, old: str, new: str) -> None:
    """Rewrite a file so that neither its size nor its time tells."""
    assert len(old) == len(new)
    file = Path(path)
    time = file.stat().st_mtime_ns
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    os.utime(file, ns=(time, time))


@pytest.mark.parametrize("how", py_compile.PycInvalidationMode)
@pytest.mark.parametrize(
    ("source", "edited"),
    [
        ("net.py:net", "net.py"),
        ("net:net", "net.py"),
        ("using.py:net", "parts.py"),
        ("using:net", "parts.py"),
        ("pack.using:net", "pack/parts.py"),
        ("pack.using:net", "pack/__init__.py"),
        ("lazy.py:Net", "parts.py"),
        ("lazy:Net", "parts.py"),
    ],
)
def test_no_pyc_passes_for_the_source(project, how, source, edited):
    parts = "width = 4\n"
    project(net=NET, parts=parts, using=USING.format("parts"), lazy=LAZY.replace("(3, 4, 1)", "(3, 1, 1)"))
    project("pack", __init__=parts, parts="from pack import width\n4\n", using=USING.format("pack.parts"))
    if edited == "pack/parts.py":
        project("pack", __init__="", parts=parts)
    py_compile.compile(edited, invalidation_mode=how)
    edit(edited, "4", "6")
    assert channels(source) == 6


def test_no_pyc_is_written(project):
    folder = project(net=NET, parts="width = 4\n", using=USING.format("parts"))
    for source in ("net.py:net", "net:net", "using.py:net", "using:net"):
        channels(source)
    assert sorted(path.name for path in folder.iterdir()) == ["net.py", "parts.py", "using.py"]


def test_what_is_installed_may_use_its_pyc(project, monkeypatch):
    folder = project("env/site-packages", installed_parts="width = 4\n")
    project(using=USING.format("installed_parts"))
    monkeypatch.syspath_prepend(folder / "env" / "site-packages")
    py_compile.compile("env/site-packages/installed_parts.py")
    edit("env/site-packages/installed_parts.py", "4", "6")
    assert channels("using.py:net") == 4


def test_whose_a_file_is():
    import torch
    import yaml

    beside = Path(ri.__file__).parent
    assert is_users(str(beside.with_name("resnet_inspect_nets") / "net.py"))
    assert is_users(str(Path("nets/mine.py").resolve()))
    assert not any(
        map(is_users, (os.__file__, torch.__file__, yaml.__file__, ri.__file__, "/usr/lib/dist-packages/a.py"))
    )


@pytest.mark.parametrize(
    ("source", "edited"), [("net:net", "net.py"), ("using:net", "parts.py"), ("lazy:Net", "parts.py")]
)
@pytest.mark.parametrize("on_path", [False, True], ids=["", "the folder is on sys.path, as in a notebook"])
def test_a_module_that_is_edited_is_imported_anew_in_the_same_process(project, monkeypatch, source, edited, on_path):
    folder = project(
        net=NET, parts="width = 4\n", using=USING.format("parts"), lazy=LAZY.replace("(3, 4, 1)", "(3, 1, 1)")
    )
    if on_path:
        monkeypatch.syspath_prepend(folder)
    assert channels(source) == 4
    edit(edited, "4", "6")
    assert channels(source) == 6


def test_a_module_that_is_not_edited_is_imported_once(project, capsys):
    project(net=f"print('imported')\n{NET}")
    assert [channels("net:net"), channels("net:net")] == [4, 4]
    assert capsys.readouterr().err == "imported\n"


def test_the_check_against_the_lock_sees_the_change(project):
    project(parts="width = 8\n", using=USING.format("parts"))
    ri.lock("using.py:net")
    py_compile.compile("parts.py")
    edit("parts.py", "8", "9")
    (file,) = ri.check("using.py:net", locked=True, selection=ri.RuleSelection(select=("RI3",))).files
    assert [finding.code for finding in file.findings] == ["RI301"]


def test_nothing_of_it_is_left(project):
    folder = project(
        net=NET, parts="width = 4\n", using=f"import sys\nsys.path.insert(0, 'lib')\n{USING.format('parts')}"
    )
    channels("net.py:net")  # and what torch imports late
    path, finders, modules = list(sys.path), list(sys.meta_path), set(sys.modules)
    for source in ("using.py:net", "using:net", f"{folder}/net.py:net"):
        channels(source)
    assert (sys.path, sys.meta_path, set(sys.modules)) == (path, finders, modules)


def test_it_is_not_taken_for_a_module_that_is_imported_later(project, monkeypatch):
    monkeypatch.delitem(sys.modules, "tabnanny", raising=False)
    project(tabnanny="width = 4\n", using=USING.format("tabnanny"))
    assert channels("using.py:net") == channels("using:net") == 4
    assert not hasattr(import_module("tabnanny"), "width")
    assert channels("using:net") == 4


def test_what_can_be_imported_without_it_stays(project, monkeypatch):
    monkeypatch.syspath_prepend(project(net=NET))
    found = resolve("net:net")
    assert import_module("net").net is found.build("meta")


@pytest.mark.parametrize("form", ["{}/lazy.py:Net", "{}.lazy:Net"])
def test_code_that_imports_late_gets_what_lies_beside_it(project, form):
    widths = {"one": 2, "two": 3}
    for name, width in widths.items():
        late = LAZY if ".py" in form else LAZY.replace("parts", f"{name}.parts")
        project(name, lazy=late, parts=f"width = {width}\n")
    report = ri.compare(form.format("one"), form.format("two"))
    assert [report.left.output_shape[1], report.right.output_shape[1]] == [8, 12]


def test_threads_get_their_own(project):
    for width in range(1, 9):
        project(f"of{width}", lazy=LAZY, parts=f"width = {width}\n")
    found = [resolve(f"of{width}/lazy.py:Net") for width in range(1, 9)]
    with ThreadPoolExecutor(4) as threads:
        ran = list(threads.map(run_model, found))
    assert [each.trace.output_shape[1] for each in ran] == [4 * width for width in range(1, 9)]


def test_it_works_in_a_process_that_has_imported_next_to_nothing(project):
    """A finder must import nothing: it would be asked for that, too."""
    project(net=NET)
    code = "from resnet_inspect.sources.resolve import resolve; resolve('net:net')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_knows_where_it_is(project):
    project(net=f"from pathlib import Path\n{NET}\nassert Path(__file__).is_absolute() and __name__ == '_source_net'\n")
    assert channels("net.py:net") == 4


def test_threads_that_name_code_and_trace_do_not_block_each_other(project):
    project(
        net="from torch import nn\nclass Net(nn.Conv2d):\n    def __init__(self):\n        super().__init__(3, 4, 1)\n"
    )
    net = ri.build("resnet18")
    calls = [
        lambda: ri.layers("net.py:Net").totals.params,
        lambda: len(ri.trace(net).ops),
        lambda: channels("net:Net"),
    ] * 6
    with ThreadPoolExecutor(8) as threads:
        found = [thread.result(60) for thread in [threads.submit(call) for call in calls]]
    assert found == [16, len(ri.trace(net).ops), 4] * 6


def test_a_file_with_a_dot_in_its_name_leaves_nothing_behind(project):
    project().joinpath("net.v2.py").write_text(NET)
    before = set(sys.modules)
    assert channels("net.v2.py:net") == 4
    assert set(sys.modules) == before
