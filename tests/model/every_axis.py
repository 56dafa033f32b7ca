"""Random configs in which any axis may take any value. Some cannot be; what can be is small enough to build by the hundred."""

from __future__ import annotations

import functools

import hypothesis.strategies as st

WIDTHS = st.sampled_from([4, 8, 20, 32, 64, 96])

AXES = {
    "stride_in": st.sampled_from(["1x1", "3x3"]),
    "shortcut": st.sampled_from(["A", "B", "B", "C", "none"]),
    "shortcut_kernel": st.sampled_from([1, 1, 3, 5]),
    "avg_down": st.booleans(),
    "reduce_first": st.sampled_from([1, 1, 2, 4]),
    "attention": st.sampled_from(["none", "se", "eca"]),
    "se_reduction": st.sampled_from([2, 4, 16]),
    "anti_alias": st.sampled_from(["none", "none", "avg", "blur"]),
    "norm": st.sampled_from(["batch", "batch", "group"]),
    "activation": st.sampled_from(["relu", "leaky_relu", "gelu", "silu", "mish", "hard_swish"]),
    "output_stride": st.sampled_from([32, 32, 16, 8, 4]),
    "zero_init_last": st.booleans(),
    "stem": st.sampled_from(["single", "deep", "deep_tiered"]),
    "stem_width": st.sampled_from([4, 16, 32, 64]),
    "stem_kernel": st.sampled_from([1, 3, 5, 7]),
    "stem_stride": st.integers(1, 3),
    "stem_bias": st.booleans(),
    "stem_pool": st.sampled_from(["max", "max", "conv", "none"]),
    "stem_pool_padding": st.integers(0, 1),
    "stem_pool_ceil": st.booleans(),
    "in_channels": st.integers(1, 4),
    "num_classes": st.integers(1, 20) | st.just(0),
    "head": st.sampled_from(["linear", "linear", "linear", "none"]),
}
"""Every field that has one value, but those of pre-activation networks."""

OF_PREACT = {
    "preact": st.just(True),
    "weight_standardized": st.booleans(),
    "stem_pool_border": st.sampled_from(["none", "zeros"]),
    "head": st.sampled_from(["linear", "conv", "conv", "none"]),
}

NOT_FOR_PREACT = {"shortcut", "shortcut_kernel", "attention", "anti_alias", "stem_bias"}


KINDS = st.sampled_from(["basic", "bottleneck"])
BLOCKS = st.sampled_from([1, 1, 1, 2, 3])
SIZES = st.integers(1, 80)
STRIDES = st.integers(1, 3)
FIELDS = {
    False: st.fixed_dictionaries({}, optional=AXES),
    True: st.fixed_dictionaries(
        {}, optional={name: values for name, values in AXES.items() if name not in NOT_FOR_PREACT} | OF_PREACT
    ),
}
"""What a network may have, without and with pre-activation."""


@functools.cache  # a strategy that is made anew for each example is also checked anew
def several(values, count):
    return st.lists(values, min_size=count, max_size=count)


@functools.cache
def kinds_of(stages):
    return KINDS | several(KINDS, stages)


@st.composite
def any_fields(draw, preact=st.booleans()):  # noqa: B008  # strategies do not change
    """Fields of a config, together with an input size; possible or not."""
    stages = draw(st.integers(1, 4))
    fields = {
        "block": draw(kinds_of(stages)),
        "stage_blocks": draw(several(BLOCKS, stages)),
        "stage_widths": draw(several(WIDTHS, stages)),
        "input_size": draw(several(SIZES, 2)),
    }
    pre_activated = draw(preact)
    fields |= draw(FIELDS[pre_activated])
    if pre_activated:
        fields["preact"] = True
    if draw(st.booleans()):
        fields["stage_strides"] = draw(several(STRIDES, stages))
    if draw(st.integers(0, 3)) == 0:
        fields |= {"groups": draw(st.sampled_from([2, 4])), "base_width": draw(st.sampled_from([4, 32, 64, 128]))}
    if draw(st.integers(0, 4)) == 0:
        fields |= draw(pruned(fields))
    return fields


@st.composite
def pruned(draw, fields):
    """Widths of every convolution; in a block after the first of its stage, the output is the stage's."""
    width = st.integers(1, 40) | st.just(32)
    kinds = fields["block"]
    numbers = [
        1 if (kinds if isinstance(kinds, str) else kinds[stage]) == "basic" else 2
        for stage in range(len(fields["stage_blocks"]))
    ]
    per_block = [
        draw(st.lists(st.lists(width, min_size=number, max_size=number), min_size=count, max_size=count))
        for number, count in zip(numbers, fields["stage_blocks"], strict=True)
    ]
    outputs = draw(st.lists(width, min_size=len(numbers), max_size=len(numbers)))
    return {"output_widths": outputs, "conv_widths": per_block}
