"""ResNet-50 against the authors' own prototxt."""

from __future__ import annotations

import pytest
from golden.read_golden import golden

CAFFE = golden("caffe_resnet50.json.gz")
LAYERS = {layer["name"]: layer for layer in CAFFE["layers"]}
CONVOLUTIONS = [name for name, layer in LAYERS.items() if layer["type"] == "Convolution"]


def our_name(caffe):
    """``res3b_branch2a`` -> ``layer2.1.conv1``; ``res2a_branch1`` -> ``layer1.0.downsample.0``."""
    if caffe == "conv1":
        return "conv1"
    place, branch = caffe.removeprefix("res").split("_branch")
    inside = "downsample.0" if branch == "1" else f"conv{'abc'.index(branch[1]) + 1}"
    return f"layer{int(place[0]) - 1}.{'abcdef'.index(place[1])}.{inside}"


@pytest.fixture(params=["resnet50_v1", "resnet50_caffe"])
def anatomy(request, examine):
    return examine(request.param).anatomy


def test_the_golden_holds_every_convolution():
    assert len(CONVOLUTIONS) == CAFFE["summary"]["conv_total"] == 53
    assert len({our_name(name) for name in CONVOLUTIONS}) == 53


def test_every_convolution_is_the_same(anatomy):
    ours = {layer.name: layer for layer in anatomy.layers if layer.op == "conv2d"}
    assert set(ours) == {our_name(name) for name in CONVOLUTIONS}
    for name in CONVOLUTIONS:
        layer, theirs = ours[our_name(name)], LAYERS[name]
        assert (layer.kernel, layer.stride, layer.padding, layer.out_channels, layer.macs) == (
            *((theirs[field],) * 2 for field in ("kernel", "stride", "pad")),
            theirs["num_output"],
            theirs["macs"],
        ), name
        assert layer.input_shape == (1, *theirs["computed_input_shape"]), name
        assert layer.output_shape == (1, *theirs["computed_output_shape"]), name


def test_shortcuts_add_up_where_theirs_do(anatomy):
    """Their Eltwise layers read branch 1 or the block before."""
    additions = [layer["bottoms"] for layer in CAFFE["layers"] if layer["type"] == "Eltwise"]
    projections = [any(bottom.endswith("branch1") for bottom in bottoms) for bottoms in additions]
    assert [block.shortcut == "projection" for block in anatomy.blocks] == projections
    assert sum(projections) == CAFFE["summary"]["conv_shortcut"]


def test_totals(anatomy):
    assert anatomy.totals.macs == CAFFE["summary"]["macs_conv_fc"]
    assert anatomy.depth.depth == CAFFE["summary"]["weighted_main"]
    assert sum(layer.macs for layer in anatomy.layers if layer.role == "shortcut") == CAFFE["summary"]["macs_shortcut"]


def test_the_caffe_row_has_their_pool_their_bias_and_their_parameters(examine):
    anatomy, theirs = examine("resnet50_caffe").anatomy, LAYERS["pool1"]
    layers = {layer.name: layer for layer in anatomy.layers}
    pool = layers["maxpool"]
    assert (pool.kernel, pool.stride, pool.padding) == (
        (theirs["kernel"],) * 2,
        (theirs["stride"],) * 2,
        (theirs["pad"],) * 2,
    )
    assert pool.ceil_mode
    assert pool.output_shape == (1, *theirs["computed_output_shape"])
    assert [our_name(name) for name in CAFFE["summary"]["bias_convs"]] == [
        layer.name for layer in anatomy.layers if layer.op == "conv2d" and layer.bias
    ]
    assert anatomy.totals.params == CAFFE["summary"]["params_total_learnable"] == 25_557_096


def test_the_v1_row_has_torchs_pool_and_no_bias(examine):
    layers = {layer.name: layer for layer in examine("resnet50_v1").anatomy.layers}
    assert (layers["maxpool"].padding, layers["maxpool"].ceil_mode, layers["conv1"].bias) == ((1, 1), False, False)


def test_they_stride_where_v1_does(examine):
    theirs = [name for name in CAFFE["summary"]["all_stride2"] if name != "pool1"]
    ours = [layer.name for layer in examine("resnet50_v1").anatomy.layers if layer.op == "conv2d" and layer.strided]
    assert {our_name(name) for name in theirs} == set(ours)
    assert {our_name(name) for name in theirs} != {
        layer.name for layer in examine("resnet50").anatomy.layers if layer.op == "conv2d" and layer.strided
    }
