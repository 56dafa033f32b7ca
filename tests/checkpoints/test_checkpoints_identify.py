"""Which variant weights are of, under whatever names, and what differs where none has them."""

from __future__ import annotations

import pytest
from checkpoints.styled_names import tensors, without, written
from each import for_each

from resnet_inspect.checkpoints.identify import MOST_TENSORS, identify_shapes
from resnet_inspect.configs import variants
from resnet_inspect.errors import RequestError


@for_each("name", [name for name in variants.variant_names() if not name.endswith("1202_cifar")])
def test_every_variant_is_found_among_the_equal_ones(name):
    found = identify_shapes(tensors(name))
    assert name in found.equals
    assert found.nearest == ()
    assert all(tensors(other) == tensors(name) for other in found.equals)


def test_of_equal_variants_the_plainest_comes_first():
    assert identify_shapes(tensors("resnetblur50")).equals == ("resnet50", "resnet50_v1", "resnetaa50", "resnetblur50")


def test_what_equal_variants_agree_on_is_taken():
    found = identify_shapes(tensors("resnetv2_50x1_bit")).inference
    taken = {named.field: named.taken for named in found.undetermined}
    assert (taken["weight_standardized"], taken["stem_pool_border"]) == (True, "zeros")
    assert (found.config.weight_standardized, found.config.stem_pool_border) == (True, "zeros")


@pytest.mark.parametrize(
    ("changes", "names", "fields"),
    [
        ({"num_classes": 10}, ("resnet50", "resnet50_v1", "resnetaa50", "resnetblur50"), {"num_classes": (1000, 10)}),
        ({"in_channels": 1}, ("resnet50", "resnet50_v1", "resnetaa50", "resnetblur50"), {"in_channels": (3, 1)}),
        ({"stem_kernel": 3}, ("resnet50", "resnet50_v1", "resnetaa50", "resnetblur50"), {"stem_kernel": (7, 3)}),
        (
            {"stage_blocks": [3, 4, 9, 3]},
            ("resnet50", "resnet50_v1", "resnetaa50", "resnetblur50"),
            {"stage_blocks": ((3, 4, 6, 3), (3, 4, 9, 3))},
        ),
    ],
)
def test_the_nearest_and_what_differs(changes, names, fields):
    found = identify_shapes(tensors("resnet50", **changes))
    assert found.equals == ()
    near = found.nearest[0]
    assert near.names == names
    assert {difference.field: (difference.left, difference.right) for difference in near.fields} == fields


def test_a_backbone_equals_whatever_its_classes_were():
    found = identify_shapes(without(tensors("resnet101", num_classes=7), "fc."))
    assert found.equals == ("resnet101", "resnet101_v1")
    assert found.inference.missing_head
    assert found.inference.config.num_classes == 0


def test_a_backbone_of_no_variant_is_not_far_for_want_of_classes():
    found = identify_shapes(without(tensors("resnet50", stage_blocks=[3, 4, 9, 3]), "fc."))
    assert {difference.field for difference in found.nearest[0].fields} == {"stage_blocks"}


def test_a_backbone_s_head_is_taken_as_the_equal_variants_have_it():
    found = identify_shapes(without(tensors("resnetv2_50x1_bit"), "head.fc."))
    assert found.equals == ("resnetv2_50x1_bit",)
    assert (found.inference.config.head, found.inference.config.num_classes) == ("conv", 0)


@pytest.mark.parametrize("style", ["transformers", "detectron2", "cifar", "legacy_se", "maskrcnn_benchmark", "caffe"])
def test_names_of_others_behind_a_prefix(style):
    found = identify_shapes(written(tensors("resnet50"), style, "module.net."))
    assert found.equals[0] == "resnet50"
    assert (found.translation.style.name, found.translation.prefix) == (style, "module.net.")


@pytest.mark.parametrize("style", ["cifar", "torchvision"])
def test_of_styles_that_explain_all_names_the_shapes_decide(style):
    """A net for CIFAR without projections has the same names in three styles; only the shapes tell pre-activation."""
    assert identify_shapes(written(tensors("resnet20_cifar"), style)).equals == ("resnet20_cifar",)
    v2 = without(tensors("resnet164_cifar"), "num_batches_tracked")
    names = written({name: shape for name, shape in v2.items() if not name.startswith("norm.")}, "cifar_preact")
    found = identify_shapes(names)
    assert found.translation.style.name == "cifar_preact"
    assert {mismatch.name.split(".")[0] for mismatch in found.inference.mismatches} == {"norm"}


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ({}, "not a ResNet: none of the 0 names"),
        ({"features.conv0.weight": (64, 3, 7, 7)}, "they begin with features.conv0.weight"),
        ({"\x1b[31mred\u202e": (1,)}, r"begin with \\x1b\[31mred\\u202e"),
        ({f"t{number}": (1,) for number in range(MOST_TENSORS + 1)}, "100,001 tensors are more than any ResNet has"),
    ],
)
def test_what_is_no_resnet(shapes, words):
    with pytest.raises(RequestError, match=words):
        identify_shapes(shapes)


def with_99_000_further(name):
    return {**tensors("resnet18"), **{name.format(number): (64, 64, 3, 3) for number in range(99_000)}}


@pytest.mark.parametrize("name", ["{}.layer1.0.conv1.weight", "res2.{}.\x1b[0m"])
def test_99_000_further_names_are_answered(name):
    assert identify_shapes(with_99_000_further(name)).equals == ("resnet18", "resnetblur18")


def test_99_000_further_blocks_are_answered():
    with pytest.raises(RequestError, match="not a known ResNet: of 99,120 tensors, 122 have names and shapes"):
        identify_shapes(with_99_000_further("layer1.{}.conv1.weight"))


def test_a_name_of_a_megabyte_is_answered():
    shapes = {"a." * 500_000 + "layer1.0.conv1.weight": (1,), "7" * 1_000_000: (1,), **tensors("resnet18")}
    assert identify_shapes(shapes).equals[0] == "resnet18"
