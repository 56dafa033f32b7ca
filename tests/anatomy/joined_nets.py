"""Small networks whose gates and sums are written in every way there is; what is in each is counted by hand."""

from __future__ import annotations

from typing import NamedTuple

import torch
from small_nets import conv
from torch import nn
from torch.nn import functional


class Truth(NamedTuple):
    """What a network consists of.

    Attributes:
        depth: weighted layers on the longest path, gates and shortcuts not counted.
        shortcuts: a letter for the shortcut of each block: i identity, p projection, o other, n none.
        gates: weighted layers of gates.
        parallel: weighted layers of other branches.
    """

    depth: int
    shortcuts: str = ""
    gates: int = 0
    parallel: int = 0


class Fn(nn.Module):
    """A function of the input and of modules."""

    def __init__(self, function, *modules):
        super().__init__()
        self.function, self.parts = function, nn.ModuleList(modules)

    def forward(self, x):
        return self.function(x, *self.parts)


class Residual(Fn):
    """A function of the input and of what a main branch makes of it."""

    def forward(self, x):
        return self.function(x, *(part(x) for part in self.parts))


def main(cin=8, cout=8, stride=1):
    return nn.Sequential(conv(cin, cout, stride=stride), nn.BatchNorm2d(cout), nn.ReLU(), conv(cout, cout))


def net(*blocks, out=8):
    """A network of depth 2 with these blocks."""
    return nn.Sequential(conv(3, 8), nn.ReLU(), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(out, 4))


def two(function, *more):
    """Two blocks of two convolutions that a function joins with the input."""
    return net(*(Residual(function, main(), *(make() for make in more)) for _ in range(2)))


def gated(function, *more):
    """A residual block whose main branch ends in a gate: ``function(x, *more)``."""
    return net(Residual(torch.add, nn.Sequential(main(), Fn(function, *more))))


def squeeze(x):
    return x.mean((2, 3), keepdim=True)


def excitation():
    return nn.Sequential(conv(8, 2, 1), nn.ReLU(), conv(2, 8, 1))


class SE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = excitation()

    def forward(self, x):
        return x * self.fc(squeeze(x)).sigmoid()


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


# --- The order of a sum ---
def _three(function, pointwise=False):
    make = (lambda: conv(8, 8, 1)) if pointwise else main
    return net(*(Fn(function, main(), main(), make()) for _ in range(2)))


ORDERS = {
    "(x + f) + g": (_three(lambda x, f, g, _: (x + f(x)) + g(x)), Truth(6, "ii", parallel=4)),
    "(f + g) + x": (_three(lambda x, f, g, _: (f(x) + g(x)) + x), Truth(6, "ii", parallel=4)),
    "f + (g + x)": (_three(lambda x, f, g, _: f(x) + (g(x) + x)), Truth(6, "ii", parallel=4)),
    "g + x + f": (_three(lambda x, f, g, _: g(x) + x + f(x)), Truth(6, "ii", parallel=4)),
    "((x + f) + g) + h": (_three(lambda x, f, g, h: x + f(x) + g(x) + h(x)), Truth(6, "ii", parallel=8)),
    "(h + f) + (x + g)": (_three(lambda x, f, g, h: (h(x) + f(x)) + (x + g(x))), Truth(6, "ii", parallel=8)),
    "(x + f) / 2 + g": (_three(lambda x, f, g, _: (x + f(x)) / 2 + g(x)), Truth(6, "ii", parallel=4)),
    "sum([f, x, g])": (_three(lambda x, f, g, _: sum([f(x), x, g(x)])), Truth(6, "ii", parallel=4)),
    "p + f + g": (_three(lambda x, f, g, p: p(x) + f(x) + g(x), True), Truth(6, "pp", parallel=4)),
    "f + g + p": (_three(lambda x, f, g, p: f(x) + g(x) + p(x), True), Truth(6, "pp", parallel=4)),
    "x in place": (_three(lambda x, f, g, _: f(x).add_(x).add_(g(x))), Truth(6, "ii", parallel=4)),
    "stack of three": (_three(lambda x, f, g, _: torch.stack([f(x), x, g(x)]).sum(0)), Truth(6, "ii", parallel=4)),
}


# --- What adds no layer is no block ---
def _gelu(x):
    return 0.5 * x * (1 + torch.tanh(0.8 * (x + 0.04 * x**3)))


def _gelu_by_erf(x):
    return 0.5 * x * (1 + torch.erf(x / 1.4))


def _norm(x):
    return (x - squeeze(x)) / (x.var((2, 3), keepdim=True) + 1e-5).sqrt()


def _box(x):
    lower, upper = x.chunk(2, 1)
    centre, size = (lower + upper) / 2, upper - lower
    return torch.cat([centre, size], 1)


class PoolMixer(nn.Module):
    """As in PoolFormer: a pool for attention, which has no layer; then a perceptron, which has two."""

    def __init__(self):
        super().__init__()
        self.norm, self.pool, self.mlp = nn.BatchNorm2d(8), nn.AvgPool2d(3, 1, 1), excitation()

    def forward(self, x):
        y = self.norm(x)
        x = x + (self.pool(y) - y)
        return x + self.mlp(x)


WITHOUT_LAYERS = {
    "two pools": (
        net(Residual(torch.add, main()), Fn(lambda x: functional.avg_pool2d(x, 2) + functional.max_pool2d(x, 2))),
        Truth(4, "i"),
    ),
    "two global pools": (
        net(Residual(torch.add, main()), Fn(lambda x: squeeze(x) + x.amax((2, 3), keepdim=True))),
        Truth(4, "i"),
    ),
    "GELU": (
        two(lambda x, f: _gelu(x + f)),
        Truth(6, "ii"),
    ),
    "GELU, by erf": (two(lambda x, f: _gelu_by_erf(x + f)), Truth(6, "ii")),
    "a norm": (
        two(lambda x, f: _norm(x + f)),
        Truth(6, "ii"),
    ),
    "boxes": (net(Residual(torch.add, main()), Fn(_box)), Truth(4, "i")),
    "a sharpened image": (net(Fn(lambda x: x + 0.5 * (x - functional.avg_pool2d(x, 3, 1, 1)))), Truth(2)),
    "x + x²": (net(Fn(lambda x: x + x * x)), Truth(2)),
    "a pool in a plain network": (
        nn.Sequential(
            conv(3, 8),
            *(nn.Sequential(nn.Sequential(conv(8, 8), nn.ReLU(), conv(8, 8)), nn.ReLU()) for _ in range(2)),
            Fn(lambda x: functional.avg_pool2d(x, 2) + functional.max_pool2d(x, 2)),
            conv(8, 4, 1),
        ),
        Truth(6, "nn"),
    ),
    "a mixer of pools": (net(PoolMixer(), PoolMixer()), Truth(6, "iiii")),
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


# --- Joins, written in every way ---
def _cat(x, f):
    return torch.cat([x, f], 1).view(x.shape[0], 2, *x.shape[1:]).sum(1)


def _grown(x, f):
    out = f.clone()
    out += x
    return out


JOINS = {
    "add": torch.add,
    "lerp": lambda x, f: torch.lerp(x, f, 0.3),
    "lerp, turned": lambda x, f: torch.lerp(f, x, 0.3),
    "addcmul": lambda x, f: torch.addcmul(x, f, torch.ones((), device=f.device)),
    "addcdiv": lambda x, f: torch.addcdiv(x, f, torch.ones((), device=f.device)),
    "stack, sum": lambda x, f: torch.stack([x, f]).sum(0),
    "stack, mean": lambda x, f: torch.stack([f, x], 1).mean(1),
    "stack at the end": lambda x, f: torch.stack([f, x], -1).sum(-1),
    "einsum of a stack": lambda x, f: torch.einsum("nbchw->bchw", torch.stack([x, f])),
    "cat, view, sum": _cat,
    "cat, unflatten, mean": lambda x, f: torch.cat([x, f], 1).unflatten(1, (2, -1)).mean(1),
    "cat of new axes": lambda x, f: torch.cat([x[None], f[None]]).sum(0),
    "concat": lambda x, f: torch.concat([x.unsqueeze(1), f.unsqueeze(1)], 1).sum(1),
    "subtract": torch.subtract,
    "subtract, turned": lambda x, f: torch.subtract(f, x),
    "rsub": torch.rsub,
    "sub of the negative": lambda x, f: x - torch.negative(f),
    "alpha": lambda x, f: torch.add(x, f, alpha=0.1),
    "in place": _grown,
    "out": lambda x, f: torch.add(x, f, out=torch.empty_like(x)),
    "foreach": lambda x, f: torch._foreach_add([x], [f])[0],
    "sum of a list": lambda x, f: sum([f, x]),
    "in double precision": lambda x, f: (x.double() + f.double()).float(),
    "scaled": lambda x, f: (x + f) * 0.7,
}


class Product(nn.Module):
    """The last layer of its branch and the addition are one operator."""

    def __init__(self, join):
        super().__init__()
        self.first, self.weight, self.join = nn.Linear(8, 8), nn.Parameter(torch.zeros(8, 8)), join

    def forward(self, x):
        return self.join(x, functional.relu(self.first(x)), self.weight)


def _read_elsewhere(x, f, g):
    y = f(x)
    return torch.cat([y, g(y + x)], 1)


class Embedded(nn.Module):
    """As in diffusion: something that is read off the image once is added inside each block."""

    def __init__(self):
        super().__init__()
        self.stem, self.time, self.last = conv(3, 8), nn.Linear(3, 8), conv(8, 3)
        self.blocks = nn.ModuleList(main() for _ in range(3))
        self.steps = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, x):
        time = functional.silu(self.time(x.mean((2, 3))))
        x = self.stem(x)
        for (first, norm, act, second), step in zip(self.blocks, self.steps, strict=True):
            x = x + second(act(norm(first(x))) + step(time)[:, :, None, None])
        return self.last(x)


class Aggregated(nn.Module):
    """As in recurrent layer aggregation: every block reads a state, and changes it."""

    def __init__(self):
        super().__init__()
        self.stem, self.mix, self.down, self.last = conv(3, 8), conv(4, 4), conv(8, 4, 1), conv(8, 3)
        self.blocks = nn.ModuleList(main(12, 8) for _ in range(3))

    def forward(self, x):
        x = self.stem(x)
        state = torch.zeros_like(x[:, :4])
        for block in self.blocks:
            y = block(torch.cat([x, state], 1))
            x, state = x + y, torch.tanh(self.mix(state + self.down(y)))
        return self.last(x)


UNKNOWN = {
    "an embedding in each block": (Embedded(), "add"),
    "a state that is no gate": (Aggregated(), "add"),
    "the larger one": (two(torch.maximum), "maximum"),
    "chosen by value": (two(lambda x, f: torch.where(f > 0, x, f)), "where"),
    "hypotenuse": (two(torch.hypot), "hypot"),
    "of logarithms": (two(torch.logaddexp), "logaddexp"),
    "read elsewhere too": (
        net(Fn(_read_elsewhere, main(), conv(8, 8)), out=16),
        "add",
    ),
}
"""Networks that join tensors in a way that shows no residual blocks, and the operator that does."""


SUMS = {name: (two(join), Truth(6, "ii")) for name, join in JOINS.items()} | {
    "halves in a row, not summed pairwise": (
        net(Residual(lambda x, f: torch.cat([x, f], 1).view(1, 8, 2, 32, 32).amax(2), main())),
        Truth(4),
    ),
    "concatenated": (net(Residual(lambda x, f: torch.cat([x, f], 1), main()), out=16), Truth(4)),
}


# --- A state that goes from block to block ---
class State(nn.Module):
    def __init__(self, *, added=False):
        super().__init__()
        self.stem, self.proj, self.fc = conv(3, 8), conv(8, 16, 1, 2), nn.Linear(16, 4)
        self.blocks = nn.ModuleList([main(8, 16, 2), main(16, 16), main(16, 16)])
        self.gate, self.mix, self.added = nn.Linear(16, 16), conv(16, 16, 1), added

    def forward(self, x):
        x, state = self.stem(x), 0
        for index, block in enumerate(self.blocks):
            y = block(x)
            state = torch.tanh(self.gate(y.mean((2, 3)))) + state
            x = functional.relu((x if index else self.proj(x)) + y * torch.sigmoid(state)[:, :, None, None])
        return self.fc(x.mean((2, 3)))


class Lstm(nn.Module):
    """One LSTM cell makes the gates of all blocks."""

    def __init__(self):
        super().__init__()
        self.stem, self.fc, self.cell = conv(3, 8), nn.Linear(8, 4), nn.Linear(16, 32)
        self.blocks = nn.ModuleList([main(), main(), main()])

    def forward(self, x):
        x = self.stem(x)
        hidden = cell = torch.zeros(x.shape[0], 8, device=x.device)
        for block in self.blocks:
            y = block(x)
            i, f, g, o = self.cell(torch.cat([y.mean((2, 3)), hidden], 1)).chunk(4, 1)
            cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
            hidden = torch.sigmoid(o) * torch.tanh(cell)
            x = x + y * hidden[:, :, None, None]
        return self.fc(x.mean((2, 3)))


class Hyper(nn.Module):
    """The gates of all blocks are computed from the image beforehand."""

    def __init__(self):
        super().__init__()
        self.stem, self.fc, self.gates = conv(3, 8), nn.Linear(8, 4), nn.Linear(8, 24)
        self.blocks = nn.ModuleList([main(), main(), main()])

    def forward(self, x):
        x = self.stem(x)
        gates = torch.sigmoid(self.gates(x.mean((2, 3)))).chunk(3, 1)
        for gate, block in zip(gates, self.blocks, strict=True):
            x = x + block(x) * gate[:, :, None, None]
        return self.fc(x.mean((2, 3)))


class Modulated(Embedded):
    """The embedding scales what each block adds."""

    def forward(self, x):
        time = functional.silu(self.time(x.mean((2, 3))))
        x = self.stem(x)
        for block, step in zip(self.blocks, self.steps, strict=True):
            x = x + block(x) * (1 + step(time)[:, :, None, None])
        return self.last(x)


class Masked(nn.Module):
    """A network of blocks makes a mask for its input, or for what an encoder makes of it."""

    def __init__(self, *, encoded):
        super().__init__()
        wide = 8 if encoded else 3
        self.encode, self.decode = (conv(3, 8), conv(8, 3)) if encoded else (nn.Identity(), nn.Identity())
        self.first, self.last = conv(wide, 8), conv(8, wide)
        self.body = nn.Sequential(Residual(torch.add, main()), Residual(torch.add, main()))

    def forward(self, x):
        x = self.encode(x)
        return self.decode(x * torch.sigmoid(self.last(self.body(self.first(x)))))


class Attended(nn.Module):
    """A trunk of blocks, and a mask for it that has a block of its own."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(Residual(torch.add, main()), Residual(torch.add, main()))
        self.mask = nn.Sequential(
            nn.MaxPool2d(2), Residual(torch.add, main()), nn.Upsample(scale_factor=2), conv(8, 8, 1), nn.Sigmoid()
        )

    def forward(self, x):
        return (1 + self.mask(x)) * self.trunk(x)


STATES = {
    "an embedding that scales": (Modulated(), Truth(8, "iii", 4)),
    "a mask for the input": (Masked(encoded=False), Truth(6, "ii")),
    "a mask for an encoded input": (Masked(encoded=True), Truth(8, "ii")),
    "a mask for a trunk": (net(Attended()), Truth(6, "ii", 3)),
    "a sum of gates": (State(), Truth(8, "pii", 3)),
    "an LSTM": (Lstm(), Truth(8, "iii", 3)),
    "computed beforehand": (Hyper(), Truth(8, "iii", 1)),
}


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


ALL = {
    f"{kind}: {name}": case
    for kind, cases in (
        ("place", PLACES),
        ("order", ORDERS),
        ("no layers", WITHOUT_LAYERS),
        ("gate", GATES),
        ("join", SUMS),
        ("state", STATES),
        ("parallel", PARALLEL),
    )
    for name, case in cases.items()
}
