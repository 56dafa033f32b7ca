"""Modules that do with their parts what nobody expects: call them twice, never, or not as modules at all."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


def conv(cin, cout, size=3, stride=1):
    return nn.Conv2d(cin, cout, size, stride, size // 2)


class Net(nn.Module):
    """A convolution, what is given, a linear layer."""

    def __init__(self, *blocks, out=8):
        super().__init__()
        self.stem, self.body, self.fc = conv(3, 8), nn.Sequential(*blocks), nn.Linear(out, 5)

    def forward(self, x):
        return self.fc(self.body(functional.relu(self.stem(x))).mean((2, 3)))


class OwnWeights(nn.Module):
    """The convolutions are functions, and their weights parameters of the block."""

    def __init__(self):
        super().__init__()
        self.first, self.second = (nn.Parameter(torch.zeros(8, 8, 3, 3)) for _ in range(2))

    def forward(self, x):
        return functional.relu(
            functional.conv2d(functional.conv2d(x, self.first, padding=1), self.second, padding=1) + x
        )


class SharedConvolution(nn.Module):
    """One convolution does the work of both; the second normalisation is never called."""

    def __init__(self):
        super().__init__()
        self.conv, self.bn, self.spare = conv(8, 8), nn.BatchNorm2d(8), nn.BatchNorm2d(8)

    def forward(self, x):
        return functional.relu(self.bn(self.conv(functional.relu(self.conv(x)))) + x)


class Dropped(nn.Module):
    """Stochastic depth: nothing at all in evaluation."""

    def __init__(self):
        super().__init__()
        self.a, self.b = conv(8, 8), conv(8, 8)

    def forward(self, x):
        out = self.b(functional.relu(self.a(x)))
        if self.training:
            out = out * torch.bernoulli(x.new_full((x.shape[0], 1, 1, 1), 0.8)) / 0.8
        return x + out


class PartlyAdded(nn.Module):
    """As in ReXNet: the input is added to some of the channels; the others go on beside it."""

    def __init__(self, channels=8):
        super().__init__()
        self.a, self.b = conv(channels, 16, 1), conv(16, 12)

    def forward(self, x):
        out = self.b(functional.relu(self.a(x)))
        return torch.cat([out[:, :4] + x[:, :4], out[:, 4:]], 1)


class InnerSkips(nn.Module):
    """Two of its five convolutions have a skip of their own, as where layers are to be folded into one later."""

    def __init__(self):
        super().__init__()
        self.large, self.small = (
            nn.ModuleList(conv(8, 8) for _ in range(3)),
            nn.ModuleList(conv(8, 8, 1) for _ in range(2)),
        )

    def forward(self, x):
        out = functional.relu(self.large[0](x))
        for small, large in zip(self.small, self.large[1:], strict=True):
            out = large(functional.relu(small(out) + out))
        return functional.relu(out + x)


class Enlarges(nn.Module):
    """A block of a decoder: its strides make the image larger."""

    def __init__(self):
        super().__init__()
        self.a, self.b = conv(8, 8, 1), nn.ConvTranspose2d(8, 8, 2, 2)
        self.c, self.shortcut = conv(8, 8, 1), nn.ConvTranspose2d(8, 8, 2, 2)

    def forward(self, x):
        return functional.relu(self.c(self.b(self.a(x))) + self.shortcut(x))


class Positioned(nn.Module):
    """Adds a learned value to each place."""

    def __init__(self):
        super().__init__()
        self.position = nn.Parameter(torch.zeros(1, 8, 32, 32))

    def forward(self, x):
        return x + self.position


class WritesZeros(nn.Module):
    """A shortcut that is written into a tensor of zeros with more channels."""

    def __init__(self):
        super().__init__()
        self.a, self.b = conv(8, 16), conv(16, 16)

    def forward(self, x):
        beside = x.new_zeros(x.shape[0], 16, *x.shape[2:])
        beside[:, :8] = x
        return self.b(functional.relu(self.a(x))) + beside


class Strided(nn.Module):
    """The shortcut is every second pixel, or a pool: nothing is learned, and yet it is not the identity."""

    def __init__(self, *, pooled):
        super().__init__()
        self.a, self.b, self.pooled = conv(8, 8, 3, 2), conv(8, 8), pooled

    def forward(self, x):
        beside = functional.max_pool2d(x, 2) if self.pooled else x[:, :, ::2, ::2]
        return functional.relu(self.b(functional.relu(self.a(x))) + beside)


class ChannelAttention(nn.Module):
    """CBAM's first half: a gate with an addition of its own."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Sequential(conv(8, 2, 1), nn.ReLU(), conv(2, 8, 1))

    def forward(self, x):
        mean, peak = x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
        return x * (self.fc(mean) + self.fc(peak)).sigmoid()


class Chooses(nn.Module):
    """Asks for a value of its input, which a meta tensor does not have."""

    def __init__(self):
        super().__init__()
        self.a, self.b = conv(8, 8), conv(8, 8)

    def forward(self, x):
        return x + self.b(self.a(x)) if x.sum() > 0 else x + self.a(x)


class Volume(nn.Module):
    """Three axes, or one."""

    def __init__(self, made, norm, *, bottleneck):
        super().__init__()
        sizes = (1, 3, 1) if bottleneck else (3, 3)
        self.stem, self.norm = made(3, 8, 3, 2, 1), norm(8)
        self.main = nn.Sequential(*(made(8, 8, size, padding=size // 2) for size in sizes))

    def forward(self, x):
        x = self.norm(self.stem(x))
        return functional.relu(x + self.main(x))
