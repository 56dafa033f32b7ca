"""The depth of variants: the number in a name, the count, and why they differ."""

from __future__ import annotations

import pytest
from each import for_each

import resnet_inspect as ri
from resnet_inspect.anatomy.depth_in_name import number_in_name
from resnet_inspect.commands.count import count_report
from resnet_inspect.configs.variants import variant_names


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("resnet50", 50),
        ("resnet50 (v1.5)", 50),
        ("resnet50_v1", 50),
        ("resnext50_32x4d", 50),
        ("resnext101_64x4d", 101),
        ("wide_resnet50_2", 50),
        ("resnetv2_50", 50),
        ("resnetv2_101x1", 101),
        ("seresnextaa201d_32x8d", 201),
        ("ecaresnet26t", 26),
        ("resnetrs420", 420),
        ("senet154", 154),
        ("plain34", 34),
        ("resnet20_cifar", 20),
        ("resnet1202_cifar", 1202),
        ("ResNet-50", 50),
        ("my-net", None),
        ("net2", None),
        ("v100", None),
        ("", None),
    ],
)
def test_number_in_name(name, number):
    assert number_in_name(name) == number


DEEP_STEM = {
    **{f"resnet{n}c": n for n in (50, 101, 152)},
    **{f"resnet{n}s": n for n in (50, 101, 152)},
    **{f"resnet{n}d": n for n in (18, 26, 34, 50, 101, 152, 200)},
    **{f"resnet{n}e": n for n in (50, 101, 152)},
    **{f"resnet{n}t": n for n in (10, 14, 26, 50)},
    **{f"resnetaa{n}d": n for n in (34, 50, 101)},
    **{f"resnetblur{n}d": n for n in (50, 101)},
    **{f"resnetv2_{n}d": n for n in (50, 101, 152)},
    **{f"seresnet{n}d": n for n in (152, 200, 269)},
    **{f"ecaresnet{n}d": n for n in (50, 101, 200, 269)},
    **{f"ecaresnet{n}d_pruned": n for n in (50, 101)},
    **{f"ecaresnet{n}t": n for n in (26, 50)},
    **{f"ecaresnext{n}t_32x4d": n for n in (26, 50)},
    **{f"seresnext{n}_32x4d": int(n[:2]) for n in ("26d", "26t")},
    **{f"seresnext{n}_32x8d": 101 for n in ("101d", "aa101d")},
    "resnet50t": 50, "seresnet50t": 50, "resnetv2_50t": 50, "seresnetaa50d": 50, "resnext50d_32x4d": 50,
}  # fmt: skip
"""Names that count the stem as one layer, where it has three."""

RS = {f"resnetrs{n}": n for n in (50, 101, 152, 200, 350)}
"""The same where it has four: a convolution stands for the max pool too."""

OF_BLOCKS_ALONE = {"seresnextaa201d_32x8d": (201, 205, 3), "resnetrs270": (270, 275, 4)}
"""Names that count neither stem nor head: the name's number, the count, the convolutions of the stem."""

NOTHING = {"ecaresnetlight", "test_resnet"}
"""Names without a number."""

every_variant = for_each("name", variant_names())


def reported(subject):
    return count_report(subject.model, subject.anatomy)


@every_variant
def test_every_variant_is_called_what_it_is_or_it_is_said_why_not(name, examine):
    report = reported(examine(name))
    stem = 3 if name in DEEP_STEM else 4
    if name in DEEP_STEM or name in RS:
        assert report.agrees is True
        number = {**DEEP_STEM, **RS}[name]
        assert report.depth.depth == number + stem - 1
        assert report.reasons == (
            f"the name says {number}, the count is {number + stem - 1}",
            f"its stem has {stem} convolutions, where the paper's networks have one; with one it would be {number}",
        )
    elif name in OF_BLOCKS_ALONE:
        number, depth, stem = OF_BLOCKS_ALONE[name]
        assert report.agrees is False
        assert report.reasons == (
            f"the name says {number}, the count is {depth}",
            f"the name counts only the layers of its blocks: {depth} − {stem} in the stem − 1 in the head",
        )
        assert depth - stem - 1 == number
    elif name == "resnetrs420":
        assert report.agrees is False
        assert report.reasons == (
            "the name says 420, the count is 422",
            "its stem has 4 convolutions, where the paper's networks have one; with one it would be 419",
            "its blocks do not match the name: 422 = 4 + 3·(4+44+87+4) + 1",
        )
    else:
        assert report.reasons == ()
        assert report.number == (None if name in NOTHING else report.depth.depth)
        assert report.agrees is (None if name in NOTHING else True)


@every_variant
def test_rows_add_up(name, examine):
    report = reported(examine(name))
    assert sum(row.counted for row in report.rows) == report.depth.depth
    assert sum(row.shortcut for row in report.rows) == report.depth.shortcut
    assert sum(row.attention for row in report.rows) == report.depth.attention
    assert sum(row.counted + row.shortcut + row.attention for row in report.rows) == report.depth.weighted


def test_rows_of_resnet34():
    rows = ri.count("resnet34").rows
    assert [(row.stage, row.paper_name, row.blocks, row.counted, row.shortcut, row.text) for row in rows] == [
        ("stem", "conv1", 0, 1, 0, "1 convolution"),
        ("stage1", "conv2_x", 3, 6, 0, "3 blocks × 2"),
        ("stage2", "conv3_x", 4, 8, 1, "4 blocks × 2"),
        ("stage3", "conv4_x", 6, 12, 1, "6 blocks × 2"),
        ("stage4", "conv5_x", 3, 6, 1, "3 blocks × 2"),
        ("head", "fc", 0, 1, 0, "1 linear layer"),
    ]


def test_rows_of_a_net_with_gates_and_a_stem_of_four():
    rows = ri.count("resnetrs50").rows
    assert [(row.stage, row.counted, row.shortcut, row.attention, row.text) for row in rows] == [
        ("stem", 4, 0, 0, "4 convolutions"),
        ("stage1", 9, 1, 6, "3 blocks × 3"),
        ("stage2", 12, 1, 8, "4 blocks × 3"),
        ("stage3", 18, 1, 12, "6 blocks × 3"),
        ("stage4", 9, 1, 6, "3 blocks × 3"),
        ("head", 1, 0, 0, "1 linear layer"),
    ]


def test_a_head_may_be_a_convolution():
    assert ri.count("resnetv2_50").rows[-1].text == "1 convolution"


@pytest.mark.parametrize(
    ("name", "shortcuts", "weighted", "convolutions"),
    [("resnet34", 3, 37, 36), ("resnet50", 4, 54, 53), ("resnet34_c", 16, 50, 49)],
)
def test_what_is_not_counted(name, shortcuts, weighted, convolutions):
    assert (
        f"not counted: {shortcuts} weighted layers on shortcuts; with them there are {weighted} weighted layers, "
        f"{convolutions} of them convolutions"
    ) in ri.count(name).explanation


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("plain34", "counted: the 34 weighted layers on the path from input to output along the main branches"),
        ("resnet34", "never counted: 2 pooling layers, normalisations, activations, additions"),
        ("resnet20_cifar", "never counted: 1 pooling layer, normalisations, activations, additions"),
        ("resnetblur50", "never counted: 6 pooling layers, normalisations, activations, additions"),
        ("seresnet50", "not counted: 32 weighted layers in attention gates"),
        ("ecaresnet50d", "not counted: 16 weighted layers in attention gates"),
    ],
)
def test_explanation(name, sentence):
    assert sentence in ri.count(name).explanation


def test_what_is_not_there_is_not_explained():
    for name in ("plain34", "resnet34_a"):
        assert not any(line.startswith("not counted") for line in ri.count(name).explanation)


@pytest.mark.parametrize(
    ("name", "agrees", "reason"),
    [
        ("resnet50", True, ""),
        ("my-net", None, ""),
        (
            "resnet53",
            True,
            "the name counts as wide networks do: the 4 weighted layers on shortcuts too, but not the head",
        ),
        ("resnet54", False, "the name counts the 4 weighted layers on shortcuts too"),
        ("resnet49", False, "the name counts only the convolutions, not the linear layer"),
        ("resnet48", False, "the name counts only the layers of its blocks: 50 − 1 in the stem − 1 in the head"),
        ("resnet101", False, "its blocks do not match the name: 50 = 1 + 3·(3+4+6+3) + 1"),
    ],
)
def test_why_a_name_does_not_equal_the_count(name, agrees, reason):
    report = ri.count({"base": "resnet50", "name": name})
    assert report.agrees is agrees
    if reason:
        assert report.reasons == (f"the name says {number_in_name(name)}, the count is 50", reason)
    else:
        assert report.reasons == ()


def test_the_wide_network_of_the_paper_is_what_its_name_says():
    """1 + 2·(4+4+4) + 3 shortcuts = 28; the paper's count has the head in their place: 26."""
    wide = {"block": "basic", "stage_blocks": [4, 4, 4], "stage_widths": [160, 320, 640], "stem_width": 16}
    report = ri.count({"name": "WRN-28-10", **wide})
    assert (report.number, report.depth.depth, report.agrees) == (28, 26, True)
    assert report.reasons == (
        "the name says 28, the count is 26",
        "the name counts as wide networks do: the 3 weighted layers on shortcuts too, but not the head",
    )


def test_the_size_of_the_input_is_not_held_against_the_depth():
    assert ri.count({"base": "resnet50", "name": "resnet_224"}).number is None
    assert ri.count({"base": "resnet50", "name": "resnet_224_r50"}).agrees is True


@pytest.mark.parametrize("how", [{"num_classes": 0}, {"head": "none"}], ids=str)
@pytest.mark.parametrize(
    ("base", "name", "agrees", "reasons"),
    [
        ("resnet50", "resnet49", True, None),
        ("resnet50", "resnet50", True, ["the name counts a classifier, but there is none; with one it would be 50"]),
        ("resnet50", "resnet48", False, ["the name counts only the layers of its blocks: 49 − 1 in the stem"]),
        (
            "resnet50",
            "resnet53",
            True,
            ["the name counts as wide networks do: the 4 weighted layers on shortcuts too, but not the head"],
        ),
        ("resnet50", "resnet51", False, ["its blocks do not match the name: 49 = 1 + 3·(3+4+6+3)"]),
        ("resnet50d", "resnet52", True, ["the name counts a classifier, but there is none; with one it would be 52"]),
        (
            "resnet50d",
            "resnet50",
            True,
            [
                "the name counts a classifier, but there is none; with one it would be 52",
                "its stem has 3 convolutions, where the paper's networks have one; with one it would be 50",
            ],
        ),
        (
            "resnetrs50",
            "resnet51",
            False,
            [
                "its stem has 4 convolutions, where the paper's networks have one; with one it would be 49",
                "its blocks do not match the name: 52 = 4 + 3·(3+4+6+3)",
            ],
        ),
    ],
)
def test_a_classifier_that_a_name_counts_and_a_backbone_lacks(base, name, agrees, reasons, how):
    report = ri.count({"base": base, "name": name, **how})
    depth = {"resnet50": 49, "resnet50d": 51, "resnetrs50": 52}[base]
    assert report.depth.depth == depth
    assert report.agrees is agrees
    said = (f"the name says {number_in_name(name)}, the count is {depth}",)
    assert report.reasons == (() if reasons is None else (*said, *reasons))
