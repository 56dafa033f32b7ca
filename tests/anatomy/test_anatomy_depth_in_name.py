"""The depth that a name claims, and numbers in names that claim none."""

from __future__ import annotations

import pytest
from each import for_each

from resnet_inspect.anatomy.depth_in_name import claimed_depth, compare_with_depth, input_sizes, number_in_name


@for_each(
    "name, depth",
    [
        ("resnet50", 50),
        ("ResNet-50", 50),
        ("my_resnet_101_v2", 101),
        ("resnetv2_50x1_bit", 50),
        ("resnet_v1d_152", 152),
        ("resnet_v1_50", 50),
        ("resnext50_32x4d", 50),
        ("32x4d_resnext101", 101),
        ("resnext_32x4d", None),
        ("ResNeXt 32×4d", None),
        ("res2net50_26w_4s", 50),
        ("res2net_26w_4s", None),
        ("resnest269e", 269),
        ("seresnextaa201d_32x8d", 201),
        ("resnetblur50d", 50),
        ("resnetrs420", 420),
        ("senet154", 154),
        ("wide_resnet50_2", 50),
        ("ecaresnet26t", 26),
        ("plain34", 34),
        ("tv_resnet50", 50),
        ("R-50-C4", 50),
        ("faster_rcnn_R_101_FPN", 101),
        ("RN50", 50),
        ("X-101-32x8d", 101),
        ("resnet1202_cifar", 1202),
        ("resnet_cifar10", None),
        ("imagenet21k", None),
        ("imagenet100_resnet18", 18),
        ("in21k_r152", 152),
        ("server50", None),
        ("fp16", None),
        ("backbone12", None),
        ("net2", None),
        ("WideResNet-28-10", 28),
        ("xresnet34", 34),
        ("gcresnet50t", 50),
        ("skresnext50_32x4d", 50),
        ("rx50", 50),
        ("x12", None),
        ("run_r10", None),
        ("unet_64", None),
        ("resnet_2024_05", None),
        ("resnet_2024_resnet18", 18),
        ("resnet_300ep", None),
        ("resnet_300_epochs", None),
        ("resnet-25m", None),
        ("resnet_16bit", None),
        ("resnet_10classes", None),
        ("resnet_128px", None),
        ("resnet50_gn", 50),
        ("", None),
    ],
)
def test_claimed_depth(name, depth):
    assert claimed_depth(name) == depth


def test_a_size_is_no_depth():
    assert claimed_depth("resnet_224") == 224
    assert claimed_depth("resnet_224", (1, 3, 224, 224)) is None
    assert claimed_depth("resnet_224_resnet50", (224,)) == 50


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("backbone12", 12),
        ("fp16_resnet50", 50),
        ("v100", None),
        ("32x4d_resnext101", 101),
        ("resnet18/nets.py:resnet50(width=64)", 50),
        ("resnet18/resnet34.py", 34),
    ],
)
def test_a_number_without_the_family_s_word(name, number):
    assert number_in_name(name) == number


def test_a_size_is_no_number_either():
    assert number_in_name("224_r50", (3, 224, 224)) == 50
    assert number_in_name("net_224", (3, 224, 224)) is None
    assert number_in_name("net_224_38", (3, 224, 224)) == 38


@pytest.mark.parametrize(
    ("name", "fitting"),
    [
        ("resnet50", {50, 53}),
        ("resnet50d", {50, 52, 55}),
        ("resnet34_a", {34}),
        ("plain34", {34}),
        ("resnet20_cifar", {20}),
        ("resnetrs420", {419, 422, 425}),
    ],
)
def test_what_fits_a_depth(name, fitting, examine):
    """50 and its 4 shortcuts less the head is 53; where no shortcut has a convolution, the head is never left out."""
    anatomy = examine(name).anatomy
    assert {number for number in range(10, 500) if compare_with_depth(number, anatomy).fits} == fitting
    for number in (*fitting, 99):
        assert (compare_with_depth(number, anatomy).why == ()) is (number == anatomy.depth.depth)


def test_a_size_that_fits_the_depth_is_the_depth(examine):
    cifar = examine("resnet32_cifar").anatomy
    assert cifar.input_shape == (1, 3, 32, 32)
    assert input_sizes(cifar) == {3}
    assert input_sizes(examine("resnet34").anatomy) == {3, 224}
