"""RI101, RI103, RI104: residual additions."""

from collections.abc import Iterator

from resnet_inspect.checking.evidence import Evidence
from resnet_inspect.checking.findings import Finding
from resnet_inspect.checking.rule import Rule
from resnet_inspect.checking.rules.runs import sizes_that_run
from resnet_inspect.text import format_shape, per_axis


def _sizes_differ(evidence: Evidence) -> Iterator[Finding]:
    for found in evidence.mismatches:
        if found.failed and found.sizes_differ and not found.strides_differ:
            yield Finding(
                message=f"{found.block} cannot add its branches at input {_input(evidence)}: {found.shapes}",
                field_path=("input_size", found.axis),
                why=found.steps,
                hint=sizes_that_run(evidence),
                layer=found.block,
            )


def _broadcast(evidence: Evidence) -> Iterator[Finding]:
    """Find broadcasts where windows alone made both shapes; the context of a whole image is broadcast on purpose."""
    for found in evidence.mismatches:
        by_windows = found.main.stride is not None and found.main.stride == found.shortcut.stride
        if not found.failed and found.sizes_differ and by_windows:
            yield Finding(
                message=f"{found.block} adds branches of different shape, one spread over the other: {found.shapes}",
                field_path=("input_size", found.axis),
                why=found.steps,
                layer=found.block,
            )


def _strides_differ(evidence: Evidence) -> Iterator[Finding]:
    for found in evidence.mismatches:
        if found.strides_differ:
            strides = [per_axis(branch.stride or ()) for branch in (found.main, found.shortcut)]
            yield Finding(
                message=f"{found.block}: the main branch has total stride {strides[0]}, "
                f"its shortcut {strides[1]}: {found.shapes}",
                why=found.steps,
                layer=found.block,
            )


def _input(evidence: Evidence) -> str:
    return format_shape(evidence.trace.input_shape[2:])


SIZES_DIFFER = Rule(
    code="RI101",
    name="residual-sizes-differ",
    severity="error",
    by_default=True,
    summary="At this input size, a block's main branch and its shortcut have different sizes, and cannot be added.",
    why="Both branches have the same stride, but round differently: a padded convolution takes 25 pixels to 13, an "
    "average pool of size 2 to 12. So the network runs at some sizes and fails at others. In a config this happens "
    'with anti_alias = "avg", whose pools round down, as soon as a size on the way is odd. avg_down alone is safe: '
    "its pool rounds up (ceil_mode), as in timm's resnet.py.",
    fix="Choose an input size that halves evenly all the way, a multiple of 32 for the usual ResNet, or blur instead "
    'of averaging: anti_alias = "blur" rounds as a convolution does.',
    bad='base = "resnetaa50"\ninput_size = [200, 200]\n',
    good='base = "resnetaa50"\ninput_size = [224, 224]\n',
    find=_sizes_differ,
)

BROADCAST = Rule(
    code="RI103",
    name="residual-broadcast",
    severity="error",
    by_default=True,
    summary="A block adds branches of different shape: the smaller one is repeated over the larger one.",
    why="Where one branch has shrunk to a single row, column or pixel, PyTorch silently broadcasts it over the "
    "other. The network runs, but this is not a residual addition: every pixel gets the same summand. At a slightly "
    "larger size, the same network fails with RI101. A config cannot build this: it adds in place, where the larger "
    "branch has nowhere to go; code can, and is found when it is named: resnet-inspect check mine:Net. What a "
    "global pool has gathered is broadcast on purpose, and is not reported.",
    fix="Choose an input size that halves evenly all the way, or layers that round the same way on both branches.",
    bad="""\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 32, stride=32)  # takes 96×96 to 3×3
        self.main = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.AvgPool2d(2))
        self.shortcut = nn.Conv2d(8, 8, 1, stride=2)

    def forward(self, x):
        x = self.stem(x)
        return self.main(x) + self.shortcut(x)
""",
    good="""\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 32, stride=32)  # takes 96×96 to 3×3
        self.main = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.AvgPool2d(2, ceil_mode=True))
        self.shortcut = nn.Conv2d(8, 8, 1, stride=2)

    def forward(self, x):
        x = self.stem(x)
        return self.main(x) + self.shortcut(x)
""",
    find=_broadcast,
    language="python",
)

STRIDES_DIFFER = Rule(
    code="RI104",
    name="shortcut-stride-differs",
    severity="error",
    by_default=True,
    summary="A block's shortcut does not have the stride of its main branch.",
    why="What is added at one pixel then comes from different places in the image. Usually the forward fails; but "
    "where both branches happen to have the same size, such as one pixel, it runs and is wrong at every other size. "
    "A shortcut has to match the branch that it goes around (arXiv:1512.03385, section 3.2, equation 2). A config "
    "cannot build this: its shortcut always takes the block's stride; code can, and is found when it is named: "
    "resnet-inspect check mine:Net.",
    fix="Give the shortcut's convolution or pool the stride of the main branch.",
    bad="""\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.shortcut = nn.Conv2d(3, 8, 1)

    def forward(self, x):
        return self.main(x) + self.shortcut(x)
""",
    good="""\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.shortcut = nn.Conv2d(3, 8, 1, stride=2)

    def forward(self, x):
        return self.main(x) + self.shortcut(x)
""",
    find=_strides_differ,
    language="python",
)

RULES = (SIZES_DIFFER, BROADCAST, STRIDES_DIFFER)
