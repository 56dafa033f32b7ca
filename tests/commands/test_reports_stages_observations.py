"""What is said of the stages: what halves, what keeps the size, and what grows."""

from __future__ import annotations

import pytest
from stage_reports import report_on
from torch import nn

import resnet_inspect as ri
from resnet_inspect.rendering.report import render


def observed(name, **run):
    return ri.stages(name, ri.RunOptions(**run)).observations


def halvings(name, **run):
    first = observed(name, **run)[0]
    assert first.startswith("every halving is done by a stride of 2: ")
    return first.partition(": ")[2].split(", ")


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("resnet50", ["conv1", "maxpool", "layer2.0.conv2", "layer3.0.conv2", "layer4.0.conv2"]),
        ("resnet50_v1", ["conv1", "maxpool", "layer2.0.conv1", "layer3.0.conv1", "layer4.0.conv1"]),
        ("resnet34", ["conv1", "maxpool", "layer2.0.conv1", "layer3.0.conv1", "layer4.0.conv1"]),
        ("resnet20_cifar", ["layer2.0.conv1", "layer3.0.conv1"]),
    ],
)
def test_what_halves(name, layers):
    assert halvings(name) == layers


def test_a_layer_is_named_once_where_height_and_width_differ():
    layers = halvings("resnet50", input_shape=(1, 3, 192, 256))
    assert layers == ["conv1", "maxpool", "layer2.0.conv2", "layer3.0.conv2", "layer4.0.conv2"]


def test_what_keeps_the_size():
    kept = "at stride 1, padding keeps the size in all {} layers with a kernel larger than 1×1"
    assert kept.format(16 - 3) in observed("resnet50")
    assert kept.format(32 - 3) in observed("resnet34")
    assert kept.format(16) in observed("resnet50_v1")
    one = {"block": "bottleneck", "stage_blocks": [1]}
    assert "at stride 1, padding keeps the size in the one layer with a kernel larger than 1×1" in observed(one)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"stem_stride": 4}, "conv1 takes 224 to 56"),
        ({"stage_strides": [1, 3, 2, 2]}, "layer2.0.conv1 takes 56 to 19"),
        ({"stem_pool_padding": 0}, "maxpool takes 112 to 55"),
    ],
)
def test_what_does_not_halve(fields, said):
    observations = observed({"base": "resnet18", **fields})
    assert any(line.startswith(said) for line in observations)
    assert not any("every halving" in line for line in observations)


def test_a_stride_of_three_is_no_halving_even_where_two_pixels_become_one():
    observations = observed({"base": "resnet18", "stage_strides": [1, 1, 1, 3]}, input_shape=(1, 3, 8, 8))
    assert not any("every halving" in line for line in observations)
    assert any(line.startswith("layer4.0.conv1 takes 2 to 1") for line in observations)


def test_padding_that_does_not_keep_the_size():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1))
    assert report_on(net, (1, 3, 9, 9)).observations == (
        "0 takes 9 to 7 at stride 1: its padding does not keep the size",
    )


def test_what_grows_is_shown_to_grow():
    class Up(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(2))

        def forward(self, x):
            wide = nn.functional.interpolate(x, scale_factor=2)
            return wide + self.b(self.a(wide).relu())

    net = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), Up(), nn.ReLU())
    report = ri.stages(net)
    assert [(row.stride, row.receptive_field) for row in report.rows] == [((1, 1), (3, 3)), ((), ()), ((1, 1), ())]
    text = render(report)
    assert "how H and W change" in text
    assert "224 · 2 = 448" in text
    assert "unknown" in text
    assert "how H and W shrink" in render(ri.stages("resnet18"))
