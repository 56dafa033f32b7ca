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


@for_each(
    "name, number",
    [
        ("fp16_resnet50", 50),
        ("32x4d_resnext101", 101),
        ("resnet18/nets.py:resnet50(width=64)", 50),
        ("resnet18/resnet34.py", 34),
        ("torchvision:wide_resnet101_2", 101),
        ("WRN-28-10", 28),
        ("vgg16_bn", 16),
        ("densenet121", 121),
        ("eca_resnext26ts", 26),
        ("lambda_resnet26rpt_256", 26),
        ("nf_ecaresnet101", 101),
        ("legacy_senet154", 154),
        ("res2next50", 50),
        ("224_r50", 50),
    ],
)
def test_the_number_of_a_family_that_is_named_for_its_depth(name, number):
    assert number_in_name(name) == number


NOT_DEPTHS = """
    backbone12 v100 net_38 net_224 model_2024 eva_giant_patch14_224 eva02_base_patch14_448 vit_b_16 vit_h_14
    vit_base_patch16_224 vit_base_patch16_18x2_224 vit_base_r50_s16_224 vit_small_resnet26d_224 naflexvit_so400m_patch16
    samvit_base_patch16 deit3_base_patch16_224 beit_base_patch16_224 cait_s24_224 regnet_y_128gf regnet_x_400mf
    regnetx_032 regnety_1280 regnetv_040 regnetz_b16 regnetz_040_h efficientnet_b0 efficientnet_b0_g16_evos
    efficientnet_blur_b0 tf_efficientnetv2_b0 mobilenetv1_100 mobilenetv2_110d mobilenet_v3_large_320
    tf_mobilenetv3_large_minimal_100 mobilenetv4_conv_small_035 mobilevitv2_175 mnasnet_140 semnasnet_100 spnasnet_100
    fbnetc_100 ghostnet_130 ghostnetv2_160 repghostnet_058 lcnet_075 rexnet_150 rexnetr_200 starnet_s050 hrnet_w18
    hrnet_w48_ssld levit_256 levit_conv_384_s8 fastvit_sa12 poolformerv2_m36 convformer_s18 gmixer_24_224
    mixer_b16_224 gmlp_s16_224 resmlp_12_224 resmlp_big_24_224 swin_base_patch4_window12_384 swinv2_base_window12_192
    tnt_s_patch16_224 maxvit_tiny_rw_256 pit_b_224 hiera_base_224 xcit_nano_12_p16_224 crossvit_15_240
    convmixer_768_32 coat_lite_small tresnet_l tiny_vit_21m_384 ssd300 mobilenet_edgetpu_100 gernet_l
    hardcorenas_a inception_v3 resnet_16bit test_resnet resnet_cifar10 imagenet21k_net
"""


@for_each("name", NOT_DEPTHS.split())
def test_widths_sizes_and_operations_are_no_depths(name):
    assert number_in_name(name) is None


def test_a_size_is_no_number_either():
    assert number_in_name("resnet_224", (3, 224, 224)) is None
    assert number_in_name("vgg_224_vgg16", (3, 224, 224)) == 16


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
