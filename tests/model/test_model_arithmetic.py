"""Two witnesses of every figure: plain arithmetic over the config, and the trace of the model that is built."""

from __future__ import annotations

import io

import pytest
from configs.config_problems import outcome
from each import for_each
from every_axis import AXES, OF_PREACT, any_fields
from hypothesis import event, example, given, settings, strategies as st
from small_configs import SMALL

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.configs import variants
from resnet_inspect.configs.arithmetic import Figures, figures
from resnet_inspect.configs.block_shapes import eca_kernel, squeezed_channels
from resnet_inspect.configs.files import load
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.toml_format import to_toml
from resnet_inspect.model.build import build
from resnet_inspect.tracing.recorder import trace

DRAWN_APART = {
    "name", "block", "stage_blocks", "stage_widths", "stage_strides", "groups", "base_width", "output_widths",
    "conv_widths", "input_size",
}  # fmt: skip


def test_every_axis_is_drawn():
    assert set(AXES) | set(OF_PREACT) | DRAWN_APART == set(ResNetConfig.model_fields)


def traced_figures(anatomy):
    depth, totals = anatomy.depth, anatomy.totals
    return Figures(depth.depth, depth.weighted, depth.conv, totals.params, totals.macs)


@for_each("name", variants.variant_names())
def test_every_variant(name, examine):
    assert figures(load(name)) == traced_figures(examine(name).anatomy)


@pytest.mark.parametrize("size", [(224, 224), (65, 33)], ids=str)
@for_each("fields", SMALL.values())
def test_every_small_config(fields, size, examine):
    subject = examine({**fields, "input_size": list(size)})
    if subject.trace.failure is not None:
        assert (fields["anti_alias"], size) == ("avg", (65, 33))
        return
    assert figures(load({**fields, "input_size": list(size)})) == traced_figures(subject.anatomy)


def loaded(fields):
    """The config, or ``None`` where it is refused in words."""
    problems = outcome(lambda: load(fields))
    assert all(problem.message and problem.field for problem in problems)
    return None if problems else load(fields)


@pytest.mark.parametrize(
    ("channels", "reduction", "narrow"),
    [(256, 16, 16), (2048, 4, 512), (64, 16, 8), (96, 16, 8), (192, 16, 16), (180, 16, 8), (320, 16, 24), (8, 2, 8)],
)
def test_se_narrows_to_a_multiple_of_8(channels, reduction, narrow):
    """timm ``squeeze_excite.py``: rounded to the nearest one, halves up, and 8 at least."""
    assert squeezed_channels(channels, reduction) == narrow


@pytest.mark.parametrize(
    ("channels", "kernel"), [(1, 3), (16, 3), (64, 3), (128, 5), (256, 5), (512, 5), (1024, 5), (2048, 7), (4096, 7)]
)
def test_eca_looks_further_where_there_are_more_channels(channels, kernel):
    """arXiv:1910.03151, equation 12 with gamma 2 and b 1: floor((log2(C) + 1) / 2), or the odd number after it."""
    assert eca_kernel(channels) == kernel


def may_fail(config):
    """Which configs may build and yet not run: what is too small for a window, or halved in two different ways."""
    return (
        min(config.input_size) < 64  # the third of three pools may get nothing
        or config.anti_alias != "none"
        or config.stem_pool_padding == 0
    )


@settings(max_examples=200)
@given(any_fields(st.just(False)))
@example({"block": "bottleneck", "stage_blocks": [1, 2], "anti_alias": "avg", "input_size": [33, 33]})
@example({"block": "basic", "stage_blocks": [1, 1, 1], "output_stride": 4, "attention": "se", "avg_down": True})
@example({"block": "bottleneck", "stage_blocks": [1, 1], "stage_strides": [1, 3], "avg_down": True, "stem": "deep"})
@example({"block": "basic", "stage_blocks": [1, 1], "avg_down": True, "shortcut_kernel": 3})
def test_arithmetic_and_trace_agree_or_the_config_is_refused_or_the_forward_fails(fields):
    agree(fields)


@settings(max_examples=200)
@given(any_fields(st.just(True)))
@example({"block": "basic", "stage_blocks": [1], "preact": True, "stem_pool_border": "zeros", "stem_pool_padding": 0})
@example({"block": "basic", "stage_blocks": [1, 1], "stage_widths": [4, 4], "preact": True, "input_size": [1, 1]})
def test_so_they_do_with_preactivation(fields):
    agree(fields)


def agree(fields):
    config = loaded(fields)
    if config is None:
        event("refused")
        return
    traced = trace(build(config), config.input_shape)
    if traced.failure is not None:
        event("does not run")
        assert may_fail(config), traced.failure
        assert traced.failure.message
        return
    event("runs")
    anatomy = dissect(traced)
    assert figures(config) == traced_figures(anatomy)
    assert (anatomy.uncalled, anatomy.unmeasured) == ((), ())
    understood(config, anatomy)


def understood(config, anatomy):
    """What the anatomy must show of the config, whatever its names."""
    assert [stage.blocks for stage in anatomy.stages] == list(config.stage_blocks)
    assert [block.kind for block in anatomy.blocks] == [
        kind for kind, count in zip(config.stage_kinds, config.stage_blocks, strict=True) for _ in range(count)
    ]
    per_block = {"none": 0, "se": 2, "eca": 1}[config.attention]
    assert anatomy.depth.attention == per_block * len(anatomy.blocks)
    if config.shortcut == "none":
        assert {block.shortcut for block in anatomy.blocks} == {"none"}
    assert anatomy.is_backbone is (config.num_classes == 0)
    assert anatomy.depth.weighted == anatomy.depth.depth + anatomy.depth.shortcut + anatomy.depth.attention
    parts = [part for part in (anatomy.stem, *anatomy.stages, anatomy.head) if part]
    assert sum(part.params for part in parts) == anatomy.totals.params
    assert sum(part.macs for part in parts) == anatomy.totals.macs


@settings(max_examples=100)
@given(any_fields())
def test_any_config_that_loads_is_written_and_read_back(fields):
    config = loaded(fields)
    assert config is None or load("-", stdin=io.BytesIO(to_toml(config).encode())) == config
