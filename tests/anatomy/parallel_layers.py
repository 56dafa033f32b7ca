"""Small networks with parallel linear layers, which are one layer together: LoRA, RepVGG."""

from __future__ import annotations

import torch
from joined_parts import Fn, Residual, Truth, main, net
from small_nets import conv
from torch import nn


# --- Parallel linear layers ---
class LoRA(nn.Module):
    def __init__(self, layer, down, up):
        super().__init__()
        self.layer, self.down, self.up = layer, down, up

    def forward(self, x):
        return self.layer(x) + self.up(self.down(x)) * 0.5


def lora(cin=8, cout=8, size=3, stride=1):
    return LoRA(conv(cin, cout, size, stride), conv(cin, 2, size, stride), conv(2, cout, 1))


class Rep(nn.Module):
    """A convolution as in RepVGG: 3x3 + 1x1, and the tensor itself where shapes allow it."""

    def __init__(self, cin=8, cout=8, stride=1, identity=True):
        super().__init__()
        self.large = nn.Sequential(conv(cin, cout, 3, stride), nn.BatchNorm2d(cout))
        self.small = nn.Sequential(conv(cin, cout, 1, stride), nn.BatchNorm2d(cout))
        self.norm = nn.BatchNorm2d(cin) if identity and (cin, stride) == (cout, 1) else None

    def forward(self, x):
        out = self.large(x) + self.small(x)
        return out if self.norm is None else out + self.norm(x)


class Diverse(nn.Module):
    """As in diverse branch blocks: 3x3, 1x1 then 3x3, and 1x1 then a pool."""

    def __init__(self):
        super().__init__()
        self.a, self.b = conv(8, 8), nn.Sequential(conv(8, 8, 1), nn.BatchNorm2d(8), conv(8, 8))
        self.c = nn.Sequential(conv(8, 8, 1), nn.AvgPool2d(3, 1, 1))

    def forward(self, x):
        return self.c(x) + self.b(x) + self.a(x)


def _of(make, count=2):
    inside = [part for _ in range(count) for part in (make(), nn.ReLU())][:-1]
    return Residual(torch.add, nn.Sequential(*inside))


def _adapted_head():
    body = (conv(3, 8), nn.ReLU(), _of(lora), _of(lora), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(*body, LoRA(nn.Linear(8, 4), nn.Linear(8, 2), nn.Linear(2, 4)))


PARALLEL = {
    "LoRA": (net(_of(lora), _of(lora)), Truth(6, "ii", parallel=8)),
    "LoRA of every layer but the first": (_adapted_head(), Truth(6, "ii", parallel=10)),
    "LoRA of the first layer": (
        nn.Sequential(lora(3, 8), nn.ReLU(), _of(lora), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4)),
        Truth(4, "i", parallel=6),
    ),
    "LoRA and a projection": (
        net(
            Fn(
                lambda x, f, p: f(x) + p(x),
                nn.Sequential(lora(8, 16, 3, 2), nn.ReLU(), lora(16, 16)),
                conv(8, 16, 1, 2),
            ),
            out=16,
        ),
        Truth(4, "p", parallel=4),
    ),
    "LoRA on the shortcut": (
        net(Fn(lambda x, f, p: p(x) + f(x), main(8, 16, 2), lora(8, 16, 1, 2)), out=16),
        Truth(4, "p"),
    ),
    "RepVGG inside": (net(_of(Rep), _of(Rep)), Truth(6, "ii", parallel=4)),
    "RepVGG inside, without identities": (
        net(_of(lambda: Rep(identity=False)), _of(Rep, 3)),
        Truth(7, "ii", parallel=5),
    ),
    "diverse branches": (net(_of(Diverse), _of(Diverse)), Truth(6, "ii", parallel=12)),
    "RepVGG": (net(Rep(8, 16, 2), nn.ReLU(), Rep(16, 16), nn.ReLU(), out=16), Truth(4, "pi", parallel=1)),
    "asymmetric convolutions": (
        net(
            _of(
                lambda: Fn(
                    lambda x, a, b, c: a(x) + b(x) + c(x),
                    conv(8, 8),
                    nn.Conv2d(8, 8, (1, 3), padding=(0, 1)),
                    nn.Conv2d(8, 8, (3, 1), padding=(1, 0)),
                )
            )
        ),
        Truth(4, "i", parallel=4),
    ),
}
