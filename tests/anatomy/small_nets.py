"""Small networks in the styles in which people write them; none of them is built by this package."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


def conv(cin, cout, kernel=3, stride=1, **options):
    return nn.Conv2d(cin, cout, kernel, stride, kernel // 2, bias=False, **options)


class Net(nn.Module):
    """A convolution, the blocks, a linear layer."""

    def __init__(self, *blocks, channels=8, out=8):
        super().__init__()
        self.stem = conv(3, channels)
        self.body = nn.Sequential(*blocks)
        self.fc = nn.Linear(out, 10)

    def forward(self, x):
        return self.fc(self.body(functional.relu(self.stem(x))).mean((2, 3)))


class TwoConvolutions(nn.Module):
    def __init__(self, channels=8, out=None, stride=1):
        super().__init__()
        self.a = conv(channels, out or channels, stride=stride)
        self.b = conv(out or channels, out or channels)

    def main(self, x):
        return self.b(functional.relu(self.a(x)))


class AddAfter(TwoConvolutions):
    def forward(self, x):
        return functional.relu(self.main(x) + x)


class AddBefore(TwoConvolutions):
    def forward(self, x):
        return functional.relu(x + self.main(x))


class AddInPlace(TwoConvolutions):
    def forward(self, x):
        out = self.main(x)
        out += x
        return functional.relu_(out)


class AddFunction(TwoConvolutions):
    def forward(self, x):
        return functional.relu(torch.add(x, self.main(x)))


class ShortcutFirst(TwoConvolutions):
    """The shortcut runs before the main branch."""

    def __init__(self, channels, out, stride):
        super().__init__(channels, out, stride)
        self.shortcut = conv(channels, out, 1, stride)

    def forward(self, x):
        beside = self.shortcut(x)
        return functional.relu(self.main(x) + beside)


class NoShortcut(TwoConvolutions):
    def forward(self, x):
        return functional.relu(self.main(x))


class SlicedZeroPad(TwoConvolutions):
    """Option A: every second pixel, padded by a function."""

    def forward(self, x):
        beside = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.a.out_channels - x.shape[1]))
        return functional.relu(self.main(x) + beside)


class PooledZeroPad(TwoConvolutions):
    """Option A as in fb.resnet.torch: an average pool, joined with zeros."""

    def forward(self, x):
        pooled = functional.avg_pool2d(x, 1, 2)
        return functional.relu(self.main(x) + torch.cat([pooled, torch.zeros_like(pooled)], 1))


class CAddTable(nn.Module):
    """The sum of what its parts make of the same input."""

    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, x):
        return sum(part(x) for part in self.parts)


def table_block(cin, cout, stride):
    """A block as in fb.resnet.torch: containers only."""
    main = nn.Sequential(conv(cin, cout, stride=stride), nn.BatchNorm2d(cout), nn.ReLU(), conv(cout, cout))
    same = cin == cout and stride == 1
    return nn.Sequential(CAddTable(main, nn.Identity() if same else conv(cin, cout, 1, stride)), nn.ReLU())


class PreActivation(nn.Module):
    """v2; the projection reads what the first normalisation and ReLU made, as the main branch does."""

    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(cin), conv(cin, cout, stride=stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(cout), conv(cout, cout)
        self.shortcut = conv(cin, cout, 1, stride) if (cin, stride) != (cout, 1) else None

    def forward(self, x):
        activated = functional.relu(self.bn1(x))
        beside = x if self.shortcut is None else self.shortcut(activated)
        return self.conv2(functional.relu(self.bn2(self.conv1(activated)))) + beside


class Tie(nn.Module):
    """Two branches with as many layers."""

    def __init__(self, channels):
        super().__init__()
        self.a, self.b = conv(channels, channels), conv(channels, channels)

    def forward(self, x):
        return functional.relu(self.a(x) + self.b(x))


class SplitAndAdd(nn.Module):
    """As Res2Net: a part of the channels goes through one convolution, a part through both."""

    def __init__(self, channels):
        super().__init__()
        self.a, self.b = conv(channels // 2, channels // 2), conv(channels // 2, channels // 2)
        self.last = conv(channels, channels, 1)

    def forward(self, x):
        left, right = x.chunk(2, 1)
        left = self.a(left)
        return functional.relu(self.last(torch.cat([left, self.b(right + left)], 1)) + x)


class Dense(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        self.conv = conv(channels, growth)

    def forward(self, x):
        return torch.cat([x, self.conv(functional.relu(x))], 1)


class InvertedResidual(nn.Module):
    """As in MobileNetV2: residual only where shapes allow it."""

    def __init__(self, cin, cout, stride=1):
        super().__init__()
        wide = 2 * cin
        self.conv = nn.Sequential(
            conv(cin, wide, 1), nn.ReLU6(), conv(wide, wide, 3, stride, groups=wide), nn.ReLU6(), conv(wide, cout, 1)
        )
        self.residual = (cin, stride) == (cout, 1)

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class Blur(nn.Module):
    """A convolution with a fixed kernel: it has no parameters, so it is no layer in the paper's sense."""

    def __init__(self, channels):
        super().__init__()
        self.channels = channels
        self.register_buffer("kernel", torch.full((channels, 1, 3, 3), 1 / 9))

    def forward(self, x):
        return functional.conv2d(x, self.kernel, stride=2, padding=1, groups=self.channels)


class Blurred(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.a, self.blur, self.b = conv(cin, cout), Blur(cout), conv(cout, cout)
        self.pool, self.shortcut = nn.AvgPool2d(2), conv(cin, cout, 1)

    def forward(self, x):
        return functional.relu(self.b(self.blur(functional.relu(self.a(x)))) + self.shortcut(self.pool(x)))


class ReturnsATuple(TwoConvolutions):
    def forward(self, x):
        return functional.relu(self.main(x) + x), None


class TupleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = conv(3, 8)
        self.blocks = nn.ModuleList([ReturnsATuple(), ReturnsATuple()])
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x, _ = block(x)
        return self.fc(x.mean((2, 3)))


class SharedBlock(nn.Module):
    """One block, called twice."""

    def __init__(self):
        super().__init__()
        self.stem, self.block, self.fc = conv(3, 8), AddAfter(), nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(self.block(self.block(functional.relu(self.stem(x)))).mean((2, 3)))


class WithUnused(nn.Module):
    """One module is called for nothing, another one never."""

    def __init__(self):
        super().__init__()
        self.stem, self.first, self.second = conv(3, 8), AddAfter(), AddAfter()
        self.aside, self.never, self.fc = conv(8, 8), nn.Linear(3, 4), nn.Linear(8, 10)

    def forward(self, x):
        x = self.first(functional.relu(self.stem(x)))
        self.aside(x)
        return self.fc(self.second(x).mean((2, 3)))


class Vgg(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(conv(3, 8), nn.ReLU(), nn.MaxPool2d(2), conv(8, 16), nn.ReLU(), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(nn.Linear(16 * 64, 32), nn.ReLU(), nn.Linear(32, 10))

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


class BottleneckBlock(nn.Module):
    """1x1, 3x3, 1x1, striding where it is told to."""

    def __init__(self, channels, strides):
        super().__init__()
        first, second, third = strides
        self.a, self.b = conv(channels, 4, 1, first), conv(4, 4, 3, second)
        self.c = conv(4, channels, 1, third)
        total = first * second * third
        self.shortcut = conv(channels, channels, 1, total) if total > 1 else nn.Identity()

    def forward(self, x):
        main = self.c(functional.relu(self.b(functional.relu(self.a(x)))))
        return functional.relu(main + self.shortcut(x))
