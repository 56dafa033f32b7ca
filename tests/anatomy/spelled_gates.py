"""Small networks with gates in every place and spelling; what is in each is counted by hand."""

from __future__ import annotations

import torch
from joined_parts import SE, Fn, Residual, Truth, excitation, gated, main, net, squeeze
from small_nets import conv
from torch import nn
from torch.nn import functional


class PlacedSE(nn.Module):
    """Its squeeze-and-excitation is before the fork, or after the addition, or on the shortcut."""

    def __init__(self, place):
        super().__init__()
        self.main, self.se, self.place = main(), SE(), place

    def forward(self, x):
        if self.place == "before":
            x = self.se(x)
        out = (self.se(x) if self.place == "shortcut" else x) + self.main(x)
        return functional.relu(self.se(out) if self.place == "after" else out)


# --- A gate is one wherever it is in the block ---
PLACES = {
    "before the fork": (net(PlacedSE("before"), PlacedSE("before")), Truth(6, "ii", 4)),
    "after the addition": (net(PlacedSE("after"), PlacedSE("after")), Truth(6, "ii", 4)),
    "on the shortcut": (net(PlacedSE("shortcut")), Truth(4, "o", 2)),
    "between two blocks": (net(Residual(torch.add, main()), SE(), Residual(torch.add, main())), Truth(6, "ii", 2)),
    "after an activation": (
        net(Fn(lambda x, f, g: g(functional.relu(x + f(x))), main(), SE())),
        Truth(4, "i", 2),
    ),
    "context that is added": (
        gated(lambda x, g: x + g(squeeze(x)), excitation()),
        Truth(4, "i", 2),
    ),
}


# --- Gates, written in every way ---
FULL = {
    "1 + sigmoid": lambda x, g: x * (1 + torch.sigmoid(g(x))),
    "x + x · sigmoid": lambda x, g: x + x * torch.sigmoid(g(x)),
    "1 - sigmoid": lambda x, g: (1 - torch.sigmoid(g(x))) * x,
    "2 · sigmoid": lambda x, g: x * 2 * torch.sigmoid(g(x)),
    "tanh + 1": lambda x, g: x * (torch.tanh(g(x)) + 1),
    "hard sigmoid": lambda x, g: x * functional.hardsigmoid(g(x)),
    "relu6(x + 3) / 6": lambda x, g: x * (functional.relu6(g(x) + 3) / 6),
    "hardtanh": lambda x, g: x * (functional.hardtanh(g(x) + 3, 0, 6) * (1 / 6)),
    "clamp": lambda x, g: torch.clamp(g(x) * 0.2 + 0.5, 0, 1) * x,
    "clip": lambda x, g: torch.clip(g(x), 0, 1) * x,
    "expit": lambda x, g: x * torch.special.expit(g(x)),
    "written out": lambda x, g: x * (1 / (1 + torch.exp(-g(x)))),
    "divided": lambda x, g: x / (1 + torch.exp(-g(x))),
    "multiply": lambda x, g: torch.multiply(x, torch.sigmoid(g(x))),
    "in place": lambda x, g: x.clone().mul_(torch.sigmoid(g(x))),
    "at half the resolution": lambda x, g: (
        x * functional.interpolate(torch.sigmoid(g(functional.avg_pool2d(x, 2))), scale_factor=2)
    ),
    "enlarged, then activated": lambda x, g: (
        x * torch.sigmoid(functional.interpolate(g(functional.avg_pool2d(x, 2)), size=x.shape[2:], mode="bilinear"))
    ),
    "spatial": lambda x, g: x * torch.sigmoid(g(x).mean(1, keepdim=True)),
    "addcmul": lambda x, g: torch.addcmul(x, x, torch.sigmoid(g(x))),
}
BROADCAST = {
    "multiply": lambda x, g: torch.multiply(x, g(squeeze(x)).sigmoid()),
    "expand_as": lambda x, g: x * g(squeeze(x)).sigmoid().expand_as(x),
    "repeat, linear": lambda x, g: x * g(squeeze(x)).repeat(1, 1, *x.shape[2:]),
    "tile": lambda x, g: x * torch.tile(g(squeeze(x)), (1, 1, *x.shape[2:])),
    "broadcast_to": lambda x, g: torch.broadcast_to(g(squeeze(x)), x.shape) * x,
    "repeat_interleave": lambda x, g: (
        x * g(squeeze(x)).repeat_interleave(x.shape[2], 2).repeat_interleave(x.shape[3], 3)
    ),
    "interpolate": lambda x, g: x * functional.interpolate(g(squeeze(x)), size=x.shape[2:]),
    "einsum": lambda x, g: torch.einsum("bchw,bc->bchw", x, g(squeeze(x)).flatten(1).sigmoid()),
    "relu6": lambda x, g: functional.relu6(g(squeeze(x)) + 3) / 6 * x,
    "x + x · g": lambda x, g: x + x * g(squeeze(x)).sigmoid(),
}


def _glu(x):
    a, b = x.chunk(2, 1)
    return a * b.sigmoid()


def _highway(x, f, g):
    gate = torch.sigmoid(g(x))
    return f(x) * gate + x * (1 - gate)


class Cbam(nn.Module):
    """Two gates, of channels and of pixels; the first one calls its layers twice."""

    def __init__(self):
        super().__init__()
        self.fc, self.conv = excitation(), conv(2, 1, 7)

    def forward(self, x):
        x = x * torch.sigmoid(self.fc(squeeze(x)) + self.fc(x.amax((2, 3), keepdim=True)))
        return x * torch.sigmoid(self.conv(torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)))


class Selective(nn.Module):
    """As in SKNet: a softmax weighs two branches; it is one gate for both."""

    def __init__(self):
        super().__init__()
        self.near, self.far = conv(8, 8), nn.Conv2d(8, 8, 3, padding=2, dilation=2)
        self.fc = nn.Sequential(conv(8, 4, 1), nn.ReLU(), conv(4, 16, 1))

    def forward(self, x):
        both = torch.stack([self.near(x), self.far(x)], 1)
        weights = self.fc(squeeze(both.sum(1))).view(x.shape[0], 2, 8, 1, 1).softmax(1)
        return (both * weights).sum(1)


class Glu(nn.Module):
    """A gated linear unit: of one convolution, split in halves; the halves are one layer."""

    def __init__(self, split):
        super().__init__()
        self.wide, self.last, self.split = conv(8, 16), conv(8, 8), split

    def forward(self, x):
        return x + self.last(self.split(self.wide(x)))


GATES = (
    {f"{name}, of every pixel": (gated(gate, conv(8, 8, 1)), Truth(4, "i", 1)) for name, gate in FULL.items()}
    | {f"{name}, of channels": (gated(gate, excitation()), Truth(4, "i", 2)) for name, gate in BROADCAST.items()}
    | {
        "CBAM": (net(Residual(torch.add, nn.Sequential(main(), Cbam()))), Truth(4, "i", 5)),
        "SKNet": (net(Residual(torch.add, nn.Sequential(conv(8, 8, 1), Selective()))), Truth(4, "i", 2, 1)),
        "ReLU6 of one of two maps": (
            net(Fn(lambda x, a, b: x + functional.relu6(a(x)) * b(x), conv(8, 8), conv(8, 8))),
            Truth(3, "i", parallel=1),
        ),
        "glu": (net(Glu(lambda x: functional.glu(x, 1))), Truth(4, "i")),
        "glu by chunk": (net(Glu(_glu)), Truth(4, "i")),
        "glu by slices": (net(Glu(lambda x: x[:, :8] * x[:, 8:].sigmoid())), Truth(4, "i")),
        "gated convolution": (
            net(Fn(lambda x, a, b: x + a(x) * torch.sigmoid(b(x)), conv(8, 8), conv(8, 8))),
            Truth(3, "i", 1),
        ),
        "a product of two maps": (
            net(Fn(lambda x, a, b: x + a(x) * b(x), conv(8, 8), conv(8, 8))),
            Truth(3, "i", parallel=1),
        ),
        "of both branches": (
            net(
                Fn(
                    _highway,
                    main(),
                    conv(8, 8),
                )
            ),
            Truth(4, "o", 1),
        ),
    }
)
