"""One small config for every axis: what it changes, and nothing else."""

from __future__ import annotations

BASIC = {"block": "basic", "stage_blocks": [1, 2], "stage_widths": [8, 16], "stem_width": 8, "num_classes": 5}
BOTTLENECK = {**BASIC, "block": "bottleneck"}
OF_32 = {"stage_widths": [32, 64], "stem_width": 32}
PREACT = {**BOTTLENECK, "preact": True}


def without_classes(fields):
    return {name: value for name, value in fields.items() if name != "num_classes"}


SMALL = {
    "basic": BASIC,
    "bottleneck v1.5": BOTTLENECK,
    "bottleneck v1": {**BOTTLENECK, "stride_in": "1x1"},
    "option A": {**BASIC, "shortcut": "A"},
    "option A, bottleneck": {**BOTTLENECK, "shortcut": "A"},
    "option C": {**BASIC, "shortcut": "C"},
    "plain": {**BASIC, "shortcut": "none"},
    "plain bottleneck": {**BOTTLENECK, "shortcut": "none"},
    "groups": {**BOTTLENECK, "groups": 4, "base_width": 32},
    "wide": {**BOTTLENECK, "base_width": 128},
    "three stages": {**BASIC, "stage_blocks": [1, 1, 1], "stage_widths": [8, 8, 8], "stage_strides": [2, 1, 3]},
    "one stage": {**BASIC, "stage_blocks": [2], "stage_widths": [8]},
    "cifar stem": {**BASIC, "stem_kernel": 3, "stem_stride": 1, "stem_pool": "none"},
    "caffe stem": {**BASIC, "stem_bias": True, "stem_pool_padding": 0, "stem_pool_ceil": True},
    "one input channel": {**BASIC, "in_channels": 1},
    "deep stem": {**BASIC, "stem": "deep"},
    "tiered stem": {**BASIC, "stem": "deep_tiered"},
    "convolution for the pool": {**BASIC, "stem_pool": "conv"},
    "average pool on shortcuts": {**BOTTLENECK, "avg_down": True},
    "average pool on shortcuts, stride 3": {**BASIC, "avg_down": True, "stage_strides": [2, 3]},
    "shortcut kernel": {**BOTTLENECK, "shortcut_kernel": 3},
    "first convolution reduced": {**BOTTLENECK, "reduce_first": 2},
    "se": {**BASIC, "attention": "se"},
    "se, bottleneck": {**BOTTLENECK, "attention": "se", "se_reduction": 4},
    "eca": {**BOTTLENECK, "attention": "eca"},
    "anti-aliased by a pool": {**BOTTLENECK, "anti_alias": "avg"},
    "anti-aliased by a blur": {**BASIC, "anti_alias": "blur"},
    "anti-aliased by a pool, convolution for the stem's": {**BASIC, "anti_alias": "avg", "stem_pool": "conv"},
    "anti-aliased by a blur, convolution for the stem's": {**BOTTLENECK, "anti_alias": "blur", "stem_pool": "conv"},
    "group normalisation": {**BOTTLENECK, **OF_32, "norm": "group"},
    **{name: {**BASIC, "activation": name} for name in ("relu", "leaky_relu", "gelu", "silu", "mish", "hard_swish")},
    "dilated basic blocks": {**BASIC, "output_stride": 4},
    "dilated bottlenecks": {
        **BOTTLENECK,
        "stage_blocks": [1, 1, 2],
        "stage_widths": [8, 16, 24],
        "output_stride": 8,
        "shortcut_kernel": 3,
    },
    "last normalisation starts at 0": {**BOTTLENECK, "zero_init_last": True},
    "blocks of two kinds": {**BASIC, "block": ["basic", "bottleneck"]},
    "pruned": {
        **BOTTLENECK,
        "output_widths": [20, 44],
        "conv_widths": [[[5, 7]], [[9, 11], [13, 3]]],
        "attention": "eca",
    },
    "no classifier": {**BOTTLENECK, "num_classes": 0},
    "no head": {**without_classes(BASIC), "head": "none"},
    "no head, plain": {**without_classes(BASIC), "head": "none", "shortcut": "none"},
    "pre-activation": PREACT,
    "pre-activation, no classifier": {**PREACT, "num_classes": 0},
    "pre-activation, no head": {**PREACT, "head": "none", "num_classes": 0},
    "pre-activation, v1": {**PREACT, "stride_in": "1x1"},
    "pre-activation, basic": {**PREACT, "block": "basic"},
    "pre-activation, cifar stem": {**PREACT, "stem_kernel": 3, "stem_stride": 1, "stem_pool": "none"},
    "pre-activation, deep stem and average pools": {**PREACT, "stem": "deep", "avg_down": True, "head": "conv"},
    "pre-activation, dilated": {**PREACT, "output_stride": 4},
    "pre-activation, last convolution starts at 0": {**PREACT, "zero_init_last": True},
    "BiT": {
        **PREACT,
        **OF_32,
        "norm": "group",
        "weight_standardized": True,
        "stem_pool_border": "zeros",
        "head": "conv",
    },
    "BiT, no classifier": {
        **PREACT,
        **OF_32,
        "norm": "group",
        "head": "conv",
        "num_classes": 0,
    },
}
