"""Bytes of chance, good files with changes, and strange files: read or refused, never anything else.

``python tests/checkpoints/long_run.py 20000`` does the same with more of them, and says how long they took.
"""

from __future__ import annotations

import pytest
from generated import KINDS, used
from hypothesis import given, settings, strategies as st
from mutations import GOOD, mutated, outcome


@settings(max_examples=200)
@given(
    content=st.binary(max_size=300),
    start=st.sampled_from([b"", b"PK\x03\x04", b"\x80\x02", bytes([9]) + bytes(7) + b"{"]),
)
def test_bytes_of_chance_are_read_or_refused(tmp_path_factory, content, start):
    outcome(tmp_path_factory.getbasetemp() / "chance.bin", start + content)


@pytest.mark.parametrize("good", GOOD)
def test_a_good_file_is_read(tmp_path, good):
    assert outcome(tmp_path / "good.bin", GOOD[good]())


@pytest.mark.parametrize("good", GOOD)
@settings(max_examples=200)
@given(chance=st.randoms(use_true_random=False))
def test_a_good_file_with_changes_is_read_or_refused(tmp_path_factory, good, chance):
    outcome(tmp_path_factory.getbasetemp() / "changed.bin", mutated(GOOD[good](), chance))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(chance=st.randoms(use_true_random=False))
def test_a_strange_file_is_used_or_refused(tmp_path_factory, kind, chance):
    used(KINDS[kind](tmp_path_factory.getbasetemp(), chance), chance)
