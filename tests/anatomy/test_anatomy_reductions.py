"""Bottlenecks that stride without a stride: what reduces H and W is named, and is neither v1 nor v1.5."""

from __future__ import annotations

import torch
from each import for_each
from small_nets import Net, conv
from torch import nn
from torch.nn import functional
from understanding import understand


class Does(nn.Module):
    """A function as a module."""

    def __init__(self, function, *parts):
        super().__init__()
        self.function, self.parts = function, nn.ModuleList(parts)

    def forward(self, x):
        return self.function(x, *self.parts)


class Bottleneck(nn.Module):
    """Layers between two 1x1, or around them, and a shortcut that strides."""

    def __init__(self, *main, channels=16):
        super().__init__()
        self.main, self.shortcut = nn.Sequential(*main), conv(8, channels, 1, 2)

    def forward(self, x):
        return functional.relu(self.main(x) + self.shortcut(x))


def of(*inside, inner=4):
    """Return a network with one bottleneck, whose 1x1 are around these layers."""
    return Net(Bottleneck(conv(8, 4, 1), nn.ReLU(), *inside, nn.ReLU(), conv(inner, 16, 1)), out=16)


def folded(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2)


def to_depth(x):
    n, c, h, w = x.shape
    return folded(x).permute(0, 1, 3, 5, 2, 4).reshape(n, 4 * c, h // 2, w // 2)


def unfolded_convolution(x, linear):
    """A 3x3 convolution of stride 2 as patches times a matrix."""
    patches = functional.unfold(x, 3, padding=1, stride=2)
    return linear(patches.transpose(1, 2)).transpose(1, 2).reshape(x.shape[0], -1, x.shape[2] // 2, x.shape[3] // 2)


def decimated(x):
    even = torch.arange(0, x.shape[2], 2, device=x.device)
    return x.index_select(2, even).index_select(3, even)


def spectral(x):
    return torch.fft.ifft2(torch.fft.fft2(x)[:, :, :16, :16]).real


SPELLINGS = {
    "slice": Does(lambda x: x[:, :, ::2, ::2]),
    "slice from the second pixel": Does(lambda x: x[..., 1::2, 1::2]),
    "index": Does(lambda x: x[:, :, list(range(0, 32, 2))][..., list(range(0, 32, 2))]),
    "index_select": Does(decimated),
    "interpolate": Does(lambda x: functional.interpolate(x, scale_factor=0.5)),
    "bilinear": nn.Upsample(size=(16, 16), mode="bilinear"),
    "area": Does(lambda x: functional.interpolate(x, size=(16, 16), mode="area")),
    "adaptive pool": nn.AdaptiveAvgPool2d(16),
    "adaptive max pool": nn.AdaptiveMaxPool2d(16),
    "reshape, mean": Does(lambda x: folded(x).mean((3, 5))),
    "reshape, maximum": Does(lambda x: folded(x).amax((3, 5))),
    "unfold, mean": Does(lambda x: x.unfold(2, 2, 2).unfold(3, 2, 2).mean((-1, -2))),
    "slices, mean": Does(lambda x: (x[:, :, ::2, ::2] + x[:, :, 1::2, 1::2]) / 2),
    "as_strided": Does(lambda x: x.contiguous().as_strided((1, 4, 16, 16), (4096, 1024, 64, 2))),
    "spectral pool": Does(spectral),
    "matrix": Does(lambda x: torch.ones(16, 32, device=x.device) @ x @ torch.ones(32, 16, device=x.device)),
    "padded slice": Does(lambda x: functional.pad(x, (1, 0, 1, 0))[:, :, 1::2, 1::2]),
}


def _is_other(net, module):
    placement = understand(net).placement
    assert placement.version == "other"
    assert module in placement.text
    assert any(module in layer for layer in placement.layers)


@for_each("part", SPELLINGS.values())
def test_behind_the_3x3(part):
    _is_other(of(conv(4, 4), part), "body.0.main.3")


@for_each("part", SPELLINGS.values())
def test_before_the_3x3(part):
    _is_other(of(part, conv(4, 4)), "body.0.main.2")


@for_each(
    "net, module",
    [
        (of(nn.PixelUnshuffle(2), conv(16, 4)), "main.2"),
        (of(Does(to_depth), conv(16, 4)), "main.2"),
        (of(conv(4, 4), nn.PixelUnshuffle(2), inner=16), "main.3"),
        (of(Does(unfolded_convolution, nn.Linear(36, 4))), "main.2"),
        (of(conv(4, 4), nn.AvgPool2d(2), conv(4, 4), inner=4), "main.3"),
        (Net(Bottleneck(SPELLINGS["slice"], conv(8, 4, 1), conv(4, 4), conv(4, 16, 1)), out=16), "main.0"),
        (Net(Bottleneck(conv(8, 4, 1), conv(4, 4), conv(4, 16, 1), SPELLINGS["slice"]), out=16), "main.3"),
        (Net(Bottleneck(conv(8, 4, 1), conv(4, 4), conv(4, 16, 1), SPELLINGS["reshape, mean"]), out=16), "main.3"),
    ],
)
def test_what_else_reduces_h_and_w(net, module):
    _is_other(net, module)


def permuted_norm(x, norm):
    return norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def self_attention(x):
    q = x.reshape(x.shape[0], 2, 2, -1)
    return ((q.transpose(2, 3) @ q).softmax(-1) @ q.transpose(2, 3)).transpose(2, 3).reshape(x.shape)


@for_each(
    "part",
    [
        Does(permuted_norm, nn.LayerNorm(4)),
        Does(self_attention),
        Does(lambda x, c: x + c(x.mean((2, 3), keepdim=True)), conv(4, 4, 1)),
        Does(lambda x, c: x + functional.interpolate(c(x.mean((2, 3), keepdim=True)), size=x.shape[2:]), conv(4, 4, 1)),
        Does(lambda x: torch.fft.irfft2(torch.fft.rfft2(x), s=x.shape[2:])),
        Does(lambda x: x.reshape(x.shape[0], 2, 2, *x.shape[2:]).transpose(1, 2).reshape(x.shape)),
        Does(lambda x: functional.pixel_shuffle(functional.pixel_unshuffle(x, 2), 2)),
        Does(lambda x: torch.cat(x.chunk(2, 1), 1)),
    ],
)
def test_what_only_rearranges_or_summarises_is_no_stride(part):
    for first, second, version in ((2, 1, "v1"), (1, 2, "v1.5")):
        main = conv(8, 4, 1, first), nn.ReLU(), conv(4, 4, 3, second), part, conv(4, 16, 1)
        placement = understand(Net(Bottleneck(*main), out=16)).placement
        assert placement.version == version, placement


def test_a_basic_block_that_slices_has_no_placement():
    net = Net(Bottleneck(conv(8, 16), SPELLINGS["slice"], conv(16, 16)), out=16)
    placement = understand(net).placement
    assert placement.version is None
    assert len(placement.layers) == 2
