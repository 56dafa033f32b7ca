"""One small config for every axis: what it changes, and nothing else."""

from __future__ import annotations

BASIC = {"block": "basic", "stage_blocks": [1, 2], "stage_widths": [8, 16], "stem_width": 8, "num_classes": 5}
BOTTLENECK = {**BASIC, "block": "bottleneck"}

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
}
