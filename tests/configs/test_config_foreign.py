from __future__ import annotations

import pytest
import tomli
from config_problems import problems_of
from each import for_each

from resnet_inspect.configs.foreign import FOREIGN_NAMES, hint
from resnet_inspect.configs.schema import ResNetConfig

HINTS = [
    ("style", "caffe", 'here: stride_in = "1x1" (OpenMMLab\'s style)'),
    ("style", "pytorch", 'here: stride_in = "3x3" (OpenMMLab\'s style)'),
    ("style", "other", "here: stride_in (OpenMMLab's style)"),
    ("STRIDE_IN_1X1", True, 'here: stride_in = "1x1" ('),
    ("STRIDE_IN_1X1", False, 'here: stride_in = "3x3" ('),
    ("stride_in_1x1", 1, "here: stride_in ("),
    ("STRIDE_1X1", True, 'here: stride_in = "1x1" (pycls'),
    ("downsample_in_bottleneck", True, 'here: stride_in = "1x1" (Hugging Face'),
    ("version", 1, 'here: stride_in = "1x1" ('),
    ("version", 1.5, 'here: stride_in = "3x3" ('),
    ("version", True, "here: stride_in ("),
    ("resnet_version", "V1.5", 'here: stride_in = "3x3" ('),
    ("version", "v2", "here: stride_in (v1 strides the first 1x1, v1.5 the 3x3; v2 is preact"),
    ("version", "v1_5", 'here: stride_in = "3x3" ('),
    ("v1", True, 'here: stride_in = "1x1" ('),
    ("layers", [3, 4, 6, 3], "here: stage_blocks = [3, 4, 6, 3] (torchvision"),
    ("layers", "many", "here: stage_blocks (torchvision"),
    ("layers", [10**5000], "here: stage_blocks (torchvision"),
    ("Depths", (2, 2), "here: stage_blocks = [2, 2] ("),
    ("num_blocks", [1], "here: stage_blocks = [1] ("),
    ("block_counts", [1], "here: stage_blocks = [1] ("),
    ("cardinality", 32, "here: groups = 32 (timm"),
    ("NUM_GROUPS", 32, "here: groups = 32 ("),
    ("WIDTH_PER_GROUP", 4, "here: base_width = 4 ("),
    ("bottleneck_width", 4, "here: base_width = 4 ("),
    ("planes", [64, 128], "here: stage_widths = [64, 128] ("),
    ("width", 2, "here: base_width or stage_widths (twice as wide inside bottlenecks"),
    ("widen_factor", 2, "here: base_width or stage_widths ("),
    ("base_channels", 32, "here: stage_widths = [32, 64, 128, 256] ("),
    ("RES2_OUT_CHANNELS", 256, "here: stage_widths = [64, 128, 256, 512] ("),
    ("layer_type", "bottleneck", 'here: block = "bottleneck" ('),
    ("layer_type", "se_bottleneck", 'here: block = "bottleneck" (Hugging Face\'s name; with attention = "se")'),
    ("block_type", "preact_block", 'here: block = "basic" (Keras\'s name; with preact = true)'),
    ("layer_type", "resnext", 'here: block = "bottleneck" (Hugging Face\'s name; with groups and base_width)'),
    ("block_type", "basic_block", 'here: block = "basic" (Keras'),
    ("TRANS_FUN", "bottleneck_transform", 'here: block = "bottleneck" (pycls'),
    ("embedding_size", 64, "here: stem_width = 64 ("),
    ("stem_channels", 64, "here: stem_width = 64 ("),
    ("STEM_OUT_CHANNELS", 64, "here: stem_width = 64 ("),
    ("input_conv_filters", [64], "here: stem_width = 64 ("),
    ("input_conv_filters", [32, 32, 64], "here: stem_width ("),
    ("input_conv_kernel_sizes", [7], "here: stem_kernel = 7 ("),
    ("no_max_pool", True, 'here: stem_pool = "none" ('),
    ("num_labels", 10, "here: num_classes = 10 ("),
    ("in_chans", 1, "here: in_channels = 1 ("),
    ("num_channels", 1, "here: in_channels = 1 ("),
    ("strides", [1, 2, 2, 2], "here: stage_strides = [1, 2, 2, 2] ("),
    ("num_labels", 0, "here: num_classes = 0 ("),
    ("classes", 0, "here: num_classes = 0 (Keras"),
    ("include_top", False, 'here: head = "none" (Keras'),
    ("include_top", True, 'here: head = "linear" (Keras'),
    ("include_top", 0, "here: head (Keras"),
    ("pooling", "avg", "here: num_classes = 0 (Keras"),
    ("pooling", "max", "here: num_classes (Keras"),
    ("global_pool", "", 'here: head = "none" (timm'),
    ("global_pool", "catavgmax", "here: head (timm"),
    ("features_only", True, 'here: head = "none" (timm'),
    ("image_size", 224, "here: input_size = [224, 224] ("),
    ("img_size", [192, 256], "here: input_size = [192, 256] ("),
    ("input_shape", [224, 224, 3], "here: input_size ("),
    ("shortcut_type", "b", 'here: shortcut = "B" ('),
    ("depth", 50, 'here: base = "resnet50" ('),
    ("DEPTH", 110, 'here: base = "resnet110_cifar" ('),
    ("depth", 51, "here: base ("),
    ("stem_type", "deep_tiered", 'here: stem = "deep_tiered" (timm'),
    ("stem_type", "", 'here: stem = "single" (timm'),
    ("deep_stem", True, 'here: stem = "deep" (OpenMMLab'),
    ("stem_chs", 64, "here: stem_width = 64 (timm"),
    ("replace_stem_pool", True, 'here: stem_pool = "conv" (timm'),
    ("down_kernel_size", 3, "here: shortcut_kernel = 3 (timm"),
    ("block_reduce_first", 2, "here: reduce_first = 2 (timm"),
    ("aa_layer", "avg", 'here: anti_alias = "avg" (timm'),
    ("aa_layer", "BlurPool2d", 'here: anti_alias = "blur" (timm'),
    ("attn_layer", "eca", 'here: attention = "eca" (timm'),
    ("attn_layer", "cbam", "here: attention (timm's name; CBAM cannot be described; se and eca are)"),
    ("block_args", {"attn_layer": "se", "rd_ratio": 0.25}, 'here: attention = "se" (timm'),
    ("block_args", "se", "here: attention (timm"),
    ("use_se", True, 'here: attention = "se" (GluonCV'),
    ("rd_ratio", 0.0625, "here: se_reduction = 16 ("),
    ("rd_ratio", 5e-324, "here: se_reduction ("),
    ("se_ratio", 8, "here: se_reduction = 8 ("),
    ("norm_layer", "BatchNorm2d", 'here: norm = "batch" ('),
    ("norm_cfg", {"type": "GN", "num_groups": 32}, 'here: norm = "group" (OpenMMLab'),
    ("norm_cfg", {"type": "SyncBN"}, 'here: norm = "batch" (OpenMMLab\'s name; synchronised only in training)'),
    ("norm_cfg", {"type": ["BN"]}, "here: norm (OpenMMLab"),
    ("act_layer", "swish", 'here: activation = "silu" (timm'),
    ("act_cfg", {"type": "LeakyReLU"}, 'here: activation = "leaky_relu" (OpenMMLab'),
    ("hidden_act", "gelu", 'here: activation = "gelu" (Hugging Face'),
    ("conv_layer", "Conv2d", "here: weight_standardized = false (timm"),
    ("conv_cfg", {"type": "ConvWS"}, "here: weight_standardized = true (OpenMMLab"),
    ("use_pre_activation", False, "here: preact = false (Keras"),
    ("zero_init_residual", True, "here: zero_init_last = true (torchvision"),
    ("last_gamma", True, "here: zero_init_last = true (GluonCV"),
    ("replace_stride_with_dilation", [False, True, True], "here: output_stride = 8 (torchvision"),
    ("replace_stride_with_dilation", [False, False, True], "here: output_stride = 16 (torchvision"),
    ("replace_stride_with_dilation", [True, False, False], "here: output_stride (torchvision"),
    ("replace_stride_with_dilation", [0, 0, 1], "here: output_stride (torchvision"),
    ("dilations", [1, 1, 2, 4], "here: output_stride = 8 (OpenMMLab"),
    ("dilations", [1, 3, 1, 1], "here: output_stride (OpenMMLab"),
    ("RES5_DILATION", 2, "here: output_stride = 16 (Detectron2"),
    ("downsample_in_first_stage", True, "here: stage_strides = [2, 2, 2, 2] (Hugging Face"),
    ("backbone", {"type": "ResNet"}, "here: base or fields (fields belong at the top"),
]


@for_each("name, value, start", HINTS)
def test_a_foreign_name_is_translated_with_its_value(name, value, start):
    assert hint(name, {name: value}).startswith(start)


@pytest.mark.parametrize(
    ("fields", "widths"),
    [
        ({"hidden_sizes": [256, 512]}, "[64, 128]"),
        ({"hidden_sizes": [256, 512], "layer_type": "bottleneck"}, "[64, 128]"),
        ({"hidden_sizes": [64, 128], "layer_type": "basic"}, "[64, 128]"),
        ({"hidden_sizes": [64, 128], "block": "basic"}, "[64, 128]"),
    ],
)
def test_output_channels_are_divided_for_bottlenecks_only(fields, widths):
    assert hint("hidden_sizes", fields).startswith(f"here: stage_widths = {widths} (")


@pytest.mark.parametrize("depth", ["DEPTH", "depth"])
def test_detectron2_s_first_width_depends_on_the_depth(depth):
    assert "[64, 128, 256, 512]" in hint("RES2_OUT_CHANNELS", {"RES2_OUT_CHANNELS": 64, depth: 18})


@pytest.mark.parametrize(
    ("fields", "hint_start"),
    [
        ({"include_top": False, "pooling": "avg"}, "here: head (Keras's name; with pooling"),
        ({"include_top": False, "pooling": None}, 'here: head = "none" ('),
        ({"stem_channels": 64, "deep_stem": True}, "here: stem_width = 32 ("),
        ({"stem_channels": 64, "deep_stem": False}, "here: stem_width = 64 ("),
        ({"stem_chs": 64, "stem_type": "deep"}, "here: stem_width = 32 ("),
        ({"strides": [1, 2, 1, 1], "dilations": [1, 1, 2, 4]}, "here: stage_strides ("),
        ({"strides": [1, 2, 2, 2], "dilations": [1, 1, 1, 1]}, "here: stage_strides = [1, 2, 2, 2] ("),
        ({"downsample_in_first_stage": False, "depths": [2, 2, 2]}, "here: stage_strides = [1, 2, 2] ("),
    ],
)
def test_a_value_depends_on_the_fields_beside_it(fields, hint_start):
    assert hint(next(iter(fields)), fields).startswith(hint_start)


def test_no_hint_for_a_name_of_nobody():
    assert hint("colour", {"colour": 1}) == ""


def test_every_row_leads_to_a_field_and_none_is_shadowed():
    folded = [row.name.casefold() for row in FOREIGN_NAMES]
    assert len(set(folded)) == len(folded)
    assert not set(folded) & {*ResNetConfig.model_fields, "base"}
    assert {row.field for row in FOREIGN_NAMES} <= {
        *ResNetConfig.model_fields,
        "base",
        "base or fields",
        "base_width or stage_widths",
    }


NEEDS_MORE = {"conv_cfg"}
FITTING = [(name, value) for name, value, start in HINTS if " = " in start and name not in NEEDS_MORE]


@for_each("name, value", FITTING)
def test_following_the_hint_leaves_no_problem_with_that_field(name, value):
    advice = hint(name, {name: value}).removeprefix("here: ").rpartition(" (")[0]
    ((field, ours),) = tomli.loads(advice).items()
    fields = {"base": "resnet50", field: ours, "grups": 1}
    wrong = {problem.field for problem in problems_of(fields)}
    assert wrong == {"grups"}


def test_the_hint_reaches_the_user():
    problems = problems_of({"base": "resnet50", "style": "caffe"})
    assert [str(problem) for problem in problems] == [
        'style: unknown field (here: stride_in = "1x1" (OpenMMLab\'s style))'
    ]
