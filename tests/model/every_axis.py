"""Random configs in which any axis may take any value. Some cannot be; what can be is small enough to build by the hundred."""

from __future__ import annotations

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


@st.composite
def any_fields(draw):
    """Fields of a config, together with an input size; possible or not."""
    stages = draw(st.integers(1, 4))
    blocks = draw(st.lists(st.sampled_from([1, 1, 1, 2, 3]), min_size=stages, max_size=stages))
    kinds = st.sampled_from(["basic", "bottleneck"])
    fields = {
        "block": draw(kinds | st.lists(kinds, min_size=stages, max_size=stages)),
        "stage_blocks": blocks,
        "stage_widths": draw(st.lists(WIDTHS, min_size=stages, max_size=stages)),
        "input_size": draw(st.lists(st.integers(1, 80), min_size=2, max_size=2)),
    }
    preact = draw(st.booleans())
    axes = {name: values for name, values in AXES.items() if not (preact and name in NOT_FOR_PREACT)}
    fields |= draw(st.fixed_dictionaries({}, optional=axes | (OF_PREACT if preact else {})))
    if preact:
        fields["preact"] = True
    if draw(st.booleans()):
        fields["stage_strides"] = draw(st.lists(st.integers(1, 3), min_size=stages, max_size=stages))
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
