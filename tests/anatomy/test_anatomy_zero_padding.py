"""Option A in many spellings: which shortcuts get their further channels from zeros, and which do not."""

from __future__ import annotations

import torch
from each import for_each
from small_nets import Net, conv
from torch import nn
from torch.nn import functional
from understanding import understand


class Block(nn.Module):
    """A basic block that strides and doubles the channels; ``shortcut(module, x)`` makes the other operand."""

    def __init__(self, shortcut, *, cout=16, stride=2, **parts):
        super().__init__()
        self.a, self.b = conv(8, cout, 3, stride), conv(cout, cout)
        self.shortcut = shortcut
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return functional.relu(self.b(functional.relu(self.a(x))) + self.shortcut(self, x))


def kind(block):
    anatomy = understand(Net(block, out=block.b.out_channels))
    assert anatomy.depth.depth == 4
    return [block.shortcut for block in anatomy.blocks]


def half(x):
    return x[:, :, ::2, ::2]


def pool(x):
    return functional.avg_pool2d(x, 2)


def zeros_of(p, channels=8):
    return torch.zeros(p.shape[0], channels, *p.shape[2:], device=p.device)


def into_zeros(p, write):
    out = zeros_of(p, 16)
    write(out, p)
    return out


def assign(out, p):
    out[:, 4:12] = p


def add_to(out, p):
    out[:, :8] += p


def channels_last(x):
    return functional.pad(half(x).permute(0, 2, 3, 1), (0, 8)).permute(0, 3, 1, 2)


def channels_as_depth(x):
    return functional.pad(half(x).unsqueeze(1), (0, 0, 0, 0, 4, 4)).squeeze(1)


def with_its_difference(p):
    return torch.cat((p, p - p), 1)


ZERO_PADS = {
    "pad": lambda _, x: functional.pad(half(x), (0, 0, 0, 0, 0, 8)),
    "pad on both sides": lambda _, x: functional.pad(half(x), (0, 0, 0, 0, 4, 4), "constant", 0.0),
    "pad pixels and channels": lambda _, x: pool(functional.pad(x, (1, 1, 1, 1, 0, 8)))[:, :, :16, :16],
    "pad, then slice": lambda _, x: half(functional.pad(x, (0, 0, 0, 0, 0, 8))),
    "pad with the channels last": lambda _, x: channels_last(x),
    "pad with the channels as depth": lambda _, x: channels_as_depth(x),
    "zeros": lambda _, x: torch.cat([pool(x), zeros_of(pool(x))], 1),
    "zeros in front": lambda _, x: torch.cat([zeros_of(pool(x)), pool(x)], 1),
    "zeros around": lambda _, x: torch.cat([zeros_of(pool(x), 4), pool(x), zeros_of(pool(x), 4)], dim=1),
    "zeros_like": lambda _, x: torch.cat([pool(x), torch.zeros_like(pool(x))], 1),
    "new_zeros": lambda _, x: torch.cat([half(x), x.new_zeros(1, 8, 16, 16)], 1),
    "new_full": lambda _, x: torch.cat([half(x), x.new_full((1, 8, 16, 16), 0)], 1),
    "full": lambda _, x: torch.concat([half(x), torch.full((1, 8, 16, 16), 0.0, device=x.device)], 1),
    "full_like": lambda _, x: torch.cat([half(x), torch.full_like(half(x), 0)], 1),
    "zero_": lambda _, x: torch.cat([half(x), torch.empty_like(half(x)).zero_()], 1),
    "fill_": lambda _, x: torch.cat([half(x), half(x).clone().fill_(0)], 1),
    "expanded": lambda _, x: torch.cat([half(x), torch.zeros(1, 1, 1, 1, device=x.device).expand(1, 8, 16, 16)], 1),
    "repeated": lambda _, x: torch.cat([half(x), x.new_zeros(1, 1, 16, 16).repeat(1, 8, 1, 1)], 1),
    "on another device": lambda _, x: torch.cat([half(x), torch.zeros(1, 8, 16, 16).to(x)], 1),
    "times 0": lambda _, x: torch.cat((pool(x), pool(x).mul(0)), 1),
    "0 times": lambda _, x: torch.cat((pool(x), 0.0 * pool(x)), 1),
    "times 0 in place": lambda _, x: torch.cat((pool(x), pool(x).mul_(0)), 1),
    "times zeros": lambda _, x: torch.cat((pool(x), pool(x) * torch.zeros_like(pool(x))), 1),
    "minus itself": lambda _, x: with_its_difference(pool(x)),
    "interleaved": lambda _, x: torch.stack((pool(x), torch.zeros_like(pool(x))), 2).flatten(1, 2),
    "assigned": lambda _, x: into_zeros(half(x), assign),
    "added": lambda _, x: into_zeros(half(x), add_to),
    "slice_scatter": lambda _, x: torch.slice_scatter(zeros_of(half(x), 16), half(x), 1, 0, 8),
    "index_copy": lambda _, x: zeros_of(half(x), 16).index_copy(1, torch.arange(8, device=x.device), half(x)),
}

OTHERS = {
    "pad with ones": lambda _, x: functional.pad(half(x), (0, 0, 0, 0, 0, 8), value=1.0),
    "pad pixels only": lambda _, x: pool(functional.pad(torch.cat([x, x], 1), (1, 1, 1, 1)))[:, :, :16, :16],
    "ones": lambda _, x: torch.cat([pool(x), torch.ones_like(pool(x))], 1),
    "overwritten zeros": lambda _, x: torch.cat([pool(x), torch.zeros_like(pool(x)).fill_(1)], 1),
    "partly overwritten zeros": lambda _, x: torch.cat(
        [pool(x), into_zeros(pool(x), lambda out, _: out[:, 0].fill_(1))[:, :8]], 1
    ),
    "random": lambda _, x: torch.cat([pool(x), torch.rand_like(pool(x))], 1),
    "itself": lambda _, x: torch.cat([pool(x), pool(x)], 1),
    "repeated": lambda _, x: pool(x).repeat(1, 2, 1, 1),
    "zeros and ones": lambda _, x: torch.cat([pool(x), zeros_of(pool(x), 4), 1 + zeros_of(pool(x), 4)], 1),
    "pixels": lambda _, x: functional.pixel_unshuffle(x, 2)[:, :16],
    "into ones": lambda _, x: torch.slice_scatter(1 + zeros_of(half(x), 16), half(x), 1, 0, 8),
    "itself and zeros": lambda _, x: torch.cat([half(x).repeat(1, 2, 1, 1)[:, :12], zeros_of(half(x), 4)], 1),
}


@for_each("shortcut", ZERO_PADS.values())
def test_channels_of_zeros(shortcut):
    assert kind(Block(shortcut)) == ["zero-pad"]


@for_each("shortcut", OTHERS.values())
def test_channels_of_something_else(shortcut):
    assert kind(Block(shortcut)) == ["other"]


@for_each(
    "shortcut, expected",
    [
        (lambda _, x: pool(functional.pad(x, (0, 0, 0, 0))), "other"),
        (lambda _, x: pool(functional.pad(x, (0, 0, 0, 0, 0, 0))), "other"),
        (lambda _, x: half(x), "other"),
        (lambda _, x: functional.pad(x, (0, 0, 1, 1))[:, :, 1::2, ::2][:, :, :16], "other"),
    ],
)
def test_no_channels_are_added(shortcut, expected):
    assert kind(Block(shortcut, cout=8)) == [expected]


def test_a_pad_by_nothing_is_no_change():
    assert kind(Block(lambda _, x: functional.pad(x, (0, 0, 0, 0, 0, 0)), cout=8, stride=1)) == ["identity"]


def test_constants_whose_values_are_seen_and_those_whose_are_not():
    def joined(block, x):
        return torch.cat([half(x), block.rest.expand(1, -1, 16, 16)], 1)

    def of(rest):
        block = Block(joined)
        if isinstance(rest, nn.Parameter):
            block.rest = rest
        else:
            block.register_buffer("rest", rest)
        return kind(block)

    assert of(torch.zeros(1, 8, 1, 1)) == ["zero-pad"]
    assert of(torch.ones(1, 8, 1, 1)) == ["other"]
    assert of(torch.zeros(1, 8, 1, 1, device="meta")) == ["other"]
    assert of(nn.Parameter(torch.zeros(1, 8, 1, 1))) == ["other"]


def test_a_pad_module():
    assert kind(Block(lambda block, x: block.pad(half(x)), pad=nn.ConstantPad3d((0, 0, 0, 0, 4, 4), 0.0))) == [
        "zero-pad"
    ]
