"""Strides and windows: what is found, at which layer and with which numbers, and what is not."""

from __future__ import annotations

import pytest
from torch import nn

from resnet_inspect.checking.registry import RULES

HALVED, LOSES, SHORTCUT, FIRST, LARGER, DILATED = (
    RULES[code] for code in ("RI102", "RI111", "RI112", "RI113", "RI114", "RI115")
)


@pytest.mark.parametrize(
    ("text", "stage", "layers"),
    [
        ('base = "resnet18"\nstage_strides = [2, 2, 2, 2]', 0, ["maxpool", "layer1.0.conv1"]),
        ('base = "resnet50_v1"\nstage_strides = [2, 2, 2, 2]', 0, ["maxpool", "layer1.0.conv1"]),
        ('base = "resnetaa50"\nstage_strides = [2, 2, 2, 2]\ninput_size = [256, 256]', 0, ["maxpool", "layer1.0.aa"]),
        ('base = "resnetrs50"\nstage_strides = [2, 2, 2, 2]', 0, ["maxpool.0", "layer1.0.conv2"]),
    ],
)
def test_the_first_stage_behind_a_pool(judged, text, stage, layers):
    (found,) = judged(HALVED, text + "\n")
    assert found.field_path == ("stage_strides", stage)
    assert found.message == f"stage1 (conv2_x) is halved more than once: by {' and by '.join(layers)}"
    assert found.layer == layers[-1]


@pytest.mark.parametrize(
    "text",
    [
        'base = "resnet50"',
        'base = "resnet50"\noutput_stride = 8',
        'base = "resnet50"\nstage_strides = [2, 2, 2, 2]\nstem_pool = "none"',
        'base = "resnet50"\nstage_strides = [2, 2, 2, 2]\nstem_stride = 1',
        'base = "resnet50"\nstage_strides = [1, 4, 2, 2]',
        'base = "resnet50"\nstage_blocks = [2, 2, 2, 2, 2]',
        'base = "plain18"',
    ],
)
def test_one_halving_for_a_stage_is_right(judged, text):
    assert judged(HALVED, text + "\n") == []


class Stage(nn.Module):
    """Residual blocks in one list, each with a stride of its own."""

    def __init__(self, *strides):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.stage = nn.Sequential(*map(Block, strides))
        self.next = nn.Sequential(Block(2), Block(1))

    def forward(self, x):
        return self.next(self.stage(self.stem(x)))


class Block(nn.Module):
    def __init__(self, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(8, 8, 3, stride=stride, padding=1)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)
        self.side = nn.Conv2d(8, 8, 1, stride=stride)

    def forward(self, x):
        return self.conv2(self.conv1(x)) + self.side(x)


class Split(nn.Module):
    """A block in the style of Res2Net: strided convolutions side by side."""

    def __init__(self):
        super().__init__()
        self.left, self.right = (nn.Conv2d(8, 8, 3, stride=2, padding=1) for _ in range(2))
        self.join, self.side = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 1, stride=2)

    def forward(self, x):
        return self.join(self.left(x) + self.right(x)) + self.side(x)


def test_two_blocks_of_one_stage_that_stride(judged_module):
    (found,) = judged_module(HALVED, Stage(2, 2, 1))
    assert found.field_path == ("stage_strides", 0)
    assert "by stage.0.conv1 and by stage.1.conv1" in found.message
    assert found.why == "stage.0.conv1 takes 96×96 to 48×48, stage.1.conv1 takes 48×48 to 24×24"
    assert judged_module(HALVED, Stage(2, 1, 1)) == []


def test_strides_side_by_side_are_one_halving(judged_module):
    net = Stage(2)
    net.stage = nn.Sequential(Split(), Block(1))
    assert judged_module(HALVED, net) == []


@pytest.mark.parametrize(
    ("text", "layer", "message", "field"),
    [
        ('base = "resnet50"\nstem_pool_padding = 0', "maxpool", "1 row and 1 column", ("stem_pool_padding",)),
        (
            'base = "resnet18"\nstage_strides = [1, 3, 2, 2]\ninput_size = [228, 240]',
            "layer2.0.conv1",
            "1 column at the border of its 57×60",
            None,
        ),
        ('base = "resnetaa50"\ninput_size = [33, 33]', "maxpool", "1 row and 1 column", ("input_size", 0)),
        (
            'base = "resnet50"\nstem_stride = 4\nstem_pool = "none"\nstem_kernel = 5',
            "conv1",
            "1 row and 1 column at the border of its 224×224 input",
            ("input_size", 0),
        ),
    ],
)
def test_lost_pixels(judged, text, layer, message, field):
    found = next(found for found in judged(LOSES, text + "\n") if found.layer == layer)
    assert message in found.message
    assert field is None or found.field_path == field


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            'base = "resnet50"\nstem_pool_padding = 0',
            "stem_pool_ceil = true (rounds the size up), stem_pool_padding = 1",
        ),
        ('base = "resnetaa50"\ninput_size = [33, 33]', 'anti_alias = "blur" (reads the border)'),
    ],
)
def test_lost_pixels_are_read_by_fields_of_a_config(judged, text, hint):
    found = judged(LOSES, text + "\n")[0]
    assert found.hint == f"{hint} or an input size that the windows divide"
    for field in hint.split(", "):
        way = field.partition(" (")[0]
        kept = "\n".join(line for line in text.split("\n") if not line.startswith(way.partition(" ")[0]))
        mended = judged(LOSES, f"{kept}\n{way}\n" if "padding" in way else f"{text}\n{way}\n")
        assert [other for other in mended if other.layer == found.layer] == []


@pytest.mark.parametrize("base", ["resnet50", "resnet50_caffe", "resnet50d", "resnetblur50", "resnetv2_50x1_bit"])
@pytest.mark.parametrize("size", [224, 225, 226, 255, 97])
def test_nets_that_pad_or_round_up_lose_nothing_at_any_size(judged, base, size):
    assert judged(LOSES, f'base = "{base}"\ninput_size = [{size}, {size}]\n') == []


def test_a_border_that_was_added_may_be_lost(judged_module):
    bordered = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(3, 8, 3, stride=2))
    assert judged_module(LOSES, bordered, (1, 3, 96, 96)) == []
    (found,) = judged_module(LOSES, nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(3, 8, 4, stride=4)), (1, 3, 97, 98))
    assert "never reads 1 row at the border of its 97×98 input" in found.message
    assert found.hint == "pad or an input size that the windows divide", "a convolution has no ceil_mode"


@pytest.mark.parametrize(
    ("text", "count", "share"),
    [
        ('base = "resnet50"', 3, "784 of 3,136 pixels (25 %)"),
        ('base = "resnet50"\ninput_size = [200, 200]', 3, "625 of 2,500 pixels (25 %)"),
        ('base = "resnet50"\ninput_size = [97, 97]', 3, "169 of 625 pixels (27 %)"),
        ('base = "resnet50"\nstage_strides = [1, 3, 2, 2]', 3, "361 of 3,136 pixels (12 %)"),
        ('base = "resnet18"\nshortcut = "C"\noutput_stride = 16', 2, "784 of 3,136 pixels (25 %)"),
    ],
)
def test_what_strided_shortcuts_read(judged, text, count, share):
    (found,) = judged(SHORTCUT, text + "\n")
    assert found.layer == "layer2.0.downsample.0"
    assert f"and {count - 1} more" in found.message
    assert f"layer2.0.downsample.0 reads {share}" in found.why
    assert found.field_path == ("avg_down",)


def test_zero_padding_takes_every_second_pixel(judged):
    (found,) = judged(SHORTCUT, 'base = "resnet20_cifar"\n')
    assert found.field_path == ("shortcut",)
    assert found.message == "layer2.0.downsample and 1 more: taking every second pixel skips the others"
    assert found.why == "layer2.0.downsample reads 256 of 1,024 pixels (25 %)"


def test_of_many_shortcuts_three_are_shown(judged):
    (found,) = judged(SHORTCUT, 'base = "resnet50"\nstage_blocks = [1, 1, 1, 1, 1]\n')
    assert found.message == "layer2.0.downsample.0 and 3 more: 1×1, stride 2 skips pixels of the input"
    assert [part.partition(" reads ")[0] for part in found.why.split(", ")[:2]] == [
        "layer2.0.downsample.0",
        "layer3.0.downsample.0",
    ]
    assert "layer4.0.downsample.0 reads" in found.why
    assert "layer5.0" not in found.why
    assert found.why.endswith(", and 1 more")


class SlicesWidthFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.main = nn.Sequential(nn.Conv2d(8, 8, 3, 3, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1))

    def forward(self, x):
        x = self.stem(x)
        return self.main(x) + x[:, :, :, ::3][:, :, ::3]


def test_every_third_pixel_whichever_axis_is_sliced_first(judged_module):
    (found,) = judged_module(SHORTCUT, SlicesWidthFirst())
    assert found.message.endswith("taking every third pixel skips the others")


class Unbatched(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 1, stride=2)

    def forward(self, x):
        return self.conv(x[0])


def test_a_window_over_an_image_without_its_batch_is_not_judged(judged_module):
    for rule in (HALVED, LOSES, SHORTCUT, FIRST, LARGER, DILATED):
        assert judged_module(rule, Unbatched()) == []


def test_a_dilation_is_part_of_the_geometry_from_2_on(judged_module):
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 2, stride=3, dilation=2))
    (found,) = judged_module(LARGER, net)
    assert found.message == "1: 2×2, stride 3, padding 0, dilation 2 skips pixels of the input"


@pytest.mark.parametrize("base", ["resnet50d", "plain18", "resnetv2_50d"])
def test_average_pools_read_every_pixel(judged, base):
    assert judged(SHORTCUT, f'base = "{base}"\n') == []


def test_the_first_convolution_of_v1(judged):
    (found,) = judged(FIRST, 'base = "resnet50_v1"\n')
    assert found.field_path == ("stride_in",)
    assert found.why.count("(25 %)") == 3
    assert judged(FIRST, 'base = "resnet50"\n') == []
    assert judged(FIRST, 'base = "resnet18"\nstride_in = "1x1"\n') == []


@pytest.mark.parametrize(
    ("text", "layer", "share", "field"),
    [
        (
            'base = "resnet50"\nstem_kernel = 3\nstem_stride = 4\nstem_pool = "none"',
            "conv1",
            "27,889 of 50,176 pixels (56 %)",
            ("stem_stride",),
        ),
        (
            'base = "resnet18"\nstage_strides = [1, 4, 2, 2]',
            "layer2.0.conv1",
            "1,681 of 3,136 pixels (54 %)",
            ("stage_strides", 1),
        ),
    ],
)
def test_strides_larger_than_kernels(judged, text, layer, share, field):
    (found,) = judged(LARGER, text + "\n")
    assert (found.layer, found.field_path) == (layer, field)
    assert share in found.why


def test_v1_is_left_to_its_own_rule(judged):
    assert judged(LARGER, 'base = "resnet50_v1"\n') == []


@pytest.mark.parametrize(
    ("padding", "dilation", "becomes", "right"),
    [(1, 2, "94×94", "2×2"), (2, 3, "94×94", "3×3"), (0, 2, "92×92", "2×2")],
)
def test_dilation_without_padding(judged_module, padding, dilation, becomes, right):
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=padding, dilation=dilation))
    (found,) = judged_module(DILATED, net)
    assert f"96×96 becomes {becomes}" in found.message
    assert found.hint == f"padding {right} keeps the size"


@pytest.mark.parametrize(
    "net",
    [
        nn.Conv2d(3, 8, 3, padding=2, dilation=2),
        nn.Conv2d(3, 8, 3),
        nn.Conv2d(3, 8, 3, padding="same", dilation=3),
        nn.Sequential(nn.ZeroPad2d(2), nn.Conv2d(3, 8, 3, dilation=2)),
    ],
    ids=["padded", "not dilated", "same", "padded before"],
)
def test_dilation_with_its_padding(judged_module, net):
    assert judged_module(DILATED, nn.Sequential(net)) == []
