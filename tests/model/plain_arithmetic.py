"""A ResNet worked out on paper: written from the papers' descriptions, sharing nothing with the package."""

from __future__ import annotations

from dataclasses import dataclass, field

import hypothesis.strategies as st

FIELDS = st.fixed_dictionaries(
    {
        "block": st.sampled_from(["basic", "bottleneck"]),
        "stage_blocks": st.lists(st.integers(1, 3), min_size=1, max_size=3),
    },
    optional={
        "stem_width": st.sampled_from([1, 4, 8, 16]),
        "stem_kernel": st.integers(1, 7),
        "stem_stride": st.integers(1, 4),
        "stem_pool": st.sampled_from(["max", "none"]),
        "stem_pool_padding": st.integers(0, 1),
        "stem_pool_ceil": st.booleans(),
        "stem_bias": st.booleans(),
        "stride_in": st.sampled_from(["1x1", "3x3"]),
        "shortcut": st.sampled_from(["A", "B", "C", "none"]),
        "in_channels": st.integers(1, 4),
        "num_classes": st.integers(0, 20),
        "head": st.sampled_from(["linear", "linear", "none"]),
    },
)
PER_STAGE = {"stage_widths": st.sampled_from([4, 8, 12, 16, 64]), "stage_strides": st.integers(1, 3)}


@st.composite
def config_fields(draw):
    """Fields of a small net, not all of them possible: some have an even kernel, a shrinking option A, no width."""
    fields = draw(FIELDS)
    stages = len(fields["stage_blocks"])
    for name, values in PER_STAGE.items():
        if draw(st.booleans()):
            fields[name] = draw(st.lists(values, min_size=stages, max_size=stages))
    if draw(st.integers(0, 3)) == 0:
        fields["groups"] = draw(st.sampled_from([1, 2, 4]))
        fields["base_width"] = draw(st.sampled_from([4, 32, 64, 128]))
    return fields


def complete(fields):
    """With the published nets' values where nothing else is said."""
    stages = len(fields["stage_blocks"])
    return {
        "stage_widths": [64, 128, 256][:stages],
        "stage_strides": [1, 2, 2][:stages],
        "stem_width": 64,
        "stem_kernel": 7,
        "stem_stride": 2,
        "stem_pool": "max",
        "stem_pool_padding": 1,
        "stem_pool_ceil": False,
        "stem_bias": False,
        "stride_in": "3x3",
        "shortcut": "B",
        "groups": 1,
        "base_width": 64,
        "in_channels": 3,
        "num_classes": 0 if fields.get("head") == "none" else 1000,
        "head": "linear",
        **fields,
    }


def impossible(net):
    """Whether no such net can be."""
    expansion = 4 if net["block"] == "bottleneck" else 1
    channels = [net["stem_width"], *(width * expansion for width in net["stage_widths"])]
    return (
        net["stem_kernel"] % 2 == 0
        or (net["block"] == "basic" and (net["groups"], net["base_width"]) != (1, 64))
        or (net["block"] == "bottleneck" and any(width * net["base_width"] < 64 for width in net["stage_widths"]))
        or (net["shortcut"] == "A" and channels != sorted(channels))
        or (net["head"] == "none" and net["num_classes"] > 0)
    )


@dataclass
class Sums:
    """What is added up on the way; sizes are (h, w)."""

    size: tuple[int, int]
    params: int = 0
    macs: int = 0
    shortcuts: int = 0
    jump: int = 1
    reach: int = 1
    outputs: list = field(default_factory=list)

    def convolve(self, size, cin, cout, kernel, stride, *, groups=1, bias=False):
        """A convolution with padding (k - 1) / 2, and its BatchNorm; returns the output size."""
        after = tuple((length + 2 * ((kernel - 1) // 2) - kernel) // stride + 1 for length in size)
        weights = cin // groups * kernel * kernel * cout
        self.params += weights + (cout if bias else 0) + 2 * cout
        self.macs += weights * after[0] * after[1]
        return after

    def see(self, kernel, stride):
        """Widen the receptive field by a window on the main path."""
        self.reach += (kernel - 1) * self.jump
        self.jump *= stride


def pooled(length, padding, *, ceil):
    """A 3x3 max pool of stride 2; rounded up, a last window must still start within the padded input's left part."""
    steps = length + 2 * padding - 3
    if not ceil:
        return steps // 2 + 1
    count = (steps + 1) // 2 + 1
    return count - 1 if (count - 1) * 2 >= length + padding else count


def work_out(net, size):
    """The sums over a net for an input of ``size``, or ``None`` where the pool gets too few pixels."""
    sums = Sums(size)
    sums.size = sums.convolve(
        size, net["in_channels"], net["stem_width"], net["stem_kernel"], net["stem_stride"], bias=net["stem_bias"]
    )
    sums.see(net["stem_kernel"], net["stem_stride"])
    if net["stem_pool"] == "max":
        sums.size = tuple(pooled(n, net["stem_pool_padding"], ceil=net["stem_pool_ceil"]) for n in sums.size)
        sums.see(3, 2)
        if min(sums.size) < 1:
            return None
    channels = net["stem_width"]
    for blocks, width, stride in zip(net["stage_blocks"], net["stage_widths"], net["stage_strides"], strict=True):
        for number in range(blocks):
            channels = add_block(sums, net, channels, width, stride if number == 0 else 1)
        sums.outputs.append((1, channels, *sums.size))
    sums.params += (channels + 1) * net["num_classes"]
    sums.macs += channels * net["num_classes"]
    return sums


def add_block(sums, net, cin, width, stride):
    before = sums.size
    if net["block"] == "basic":
        cout = width
        windows = [(cin, width, 3, stride, 1), (width, width, 3, 1, 1)]
    else:
        cout, inner = width * 4, int(width * net["base_width"] / 64) * net["groups"]
        first, second = (stride, 1) if net["stride_in"] == "1x1" else (1, stride)
        windows = [(cin, inner, 1, first, 1), (inner, inner, 3, second, net["groups"]), (inner, cout, 1, 1, 1)]
    for a, b, kernel, step, groups in windows:
        sums.size = sums.convolve(sums.size, a, b, kernel, step, groups=groups)
        sums.see(kernel, step)
    changes = stride > 1 or cin != cout
    if net["shortcut"] == "C" or (net["shortcut"] == "B" and changes):
        sums.shortcuts += 1
        assert sums.convolve(before, cin, cout, 1, stride) == sums.size
    return cout
