from __future__ import annotations

import pytest
from golden.read_golden import golden

from resnet_inspect.config.files import load
from resnet_inspect.model.build import build

MODELS = {**golden("torchvision.json.gz")["models"], **golden("resnet50_v1.json.gz")["models"]}
ATEN_NAMES = {
    "Conv2d": "conv2d",
    "Linear": "linear",
    "MaxPool2d": "max_pool2d",
    "AdaptiveAvgPool2d": "adaptive_avg_pool2d",
}

every_model = pytest.mark.parametrize("name", MODELS)


def pair(value):
    """torchvision's modules keep (3, 3) or 3."""
    return tuple(value) if isinstance(value, list) else (value, value)


def golden_row(row):
    fields = {
        "name": row["name"],
        "op": ATEN_NAMES[row["type"]],
        "input_shape": tuple(row["in_shape"]),
        "output_shape": tuple(row["out_shape"]),
        "macs": row.get("macs", 0),
    }
    if "kernel" in row:
        fields |= {field: pair(row[field]) for field in ("kernel", "stride", "padding", "dilation")}
    if "in_ch" in row:
        fields |= {
            "in_channels": row["in_ch"],
            "out_channels": row["out_ch"],
            "bias": row["bias"],
            "groups": row.get("groups", 1),
        }
    return fields | ({"ceil_mode": row["ceil_mode"]} if "ceil_mode" in row else {})


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
    ours = [[key, list(tensor.shape)] for key, tensor in build(load(name)).state_dict().items()]
    assert ours == MODELS[name]["state_dict"]


@every_model
def test_the_trace_reads_the_same_state_dict(name, examine):
    assert [[key, list(shape)] for key, shape in examine(name).trace.state_dict] == MODELS[name]["state_dict"]


@every_model
def test_every_layer_is_the_same_in_the_same_order(name, examine):
    expected = [golden_row(row) for row in MODELS[name]["forward"]]
    layers = examine(name).anatomy.layers
    assert len(layers) == len(expected)
    for layer, row in zip(layers, expected, strict=True):
        assert {field: getattr(layer, field) for field in row} == row


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
