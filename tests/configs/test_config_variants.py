from __future__ import annotations

import pytest
from each import for_each

from resnet_inspect.configs import variants
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.errors import UnknownVariantError


@for_each("name", variants.variant_names())
def test_every_row_is_a_valid_config_with_an_origin(name):
    config = variants.variant(name)
    assert config.name == name
    assert variants.origin(name)
    assert set(variants.variant_fields(name)) <= set(ResNetConfig.model_fields)


def test_names_come_in_the_order_of_the_file():
    assert variants.variant_names()[:3] == ("resnet18", "resnet34", "resnet50")
    assert variants.variant_names()[-1] == "ecaresnet101d_pruned"


def test_a_base_is_followed_through_several_rows():
    config = variants.variant("resnet50_caffe")
    assert (config.block, config.stage_blocks) == ("bottleneck", (3, 4, 6, 3))  # resnet50
    assert config.stride_in == "1x1"  # resnet50_v1
    assert (config.stem_bias, config.stem_pool_padding, config.stem_pool_ceil) == (True, 0, True)  # its own


def test_a_row_wins_over_its_base():
    assert variants.variant("resnet101_v1").stage_blocks == (3, 4, 23, 3)


def test_a_row_is_a_copy():
    variants.variant_fields("resnet50")["stage_blocks"].append(99)
    assert variants.variant_fields("resnet50")["stage_blocks"] == [3, 4, 6, 3]


@pytest.mark.parametrize("name", ["resnt50", "resnet5O", "resnet51", "rsnet-50", "Resnet50x", "timm/resnet51.a1_in1k"])
def test_a_misspelt_name_suggests_the_right_one_first(name):
    with pytest.raises(UnknownVariantError) as caught:
        variants.variant(name)
    assert caught.value.suggestions[0] == "resnet50"
    assert len(caught.value.suggestions) <= 3
    assert "did you mean resnet50" in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "first"),
    [("rsnet50_v1", "resnet50_v1"), ("resnet50_cafe", "resnet50_caffe"), ("resnet110_cifr", "resnet110_cifar")],
)
def test_the_fewest_letters_to_change_come_first(typed, first):
    with pytest.raises(UnknownVariantError) as caught:
        variants.variant(typed)
    assert caught.value.suggestions[0] == first


def test_the_beginning_of_a_name_suggests_what_it_begins():
    with pytest.raises(UnknownVariantError) as caught:
        variants.variant("resnext")
    assert caught.value.suggestions == ("resnext50_32x4d", "resnext101_32x4d", "resnext101_64x4d")


def test_a_number_is_no_beginning_of_a_longer_one():
    with pytest.raises(UnknownVariantError) as caught:
        variants.variant("resnet100")
    assert caught.value.suggestions[0] == "resnet101"
    with pytest.raises(UnknownVariantError) as caught:
        variants.variant("resnext50")
    assert caught.value.suggestions[0] == "resnext50_32x4d"


@pytest.mark.parametrize("ask", [variants.variant, variants.variant_fields, variants.origin])
@pytest.mark.parametrize("name", ["", "vgg16", "x" * 1_000_000])
def test_a_strange_name_suggests_nothing(ask, name):
    with pytest.raises(UnknownVariantError) as caught:
        ask(name)
    assert caught.value.suggestions == ()
    assert len(str(caught.value)) < 300


def test_an_unknown_name_cannot_steer_the_terminal():
    with pytest.raises(UnknownVariantError) as caught:
        variants.variant("resnet\x1b[31m50")
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("resnext50*", ("resnext50_32x4d", "resnext50d_32x4d")),
        ("PLAIN*", ("plain18", "plain34")),
        ("resnet?8", ("resnet18",)),
        ("resnet50", ("resnet50",)),
        ("vgg*", ()),
    ],
)
def test_match(pattern, expected):
    assert variants.match(pattern) == expected


def test_match_all_is_every_name():
    assert variants.match("*") == variants.variant_names()


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ({"a": {"base": "b"}, "b": {"base": "a"}}, "circle"),
        ({"a": {"base": "a"}}, "circle"),
        ({"a": {"base": "gone"}}, "not in the table"),
    ],
)
def test_a_broken_table_is_found(rows, fault):
    with pytest.raises(ValueError, match=fault):
        variants.merge_bases(rows, "a")
