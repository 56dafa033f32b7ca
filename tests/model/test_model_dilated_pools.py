"""Where a stage dilates instead of striding, timm's resnet.py keeps its pools, at stride 1."""

from __future__ import annotations

import pytest
import torch

import resnet_inspect as ri
from resnet_inspect.model.blocks import SamePool


def layers_named(config: dict[str, object], ending: str) -> dict[str, tuple[object, ...]]:
    anatomy = ri.dissect(ri.trace(ri.build(ri.load(config))))
    return {
        layer.name: (layer.op, layer.kernel, layer.stride, layer.output_shape[-2:])
        for layer in anatomy.layers
        if layer.name.endswith(ending)
    }


@pytest.mark.parametrize(
    ("name", "op", "kernel"), [("resnetblur50", "conv2d", (3, 3)), ("resnetaa50", "avg_pool2d", (1, 1))]
)
def test_anti_aliasing_stays_where_dilation_begins(name, op, kernel):
    found = layers_named({"base": name, "output_stride": 16}, ".aa")
    assert list(found) == ["layer2.0.aa", "layer3.0.aa", "layer4.0.aa"]
    assert found["layer4.0.aa"] == (op, kernel, (1, 1), (14, 14))


@pytest.mark.parametrize("base", ["resnet50d", "resnetv2_50d"])
def test_a_dilated_shortcut_keeps_its_average_pool_at_stride_1(base):
    ending = "downsample.0" if base == "resnet50d" else "downsample.pool"
    found = layers_named({"base": base, "output_stride": 8}, ending)
    assert [pool[1:] for pool in found.values()] == [
        ((2, 2), (2, 2), (28, 28)), ((2, 2), (1, 1), (28, 28)), ((2, 2), (1, 1), (28, 28)),
    ]  # fmt: skip


def test_the_pool_of_stride_1_averages_with_zeros_below_and_on_the_right():
    pooled = SamePool()(torch.tensor([[[[4.0, 8.0], [12.0, 16.0]]]]))
    assert pooled.tolist() == [[[[10.0, 6.0], [7.0, 4.0]]]]


@pytest.mark.parametrize(("preact", "first"), [(False, 3), (True, 5)])
def test_a_tiered_stem_rounds_as_the_source_of_its_names_does(preact, first):
    config = ri.load({"base": "resnetv2_50t" if preact else "resnet50t", "stem_width": 7})
    assert config.stem_widths == (first, 7, 14)
