"""Networks whose reach windows tell, and networks where they do not."""

from __future__ import annotations

import torch
from small_nets import Blurred, PooledZeroPad, PreActivation, ShortcutFirst, SlicedZeroPad, conv
from torch import nn

from resnet_inspect.configs.files import load
from resnet_inspect.model.build import build


class Features(nn.Module):
    """What a network computes before its head."""

    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x


def of_config(fields):
    """Stem and stages; narrow, since the width does not matter."""
    config = load({"stage_widths": [4] * len(fields["stage_blocks"]), "stem_width": 4, **fields})
    return Features(*list(build(config, device="cpu").children())[:-2])


def features(*blocks):
    return Features(conv(3, 8), *blocks)


NETS = {
    "basic": of_config({"block": "basic", "stage_blocks": [1, 2], "stage_strides": [1, 2]}),
    "bottleneck v1.5": of_config({"block": "bottleneck", "stage_blocks": [1, 2], "stage_strides": [2, 2]}),
    "bottleneck v1": of_config(
        {"block": "bottleneck", "stage_blocks": [1, 2], "stage_strides": [2, 2], "stride_in": "1x1"}
    ),
    "plain": of_config({"block": "basic", "stage_blocks": [1, 1], "shortcut": "none", "stage_strides": [1, 3]}),
    "option A": of_config({"block": "basic", "stage_blocks": [1, 1], "shortcut": "A", "stem_pool": "none"}),
    "anti-aliased by a pool": of_config({"block": "basic", "stage_blocks": [1, 1], "anti_alias": "avg"}),
    "anti-aliased by a blur": of_config({"block": "bottleneck", "stage_blocks": [1, 1], "anti_alias": "blur"}),
    "a border of zeros": of_config(
        {"block": "basic", "stage_blocks": [1, 1], "preact": True, "stem_pool_border": "zeros"}
    ),
    "dilated blocks": of_config({"block": "basic", "stage_blocks": [1, 1], "output_stride": 4, "stem_kernel": 3}),
    "v2": features(PreActivation(8, 16, 2), PreActivation(16, 16)),
    "zero-padding of a slice": features(SlicedZeroPad(8, 16, 2)),
    "zeros joined to a pool": features(PooledZeroPad(8, 16, 2)),
    "blur": features(Blurred(8, 16)),
    "shortcut runs first": features(ShortcutFirst(8, 16, 2)),
    "dilated": features(conv(8, 8, 3, dilation=2), nn.Conv2d(8, 8, (1, 5), (1, 2), (0, 4), dilation=(1, 2))),
}


# --- what windows alone do not tell ---


class Decoder(nn.Module):
    """Down, up again, and joined with what came before."""

    def __init__(self, up, join):
        super().__init__()
        self.down, self.deep, self.up = conv(3, 4), conv(4, 4, stride=2), up
        self.join, self.out = join, nn.LazyConv2d(2, 3, padding=1)
        self(torch.zeros(1, 3, 8, 8))

    def forward(self, x):
        fine = self.down(x)
        return self.out(self.join(self.up(self.deep(fine)), fine))


def cat(left, right):
    return torch.cat([left, right], 1)


class SubPixel(nn.Module):
    """Channels become pixels."""

    def forward(self, x):
        return nn.functional.pixel_shuffle(x.repeat_interleave(4, 1), 2)


class Unfolded(nn.Module):
    """Every second pixel, four times: each output pixel is made of four."""

    def forward(self, x):
        return torch.cat([x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)], 1)


class Beside(nn.Module):
    """Two strided convolutions, the second one on a shifted image."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 1, 2), nn.Conv2d(3, 4, 1, 2)

    def forward(self, x):
        return torch.cat([self.a(x), self.b(x[:, :, 1:, 1:])], 1)


class ChannelsLast(nn.Module):
    """A residual branch that is brought into another order and back."""

    def __init__(self):
        super().__init__()
        self.far, self.mix = nn.Conv2d(3, 3, 7, padding=3), nn.Linear(3, 3)

    def forward(self, x):
        return x + self.mix(self.far(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class AlongRows(nn.Module):
    """A linear layer over the width: the size stays, the pixels do not."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(40, 40)

    def forward(self, x):
        return self.mix(x)


class Context(nn.Module):
    """What the whole image shows, beside what is near."""

    def __init__(self, join):
        super().__init__()
        self.near, self.join = conv(3, 3), join

    def forward(self, x):
        whole = x.mean((2, 3), keepdim=True).expand_as(x)
        return self.join(self.near(x), whole)


class Deep(nn.Module):
    """Channels become an axis of the image, over which a window slides too."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(1, 2, 3, padding=1)

    def forward(self, x):
        return self.conv(x.unsqueeze(1))


UNTOLD = {
    "over channels": Deep(),
    "nearest, added": Decoder(nn.Upsample(scale_factor=2), torch.add),
    "bilinear, joined": Decoder(nn.Upsample(scale_factor=2, mode="bilinear"), cat),
    "transposed": Decoder(nn.ConvTranspose2d(4, 4, 2, 2), cat),
    "sub-pixel": Decoder(SubPixel(), torch.add),
    "slices": Unfolded(),
    "shifted": Beside(),
    "channels last": ChannelsLast(),
    "along rows": AlongRows(),
}


class Grouped(nn.Module):
    """Channels in groups that are weighed and summed, as split attention does; what weighs them passes no gradient."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.last = conv(3, 4), conv(3, 8, 5, stride=2), conv(4, 4)

    def forward(self, x):
        parts = self.b(x).view(1, 2, 4, *(size // 2 for size in x.shape[2:]))
        weighed = parts * parts.mean((3, 4), keepdim=True).detach()
        return self.last(weighed.sum(1))


class Merging(nn.Module):
    """A pool that is told its size: its windows are all alike where that divides the size."""

    def __init__(self, size):
        super().__init__()
        self.a, self.pool = conv(3, 4), nn.AdaptiveAvgPool2d(size)

    def forward(self, x):
        return self.pool(self.a(x))
