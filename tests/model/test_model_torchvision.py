from __future__ import annotations

import pytest
from golden.read_golden import golden
from golden_rows import assert_same_layers, state_dict_of

from resnet_inspect.configs.files import load
from resnet_inspect.model.build import build

MODELS = {**golden("torchvision.json.gz")["models"], **golden("resnet50_v1.json.gz")["models"]}
every_model = pytest.mark.parametrize("name", MODELS)


def test_the_golden_holds_all_of_them():
    assert len(MODELS) == 11
    assert {name: len(model["forward"]) for name, model in MODELS.items()} == {
        "resnet18": 23,
        "resnet34": 39,
        "resnet50": 56,
        "resnet101": 107,
        "resnet152": 158,
        "resnext50_32x4d": 56,
        "resnext101_32x8d": 107,
        "resnext101_64x4d": 107,
        "wide_resnet50_2": 56,
        "wide_resnet101_2": 107,
        "resnet50_v1": 56,
    }


@every_model
def test_state_dict_has_the_same_names_and_shapes_in_the_same_order(name):
    assert state_dict_of(build(load(name))) == MODELS[name]["state_dict"]


@every_model
def test_the_trace_reads_the_same_state_dict(name, examine):
    assert [[key, list(shape)] for key, shape in examine(name).trace.state_dict] == MODELS[name]["state_dict"]


@every_model
def test_every_layer_is_the_same_in_the_same_order(name, examine):
    assert_same_layers(examine(name).anatomy.layers, MODELS[name]["forward"])


@every_model
def test_sums(name, examine):
    anatomy, expected = examine(name).anatomy, MODELS[name]
    assert anatomy.totals.params == expected["params"]
    assert anatomy.totals.macs == expected["macs_conv_linear"]
    assert anatomy.totals.buffers == expected["buffers"]
    assert anatomy.depth.conv == expected["n_conv2d"]
    assert anatomy.depth.shortcut == expected["n_conv2d_shortcut"]
    assert anatomy.depth.linear == expected["n_linear"]
    assert anatomy.output_shape == tuple(expected["output_shape"])


@every_model
def test_normalisations_have_the_same_constants(name):
    norms = [module for key, module in build(load(name)).named_modules() if "BatchNorm" in type(module).__name__]
    assert len(norms) == MODELS[name]["leaf_module_counts"]["BatchNorm2d"]
    assert {norm.eps for norm in norms} == set(MODELS[name]["bn_eps"])
    assert {norm.momentum for norm in norms} == set(MODELS[name]["bn_momentum"])
