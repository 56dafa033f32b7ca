"""The reference is complete and invents nothing: JSON keys, exit codes, rooms and dependencies."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys

import pytest
import tomli
from checkpoints.weight_files import write_safetensors
from docs_blocks import ROOT, tables
from docs_generated import COMMANDS
from docs_replay import inspect

import resnet_inspect as ri
from resnet_inspect.cli import main, signals
from resnet_inspect.commands.blocks import blocks_report
from resnet_inspect.configs.state_dict import state_dict
from resnet_inspect.console import output
from resnet_inspect.formats import Format, formats_of
from resnet_inspect.rendering.report import ModelRef

DOCS = ROOT / "docs"
FAILING = ["resnet50_caffe", "--input", "3x2x2"]
SAMPLES = {
    "layers": [["resnet50"], ["resnet18_a", "--all", "--stage", "2"], FAILING],
    "stages": [["resnet18"], ["resnet20_cifar"], FAILING],
    "count": [["resnet50"], ["plain18"], ["net.toml"], ["net.toml", "--input", "3x65x65"], FAILING],
    "blocks": [["resnet18_a"], ["resnext50_32x4d"], ["resnetv2_50"], FAILING],
    "check": [["net.toml", "wrong.toml"], ["--locked", "--lock-file", "old.json", "net.toml", "silent.toml"]],
    "compare": [["resnet50", "resnet50_caffe"], ["resnet18", "resnet34_a"], ["resnet34_a", "resnet18"]],
    "lock": [["net.toml", "none.toml"], ["wrong.toml", "net.toml", "bad.toml"], ["net.toml", "--check"]],
    "nearest": [["net.toml"], ["resnet50", "-n", "2"]],
    "rule": [["RI102"], ["RI1", "unused-modules"], []],
    "identify": [["net.safetensors"], ["damaged.safetensors"]],
    "weights": [
        ["resnet18", "net.safetensors"],
        ["net.toml", "net.safetensors", "--convert", "out.safetensors", "--force"],
    ],
    "variants": [["*"]],
}
SCHEMAS = {"lock": "lock-report"}
"""What a command's JSON is called where it is not called like the command: ``lock/1`` is the lock itself."""

WITH_FORMATS = {name for name, command in COMMANDS.items() if "format" in {p.name for p in command.params}}
TYPES = {
    "text": str,
    "integer": int,
    "number": (int, float),
    "truth": bool,
    "object": dict,
    "list": list,
    "null": type(None),
}


def lines_of(name):
    return (DOCS / name).read_text("utf-8").split("\n")


LINK = re.compile(r"\[([\w ]+)\]\(#[\w-]+\)")


@pytest.fixture(scope="module")
def described():
    """Heading -> key -> the type that the page gives it."""
    found = {}
    for heading, rows in tables(lines_of("reference/json.md")):
        found[heading.strip("`")] = {key: row[1] for row in rows for key in re.findall(r"`([^`]+)`", row[0])}
    return found


def documented(described, heading, above=""):
    """(path, type) of every key of a schema or object, those of the objects inside included."""
    for key, types in described[heading].items():
        yield above + key, LINK.sub("object", types)
        if link := LINK.search(types):
            yield from documented(described, link[1], f"{above}{key}{'[]' if 'list of' in types else ''}.")


def keys(value, path=""):
    """(path, value) of every key inside; ``layers[].name`` for those of a list's objects. Configs and arguments are left whole."""
    if isinstance(value, list):
        for item in value:
            yield from keys(item, f"{path}[]")
    elif isinstance(value, dict):
        for key, inner in value.items():
            where = f"{path}.{key}" if path else key
            yield where, inner
            if key not in {"config", "arguments"}:
                yield from keys(inner, where)


@pytest.fixture
def net(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.toml").write_text('base = "resnet18"\nname = "resnet99"\n')
    (tmp_path / "wrong.toml").write_text('base = "resnet18"\n\n[expect]\ndepth = 50\n')
    tensors = {f"net.{name}": shape for name, shape in state_dict(ri.load({"base": "resnet18", "num_classes": 3}))}
    others = {"fpn.weight": (3,), "teacher.layer1.0.conv1.weight": (3,)}
    write_safetensors(tmp_path / "net.safetensors", {**tensors, **others})
    write_safetensors(tmp_path / "damaged.safetensors", {**tensors, "net.bn1.weight": (3,), "net.conv1.bias": (64,)})
    (tmp_path / "silent.toml").write_text('base = "resnet18"  \n# resnet-inspect: ignore[RI302]\n')
    (tmp_path / "was.toml").write_text('base = "resnet34"\nnum_classes = 5\n')
    (tmp_path / "bad.toml").write_text("base = 3\n")
    inspect(["lock", "was.toml", "--lock-file", "old.json"])
    (tmp_path / "old.json").write_text((tmp_path / "old.json").read_text().replace("was.toml", "net.toml"))


def real_keys(command):
    for arguments in SAMPLES[command]:
        _, printed, _ = inspect([command, *arguments, "--format", "json"])
        yield from keys(json.loads(printed))
    if command in {"layers", "blocks"}:
        yield from keys(json.loads(ri.render(of_a_gated_net(command), "json")))
    if command == "compare":
        yield from keys(json.loads(ri.render(of_two_momenta(), "json")))


def of_two_momenta():
    """Return the report of two modules that differ in training only, as no two configs do."""
    from torch import nn

    return ri.compare(*(nn.Sequential(nn.BatchNorm2d(3, momentum=momentum)) for momentum in (0.1, 0.2)))


def of_a_gated_net(command):
    """The report of a module that no config describes, with what the variants do not have."""
    from torch import nn

    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.gate, self.spare = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 1), nn.Linear(3, 3)

        def forward(self, x):
            out = self.conv(x)
            return x + out * self.gate(out.mean((2, 3), keepdim=True)).sigmoid()

    anatomy = ri.dissect(ri.trace(Gated()))
    return anatomy if command == "layers" else blocks_report(ModelRef("gated", None), anatomy)


@pytest.mark.parametrize("command", SAMPLES)
@pytest.mark.usefixtures("net")
def test_json_is_as_documented(command, described):
    types = dict(documented(described, f"resnet-inspect/{SCHEMAS.get(command, command)}/1"))
    found = list(real_keys(command))
    assert {key for key, _ in found} == set(types)
    wrong = {key: (types[key], value) for key, value in found if not fits(value, types[key])}
    assert not wrong


def test_every_table_of_the_json_page_is_linked(described):
    linked = {link[1] for table in described.values() for types in table.values() if (link := LINK.search(types))}
    assert linked == {heading for heading in described if "/" not in heading}
    assert {heading.split("/")[1] for heading in described if "/" in heading} == {
        SCHEMAS.get(command, command) for command in SAMPLES
    }
    assert set(SAMPLES) == WITH_FORMATS


def fits(value, types):
    """Whether a value is of one of the types ``integer``, ``list of integers``, ``true or false`` ..."""
    kinds = types.replace("true or false", "truth").split(" or ")
    return types == "any" or any(_is(value, kind) for kind in kinds)


def _is(value, kind):
    if kind.startswith("list of "):
        entry = kind.removeprefix("list of ").removesuffix("s")
        return type(value) is list and all(_is(item, entry) for item in value)
    types = TYPES[kind]
    return type(value) in types if isinstance(types, tuple) else type(value) is types


@pytest.mark.parametrize(
    ("value", "types", "right"),
    [
        (1, "integer", True),
        (True, "integer", False),
        (1.0, "integer", False),
        (0, "number", True),
        (True, "number", False),
        (None, "integer or null", True),
        (False, "true or false or null", True),
        ([1, 2], "list of integers", True),
        ([1, "2"], "list of integers", False),
        ([{}], "list of object or null", True),
        ({}, "list of object", False),
    ],
)
def test_types_are_told_apart(value, types, right):
    assert fits(value, types) is right


def test_exit_codes_are_those_of_the_code():
    ((_, rows),) = tables(lines_of("reference/exit-codes.md"))
    in_code = {
        output.DONE,
        output.FINDINGS,
        output.WRONG_REQUEST,
        output.MODEL_FAILED,
        output.OUR_FAULT,
        *(128 + getattr(signal, name) for name in ("SIGINT", *signals.ENDING)),
        main.PIPE_CLOSED,
    }
    assert [int(row[0]) for row in rows] == sorted(in_code)


def test_formats_are_those_of_the_code():
    (_, rows), (_, of_checks), *_ = tables(lines_of("reference/formats.md"))
    assert [row[0].strip("`") for row in rows] == list(formats_of("layers"))
    assert [row[0].split("`")[1] for row in of_checks] == [each for each in Format if each.command]
    suffixes = [re.findall(r"`([^`]+)`", row[-1]) for row in (*rows, *of_checks)]
    assert suffixes == [list(each.suffixes) for each in Format]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_installed_where_the_page_says(shell, tmp_path):
    (row,) = [row for _, rows in tables(lines_of("reference/cli.md")) for row in rows if row[0] == shell]
    files = re.findall(r"`~/([^`]+)`", " ".join(row))
    environment = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [sys.executable, "-m", "resnet_inspect", "--install-completion", shell]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == set(files)
    assert "_RESNET_INSPECT_COMPLETE" in (tmp_path / files[0]).read_text("utf-8")


FILES = [str(path) for folder in ("*", "resnet_inspect/**/*", "tests/**/*") for path in ROOT.glob(folder)]


@pytest.mark.parametrize("page", ["explanation/architecture.md", "contributing.md"])
def test_the_files_that_are_named_exist(page):
    named = re.findall(r"`((?:\w+/)*[a-z_]+\.(?:py|pyi|toml|yml))`", "\n".join(lines_of(page)))
    assert len(named) > 20
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in FILES)] == []


def test_every_room_stands_in_the_architecture():
    text = "\n".join(lines_of("explanation/architecture.md"))
    package = ROOT / "resnet_inspect"
    rooms = [path for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    names = [path.name if path.suffix else f"{path.name}/" for path in rooms]
    assert [name for name in names if f"`{name}`" not in text and not name.startswith("__")] == []


def test_every_dependency_has_its_reason():
    project = tomli.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    required = [
        *project["dependencies"],
        *(name for names in project["optional-dependencies"].values() for name in names),
    ]
    names = sorted(re.split(r"[<>=]", requirement)[0] for requirement in required)
    rows = [row for _, rows in tables(lines_of("explanation/dependencies.md")) for row in rows]
    assert sorted(row[0].strip("`") for row in rows) == names
    assert all(row[-1] for row in rows)


def test_changelog_knows_this_version():
    headings = [line for line in lines_of("changelog.md") if line.startswith("## ")]
    released = [heading for heading in headings if heading != "## Unreleased"]
    assert released[0].startswith(f"## {ri.__version__}")
