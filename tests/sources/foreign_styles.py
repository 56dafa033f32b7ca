"""Networks whose modules and tensors have names that nobody knows: units in lists, and forwards of functions."""

from __future__ import annotations

import torch
from torch import fx, nn
from torch.nn import functional

BatchNorm = nn.BatchNorm2d


def conv(cin, cout, kernel=3, stride=1, **options):
    return nn.Conv2d(cin, cout, kernel, stride, kernel // 2, **{"bias": False, **options})


class _ToLeaves(fx.Tracer):
    def is_leaf_module(self, module, _path):
        return not list(module.children()) or "NormAct" in type(module).__name__


class Flat(nn.Module):
    """A network of any kind as one list of its innermost modules, and a forward that calls them one after another."""

    def __init__(self, net):
        super().__init__()
        self.graph = _ToLeaves().trace(net)
        self.parts = nn.ModuleList()
        self.numbers, self.tensors = {}, {}
        modules = dict(net.named_modules())
        for node in self.graph.nodes:
            if node.op == "call_module" and node.target not in self.numbers:
                self.numbers[node.target] = len(self.parts)
                self.parts.append(modules[node.target])
            elif node.op == "get_attr":
                owner, _, name = node.target.rpartition(".")
                self.tensors[node.target] = getattr(modules[owner], name)

    def forward(self, x):
        found = {}
        for node in self.graph.nodes:
            arguments = fx.node.map_arg(node.args, found.__getitem__)
            options = fx.node.map_arg(node.kwargs, found.__getitem__)
            if node.op == "output":
                return arguments[0]
            if node.op == "placeholder":
                found[node] = x
            elif node.op == "get_attr":
                found[node] = self.tensors[node.target]
            elif node.op == "call_module":
                found[node] = self.parts[self.numbers[node.target]](*arguments, **options)
            elif node.op == "call_function":
                found[node] = node.target(*arguments, **options)
            else:
                found[node] = getattr(arguments[0], node.target)(*arguments[1:], **options)
        return None


class Unit(nn.Module):
    """Two convolutions and a shortcut, all in lists."""

    def __init__(self, cin, cout, stride=1, *, act=functional.relu, norm=BatchNorm, convolution=conv):
        super().__init__()
        self.steps = nn.ModuleList([convolution(cin, cout, 3, stride), norm(cout), convolution(cout, cout), norm(cout)])
        self.act = act
        changes = stride > 1 or cin != cout
        self.skip = nn.ModuleList([conv(cin, cout, 1, stride), norm(cout)] if changes else [])

    def main(self, x):
        first, norm1, second, norm2 = self.steps
        return norm2(second(self.act(norm1(first(x)))))

    def side(self, x):
        for part in self.skip:
            x = part(x)
        return x

    def forward(self, x):
        return self.act(self.side(x) + self.main(x))


class Gated(Unit):
    """Squeezed to eight channels and excited, by 1x1 convolutions or by linear layers."""

    def __init__(self, cin, cout, stride=1, *, linear=False, expanded=False):
        super().__init__(cin, cout, stride)
        kind = nn.Linear if linear else lambda *channels: nn.Conv2d(*channels, 1)
        self.gate = nn.ModuleList([kind(cout, 8), kind(8, cout)])
        self.linear, self.expanded = linear, expanded

    def main(self, x):
        out = super().main(x)
        down, up = self.gate
        means = out.mean((2, 3), keepdim=not self.linear)
        scale = torch.sigmoid(up(functional.relu(down(means))))
        scale = scale.view(1, -1, 1, 1).expand_as(out) if self.expanded else scale
        return out * (scale[:, :, None, None] if self.linear else scale)


class Padded(Unit):
    """Option A: no convolution on the shortcut."""

    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.skip, self.added, self.step = nn.ModuleList(), cout - cin, stride

    def side(self, x):
        if not self.added:
            return x
        return functional.pad(x[:, :, :: self.step, :: self.step], (0, 0, 0, 0, 0, self.added))


class Pooled(Unit):
    """Every second pixel of the shortcut, and no channels."""

    def side(self, x):
        return functional.max_pool2d(x, 1, 2) if self.steps[0].stride == (2, 2) else x


class Plain(Unit):
    """No shortcut."""

    def forward(self, x):
        return self.act(self.main(x))


class Long(Unit):
    """A third convolution."""

    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.third = conv(cout, cout)

    def main(self, x):
        return self.third(super().main(x))


class Unread(Unit):
    """A normalisation that is never called."""

    def __init__(self, cin, cout, stride=1):
        super().__init__(cin, cout, stride)
        self.spare = BatchNorm(cout)


class Squeezed(nn.Module):
    """A bottleneck."""

    def __init__(self, cin, width, stride=1, *, first=False, groups=1, pool=None):
        super().__init__()
        strides = (stride, 1) if first else (1, 1 if pool else stride)
        self.convs = nn.ModuleList(
            [
                conv(cin, width, 1, strides[0]),
                conv(width, width, 3, strides[1], groups=groups),
                conv(width, 4 * width, 1),
            ]
        )
        self.norms = nn.ModuleList(map(BatchNorm, (width, width, 4 * width)))
        self.skip = nn.Sequential(conv(cin, 4 * width, 1, stride), BatchNorm(4 * width)) if cin != 4 * width else None
        self.pool = pool

    def forward(self, x):
        out = x
        for place, (convolve, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            if self.pool and place == self.pool:
                out = functional.avg_pool2d(out, 2)
            out = norm(convolve(out))
            out = functional.relu(out) if place < 2 else out
        return functional.relu(out + (x if self.skip is None else self.skip(x)))


class Preactivated(nn.Module):
    """Normalisation and activation first; the projection reads what they make of the input, or the input itself."""

    def __init__(self, cin, cout, stride=1, *, raw=False):
        super().__init__()
        self.parts = nn.ModuleList([BatchNorm(cin), conv(cin, cout, 3, stride), BatchNorm(cout), conv(cout, cout)])
        self.skip = conv(cin, cout, 1, stride) if cin != cout else None
        self.raw = raw

    def forward(self, x):
        norm1, first, norm2, second = self.parts
        active = functional.relu(norm1(x))
        side = x if self.skip is None else self.skip(x if self.raw else active)
        return second(functional.relu(norm2(first(active)))) + side


class Net(nn.Module):
    """A stem, units in a list, a mean over H and W, and a classifier."""

    def __init__(
        self, units, channels, *, stem=None, norm=16, last=None, end=None, pool=False, act=functional.relu, average=None
    ):
        super().__init__()
        self.enter = stem or conv(3, 16)
        self.norms = nn.ModuleList([BatchNorm(norm)] if norm else [])
        self.units = nn.ModuleList(units)
        self.last = last
        self.end = end or nn.Linear(channels, 10)
        self.pool, self.act, self.average = pool, act, average or over_the_map

    def forward(self, x):
        x = self.enter(x)
        for norm in self.norms:
            x = norm(x)
            x = functional.max_pool2d(x, 3, 2, 1) if self.pool == "before the activation" else x
            x = self.act(x)
        if self.pool is True:
            x = functional.max_pool2d(x, 3, 2, 1)
        for unit in self.units:
            x = unit(x)
        if self.last is not None:
            x = functional.relu(self.last(x))
        return self.end(torch.flatten(self.average(x), 1))


def over_the_map(x):
    return functional.adaptive_avg_pool2d(x, 1)


def of_units(kind=Unit, options=None, **of_net):
    """Return a network of two stages of two units each."""
    sizes = ((16, 16), (16, 16), (16, 32, 2), (32, 32))
    return Net([kind(*size, **(options or {})) for size in sizes], 32, **of_net)


def of_bottlenecks(options=None, **of_net):
    """Return a network of two stages of bottlenecks, two and one; the options are those of the last block."""
    return Net([Squeezed(16, 16), Squeezed(64, 16), Squeezed(64, 32, 2, **(options or {}))], 128, **of_net)


class Parameters(nn.Module):
    """No module has a weight of its own but the normalisations."""

    def __init__(self):
        super().__init__()
        shapes = ((16, 3, 3, 3), (16, 16, 3, 3), (16, 16, 3, 3), (10, 16))
        self.weights = nn.ParameterList(nn.Parameter(torch.empty(shape)) for shape in shapes)
        self.bias = nn.Parameter(torch.empty(10))
        self.norms = nn.ModuleList(BatchNorm(16) for _ in range(3))

    def convolve(self, number, x):
        return self.norms[number](functional.conv2d(x, self.weights[number], padding=1))

    def forward(self, x):
        x = functional.relu(self.convolve(0, x))
        x = functional.relu(x + self.convolve(2, functional.relu(self.convolve(1, x))))
        return functional.linear(functional.adaptive_avg_pool2d(x, 1).flatten(1), self.weights[3], self.bias)


def deep_stem(first, second, last):
    """Return three convolutions with their normalisations, the last one's left to the network."""
    return nn.Sequential(
        conv(3, first, 3, 2), BatchNorm(first), nn.ReLU(), conv(first, second), BatchNorm(second), nn.ReLU(),
        conv(second, last),
    )  # fmt: skip


SMALL = {"block": "basic", "stage_blocks": (2, 2), "stage_widths": (16, 32), "stem_width": 16}
BOTTLENECKS = {**SMALL, "block": "bottleneck", "stage_blocks": (2, 1)}
DEEP = {"block": "bottleneck", "stage_blocks": (1,), "stage_widths": (16,), "stem_stride": 2}

DESCRIBED = {
    "units in a list": (of_units(), SMALL),
    "wrapped one by one": (of_units(lambda *size: nn.Sequential(Unit(*size))), SMALL),
    "bottlenecks, v1.5": (of_bottlenecks(), {**BOTTLENECKS, "stride_in": "3x3"}),
    "bottlenecks, v1": (of_bottlenecks({"first": True}), {**BOTTLENECKS, "stride_in": "1x1"}),
    "anti-aliased": (
        of_bottlenecks({"pool": 2}, stem=nn.Sequential(conv(3, 16)), pool=False),
        {"anti_alias": "avg", "stem_pool": "none"},
    ),
    "squeezed and excited": (of_units(Gated), {**SMALL, "attention": "se"}),
    "gates that are expanded": (of_units(Gated, {"expanded": True}), {**SMALL, "attention": "se"}),
    "option A": (of_units(Padded), {**SMALL, "shortcut": "A"}),
    "pre-activation": (of_units(Preactivated, norm=0, last=BatchNorm(32)), {**SMALL, "preact": True}),
    "parameters without modules": (Parameters(), {"block": "basic", "stage_blocks": (1,), "stage_widths": (16,)}),
    "stem of 5x5 and a pool": (
        of_units(stem=conv(3, 16, 5, 2), pool=True),
        {**SMALL, "stem_kernel": 5, "stem_stride": 2, "stem_pool": "max"},
    ),
    "deep stem": (
        Net([Squeezed(32, 16)], 64, stem=deep_stem(16, 16, 32), norm=32),
        {**DEEP, "stem": "deep", "stem_width": 16},
    ),
    "tiered stem": (
        Net([Squeezed(32, 16)], 64, stem=deep_stem(12, 16, 32), norm=32),
        {**DEEP, "stem": "deep_tiered", "stem_width": 16},
    ),
    "another activation": (of_units(options={"act": functional.silu}, act=functional.silu), {"activation": "silu"}),
    "a mean": (of_units(average=lambda x: x.mean((2, 3))), SMALL),
    "a mean of a row of pixels": (of_units(average=lambda x: x.reshape(*x.shape[:2], -1).mean(2)), SMALL),
    "a pool as large as the map": (of_units(average=lambda x: functional.avg_pool2d(x, x.shape[2])), SMALL),
    "no classifier": (of_units(end=nn.Identity()), {**SMALL, "num_classes": 0, "head": "linear"}),
}
"""What it is -> the network, and fields of the config that describes it completely."""


class Transposed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = conv(3, 16)

    def forward(self, x):
        return self.conv(x).transpose(2, 3)


def biased(*arguments):
    return conv(*arguments, bias=True)


def dilated(cin, cout, kernel=3, stride=1):
    return nn.Conv2d(cin, cout, kernel, stride, 2, dilation=2, bias=False)


DIFFERING = {
    "an activation that no config has": (
        of_units(options={"act": functional.elu}, act=functional.elu),
        "other operations, the first in stem: 9× elu instead of 9× relu",
    ),
    "another activation in the stem": (of_units(act=functional.silu), "1× silu instead of 1× relu"),
    "another normalisation": (
        of_units(options={"norm": lambda channels: nn.InstanceNorm2d(channels, affine=True)}),
        "9× instance_norm instead of 9× batch_norm",
    ),
    "biases": (
        of_units(options={"convolution": biased}),
        "bias of units.0.steps.0 and 7 more (main): yes instead of no",
    ),
    "gates of linear layers": (
        of_units(Gated, {"linear": True}),
        "op of units.0.gate.0 and 7 more (attention): linear instead of conv2d",
    ),
    "shortcuts of a pool": (
        Net([Unit(16, 16), Pooled(16, 16, 2)], 16),
        "shortcut of units.1 (block): other instead of projection",
    ),
    "a projection of the input itself": (
        of_units(Preactivated, {"raw": True}, norm=0, last=BatchNorm(32)),
        "the operators are the same, but conv2d in units.2.skip reads something else",
    ),
    "a pool before the activation": (
        of_units(pool="before the activation"),
        "the same operations in another order, the first in stem",
    ),
    "a maximum over the map": (
        of_units(average=lambda x: functional.adaptive_max_pool2d(x, 1)),
        "op of adaptive_max_pool2d (head): adaptive_max_pool2d instead of adaptive_avg_pool2d",
    ),
    "a pool over most of the map": (
        of_units(average=lambda x: functional.avg_pool2d(x, x.shape[2] - 1)),
        "op of avg_pool2d (head): avg_pool2d instead of adaptive_avg_pool2d",
    ),
    "a pool over the map and zeros around it": (
        of_units(average=lambda x: functional.avg_pool2d(x, x.shape[2] + 2, padding=1)),
        "op of avg_pool2d (head): avg_pool2d instead of adaptive_avg_pool2d",
    ),
    "a mean over the channels": (
        of_units(average=lambda x: x.repeat(1, 1, 1, 2).mean((1, 2))),
        "other operations, the first in head: 1× repeat, 1× mean instead of 1× flatten",
    ),
    "a transposed map": (of_units(stem=Transposed()), "the first in stem: 1× transpose instead of none"),
    "no last normalisation": (
        of_units(Preactivated, norm=0),
        "the first in head: none instead of 1× batch_norm, 1× relu",
    ),
    "weights that are normalised": (
        of_units(stem=nn.utils.parametrizations.weight_norm(conv(3, 16))),
        "weights are made by _weight_norm before use",
    ),
    "parameters that nothing reads": (
        of_units(Unread),
        "parameters that no operator reads: those of units.0.spare, units.1.spare, units.2.spare, units.3.spare",
    ),
}
"""What it is -> the network, and a sentence about what no config expresses."""

REFUSED = {
    "groups that vary": (
        Net([Squeezed(16, 16, groups=2), Squeezed(64, 32, 2, groups=4)], 128),
        "the groups of its bottlenecks vary, which no config expresses: 2 in units.0.convs.1, 4 in units.1.convs.1",
    ),
    "a pool before the 3x3": (
        of_bottlenecks({"pool": 1}),
        "neither v1 nor v1.5: no convolution strides; a pool between",
    ),
    "three convolutions": (
        of_units(Long),
        "block units.0 is 3x3-3x3-3x3, neither basic (3x3-3x3) nor a bottleneck (1x1-3x3-1x1)",
    ),
    "no shortcuts": (of_units(Plain), "its data flow shows no blocks"),
    "a stem of patches": (
        of_units(stem=nn.Conv2d(3, 16, 4, 4, bias=False)),
        "stem_kernel: must be odd, so that padding can keep the size; found 4",
    ),
    "two convolutions as a stem": (
        of_units(stem=nn.Sequential(conv(3, 8), BatchNorm(8), nn.ReLU(), conv(8, 16))),
        "enter.3 has stride 1×1; a config would have 2×2",
    ),
    "a convolution between the stages": (
        Net([Unit(16, 16), conv(16, 16, 1), Unit(16, 16)], 16),
        "units.1 (conv2d) has no place in a config",
    ),
    "two layers after the last block": (
        of_units(end=nn.Sequential(nn.Linear(32, 8), nn.ReLU(), nn.Linear(8, 10))),
        "it has 2 weighted layers (end.0, end.2) after its last block; a config has one classifier there",
    ),
    "dilation in one block": (
        Net([Unit(16, 16), Unit(16, 16, convolution=dilated)], 16, stem=conv(3, 16, 7, 4)),
        "units.0.steps.2 has dilation 1×1; a config would have 2×2",
    ),
    "dilation before anything strides": (
        Net([Unit(16, 16), Unit(16, 16, convolution=dilated), Unit(16, 16)], 16),
        "it dilates at an output stride of 1; a config can at 4, 8 or 16",
    ),
}
"""What it is -> the network, and the reason why no config describes it."""
