"""Whatever a file holds, reading and checking it ends in an answer. A longer run: ``long_run.py``."""

from __future__ import annotations

from itertools import islice

import pytest
from hostile import CORPUS, inputs
from hypothesis import given, settings
from hypothesis import strategies as st
from targets import judges, reads

names = st.sampled_from(["net.toml", "net.yaml", "net.json", "net"])


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_the_corpus(path):
    content = path.read_bytes()
    result = judges(path.name, content)
    assert reads(path.name, content) == ("RI001" not in {finding.code for finding in result.findings})


def test_the_corpus_is_read_and_refused():
    assert {path.name: reads(path.name, path.read_bytes()) for path in CORPUS if path.stem == "plain"} == {
        "plain.toml": True,
        "plain.yaml": True,
        "plain.json": True,
    }
    assert not any(reads(path.name, path.read_bytes()) for path in CORPUS if path.name in {"odd.yaml", "odd.json"})


@given(names, st.binary(max_size=400))
def test_any_bytes(name, content):
    judges(name, content)


@given(names, st.text(max_size=200))
@settings(max_examples=200)
def test_any_text(name, content):
    judges(name, content.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("seed", range(4))
def test_hostile_inputs(seed):
    reached = 0
    for name, content in islice(inputs(seed), 150):
        result = judges(name, content)
        reached += "RI001" not in {finding.code for finding in result.findings}
    assert reached > 5, "too few get past the reading to test the rest"
