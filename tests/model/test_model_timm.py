"""Exact to the tensor: the models of timm's ``resnet.py``, and torchvision's ResNet-50 with dilation."""

from __future__ import annotations

import pytest
from each import for_each
from golden.read_golden import golden
from golden_rows import assert_same_layers, state_dict_of

from resnet_inspect.configs.files import load
from resnet_inspect.errors import ConfigError
from resnet_inspect.model.build import build

TIMM = golden("timm_resnet.json.gz")["models"]
DILATED = golden("torchvision_dilated.json.gz")["models"]["resnet50:FFT"]

every_model = for_each("name", TIMM)


def test_the_golden_holds_as_many_models_and_kinds_of_layer_as_it_says():
    assert len(TIMM) == 41
    kinds = {row["type"] for model in TIMM.values() for row in model["forward"]}
    assert kinds == {"Conv1d", "Conv2d", "Linear", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "BlurPool2d"}


@every_model
def test_state_dict_has_the_same_names_and_shapes_in_the_same_order(name):
    assert state_dict_of(build(load(name))) == TIMM[name]["state_dict"]


@every_model
def test_every_layer_is_the_same_in_the_same_order(name, examine):
    assert_same_layers(examine(name).anatomy.layers, TIMM[name]["forward"])


@every_model
def test_sums(name, examine):
    anatomy, expected = examine(name).anatomy, TIMM[name]
    assert anatomy.totals.params == expected["params"]
    assert anatomy.totals.buffers == expected["buffers"]
    assert anatomy.totals.macs == expected["macs_conv_linear"]
    assert anatomy.output_shape == tuple(expected["output_shape"])
    assert anatomy.depth.shortcut == expected["n_conv2d_shortcut"]
    assert anatomy.depth.linear == expected["n_linear"]
    one_dimensional = expected["leaf_module_counts"].get("Conv1d", 0)
    assert anatomy.depth.conv == expected["n_conv2d"] + one_dimensional


@every_model
def test_other_modules_are_as_many_and_have_the_same_constants(name):
    modules = list(build(load(name)).modules())
    counts = TIMM[name]["leaf_module_counts"]
    kinds = ["BatchNorm2d", "GroupNorm", "Sigmoid", "AvgPool2d", "BlurPool2d", "MaxPool2d"]
    found = {kind: [module for module in modules if type(module).__name__ == kind] for kind in kinds}
    assert {kind: len(members) for kind, members in found.items()} == {kind: counts.get(kind, 0) for kind in kinds}
    assert {norm.eps for norm in found["BatchNorm2d"]} == set(TIMM[name]["bn_eps"])
    assert {norm.momentum for norm in found["BatchNorm2d"]} == set(TIMM[name]["bn_momentum"])
    assert {norm.num_groups for norm in found["GroupNorm"]} <= {32}
    rows = [row["count_include_pad"] for row in TIMM[name]["forward"] if row["type"] == "AvgPool2d"]
    assert sorted(pool.count_include_pad for pool in found["AvgPool2d"]) == sorted(rows)


# --- output stride ---


def test_dilation_in_place_of_the_last_stride(examine):
    config = load({"base": "resnet50", "output_stride": 16})
    assert_same_layers(examine(config).anatomy.layers, DILATED["forward"])
    assert examine(config).anatomy.totals.macs == DILATED["macs_conv_linear"]
    assert examine(config).anatomy.totals.params == DILATED["params"]
    assert state_dict_of(build(config)) == state_dict_of(build(load("resnet50")))


@pytest.mark.parametrize(
    ("stride", "dilations"),
    [
        (32, [(1, 1, 1)] * 4),
        (16, [(1, 1, 1), (1, 1, 1), (1, 1, 1), (1, 2, 2)]),
        (8, [(1, 1, 1), (1, 1, 1), (1, 2, 2), (2, 4, 4)]),
        (4, [(1, 1, 1), (1, 2, 2), (2, 4, 4), (4, 8, 8)]),
    ],
)
@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50", "resnetv2_50", "resnext50_32x4d"])
def test_a_stage_begins_with_the_dilation_of_the_one_before(name, stride, dilations, examine):
    """Of each stage: the first 3x3 convolution, the next one, the last. Source: torchvision, ``_make_layer``."""
    anatomy = examine(load({"base": name, "output_stride": stride})).anatomy
    for stage, expected in zip(anatomy.stages, dilations, strict=True):
        layers = [layer for layer in anatomy.layers if layer.stage == stage.name and layer.kernel == (3, 3)]
        found = [layers[number].dilation for number in (0, 1, -1)]
        assert found == [(dilation, dilation) for dilation in expected]
        assert all(layer.padding == layer.dilation for layer in layers)
    assert anatomy.stages[-1].total_stride == (stride, stride)
    assert anatomy.stages[-1].output_shape[2:] == (224 // stride, 224 // stride)


def test_strides_that_go_beyond_32_stay_as_they_are(examine):
    """Five stages have an output stride of 64: nobody asked for dilation."""
    anatomy = examine({"block": "basic", "stage_blocks": [1, 1, 1, 1, 1]}).anatomy
    assert anatomy.stages[-1].total_stride == (64, 64)
    assert {layer.dilation for layer in anatomy.layers if layer.weighted and layer.kernel} == {(1, 1)}


def test_a_stem_that_reduces_by_more_than_the_output_stride():
    with pytest.raises(ConfigError) as caught:
        load({"base": "resnet50", "stem_stride": 4, "output_stride": 4})
    (problem,) = caught.value.problems
    assert (problem.field, problem.message) == ("output_stride", "cannot be 4: the stem alone reduces by 8")
