"""Prefixes of networks among names, and patterns by which names are translated."""

from __future__ import annotations

import pytest
from checkpoints.styled_names import tensors, without
from hypothesis import given, strategies as st

from resnet_inspect.checkpoints.key_styles import style
from resnet_inspect.checkpoints.key_styles.style import Dictionary
from resnet_inspect.checkpoints.translate import MOST, MOST_LEVELS, around, prefixes, translations

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
    monkeypatch.setattr(style, "_NUMBER", NeverSplit())
    assert known.translate(name) is None


MARKS = {"one": "layer1.0.conv1", "other": "res2.0.conv1", "third": "layer1.0.conv1"}


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], {}),
        (["layer1.0.conv1.weight"], {"": {"one", "third"}}),
        (["module.layer1.0.conv1.weight"], {"module.": {"one", "third"}}),
        (["a.b.c.res2.0.conv1.weight"], {"a.b.c.": {"other"}}),
        (["player1.0.conv1.weight", "layer1.0.conv1.bias", "layer1.0.conv1.weight.x"], {}),
        (
            ["q.layer1.0.conv1.weight", "k.layer1.0.conv1.weight", "q.res2.0.conv1.weight"],
            {"q.": {"one", "third", "other"}, "k.": {"one", "third"}},
        ),
        (["\x1b[31m.layer1.0.conv1.weight"], {"\x1b[31m.": {"one", "third"}}),
    ],
)
def test_prefixes(names, found):
    assert prefixes(names, MARKS) == found


def test_only_some_are_looked_at():
    assert len(prefixes((f"n{number}.layer1.0.conv1.weight" for number in range(100)), MARKS)) == MOST


@pytest.mark.parametrize(
    ("prefix", "levels"), [("", [""]), ("a.", ["a.", ""]), ("a.b.c.", ["a.b.c.", "a.b.", "a.", ""])]
)
def test_around(prefix, levels):
    assert list(around(prefix)) == levels


@pytest.mark.parametrize("head", ["fc", "module.fc", "module.head.fc", "head.fc", "module.backbone.fc", "classifier"])
def test_a_classifier_may_stand_outside(head):
    ours = tensors("resnet18")
    body = [f"module.backbone.{name}" for name in without(ours, "fc.")]
    found = translations([*body, f"{head}.weight", f"{head}.bias"])[0]
    assert found.prefix == "module.backbone."
    assert list(found.names.values()) == list(ours)


def test_of_two_nets_the_larger_is_taken_and_the_other_named():
    names = [f"student.{name}" for name in tensors("resnet18")] + [f"teacher.{name}" for name in tensors("resnet50")]
    found = translations(names)[0]
    assert (found.prefix, found.other_prefixes) == ("teacher.", ("student.",))
    assert len(found.others) == len(tensors("resnet18"))


def test_of_two_equal_nets_the_first_is_taken():
    names = [f"{which}.{name}" for which in ("encoder_q", "encoder_k") for name in tensors("resnet18")]
    assert translations(names)[0].prefix == "encoder_q."


@pytest.mark.parametrize("names", [[], ["conv1.weight"], ["a." * (MOST_LEVELS + 1) + "layer1.0.conv1.weight"]])
def test_nothing_is_found(names):
    assert translations(names) == ()
