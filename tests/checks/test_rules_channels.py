"""Channels: multiples of 8, stages that narrow, biases that do nothing, groups."""

from __future__ import annotations

import pytest
from torch import nn

from resnet_inspect.checks.registry import RULES

GROUPS, EIGHT, NARROW, BIAS = (RULES[code] for code in ("RI121", "RI122", "RI123", "RI124"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'base = "resnet18"\nstage_widths = [60, 120, 240, 484]',
            {
                ("stage_widths", 0): ("layer1.0.conv1", 60, 5),
                ("stage_widths", 3): ("layer4.0.conv1", 484, 5),
            },
        ),
        ('base = "resnet50"\nbase_width = 100', {("base_width",): ("layer1.0.conv1", 100, 6)}),
        ('base = "resnet50"\nstem_width = 36', {("stem_width",): ("conv1", 36, 1)}),
        ('base = "resnet18"\noutput_widths = [64, 100, 256, 512]', {("output_widths", 1): ("layer2.0.conv2", 100, 3)}),
        ('base = "resnet18"\nnum_classes = 10\nin_channels = 1', {}),
        ('base = "seresnext50_32x4d"', {}),
        ('base = "ecaresnet50d"', {}),
    ],
)
def test_multiples_of_8(judged, text, expected):
    found = {
        observation.field: (observation.layer, observation.message, observation.why)
        for observation in judged(EIGHT, text + "\n")
    }
    assert found.keys() == expected.keys()
    for field, (layer, channels, count) in expected.items():
        assert found[field][0] == layer
        assert found[field][1] == f"{layer} has {channels} output channels, not a multiple of 8"
        assert found[field][2].startswith(f"{count} of ")
        assert found[field][2].endswith(f": {channels}")


@pytest.mark.parametrize(("width", "hint"), [(36, "the nearest multiples are 32 and 40"), (4, "8 is one")])
def test_multiples_that_are_near(judged, width, hint):
    (found,) = judged(EIGHT, f'base = "resnet50"\nstem_width = {width}\n')
    assert found.hint == hint


@pytest.mark.parametrize(
    ("widths", "stages"),
    [([64, 128, 256, 512], []), ([64, 64, 64, 64], []), ([64, 128, 24, 512], [2]), ([64, 32, 16, 8], [1, 2, 3])],
)
def test_stages_that_narrow(judged, widths, stages):
    found = judged(NARROW, f'base = "resnet18"\nstage_widths = {widths}\n')
    assert [observation.field for observation in found] == [("stage_widths", stage) for stage in stages]
    for observation, stage in zip(found, stages, strict=True):
        assert f"has {widths[stage]} channels, the stage before it {widths[stage - 1]}" in observation.message


def test_a_bias_before_batch_normalisation(judged, judged_module):
    (found,) = judged(BIAS, 'base = "resnet50"\nstem_bias = true\n')
    assert (found.layer, found.field) == ("conv1", ("stem_bias",))
    assert found.why.startswith("64 parameters")
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 16, 3), nn.BatchNorm2d(16))
    (found,) = judged_module(BIAS, net)
    assert found.message.startswith("0 and 1 more: ")
    assert found.why.startswith("24 parameters")


@pytest.mark.parametrize(
    "net",
    [
        (nn.Conv2d(3, 32, 3, bias=False), nn.BatchNorm2d(32)),
        (nn.Conv2d(3, 32, 3), nn.GroupNorm(8, 32)),
        (nn.Conv2d(3, 32, 3), nn.ReLU(), nn.BatchNorm2d(32)),
        (nn.BatchNorm2d(3), nn.Conv2d(3, 32, 3)),
    ],
    ids=["no bias", "group norm", "activation between", "norm first"],
)
def test_other_biases(judged_module, net):
    assert judged_module(BIAS, nn.Sequential(*net)) == []


class Grouped(nn.Module):
    """A convolution whose weight is shared out among groups by its forward."""

    def __init__(self, channels, groups):
        super().__init__()
        self.weight, self.groups = nn.Parameter(nn.Conv2d(2, channels, 3).weight.detach()), groups

    def forward(self, x):
        return nn.functional.conv2d(x[:, :2].repeat(1, self.groups, 1, 1), self.weight, groups=self.groups)


@pytest.mark.parametrize(("channels", "groups", "right"), [(8, 3, False), (9, 3, True), (6, 4, False), (8, 1, True)])
def test_groups_that_the_meta_device_does_not_check(judged_module, channels, groups, right):
    found = judged_module(GROUPS, Grouped(channels, groups))
    assert [
        observation.message.endswith(f"{channels} output channels in {groups} groups") for observation in found
    ] == ([] if right else [True])


@pytest.mark.parametrize(("channels", "right"), [(64, True), (48, False)])
def test_group_normalisation(judged_module, channels, right):
    class Normalised(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, channels, 3)

        def forward(self, x):
            return nn.functional.group_norm(self.conv(x), 32)

    assert bool(judged_module(GROUPS, Normalised())) is not right
