"""Which variants are close to a config, and which fields say so."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings, strategies as st

from resnet_inspect.configs import variants
from resnet_inspect.configs.arithmetic import figures
from resnet_inspect.configs.distance import closest, differences
from resnet_inspect.configs.files import load

names = st.sampled_from(variants.variant_names())


@given(names)
@settings(max_examples=20)
def test_a_variant_is_closest_to_itself(name):
    first, second = closest(load({"base": name, "name": "mine", "num_classes": 7}), 2)
    assert first.config.name == name
    assert first.distance < second.distance


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"base": "resnet50", "stage_blocks": [3, 4, 9, 3]}, "resnet50"),
        ({"base": "resnet50", "stage_blocks": [3, 4, 20, 3]}, "resnet101"),
        ({"base": "resnet50", "attention": "se", "stage_blocks": [3, 4, 7, 3]}, "seresnet50"),
        ({"base": "resnet50d", "stem_width": 31}, "resnet50d"),
        ({"base": "resnet50", "stem": "deep", "stem_width": 32, "avg_down": True, "activation": "silu"}, "resnet50d"),
        ({"base": "resnet18", "stage_widths": [60, 120, 240, 500]}, "resnet18"),
        ({"base": "resnet110_cifar", "stage_blocks": [16, 16, 16]}, "resnet110_cifar"),
        ({"base": "resnext50_32x4d", "groups": 30}, "resnext50_32x4d"),
        ({"base": "resnet34", "num_classes": 10, "input_size": [32, 32], "zero_init_last": True}, "resnet34"),
        ({"base": "resnetv2_50x1_bit", "num_classes": 21843}, "resnetv2_50x1_bit"),
        ({"base": "resnet34", "block": "bottleneck", "stride_in": "1x1"}, "resnet50_v1"),
        ({"base": "resnet50", "head": "none"}, "resnet50"),
        ({"base": "resnetv2_50x1_bit", "num_classes": 0}, "resnetv2_50x1_bit"),
    ],
)
def test_the_closest_is_what_one_would_name(fields, expected):
    assert closest(load(fields), 1)[0].config.name == expected


def test_of_two_as_far_the_one_of_more_similar_size_comes_first():
    custom = load({"base": "resnet50", "name": "mine", "stage_widths": [32, 64, 128, 256]})
    found = closest(custom, 116)
    assert len({near.config.name for near in found}) == 116
    order = [(near.distance, abs(math.log(figures(near.config).params / figures(custom).params))) for near in found]
    assert order == sorted(order)
    assert len({distance for distance, _ in order}) < 100, "some are as far as others"


@pytest.mark.parametrize(
    ("fields", "distance"),
    [
        ({}, 0.0),
        ({"activation": "silu"}, 1.0),
        ({"stage_blocks": [3, 4, 9, 3]}, 0.5 + math.log(9 / 6) / 4 / 2),
        ({"stem_width": 96}, 0.5 + math.log(96 / 64) / 2),
        ({"stem_width": 6400}, 1.0),
        ({"in_channels": 1}, 0.1),
    ],
)
def test_a_number_is_as_far_as_its_ratio_and_a_choice_far(fields, distance):
    found = closest(load({"base": "resnet50", **fields}), 116)
    assert next(near.distance for near in found if near.config.name == "resnet50") == pytest.approx(distance, abs=1e-6)


@pytest.mark.parametrize("count", [1, 3, 20])
def test_a_shorter_list_is_the_beginning_of_a_longer_one(count):
    config = load({"base": "resnet50", "stage_blocks": [3, 4, 9, 3]})
    assert closest(config, count) == closest(config, 116)[:count]


def test_differences_name_the_field_and_both_values():
    custom = load({"base": "resnet50", "name": "mine", "stage_blocks": [3, 4, 9, 3], "attention": "se"})
    assert [(found.field, found.left, found.right) for found in differences(load("resnet50"), custom)] == [
        ("stage_blocks", (3, 4, 6, 3), (3, 4, 9, 3)),
        ("attention", "none", "se"),
    ]


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        ("resnet50", {"attention": "se", "se_reduction": 4}, ["attention", "se_reduction"]),
        ("resnet50", {"stem": "deep", "stem_kernel": 5}, ["stem", "stem_kernel"]),
        ("resnet18", {"block": ["basic", "basic", "bottleneck", "basic"]}, ["block"]),
        ("resnet50", {"input_size": [320, 320], "zero_init_last": True}, ["zero_init_last", "input_size"]),
        ("resnet50", {"output_widths": [256, 512, 1024, 2000]}, ["output_widths"]),
        ("resnet50", {"num_classes": 0}, ["num_classes"]),
        ("resnet50", {"head": "none"}, ["num_classes", "head"]),
        ("resnetv2_50", {"head": "linear", "num_classes": 0}, ["num_classes", "head"]),
    ],
)
def test_a_field_counts_if_it_has_an_effect_on_one_side(name, fields, expected):
    found = differences(load(name), load({"base": name, **fields}))
    assert [difference.field for difference in found] == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [("linear", "conv", []), ("linear", "none", ["head"]), ("none", "conv", ["head"])],
)
def test_of_heads_without_a_classifier_only_the_pool_counts(left, right, expected):
    one, other = (load({"base": "resnetv2_50", "num_classes": 0, "head": head}) for head in (left, right))
    assert [difference.field for difference in differences(one, other)] == expected


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("resnet18", {"stride_in": "1x1"}),
        ("resnet50", {"se_reduction": 4}),
        ("resnet50d", {"stem_kernel": 5, "shortcut_kernel": 3}),
        ("resnet20_cifar", {"stem_pool_padding": 0, "stem_pool_ceil": True, "avg_down": True, "shortcut_kernel": 3}),
        ("resnetrs50", {"stem_pool_padding": 0, "stem_pool_ceil": True}),
        ("resnetaa50", {"stem_pool_padding": 0, "stem_pool_ceil": True}),
        ("resnetblur50", {"stem_pool_ceil": True}),
        ("resnet34", {"block": ["basic"] * 4}),
    ],
)
def test_fields_that_do_not_count_change_nothing(name, fields, examine):
    from resnet_inspect.commands.compare.report import compare_report

    custom = load({"base": name, **fields})
    assert custom != load(name)
    assert differences(load(name), custom) == ()
    report = compare_report(examine(name), examine(custom))
    assert report.identical
    assert report.weights_interchangeable
