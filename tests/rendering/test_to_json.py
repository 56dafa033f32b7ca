from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import pydantic
import pytest
from hypothesis import given, strategies as st
from sample_pages import DANGEROUS, hidden_characters

from resnet_inspect.rendering.json import to_json


class Kind(Enum):
    BASIC = "basic"


class Config(pydantic.BaseModel):
    blocks: tuple[int, ...] = (3, 4)
    name: str = "net"
    source: Path = Path("net.toml")


@dataclass(frozen=True, slots=True)
class Layer:
    name: str
    kernel: tuple[int, int] | None


@dataclass(frozen=True)
class Report:
    value: Any
    hidden: Any = field(default=None, metadata={"json": False})


@dataclass(frozen=True)
class Renamed:
    first: int = 1
    second: int = field(default=2, metadata={"json": "key"})


@dataclass(frozen=True)
class Whole:
    layers: tuple[Layer, ...] = (Layer("conv1", (7, 7)), Layer("pool", None))
    config: Config = field(default_factory=Config)
    counts: dict[str, int] = field(default_factory=lambda: {"conv": 53})
    notes: tuple[str, ...] = ("one", "two")
    share: float = 0.5
    ok: bool = True


def value_of(text):
    return json.loads(text)["value"]


def test_layout():
    assert (
        to_json(Whole(), "resnet-inspect/layers/1")
        == """\
{
  "schema": "resnet-inspect/layers/1",
  "layers": [
    {
      "name": "conv1",
      "kernel": [7, 7]
    },
    {
      "name": "pool",
      "kernel": null
    }
  ],
  "config": {
    "blocks": [3, 4],
    "name": "net",
    "source": "net.toml"
  },
  "counts": {
    "conv": 53
  },
  "notes": [
    "one",
    "two"
  ],
  "share": 0.5,
  "ok": true
}
"""
    )


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ((), []),
        ({}, {}),
        (((1, 2), (3,)), [[1, 2], [3]]),
        ((1, None, 2.5, True), [1, None, 2.5, True]),
        (2**80, 2**80),
        (Kind.BASIC, "basic"),
        ({3: "c"}, {"3": "c"}),
        (Config(), {"blocks": [3, 4], "name": "net", "source": "net.toml"}),
        (Layer("x", None), {"name": "x", "kernel": None}),
    ],
)
def test_values(value, read):
    assert value_of(to_json(Report(value), "s")) == read


def test_field_can_be_left_out():
    assert json.loads(to_json(Report(1, hidden=object()), "s")) == {"schema": "s", "value": 1}


def test_field_can_have_another_key():
    assert list(json.loads(to_json(Renamed(), "s")).items())[1:] == [("first", 1), ("key", 2)]


def test_text_is_readable_but_nothing_in_it_acts():
    text = to_json(Report("層 → \x1b[31m\u202e\x7f\U000e0041\ud800\n"), "s")
    assert r'"層 → \u001b[31m\u202e\u007f\udb40\udc41\ud800\n"' in text
    assert value_of(text) == "層 → \x1b[31m\u202e\x7f\U000e0041\ud800\n"


@pytest.mark.parametrize(
    ("report", "error", "match"),
    [
        (Report(object()), TypeError, "a object cannot be written as JSON"),
        (Report({None: 1}), TypeError, "None cannot be a key"),
        (Report({True: 1}), TypeError, "True cannot be a key"),
        (Report(float("nan")), ValueError, "JSON"),
        (Report((1.0, float("inf"))), ValueError, "JSON"),
        ((1, 2), TypeError, "tuple is not one"),
    ],
)
def test_what_json_cannot_hold(report, error, match):
    with pytest.raises(error, match=match):
        to_json(report, "s")


words = st.one_of(st.text(), st.text(alphabet=DANGEROUS.replace("\ud800", "") + '"\\/'))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), words)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(words, inner, max_size=4)),
    max_leaves=12,
)


@given(values)
def test_json_reads_back_and_is_safe(value):
    text = to_json(Report(value), "resnet-inspect/test/1")
    assert json.loads(text) == {"schema": "resnet-inspect/test/1", "value": value}
    assert next(iter(json.loads(text))) == "schema"
    assert hidden_characters(text) == []
    assert text.endswith("}\n")


def test_dataclass_types_are_not_reports():
    assert dataclasses.is_dataclass(Report)
    with pytest.raises(TypeError, match="type"):
        to_json(Report, "s")
