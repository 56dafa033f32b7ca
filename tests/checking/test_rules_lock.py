"""RI301 to RI303 on their own examples, and what they leave alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lock_files import entry_of
from rule_examples import of_config

from resnet_inspect.checking.lock.entry import LockedEntry
from resnet_inspect.checking.lock.rules import CHANGED, RULES

LOCK = "resnet-inspect.lock.json"


@pytest.fixture
def judged_with(tmp_path):
    """Return the findings of the lock's rules for a config with ``net`` as its entry."""

    def judge(text, net):
        evidence = replace(of_config(text, tmp_path / "net.toml"), entry=LockedEntry(LOCK, net))
        return [(rule.code, seen) for rule in RULES for seen in rule.find(evidence)]

    return judge


def test_the_bad_example_is_found_and_the_good_one_is_clean(judged_with):
    net = entry_of({"base": "resnet50"})
    ((code, seen),) = judged_with(CHANGED.bad, net)
    assert code == "RI301"
    assert "v1 / v1.5: v1.5 → v1" in seen.message
    assert (seen.layer, seen.changes[0].path) == ("", "layer2.0.conv1")  # it is about all of the file
    assert judged_with(CHANGED.good, net) == []


def test_a_file_without_an_entry_is_found(judged_with):
    ((code, seen),) = judged_with('base = "resnet18"\n', None)
    assert code == "RI302"
    assert seen.message == f"{LOCK} has no entry for this file"


def test_nothing_is_found_where_nobody_asks(tmp_path):
    evidence = of_config('base = "resnet18"\n', tmp_path / "net.toml")
    assert [seen for rule in RULES for seen in rule.find(evidence)] == []


def test_a_model_that_no_longer_runs_is_found(judged_with):
    text = 'base = "resnetblur50"\ninput_size = [16, 16]\n'
    ((code, seen),) = judged_with(text, entry_of({"base": "resnet18"}))
    assert code == "RI301"
    assert seen.message == "was locked with input 3×224×224, but no longer runs at 3×16×16"
    ((code, seen),) = judged_with(text, None)
    assert (code, seen.message) == ("RI302", f"{LOCK} has no entry for this file")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('activation = "gelu"', "9 places differ (operations 9×)"),
        ("num_classes = 10", "params 11,689,512 → 11,181,642 (−4.34 %)"),
        ("input_size = [256, 224]", "input 1×3×224×224 → 1×3×256×224"),
        ("output_stride = 16", "MACs 1,814,073,344 →"),
        ("stage_blocks = [2, 2, 2, 1]", "depth 18 → 16"),
        ("stage_blocks = [2, 2, 2, 1]", "2 layers gone"),
        ('shortcut = "C"', "shortcut convolutions 3 → 8"),
        ('shortcut = "C"', "5 new layers"),
        ("stem_bias = true", "1 place differs (bias 1×)"),
        ('stem_pool = "none"', "1 layer gone"),
        (
            'stage_widths = [32, 64, 128, 256]\noutput_stride = 16\nactivation = "gelu"',
            "30 places differ (out channels 19×, in channels 19×, operations 9×), ",
        ),
        ('block = "bottleneck"', "v1 / v1.5: none → v1.5"),
    ],
)
def test_the_message_has_both_sides_of_what_matters(judged_with, change, words):
    ((code, seen),) = judged_with(f'base = "resnet18"\n{change}\n', entry_of({"base": "resnet18"}))
    assert code == "RI301"
    assert words in seen.message
    assert "\n" not in seen.message


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("buffers", "buffer elements 1 →"),
        ("layers", "layers written differently in 1 row"),
        ("stages", "stages written differently in 1 row"),
    ],
)
def test_what_compare_does_not_see_is_found_too(judged_with, field, words):
    net = entry_of({"base": "resnet18"})
    of_rows = {
        "buffers": 1,
        "layers": (net.layers[0].model_copy(update={"name": "stem.conv"}), *net.layers[1:]),
        "stages": (net.stages[0].model_copy(update={"params": 1}), *net.stages[1:]),
    }
    ((code, seen),) = judged_with('base = "resnet18"\n', net.model_copy(update={field: of_rows[field]}))
    assert (code, seen.changes) == ("RI301", ())
    assert words in seen.message


def test_weights_that_are_standardised_show_in_no_layer_and_are_found(judged_with):
    net = entry_of({"base": "resnetv2_50"})
    ((code, seen),) = judged_with('base = "resnetv2_50"\nweight_standardized = true\n', net)
    assert (code, seen.changes) == ("RI301", ())
    assert seen.message.startswith("the architecture is not what the lock says: weight_standardized false → true")
