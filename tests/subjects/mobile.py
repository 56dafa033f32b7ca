"""MobileNets: a shortcut only where shapes allow it, so that a network's first and last blocks may have none."""

from __future__ import annotations

from torch import nn


def normed(cin, cout, size=1, stride=1, groups=1):
    return nn.Sequential(
        nn.Conv2d(cin, cout, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(cout), nn.ReLU6()
    )


class InvertedResidual(nn.Module):
    def __init__(self, cin, cout, stride, expand=2, size=3):
        super().__init__()
        wide = cin * expand
        layers = [normed(cin, wide)] if expand > 1 else []
        self.conv = nn.Sequential(*layers, normed(wide, wide, size, stride, wide), nn.Conv2d(wide, cout, 1, bias=False))
        self.residual = (cin, stride) == (cout, 1)

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class Separable(nn.Module):
    """The first block of a MobileNet as timm has it: a class of its own, without a 1x1 in front."""

    def __init__(self, cin, cout):
        super().__init__()
        self.depthwise, self.pointwise = normed(cin, cin, 3, 1, cin), nn.Conv2d(cin, cout, 1, bias=False)

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


def flat():
    """As in torchvision: stem, blocks and the last convolution stand in one Sequential."""
    return nn.Sequential(
        nn.Sequential(
            nn.Sequential(normed(3, 8, 3, 2), normed(8, 8, 3)),
            InvertedResidual(8, 4, 1, 1),
            InvertedResidual(4, 6, 2),
            InvertedResidual(6, 6, 1),
            InvertedResidual(6, 12, 2),
            InvertedResidual(12, 12, 1),
            InvertedResidual(12, 20, 1),
            normed(20, 40),
        ),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(40, 10),
    )


class Nested(nn.Module):
    """As in timm: a list of stages."""

    def __init__(self, size=3):
        super().__init__()
        self.conv_stem = normed(3, 8, 3, 2)
        self.blocks = nn.Sequential(
            nn.Sequential(Separable(8, 4)),
            nn.Sequential(InvertedResidual(4, 6, 2, size=size), InvertedResidual(6, 6, 1, size=size)),
            nn.Sequential(InvertedResidual(6, 12, 1, size=size)),
            nn.Sequential(normed(12, 40)),
        )
        self.classifier = nn.Linear(40, 10)

    def forward(self, x):
        return self.classifier(self.blocks(self.conv_stem(x)).mean((2, 3)))


def without_shortcuts():
    """MobileNetV1: the same block thirteen times, and never an addition."""
    return nn.Sequential(normed(3, 8, 3, 2), nn.Sequential(*(Separable(8, 8) for _ in range(3))), nn.AvgPool2d(16))
