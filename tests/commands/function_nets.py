"""Small networks that differ in one thing each, and random ones, to prove what ``compare`` says of their outputs."""

from __future__ import annotations

import torch
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

CHANNELS = 4
SIDE = 6
SHAPE = (1, 3, SIDE, SIDE)


def conv(cin=CHANNELS, cout=CHANNELS, **options):
    return nn.Conv2d(cin, cout, 3, padding=1, bias=False, **options)


class Function(nn.Module):
    """A module that runs ``function(x, *modules)``; other names of the modules make other names of the weights."""

    def __init__(self, function, *modules, names=()):
        super().__init__()
        self.function = function
        self.names = list(names) or [f"m{number}" for number in range(len(modules))]
        for name, module in zip(self.names, modules, strict=True):
            self.add_module(name, module)

    def forward(self, x):
        return self.function(x, *(getattr(self, name) for name in self.names))


def net(function, *modules, names=()):
    """Return a network of a stem, ``function``, and a head."""
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(CHANNELS, 3))
    return nn.Sequential(conv(3), Function(function, *modules, names=names), head)


ACTIVATIONS = {
    "relu": nn.ReLU,
    "clamp": lambda: Function(lambda x: x.clamp(min=0)),
    "relu in place": lambda: nn.ReLU(inplace=True),
    "relu6": nn.ReLU6,
    "hardtanh 0 to 6": lambda: Function(lambda x: functional.hardtanh(x, 0.0, 6.0)),
    "leaky 0.1": lambda: nn.LeakyReLU(0.1),
    "leaky 0.2": lambda: nn.LeakyReLU(0.2),
    "gelu": nn.GELU,
    "gelu by tanh": lambda: nn.GELU("tanh"),
    "elu": nn.ELU,
}
NORMS = {
    "batch": lambda: nn.BatchNorm2d(CHANNELS),
    "batch, other momentum": lambda: nn.BatchNorm2d(CHANNELS, momentum=0.3),
    "batch, other eps": lambda: nn.BatchNorm2d(CHANNELS, eps=1e-3),
    "batch, own statistics": lambda: nn.BatchNorm2d(CHANNELS, track_running_stats=False),
    "two groups": lambda: nn.GroupNorm(2, CHANNELS),
    "four groups": lambda: nn.GroupNorm(4, CHANNELS),
}
JOINS = {
    "x + y": lambda x, y: x + y,
    "y + x": lambda x, y: y + x,
    "add in place": lambda x, y: y.add_(x),
    "x - y": lambda x, y: x - y,
    "y - x": lambda x, y: y - x,
    "x + y / 2": lambda x, y: x + 0.5 * y,
    "alpha": lambda x, y: torch.add(x, y, alpha=0.5),
    "x + 0.2 y": lambda x, y: x + 0.2 * y,
}
POOLS = {
    "none": nn.Identity,
    "average": lambda: nn.AvgPool2d(2),
    "adaptive average": lambda: nn.AdaptiveAvgPool2d(SIDE // 2),
    "average, padded": lambda: nn.AvgPool2d(3, 2, 1),
    "average, padding not counted": lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False),
    "max": lambda: nn.MaxPool2d(2),
    "max, rounded up": lambda: nn.MaxPool2d(2, ceil_mode=True),
    "nearest": lambda: nn.Upsample(scale_factor=0.5),
    "bilinear": lambda: nn.Upsample(scale_factor=0.5, mode="bilinear"),
    "bilinear, aligned": lambda: nn.Upsample(scale_factor=0.5, mode="bilinear", align_corners=True),
}
HEADS = {
    "pool": lambda x: functional.adaptive_avg_pool2d(x, 1).flatten(1),
    "whole window": lambda x: functional.avg_pool2d(x, x.shape[-1]).flatten(1),
    "mean": lambda x: x.mean((2, 3)),
    "mean, kept, viewed": lambda x: x.mean((-1, -2), keepdim=True).view(x.shape[0], -1),
    "mean of the flattened": lambda x: x.flatten(2).mean(-1),
    "squeezed": lambda x: functional.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1),
    "indexed": lambda x: functional.adaptive_avg_pool2d(x, 1)[:, :, 0, 0],
    "max": lambda x: functional.adaptive_max_pool2d(x, 1).flatten(1),
    "amax": lambda x: x.amax((2, 3)),
    "dropout": lambda x: functional.dropout(x, 0.5, training=False).mean((2, 3)),
}
PARTS = {"activation": ACTIVATIONS, "norm": NORMS, "join": JOINS, "pool": POOLS, "head": HEADS}


class Chosen(nn.Module):
    """A network with one block, of parts that are chosen by their names in ``PARTS``."""

    def __init__(self, activation, norm, join, pool, head, *, renamed=False, norm_first=False):
        super().__init__()
        self.order = ["first", "norm"] if norm_first else ["norm", "first"]
        self.stem, self.join, self.head = conv(3), JOINS[join], HEADS[head]
        parts = {"first": conv(), "norm": NORMS[norm](), "second": conv(), "fc": nn.Linear(CHANNELS, 3)}
        self.names = {name: f"{name}_of_other" if renamed else name for name in parts}
        for name, part in parts.items():
            self.add_module(self.names[name], part)
        self.activation, self.pool = ACTIVATIONS[activation](), POOLS[pool]()

    def forward(self, x):
        part = {name: getattr(self, own) for name, own in self.names.items()}
        x = self.pool(self.stem(x))
        y = x
        for name in self.order[::-1]:
            y = part[name](y)
        return part["fc"](self.head(self.join(x, part["second"](self.activation(y)))))


choices = st.fixed_dictionaries({name: st.sampled_from(sorted(parts)) for name, parts in PARTS.items()})


@st.composite
def pairs(draw):
    """Choices for two networks that differ in one or two parts, or in none, and perhaps in names and order."""
    left = draw(choices)
    changed = draw(st.lists(st.sampled_from(sorted(PARTS)), max_size=2))
    right = left | {name: draw(st.sampled_from(sorted(PARTS[name]))) for name in changed}
    first = draw(st.booleans())
    return (
        left | {"norm_first": first},
        right | {"norm_first": first ^ (draw(st.integers(0, 5)) == 0), "renamed": draw(st.booleans())},
    )


def with_random_values(module):
    """Give every weight a random value, double precision, and large enough that every kink is met."""
    module.double().eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                values = torch.randn(tensor.shape, generator=generator, dtype=tensor.dtype)
                values *= 10 if values.dim() == 1 else 1
                tensor.copy_(values.abs() * 0.01 + 0.01 if name.endswith("running_var") else values)
    return module


def outputs_agree(left, right, report, shape=SHAPE):
    """Copy the weights by the key map, or by names where these are equal; return whether the outputs are equal."""
    with_random_values(left)
    right.double().eval()
    values = left.state_dict()
    names = {key.right: key.left for key in report.key_names}
    if report.weights_interchangeable:
        names = {name: name for name in values}
    right.load_state_dict({name: values[names[name]] for name in right.state_dict()})
    x = 10 * torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    with torch.no_grad():
        one, two = left(x.clone()), right(x.clone())
    return one.shape == two.shape and torch.allclose(one, two, rtol=1e-9, atol=1e-9)
