"""Channels: multiples of 8, stages that narrow, biases that do nothing, groups."""

from __future__ import annotations

import pytest
from torch import nn

from resnet_inspect.checking.registry import RULES

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
        ('base = "resnetv2_50"\nstem_width = 64\nnum_classes = 10', {}),
        ('base = "resnetv2_50x1_bit"\nnum_classes = 21_843', {}),
        ('base = "seresnext50_32x4d"', {}),
        ('base = "ecaresnet50d"', {}),
    ],
)
def test_multiples_of_8(judged, text, expected):
    found = {
        finding.field_path: (finding.layer, finding.message, finding.why) for finding in judged(EIGHT, text + "\n")
    }
    assert found.keys() == expected.keys()
    for field, (layer, channels, count) in expected.items():
        assert found[field][0] == layer
        assert found[field][1] == f"{layer} has {channels} output channels, not a multiple of 8"
        assert found[field][2].startswith(f"{count} of ")
        assert found[field][2].endswith(f": {channels}")


@pytest.mark.parametrize(
    ("base", "text", "field", "values"),
    [
        ("resnet50", "stem_width = {}", "36", (32, 40)),
        ("resnet50", "stem_width = {}", "4", (8,)),
        # 3/4 of it, all of it and twice as many.
        ("resnet50t", "stem_width = {}", "36", (32, 64)),
        # 60 · 96 / 64 = 90 channels inside and 240 outside; 48 gives 72 and 192, 64 gives 96 and 256.
        ("resnet50", "base_width = 96\nstage_widths = [{}, 128, 256, 512]", "60", (48, 64)),
        ("resnet50", "base_width = {}", "100", (96, 104)),
        ("resnet18", "stage_widths = [64, 128, 256, {}]", "484", (480, 488)),
        ("resnet18", "output_widths = [64, {}, 256, 512]", "100", (96, 104)),
        ("resnet50", "base_width = {}", "4", (8,)),
    ],
)
def test_values_of_the_field_that_are_near(judged, base, text, field, values):
    """Each gives multiples of 8 wherever channels follow from the field, and none between them does."""
    (found,) = judged(EIGHT, f'base = "{base}"\n{text.format(field)}\n')
    assert found.hint.endswith(f" = {' or '.join(map(str, values))} gives multiples of 8")

    def is_even(value):
        return judged(EIGHT, f'base = "{base}"\n{text.format(value)}\n') == []

    assert all(map(is_even, values))
    nearer = range(values[0] + 1, values[1]) if len(values) == 2 else range(int(field), values[0])
    assert not any(is_even(value) for value in (nearer[0], int(field), nearer[-1]))


def test_values_that_another_field_forbids_are_not_named(judged):
    """Option A cannot take channels away from one stage to the next."""
    third, fourth = judged(EIGHT, 'base = "resnet18_a"\nstage_widths = [64, 128, 133, 133]\n')
    assert third.hint == "stage_widths[2] = 128 gives multiples of 8"
    assert fourth.hint == "stage_widths[3] = 136 gives multiples of 8"


def test_lists_of_lists_have_the_layer_s_own_multiples(judged):
    first, *_ = judged(EIGHT, 'base = "ecaresnet50d_pruned"\n')
    assert first.hint == "for layer1.0.conv1, the nearest multiples are 40 and 48"
    assert first.why.startswith("9 of 55 convolutions write ")


def test_one_convolution_writes(judged):
    (found,) = judged(EIGHT, 'base = "resnet50"\nstem_width = 36\n')
    assert found.why == "1 of 53 convolutions writes such channels for the same reason: 36"


@pytest.mark.parametrize(
    ("widths", "stages"),
    [([64, 128, 256, 512], []), ([64, 64, 64, 64], []), ([64, 128, 24, 512], [2]), ([64, 32, 16, 8], [1, 2, 3])],
)
def test_stages_that_narrow(judged, widths, stages):
    found = judged(NARROW, f'base = "resnet18"\nstage_widths = {widths}\n')
    assert [finding.field_path for finding in found] == [("stage_widths", stage) for stage in stages]
    for finding, stage in zip(found, stages, strict=True):
        assert f"has {widths[stage]} channels, the stage before it {widths[stage - 1]}" in finding.message


def test_a_bias_before_batch_normalisation(judged, judged_module):
    (found,) = judged(BIAS, 'base = "resnet50"\nstem_bias = true\n')
    assert (found.layer, found.field_path) == ("conv1", ("stem_bias",))
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
    assert [finding.message.endswith(f"{channels} output channels in {groups} groups") for finding in found] == (
        [] if right else [True]
    )


@pytest.mark.parametrize(("channels", "right"), [(64, True), (48, False)])
def test_group_normalisation(judged_module, channels, right):
    class Normalised(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, channels, 3)

        def forward(self, x):
            return nn.functional.group_norm(self.conv(x), 32)

    assert bool(judged_module(GROUPS, Normalised())) is not right
