"""Whatever a file holds, reading and checking it ends in an answer. A longer run: ``long_run.py``."""

from __future__ import annotations

from itertools import islice

import pytest
from hostile import CORPUS, inputs, locks, numbers, patterns
from hypothesis import given, settings, strategies as st
from targets import holds, judges, matches, reads

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


@pytest.mark.parametrize("seed", range(2))
def test_hostile_patterns(seed):
    answers = {matches(pattern, path) for pattern, path in islice(patterns(seed), 500)}
    assert answers == {"matched", "not matched", "refused"}


@pytest.mark.parametrize("seed", range(2))
def test_hostile_numbers(seed):
    assert {reads(name, content) for name, content in islice(numbers(seed), 2_000)} == {True, False}


@pytest.mark.parametrize("seed", range(2))
def test_hostile_locks(tmp_path, seed):
    answers = {holds(content, tmp_path) for content in islice(locks(seed), 100)}
    assert answers == {"with findings", "refused"}


@given(st.text(max_size=30), st.text(max_size=30))
@settings(max_examples=200)
def test_any_pattern(pattern, path):
    matches(pattern, path)
