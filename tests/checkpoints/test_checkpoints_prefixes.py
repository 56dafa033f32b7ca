"""What stands before the names of a network, found by where its first block is."""

from __future__ import annotations

import pytest
from checkpoints.styled_names import tensors, without

from resnet_inspect.checkpoints.prefixes import MOST, around, prefixes
from resnet_inspect.checkpoints.translate import MOST_LEVELS, translations

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
    assert (found.prefix, found.beside) == ("teacher.", ("student.",))
    assert len(found.others) == len(tensors("resnet18"))


def test_of_two_equal_nets_the_first_is_taken():
    names = [f"{which}.{name}" for which in ("encoder_q", "encoder_k") for name in tensors("resnet18")]
    assert translations(names)[0].prefix == "encoder_q."


@pytest.mark.parametrize("names", [[], ["conv1.weight"], ["a." * (MOST_LEVELS + 1) + "layer1.0.conv1.weight"]])
def test_nothing_is_found(names):
    assert translations(names) == ()
