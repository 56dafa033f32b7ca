"""What ``weights`` says in words, by what of the file fits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checkpoints.other_nets import behind
from checkpoints.styled_names import tensors, without, written

from resnet_inspect.checkpoints.checkpoint import Checkpoint, TensorInfo
from resnet_inspect.checkpoints.identify import NetworkChoice
from resnet_inspect.checkpoints.key_matching import match_keys
from resnet_inspect.commands.weights import fitting, weights_report

NET = {"block": "basic", "stage_blocks": [1, 1], "stage_widths": [8, 16], "stem_width": 8, "num_classes": 5}
WHOLE = tensors(NET)


def report_of(file, converted=None):
    return weights_report("net", checkpoint_of(file), match_keys(WHOLE, file), converted)


def checkpoint_of(file):
    infos = tuple(TensorInfo(name, shape, "float32") for name, shape in file.items())
    return Checkpoint("w.pth", "torch", infos, "", {}, ())


@pytest.mark.parametrize(
    ("file", "loads", "complete", "verdict"),
    [
        (WHOLE, True, True, ("everything loads with strict=True",)),
        (
            without(WHOLE, "num_batches_tracked"),
            True,
            True,
            ("everything loads with strict=True", "the batch counters are missing; torch starts them at 0"),
        ),
        (
            {**WHOLE, "queue": (3,)},
            False,
            True,
            ("the model gets every tensor; the file has 1 more, so strict=True fails",),
        ),
        (
            written(WHOLE, "detectron2"),
            False,
            True,
            (
                "the model gets every tensor, but under different names: strict=True fails until they are renamed",
                f"{len(WHOLE)} names differ: --convert OUT writes the tensors that fit under the model's names",
            ),
        ),
        (
            without(WHOLE, "fc."),
            False,
            False,
            (f"{len(WHOLE) - 2} of the model's {len(WHOLE)} tensors are in the file",),
        ),
        ({"a": (1,)}, False, False, ("nothing loads",)),
    ],
)
def test_verdict(file, loads, complete, verdict):
    report = report_of(file)
    assert (report.loads, report.complete, report.verdict) == (loads, complete, verdict)


def test_what_was_written_is_said():
    report = report_of(written(WHOLE, "transformers"), "out.safetensors")
    assert report.verdict[1:] == (f"written to out.safetensors: {len(WHOLE)} tensors, values unchanged",)


def test_groups_count_every_tensor_that_does_not_load():
    report = report_of({**without(WHOLE, "fc.", "layer2.0.conv1"), "queue": (3,), "bn1.weight": (9,)})
    counted = report.counts
    assert sum(group.count for group in report.groups) + counted.loads == len(report.keys)
    assert [group.status for group in report.groups] == ["wrong shape", "missing", "missing", "unexpected"]
    assert (counted.wrong_shape, counted.missing, counted.unexpected) == (1, 3, 1)


def test_renames_and_what_fits():
    file = {f"module.{name}": shape for name, shape in tensors(NET, num_classes=6).items()}
    found = match_keys(WHOLE, file)
    assert fitting(found) == {f"module.{name}": name for name in without(WHOLE, "fc.")}
    assert [(rename.old, rename.new) for rename in report_of(file).renames] == list(fitting(found).items())


def two(first, second):
    return {**behind(first, WHOLE), **behind(second, WHOLE)}


@pytest.mark.parametrize(
    ("model", "file", "prefix", "into", "pair", "said"),
    [
        (
            WHOLE,
            two("a.", "b."),
            "",
            "",
            ("bn1.bias", "a.bn1.bias"),
            "the networks in the file, this is the one with the prefix a.; --prefix selects another: with the prefix b.",
        ),
        (
            WHOLE,
            two("a.", "b."),
            "b.",
            "",
            ("bn1.bias", "b.bn1.bias"),
            "one with the prefix b.; --prefix selects another: with the prefix a.",
        ),
        (
            two("a.", "b."),
            WHOLE,
            "",
            "",
            ("a.bn1.bias", "bn1.bias"),
            "the networks in the model, this is the one with the prefix a.; --into selects another: with the prefix b.",
        ),
        (
            two("a.", "b."),
            WHOLE,
            "",
            "b",
            ("b.bn1.bias", "bn1.bias"),
            "one with the prefix b.; --into selects another: with the prefix a.",
        ),
        (
            WHOLE,
            two("", "ema."),
            "ema",
            "",
            ("bn1.bias", "ema.bn1.bias"),
            "one with the prefix ema.; --prefix selects another: without a prefix",
        ),
    ],
)
def test_of_two_networks_one_is_taken_and_the_other_named(model, file, prefix, into, pair, said):
    found = match_keys(model, file, NetworkChoice(prefix), into)
    report = weights_report("net", checkpoint_of(file), found, None)
    assert pair in {(key.model_key, key.file_key) for key in report.keys if key.fits}
    assert report.counts.loads + report.counts.renamed == len(WHOLE)
    assert sum(said in sentence for sentence in report.verdict) == 1
    assert len(report.beside) + len(report.model_beside) == 1


def test_a_single_network_needs_no_choice():
    report = report_of(WHOLE)
    assert (report.beside, report.model_beside) == ((), ())
    assert not any("takes another" in sentence for sentence in report.verdict)


def test_a_network_under_another_key_is_named():
    checkpoint = replace(checkpoint_of(WHOLE), nested="model", elsewhere=("model_ema.",))
    report = weights_report("net", checkpoint, match_keys(WHOLE, WHOLE), None)
    assert report.beside == ("model_ema.",)
    assert report.verdict[-1].endswith("--prefix selects another: with the prefix model_ema.")


def test_folded_weights_are_warned_of():
    weights = {name: shape for name, shape in WHOLE.items() if len(shape) == 4 or name.startswith("fc")}
    biases = {name.replace("weight", "bias"): shape[:1] for name, shape in weights.items() if len(shape) == 4}
    folded = {**weights, **biases}
    report = report_of(folded)
    assert report.verdict[-1].startswith("the file's normalisation is folded into its convolutions")
    assert {(group.status, group.reason) for group in report.groups} == {
        ("missing", "the file has no normalisation: folded into the convolutions, which have biases"),
        ("unexpected", "in the file the normalisation is folded into the convolutions, hence their biases"),
    }
    same = weights_report("net", checkpoint_of(folded), match_keys(folded, folded), None)
    assert same.verdict == ("everything loads with strict=True",)


@pytest.mark.parametrize(("number", "words"), [(1, "1 name differs:"), (2, "2 names differ:")])
def test_one_is_one(number, words):
    model = {"a.weight": (1,), "b.weight": (2,)}
    file = {f"m.{name}": shape for name, shape in list(model.items())[:number]}
    verdict = weights_report("net", checkpoint_of(file), match_keys(model, file), None).verdict
    assert any(sentence.startswith(words) for sentence in verdict)


def test_the_file_is_summed_up():
    file = report_of(WHOLE).file
    assert (file.path, file.format, file.tensors) == ("w.pth", "torch", len(WHOLE))
    assert file.elements == report_of(written(WHOLE, "cifar")).file.elements > 1000
