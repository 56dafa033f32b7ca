"""Models that are named, not declared: code for the current folder, and what checks make of it."""

from __future__ import annotations

from resnet_inspect.checking.judge import check_file
from resnet_inspect.checking.settings import settings_of
from resnet_inspect.checking.targets import NamedModelOptions, Target

NETS = '''
import sys
import torch
from torch import nn

class Plain(nn.Module):
    """Nothing is wrong with it."""
    def __init__(self, width=8):
        super().__init__()
        self.main = nn.Conv2d(3, width, 3, stride=2, padding=1)
        self.shortcut = nn.Conv2d(3, width, 1, stride=2)
    def forward(self, x):
        return self.main(x) + self.shortcut(x)

class Shortcut(Plain):
    def __init__(self):
        super().__init__()
        self.shortcut = nn.Conv2d(3, 8, 1)

class Unused(Plain):
    def __init__(self):
        super().__init__()
        self.old = nn.Linear(8, 8)

class Dilated(Plain):
    def forward(self, x):
        return nn.functional.conv2d(super().forward(x), self.kernel, padding=1, dilation=2)
    def __init__(self):
        super().__init__()
        self.kernel = nn.Parameter(torch.zeros(8, 8, 3, 3))

class Groups(Plain):
    def forward(self, x):
        return nn.functional.group_norm(super().forward(x), 3)

class Looks(Plain):
    def forward(self, x):
        return super().forward(x) if x.sum() == 0 else x

class Unforeseen(BaseException):
    pass

class Speechless(Exception):
    def __str__(self):
        raise ValueError

class Endless(Plain):
    def forward(self, x):
        return self.forward(x)

class RaisesUnforeseen(Plain):
    def forward(self, x):
        raise Unforeseen

class RaisesSpeechless(Plain):
    def forward(self, x):
        raise Speechless

def unforeseen():
    raise Unforeseen("at all")

def speechless():
    raise Speechless

def goes_away():
    import os
    os.chdir("/")
    return Plain()

class Leaves(Plain):
    def forward(self, x):
        sys.exit(3)

class Raises(Plain):
    def forward(self, x):
        raise ValueError("not today")

class Rounds(nn.Module):
    """Its branches round differently, and it leaves the program at 64×64."""
    def __init__(self):
        super().__init__()
        self.main, self.pool = nn.Conv2d(3, 8, 3, padding=1), nn.AvgPool2d(2)
        self.shortcut = nn.Conv2d(3, 8, 1, stride=2)
    def forward(self, x):
        print("forward")
        if x.shape[2] == 64:
            sys.exit(4)
        return self.pool(self.main(x)) + self.shortcut(x)

class Flat(nn.Linear):
    def __init__(self):
        super().__init__(8, 2)

def pools():
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.AvgPool2d(2))

def volume():
    return nn.Conv3d(3, 8, 3, stride=2)

def narrow():
    return nn.Conv2d(3, 12, 3, padding=1)

class resnet50(Plain):
    pass

def deep(layers, width=8):
    return nn.Sequential(nn.Conv2d(3, width, 3), *(nn.Conv2d(width, width, 1) for _ in range(layers - 1)))

def resnet50_c4():
    from resnet_inspect import build, load
    return build(load({"base": "resnet50", "stage_blocks": [3, 4, 6], "stage_widths": [64, 128, 256], "stage_strides": [1, 2, 2]}))

def quits():
    sys.exit(0)

def raises():
    raise ValueError("no units")

number = 3
alone = nn.Conv2d(3, 8, 3, padding=1)
'''


SETTINGS = settings_of()


def checked(name: str, *, settings=SETTINGS, entry=None, **options):
    return check_file(Target(name, entry=entry, options=NamedModelOptions(**options)), settings)


def codes(result):
    return [finding.code for finding in result.findings]
