"""Random configs: build, trace and plain arithmetic agree, or the config is refused with a message."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import assume, event, example, given, settings
from plain_arithmetic import complete, config_fields, impossible, work_out

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.configs.files import load
from resnet_inspect.errors import ConfigError
from resnet_inspect.model.build import build
from resnet_inspect.tracing.recorder import trace

SIZES = st.tuples(st.integers(1, 80), st.integers(1, 80))


def examined(fields, size):
    config = load(fields)
    traced = trace(build(config), (1, config.in_channels, *size))
    return traced, dissect(traced)


@settings(max_examples=300)
@given(config_fields(), SIZES)
@example({"block": "basic", "stage_blocks": [1, 1], "stage_widths": [4, 4], "stage_strides": [1, 1]}, (17, 17))
@example({"block": "bottleneck", "stage_blocks": [2], "stem_pool_padding": 0, "stem_pool_ceil": True}, (31, 5))
@example({"block": "basic", "stage_blocks": [1], "stem_pool_padding": 0}, (4, 4))
def test_build_trace_and_arithmetic_agree_or_the_config_is_refused(fields, size):
    net = complete(fields)
    if impossible(net):
        event("refused")
        with pytest.raises(ConfigError) as caught:
            load(fields)
        assert all(problem.message and problem.field for problem in caught.value.problems)
        return
    expected = work_out(net, size)
    traced, anatomy = examined(fields, size)
    if expected is None:
        event("too small an input")
        assert traced.failure is not None
        assert (traced.failure.module, traced.failure.op) == ("maxpool", "max_pool2d")
        assert anatomy.output_shape is None
        return
    event("runs")
    assert traced.failure is None
    agree(anatomy, net, expected)


def agree(anatomy, net, expected):
    assert anatomy.totals.params == expected.params
    assert anatomy.totals.macs == expected.macs
    per_block = 2 if net["block"] == "basic" else 3
    classifiers = 1 if net["num_classes"] else 0
    assert anatomy.depth.depth == 1 + per_block * sum(net["stage_blocks"]) + classifiers
    assert anatomy.depth.shortcut == expected.shortcuts
    assert anatomy.depth.weighted == anatomy.depth.depth + expected.shortcuts
    assert (anatomy.depth.parallel, anatomy.depth.attention, anatomy.depth.linear) == (0, 0, classifiers)
    assert anatomy.is_backbone is not bool(classifiers)
    assert anatomy.output_shape == output_shape(net, expected)

    assert [stage.blocks for stage in anatomy.stages] == net["stage_blocks"]
    assert [stage.output_shape for stage in anatomy.stages] == expected.outputs
    assert [stage.stride for stage in anatomy.stages] == [(stride,) * 2 for stride in net["stage_strides"]]
    assert anatomy.stem.stride == (net["stem_stride"] * (2 if net["stem_pool"] == "max" else 1),) * 2
    assert anatomy.stages[-1].total_stride == (expected.jump,) * 2
    assert anatomy.stages[-1].receptive_field == (expected.reach,) * 2

    assert {block.kind for block in anatomy.blocks} == {net["block"]}
    strides = net["block"] == "bottleneck" and max(net["stage_strides"]) > 1
    assert anatomy.placement.version == ({"1x1": "v1", "3x3": "v1.5"}[net["stride_in"]] if strides else None)
    assert {block.shortcut for block in anatomy.blocks} <= {
        "A": {"identity", "zero-pad", "other"},  # other: it strides and adds no channels
        "B": {"identity", "projection"},
        "C": {"projection"},
        "none": {"none"},
    }[net["shortcut"]]
    subsampling = [block for block in anatomy.blocks if block.shortcut == "other"]
    assert all(block.input_shape[1] == block.output_shape[1] and block.stride != (1, 1) for block in subsampling)


def output_shape(net, expected):
    """Of the classes; of the pooled channels where there are none; of the last stage where there is no pool."""
    if net["head"] == "none":
        return expected.outputs[-1]
    return (1, net["num_classes"] or expected.outputs[-1][1])


@settings(max_examples=100)
@given(config_fields(), SIZES)
def test_parts_add_up_to_the_whole(fields, size):
    net = complete(fields)
    assume(not impossible(net) and work_out(net, size) is not None)
    _, anatomy = examined(fields, size)
    parts = [part for part in (anatomy.stem, *anatomy.stages, anatomy.head) if part]
    assert sum(part.params for part in parts) == anatomy.totals.params
    assert sum(part.macs for part in parts) == anatomy.totals.macs
    for stage in anatomy.stages:
        blocks = [block for block in anatomy.blocks if block.stage == stage.name]
        assert sum(block.params for block in blocks) == stage.params
        assert sum(block.macs for block in blocks) == stage.macs
    names = [layer.name for layer in anatomy.operations]
    assert len(set(names)) == len(names)
