"""Tables of patterns: what goes through them, in both directions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_inspect.checkpoints.key_styles import patterns
from resnet_inspect.checkpoints.key_styles.patterns import Dictionary

CASES = [
    ("stem.conv1", "conv1"),
    ("res{stage:2}.{block:0}.conv{layer:1}", "layer{stage:1}.{block:0}.conv{layer:1}"),
    ("res{stage:2}.{block:0}.shortcut", "layer{stage:1}.{block:0}.downsample.0"),
]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("stem.conv1", "conv1"),
        ("res2.0.conv1", "layer1.0.conv1"),
        ("res4.22.conv3", "layer3.22.conv3"),
        ("res5.0.shortcut", "layer4.0.downsample.0"),
        ("res2.100000.conv1", "layer1.100000.conv1"),
    ],
)
def test_both_directions(theirs, ours):
    assert Dictionary(CASES).translate(theirs) == ours
    assert Dictionary([(right, left) for left, right in CASES]).translate(ours) == theirs


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "conv1", "stem.conv2", "stem.conv10", "res1.0.conv1", "res2.0.conv0", "res02.0.conv1", "res2.00.conv1",
        "res2.0.conv", "res2.-1.conv1", "res2.0.conv1.norm", "xres2.0.conv1", "res2.0.conv1 ", "res٢.0.conv1",
        "res2.1234567.conv1", "res2." + "9" * 5000 + ".conv1",
    ],
)  # fmt: skip
def test_other_names_are_not_translated(name):
    assert Dictionary(CASES).translate(name) is None


def test_of_two_cases_the_first_is_taken():
    assert Dictionary([("a{x:0}", "b{x:0}"), ("a1", "c")]).translate("a1") == "b1"


@given(st.text(st.sampled_from("res0123456789.convshortcut\x1b٣"), max_size=40))
def test_any_name_is_translated_back_or_not_at_all(name):
    ours = Dictionary(CASES).translate(name)
    assert ours is None or Dictionary([(right, left) for left, right in CASES]).translate(ours) == name


class NeverSplit:
    def split(self, name):
        raise AssertionError(name)


@pytest.mark.parametrize("name", ["x" * 10_000, "1." * 10_000])
def test_a_name_that_is_longer_than_every_pattern_is_not_even_split(monkeypatch, name):
    known = Dictionary(CASES)
    monkeypatch.setattr(patterns, "_NUMBER", NeverSplit())
    assert known.translate(name) is None
