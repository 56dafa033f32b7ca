"""Long skips around residual blocks: U-Nets, a feature pyramid, an auxiliary head, residuals within residuals."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


def conv(cin, cout, size=3, stride=1):
    return nn.Conv2d(cin, cout, size, stride, size // 2)


class Block(nn.Module):
    def __init__(self, cin, cout=None, stride=1):
        super().__init__()
        cout = cout or cin
        self.a, self.b = conv(cin, cout, 3, stride), conv(cout, cout)
        self.shortcut = conv(cin, cout, 1, stride) if (cin, stride) != (cout, 1) else None

    def forward(self, x):
        out = self.b(functional.relu(self.a(x)))
        return functional.relu(out + (x if self.shortcut is None else self.shortcut(x)))


class Double(nn.Sequential):
    def __init__(self, cin, cout):
        super().__init__(conv(cin, cout), nn.ReLU(), conv(cout, cout), nn.ReLU())


class UNet(nn.Module):
    """What goes down and comes up again is joined; with ``residual``, by blocks that add."""

    def __init__(self, *, residual):
        super().__init__()
        made = Block if residual else Double
        self.down = nn.ModuleList([made(3, 8), made(8, 16)])
        self.bottom = made(16, 32)
        self.up = nn.ModuleList([nn.ConvTranspose2d(32, 16, 2, 2), nn.ConvTranspose2d(16, 8, 2, 2)])
        self.join = nn.ModuleList([made(32, 16), made(16, 8)])
        self.out = conv(8, 2, 1)

    def forward(self, x):
        kept = []
        for layer in self.down:
            x = layer(x)
            kept.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for up, join in zip(self.up, self.join, strict=True):
            x = join(torch.cat([up(x), kept.pop()], 1))
        return self.out(x)


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = conv(3, 8, 3, 2)
        self.layer1 = nn.Sequential(Block(8), Block(8))
        self.layer2 = nn.Sequential(Block(8, 16, 2), Block(16))
        self.layer3 = nn.Sequential(Block(16, 32, 2), Block(32))

    def forward(self, x):
        one = self.layer1(functional.relu(self.stem(x)))
        two = self.layer2(one)
        return one, two, self.layer3(two)


class Pyramid(nn.Module):
    """The stages' outputs, each added to what comes down from the smaller ones."""

    def __init__(self):
        super().__init__()
        self.body = Backbone()
        self.lateral = nn.ModuleList(conv(channels, 8, 1) for channels in (8, 16, 32))
        self.smooth = nn.ModuleList(conv(8, 8) for _ in range(3))

    def forward(self, x):
        *larger, smallest = [layer(part) for layer, part in zip(self.lateral, self.body(x), strict=True)]
        levels = [smallest]
        for part in reversed(larger):
            levels.append(part + functional.interpolate(levels[-1], scale_factor=2))
        return [layer(level) for layer, level in zip(self.smooth, levels, strict=True)]


class Auxiliary(nn.Module):
    """A second head reads the second stage; it runs before the third one, or after the first head."""

    def __init__(self, *, early):
        super().__init__()
        self.body, self.early = Backbone(), early
        self.aux, self.head = nn.Sequential(conv(16, 4), nn.ReLU(), conv(4, 2, 1)), conv(32, 2, 1)

    def forward(self, x):
        two = self.body.layer2(self.body.layer1(functional.relu(self.body.stem(x))))
        aux = self.aux(two) if self.early else None
        out = self.head(self.body.layer3(two))
        return {"out": out, "aux": self.aux(two) if aux is None else aux}


class LongSkip(nn.Module):
    """As in super-resolution: the body is residual as a whole, and so are the blocks that it consists of."""

    def __init__(self, blocks=4):
        super().__init__()
        self.head = conv(3, 8)
        self.body = nn.Sequential(*(Block(8) for _ in range(blocks)), conv(8, 8))
        self.tail = nn.Sequential(conv(8, 12), nn.PixelShuffle(2))

    def forward(self, x):
        x = self.head(x)
        return self.tail(x + self.body(x))


class Streams(nn.Module):
    """As in HRNet: two resolutions side by side, each with blocks of its own, exchanged at the end."""

    def __init__(self):
        super().__init__()
        self.stem, self.smaller = conv(3, 8), conv(8, 16, 3, 2)
        self.large, self.small = nn.Sequential(Block(8), Block(8)), nn.Sequential(Block(16), Block(16))
        self.down, self.up = conv(8, 16, 3, 2), conv(16, 8, 1)

    def forward(self, x):
        x = functional.relu(self.stem(x))
        large, small = self.large(x), self.small(functional.relu(self.smaller(x)))
        return large + functional.interpolate(self.up(small), scale_factor=2), small + self.down(large)


class Nested(nn.Module):
    """As many skips inside each other as it has convolutions; or, ``one_ended``, all of them from the same tensor."""

    def __init__(self, depth, *, one_ended=False):
        super().__init__()
        self.layers, self.one_ended = nn.ModuleList(conv(4, 4) for _ in range(depth)), one_ended

    def forward(self, x):
        first, starts, taps = x, [], []
        for layer in self.layers:
            starts.append(x)
            x = layer(x)
            taps.append(x + first)
        if self.one_ended:
            return taps
        for start in reversed(starts):
            x = functional.relu(x + start)
        return x


class Crossing(nn.Module):
    """Two streams that are added to each other all the time, so that no addition closes a block."""

    def __init__(self, depth):
        super().__init__()
        self.layers = nn.ModuleList(conv(4, 4) for _ in range(depth))

    def forward(self, x):
        left, right = x, functional.relu(x)
        for layer in self.layers:
            left, right = right + left, layer(left) + right
        return torch.cat([left, right], 1)
