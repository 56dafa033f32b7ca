"""What RI301 and RI302 say to do is a command: pasted into the same shell, it records what was checked."""

from __future__ import annotations

import io
import json
import shlex
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import resnet_inspect as ri
from resnet_inspect.checking.targets import NamedModelOptions, Target, lock_command
from resnet_inspect.console.option_values import parse_arguments, parse_input
from resnet_inspect.rendering.pen import Look
from resnet_inspect.tracing.inputs import DTYPES, InputSpec

NETS = """
from torch import nn

class Plain(nn.Module):
    def __init__(self, width=8, name="a"):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)

    def forward(self, x):
        return self.conv(x)
"""


@pytest.fixture
def paste(command, tmp_path, monkeypatch):
    """``paste([options], path)`` checks, runs the command in the hint, and returns the finding's code and the command."""
    monkeypatch.chdir(tmp_path)

    def run_hint(options, path):
        done = command("check", "--locked", *options, "-f", "json", "--", path)
        ((finding,),) = (file["findings"] for file in json.loads(done.out)["files"] if file["findings"])
        before, start, rest = finding["hint"].partition("resnet-inspect lock")
        assert before.endswith(": ")
        assert command(*shlex.split(start + rest)[1:]).code == 0
        assert command("check", "--locked", *options, "--", path).code == 0
        return finding["code"], start + rest

    return run_hint


@pytest.mark.parametrize(
    ("path", "pasted"),
    [
        ("net.toml", "resnet-inspect lock net.toml"),
        ("./net.toml", "resnet-inspect lock ./net.toml"),
        ("a b/net's $HOME.toml", """resnet-inspect lock 'a b/net'"'"'s $HOME.toml'"""),
        ("--exit-zero.toml", "resnet-inspect lock -- --exit-zero.toml"),
        ("[a]*.toml", "resnet-inspect lock '[a]*.toml'"),
        ("mine:net.toml", "resnet-inspect lock mine:net.toml"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--lock-file", "a lock.json"]])
def test_the_command_names_the_file_and_the_lock(command, paste, path, pasted, options):
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text('base = "resnet18"\n')
    Path("other.toml").write_text('base = "resnet34"\n')
    if options:
        pasted = pasted.replace("lock ", "lock --lock-file 'a lock.json' ", 1)
    assert command("lock", "other.toml", *options).code == 0
    assert paste(options, path) == ("RI302", pasted)
    Path(path).write_text('base = "resnet34"\n')
    assert paste(options, path) == ("RI301", pasted)


def test_the_command_is_one_for_the_folder_that_it_is_shown_in(command, paste, monkeypatch):
    Path("pyproject.toml").write_text("[tool.resnet-inspect]\n")
    Path("nets").mkdir()
    Path("nets/net.toml").write_text('base = "resnet18"\n')
    Path("other.toml").write_text('base = "resnet34"\n')
    assert command("lock", "other.toml").code == 0
    monkeypatch.chdir("nets")
    assert paste([], "net.toml") == ("RI302", "resnet-inspect lock net.toml")


def test_the_command_for_a_model_asks_for_it_in_the_same_way(command, paste):
    Path("nets_to_paste.py").write_text(NETS)
    assert command("lock", "nets_to_paste.py:Plain").code == 0
    options = ["--kwargs", "width=16", "-k", "name=it's", "--input", "3x8x8"]
    code, pasted = paste(options, "nets_to_paste.py:Plain")
    assert (code, "--input 1x3x8x8 --kwargs width=16 --kwargs " in pasted) == ("RI302", True)
    assert command("lock", "nets_to_paste.py:Plain", "--input", "3x32x32").code == 0
    assert paste(["--input", "3x8x8"], "nets_to_paste.py:Plain") == (
        "RI301",
        "resnet-inspect lock --input 1x3x8x8 nets_to_paste.py:Plain",
    )


def test_standard_input_is_recorded_by_the_file_whose_name_it_has(command, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("net.toml").write_text('base = "resnet18"\n')
    assert command("lock", "net.toml").code == 0
    hints = {}
    for name in ("net.toml", "new.toml", None):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'base = "resnet34"\n')))
        (finding,) = ri.check("-", stdin_filename=name, locked=True).files[0].findings
        hints[name] = (finding.code, finding.hint)
    assert hints == {
        "net.toml": ("RI301", "if the change is intended, record it: resnet-inspect lock net.toml"),
        "new.toml": ("RI302", "add one: resnet-inspect lock new.toml"),
        None: ("RI302", "add one: 'resnet-inspect lock' with this file's path"),
    }


PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(["true", "None", "50", "1if", "[3]", "it's", "-x", "a b", "$HOME", "", "inf", "a-b", "x" * 99]),
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(PLAIN, inner)
)
SPECS = st.builds(
    InputSpec,
    st.lists(st.integers(1, 16_384), min_size=1, max_size=8).map(tuple),
    st.sampled_from(["", *DTYPES]),
    st.sampled_from(["", "pixel_values", "batch.image", "a b", "x=y", "x:y"]),
)


@given(st.dictionaries(st.sampled_from(["width", "name", "λ"]), VALUES), st.lists(SPECS, max_size=2))
def test_what_a_command_says_is_read_as_what_was_asked_for(arguments, inputs):
    pasted = lock_command(Target("nets:Plain", options=NamedModelOptions(tuple(inputs), arguments)))
    if not pasted:
        return
    words = iter(shlex.split(pasted)[2:-1])
    given_to = {"--input": [], "--kwargs": []}
    for option in words:
        given_to[option].append(next(words))
    assert [parse_input(text) for text in given_to["--input"]] == inputs
    read = parse_arguments(given_to["--kwargs"])
    assert read == arguments
    assert list(map(repr, read.values())) == [repr(arguments[name]) for name in read]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        (NamedModelOptions(arguments={"width": object()}), "nets:Plain"),
        (NamedModelOptions(arguments={"width": float("inf")}), "nets:Plain"),
        (NamedModelOptions((InputSpec((3, 8, 8)),)), "nets:Plain"),
        (NamedModelOptions((InputSpec((1, 3, 8, 8), path="a=b"),)), "nets:Plain"),
        (None, "a\x1b.toml"),
        (None, "a\udcff.toml"),
        (None, "a\nb.toml"),
    ],
)
def test_there_is_no_command_where_none_can_say_it(options, path):
    assert lock_command(Target(path, options=options)) == ""


def test_what_can_be_said_is_said():
    assert lock_command(
        Target("nets:Plain", options=NamedModelOptions((InputSpec((1, 16), "int64"),), {"depth": 50}))
    ) == ("resnet-inspect lock --input 1x16:int64 --kwargs depth=50 nets:Plain")


@pytest.mark.parametrize("width", [40, 80, None])
def test_a_terminal_never_breaks_the_command(command, tmp_path, monkeypatch, width):
    monkeypatch.chdir(tmp_path)
    path = Path("a long folder's name/the config of a network.toml")
    path.parent.mkdir()
    path.write_text('base = "resnet18"\n')
    assert command("lock", str(path)).code == 0
    path.write_text('base = "resnet34"\n')
    report = ri.check(path, locked=True)
    lines = [text.strip() for text in ri.render(report, look=Look(width=width)).splitlines()]
    assert shlex.join(["resnet-inspect", "lock", str(path)]) in lines
