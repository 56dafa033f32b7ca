"""A model's tensors beside a file's, and the reasons in words."""

from __future__ import annotations

from collections import Counter

import pytest
from checkpoints.styled_names import tensors, without, written

from resnet_inspect.checkpoints.key_matching import match_keys

COUNTS_NO_BATCHES = (
    "does not count batches, like torch before 0.4.1 or with frozen statistics: nothing needs the counters"
)


def found(model, file):
    return Counter((key.status, key.reason) for key in match_keys(model, file).keys)


@pytest.mark.parametrize(
    ("model", "file", "expected"),
    [
        ("resnet50", "resnet50", {("loads", ""): 320}),
        ("resnet50", "resnet50_v1", {("loads", ""): 320}),
        (
            {"base": "resnet18", "num_classes": 10},
            "resnet18",
            {("loads", ""): 120, ("wrong shape", "the classifier has 1,000 classes in the file, 10 in the model"): 2},
        ),
        (
            {"base": "resnet18", "in_channels": 1},
            "resnet18",
            {("loads", ""): 121, ("wrong shape", "images have 3 channels in the file, 1 in the model"): 1},
        ),
        (
            {"base": "resnet18", "stem_kernel": 3},
            "resnet18",
            {("loads", ""): 121, ("wrong shape", "the kernel is 7×7 in the file, 3×3 in the model"): 1},
        ),
        (
            "resnext50_32x4d",
            {"base": "resnext50_32x4d", "groups": 16, "base_width": 8},
            {
                ("loads", ""): 304,
                (
                    "wrong shape",
                    "each filter reads a different number of channels: the widths before it or the groups differ",
                ): 16,
            },
        ),
        (
            "resnet34",
            "resnet34_a",
            {
                ("loads", ""): 200,
                ("missing", "the file has no projections: its shortcuts are option A, or there are none"): 18,
            },
        ),
        (
            "resnet34_a",
            "resnet34",
            {
                ("loads", ""): 200,
                ("unexpected", "the model has no projections: its shortcuts are option A, or there are none"): 18,
            },
        ),
        (
            "resnet34_c",
            "resnet34",
            {("loads", ""): 218, ("missing", "the file has no projection on this shortcut"): 78},
        ),
        (
            "seresnet18",
            "resnet18",
            {("loads", ""): 122, ("missing", "attention: se in the model, none in the file"): 32},
        ),
        (
            "resnet18",
            "resnet34",
            {
                ("loads", ""): 122,
                ("unexpected", "stage 1 has 3 blocks in the file, 2 in the model"): 12,
                ("unexpected", "stage 2 has 4 blocks in the file, 2 in the model"): 24,
                ("unexpected", "stage 3 has 6 blocks in the file, 2 in the model"): 48,
                ("unexpected", "stage 4 has 3 blocks in the file, 2 in the model"): 12,
            },
        ),
        (
            "resnet50c",
            "resnet50",
            {
                ("loads", ""): 319,
                (
                    "missing",
                    "a different stem: three 3×3 convolutions in the model, one 7×7 convolution in the file",
                ): 13,
                (
                    "unexpected",
                    "a different stem: one 7×7 convolution in the file, three 3×3 convolutions in the model",
                ): 1,
            },
        ),
        (
            {"base": "resnet18", "avg_down": True},
            "resnet18",
            {
                ("loads", ""): 104,
                (
                    "wrong shape",
                    "in the model, projections come after an average pool, so their names start at downsample.1",
                ): 3,
                (
                    "missing",
                    "in the model, projections come after an average pool, so their names start at downsample.1",
                ): 15,
                (
                    "unexpected",
                    "in the model, projections come after an average pool, so their names start at downsample.1",
                ): 15,
            },
        ),
        (
            {"base": "resnet18", "stem_pool": "conv"},
            "resnet18",
            {
                ("loads", ""): 122,
                ("missing", "the stem of the model ends with a convolution instead of the max pool"): 6,
            },
        ),
        (
            "resnet50_caffe",
            "resnet50",
            {("loads", ""): 320, ("missing", "the convolution of the stem has a bias in the model only"): 1},
        ),
        (
            {"base": "resnet18", "norm": "group"},
            "resnet18",
            {
                ("loads", ""): 62,
                ("unexpected", "batch normalisation in the file, group normalisation in the model"): 40,
                ("unexpected", f"the model {COUNTS_NO_BATCHES}"): 20,
            },
        ),
        (
            {"base": "resnet18", "stage_blocks": [2, 2, 2], "stage_widths": [64, 128, 256]},
            "resnet18",
            {
                ("loads", ""): 91,
                ("wrong shape", "the widths differ"): 1,
                ("unexpected", "the file has 4 stages, the model 3"): 30,
            },
        ),
        (
            "resnetv2_50",
            "resnet50",
            {
                (
                    "missing",
                    "the model is a pre-activation network, the file a network with activations after the addition",
                ): 300,
                (
                    "unexpected",
                    "the file is a network with activations after the addition, the model a pre-activation network",
                ): 320,
            },
        ),
    ],
)
def test_reasons(model, file, expected):
    assert found(tensors(model), tensors(file)) == expected


def test_a_basic_net_and_a_bottleneck_one():
    reasons = found(tensors("resnet34"), tensors("resnet50"))
    assert reasons["unexpected", "bottleneck blocks in the file, basic ones in the model"] == 16 * 6
    assert reasons["wrong shape", "the kernel is 1×1 in the file, 3×3 in the model"] == 16


def test_a_missing_classifier_and_missing_counters():
    file = without(tensors("resnet18"), "fc.", "num_batches_tracked")
    assert found(tensors("resnet18"), file) == {
        ("loads", ""): 100,
        ("missing", f"the file {COUNTS_NO_BATCHES}"): 20,
        ("missing", "the file has no classifier, only a backbone"): 2,
    }
    lacking = [key.model_key for key in match_keys(tensors("resnet18"), file).keys if key.is_lacking]
    assert lacking == ["fc.weight", "fc.bias"]


def test_other_parts_of_the_file():
    file = {
        **{f"backbone.{name}": shape for name, shape in tensors("resnet18").items()},
        "rpn.conv.weight": (3, 3, 1, 1),
    }
    result = match_keys(tensors("resnet18"), file)
    assert result.prefix == "backbone."
    assert Counter((key.status, key.reason) for key in result.keys) == {
        ("renamed", "the file has a prefix before the name"): 122,
        ("unexpected", "not part of the ResNet in the file: it belongs to something else there"): 1,
    }


@pytest.mark.parametrize(
    "style", ["transformers", "detectron2", "maskrcnn_benchmark", "caffe", "legacy_se", "children"]
)
@pytest.mark.parametrize("other", ["torchvision", "transformers"])
def test_names_of_any_two_styles(style, other):
    if style == other:
        return
    file, model = written(tensors("resnet50"), style, "a.b."), written(tensors("resnet50"), other, "c.")
    keys = match_keys(model, file).keys
    assert {key.status for key in keys} <= {"renamed"}
    assert [(key.model_key, key.file_key) for key in keys] == list(zip(model, file, strict=True))
    assert all(file[key.file_key] == model[key.model_key] for key in keys)
    assert keys[0].reason.startswith("names of ")


def test_no_tensor_of_the_file_is_given_twice():
    """layer0.bn1 is the normalisation of the whole stem in one style, of its first convolution in the other."""
    model, file = written(tensors("resnet50c"), "legacy_senet154"), written(tensors("resnet50"), "legacy_se")
    given = [key.file_key for key in match_keys(model, file).keys if key.file_key is not None]
    assert sorted(given) == sorted(file)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model.net."])
def test_nets_that_are_no_resnets_match_by_name_and_prefix(prefix):
    model = {"features.0.weight": (8, 3, 3, 3), "features.0.bias": (8,), "classifier.weight": (10, 8)}
    file = {f"{prefix}{name}": shape for name, shape in model.items()} | {"epoch": ()}
    result = match_keys(model, file)
    assert [(key.status, key.model_key) for key in result.keys[:3]] == [("renamed", name) for name in model]
    assert (result.prefix, result.keys[3].reason) == (prefix, "the model has no such name")


SMALL = {"block": "bottleneck", "stage_blocks": [1, 1], "stage_widths": [8, 16], "stem_width": 8, "num_classes": 5}


def test_a_name_that_only_ends_alike_is_no_partner():
    """features.1.0.bn1.weight ends with bn1.weight, and belongs to another layer."""
    model = tensors(SMALL)
    file = {name.replace("layer", "features."): shape for name, shape in model.items() if name.startswith("layer")}
    assert "features.1.0.bn1.weight" in file
    for one, other in ((model, file), (file, model)):
        assert {key.status for key in match_keys(one, other).keys} == {"missing", "unexpected"}


def test_numbered_children_find_the_right_layers():
    model = tensors(SMALL)
    file = written(model, "children")
    assert file["4.0.bn1.weight"] == (8,)
    pairs = {key.file_key: key.model_key for key in match_keys(model, file).keys}
    assert pairs == dict(zip(file, model, strict=True))
    back = {key.file_key: key.model_key for key in match_keys(file, model).keys}
    assert back == {theirs: ours for ours, theirs in pairs.items()}


def test_nothing_in_common():
    keys = match_keys({"a.weight": (1,)}, {"b.weight": (1,)}).keys
    assert [(key.status, key.reason) for key in keys] == [
        ("missing", "the file has no such name"),
        ("unexpected", "the model has no such name"),
    ]


@pytest.mark.parametrize(
    "name", ["module.{}", "{}.layer1.0.conv1.weight", "\x1b[31m{}", "{}.a.weight", "{}.num_batches_tracked"]
)
def test_20_000_keys_are_answered(name):
    file = {name.format(number): (1,) for number in range(20_000)}
    assert len(match_keys({"a.weight": (1,), "b.weight": (1,)}, file).keys) >= 20_001
