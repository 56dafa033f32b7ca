"""Small networks whose sums are written in every way there is; what is in each is counted by hand."""

from __future__ import annotations

import torch
from joined_parts import Fn, Residual, Truth, excitation, main, net, squeeze, two
from passed_states import Aggregated, Embedded
from small_nets import conv
from torch import nn
from torch.nn import functional


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
    "stack, weights, sum": lambda x, f: (torch.stack([x, f], -1) * torch.ones(2, device=f.device)).sum(-1),
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


UNKNOWN = {
    "an embedding in each block": (Embedded(), "add"),
    "a state that is no gate": (Aggregated(), "add"),
    "the larger one": (two(torch.maximum), "maximum"),
    "chosen by value": (two(lambda x, f: torch.where(f > 0, x, f)), "where"),
    "stacked, then multiplied": (two(lambda x, f: torch.stack([x, f], -1) @ torch.ones(2, device=f.device)), "stack"),
    "stacked, then a log-sum": (two(lambda x, f: torch.logsumexp(torch.stack([x, f]), 0)), "stack"),
    "added at indices": (two(lambda x, f: x.index_add(1, torch.arange(8, device=f.device), f)), "index_add"),
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
