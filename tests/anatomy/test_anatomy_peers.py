"""Networks that other people wrote, read through the same eyes."""

from __future__ import annotations

import pytest

from resnet_inspect.anatomy.compare import compare_anatomies
from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.tracing.recorder import trace

transformers = pytest.importorskip("transformers")

DEPTHS = {18: ("basic", [2, 2, 2, 2]), 34: ("basic", [3, 4, 6, 3]), 50: ("bottleneck", [3, 4, 6, 3])}


def theirs(depth, *, downsample_in_bottleneck=False, head=True):
    import torch

    kind, depths = DEPTHS[depth]
    config = transformers.ResNetConfig(
        layer_type=kind,
        depths=depths,
        hidden_sizes=[64 * 2**stage * (4 if kind == "bottleneck" else 1) for stage in range(4)],
        downsample_in_bottleneck=downsample_in_bottleneck,
        num_labels=1000,
    )
    made = transformers.ResNetForImageClassification if head else transformers.ResNetModel
    with torch.device("meta"):
        return dissect(trace(made(config)))


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_same_network_under_other_names(depth, examine):
    ours, other = examine(f"resnet{depth}").anatomy, theirs(depth)
    assert other.depth == ours.depth
    assert other.totals == ours.totals
    for part, partner in zip((other.stem, *other.stages), (ours.stem, *ours.stages), strict=True):
        assert part == partner
    assert [(block.kind, block.shortcut, block.stride) for block in other.blocks] == [
        (block.kind, block.shortcut, block.stride) for block in ours.blocks
    ]
    assert [block.name for block in other.blocks][:1] == ["resnet.encoder.stages.0.layers.0"]


@pytest.mark.parametrize(("downsample_in_bottleneck", "version"), [(True, "v1"), (False, "v1.5")])
def test_where_they_stride(downsample_in_bottleneck, version, examine):
    other = theirs(50, downsample_in_bottleneck=downsample_in_bottleneck)
    assert other.placement.version == version
    same = {"v1": "resnet50_v1", "v1.5": "resnet50"}[version]
    assert other.totals == examine(same).anatomy.totals
    found = compare_anatomies(examine(same).anatomy, other)
    assert [change for change in found.changes if change.field != "operations"] == []
    assert (found.only_left, found.only_right) == ((), ())


def test_without_a_classifier_there_is_one_weighted_layer_less():
    depth = theirs(50, head=False).depth
    assert (depth.depth, depth.linear) == (49, 0)
    assert depth.formula == "49 = 1 + 3·(3+4+6+3)"
