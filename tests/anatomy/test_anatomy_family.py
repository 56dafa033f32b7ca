"""Depth, shortcuts, gates and strides of every row, against arithmetic over the arguments of the published models."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from each import for_each
from golden.read_golden import golden

from resnet_inspect.anatomy.dissect import dissect
from resnet_inspect.configs import variants
from resnet_inspect.configs.files import load
from resnet_inspect.model.build import build
from resnet_inspect.tracing.recorder import trace

every_variant = for_each("name", variants.variant_names())

ARGUMENTS = {row["name"]: row for row in golden("variants.json")}


@dataclass
class Net:
    """What the counts follow from; ``kinds`` and ``projections`` have one entry per stage."""

    blocks: list
    kinds: list
    stem: int = 1
    gates: int = 0
    projections: tuple = (1, 1, 1, 1)
    smooth: bool = False
    stride_in: str = "3x3"

    @property
    def depth(self):
        inside = sum(
            count * {"basic": 2, "bottleneck": 3}[kind] for count, kind in zip(self.blocks, self.kinds, strict=True)
        )
        return self.stem + inside + 1


def net_of(row):
    """From the arguments of an entry point."""
    kinds = row["block"] if isinstance(row["block"], list) else [row["block"]] * 4
    stem = (3 if "stem" in row else 1) + (row.get("stem_pool") == "conv")
    gates = {None: 0, "eca": 1}.get(row.get("attn"), 2)
    # Stage 1 of a net of basic blocks begins with as many channels as its stem has, and keeps H and W.
    first = int(kinds[0] == "bottleneck")
    return Net(row["layers"], kinds, stem, gates, (first, 1, 1, 1), smooth="aa" in row)


def plain_net(blocks, kind="bottleneck", **rest):
    return Net(list(blocks), [kind] * len(blocks), **rest)


R50, R101, R152, R200 = (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3), (3, 24, 36, 3)
DEPTHS = {50: R50, 101: R101, 152: R152}
NONE = (0, 0, 0, 0)

BESIDE = {
    **{f"resnet{depth}_v1": plain_net(blocks, stride_in="1x1") for depth, blocks in DEPTHS.items()},
    **{f"resnet{depth}e": plain_net(blocks, stem=3) for depth, blocks in DEPTHS.items()},
    **{f"resnetv2_{depth}": plain_net(blocks) for depth, blocks in DEPTHS.items()},
    **{f"resnetv2_{depth}d": plain_net(blocks, stem=3) for depth, blocks in DEPTHS.items()},
    **{f"resnetv2_{size}_bit": plain_net(R50) for size in ("50x1", "50x3")},
    **{f"resnetv2_{size}_bit": plain_net(R101) for size in ("101x1", "101x3")},
    **{f"resnetv2_{size}_bit": plain_net(R152) for size in ("152x2", "152x4")},
    **{
        f"resnet{depth}_cifar": plain_net([(depth - 2) // 6] * 3, "basic", projections=(0, 0, 0))
        for depth in (20, 32, 44, 56, 110, 1202)
    },
    **{
        f"resnet{depth}_cifar": plain_net([(depth - 2) // 9] * 3, projections=(1, 1, 1), stride_in="1x1")
        for depth in (164, 1001)
    },
    "resnet50_caffe": plain_net(R50, stride_in="1x1"),
    "resnet200_v2": plain_net(R200, stride_in="1x1"),
    "resnetv2_50t": plain_net(R50, stem=3),
    "resnext101_32x48d": plain_net(R101),
    "resnet18_a": plain_net((2, 2, 2, 2), "basic", projections=NONE),
    "resnet34_a": plain_net(R50, "basic", projections=NONE),
    "resnet34_c": plain_net(R50, "basic", projections=R50),
    "plain18": plain_net((2, 2, 2, 2), "basic", projections=NONE),
    "plain34": plain_net(R50, "basic", projections=NONE),
    "ecaresnet50d_pruned": plain_net(R50, stem=3, gates=1),
    "ecaresnet101d_pruned": plain_net(R101, stem=3, gates=1),
}

NETS = {**{name: net_of(row) for name, row in ARGUMENTS.items()}, **BESIDE}


def test_every_row_is_here():
    assert set(NETS) == set(variants.variant_names())


@pytest.mark.parametrize("name", variants.variant_names())
def test_counts(name, examine):
    net, depth = NETS[name], examine(name).anatomy.depth
    assert depth.depth == net.depth
    assert depth.shortcut == sum(net.projections)
    assert depth.attention == net.gates * sum(net.blocks)
    assert depth.parallel == 0
    assert depth.weighted == net.depth + sum(net.projections) + net.gates * sum(net.blocks)


@every_variant
def test_blocks(name, examine):
    net, anatomy = NETS[name], examine(name).anatomy
    assert [stage.blocks for stage in anatomy.stages] == list(net.blocks)
    assert [stage.kind for stage in anatomy.stages] == list(net.kinds)
    for stage, projections in zip(anatomy.stages, net.projections, strict=True):
        blocks = [block for block in anatomy.blocks if block.stage == stage.name]
        assert [block.shortcut for block in blocks].count("projection") == projections
        assert all(block.shortcut == "projection" for block in blocks[:projections])
        assert all(block.stride == (1, 1) for block in blocks[1:])
    assert [stage.stride for stage in anatomy.stages] == [(1, 1), *[(2, 2)] * (len(net.blocks) - 1)]


@every_variant
def test_what_strides_is_told_in_true_words(name, examine):
    net, anatomy = NETS[name], examine(name).anatomy
    placement = anatomy.placement
    stages = [stage for stage in anatomy.stages if stage.stride == (2, 2)]
    kinds = {net.kinds[int(stage.name[-1]) - 1] for stage in stages}
    expected = None if kinds == {"basic"} else "other" if net.smooth else {"1x1": "v1", "3x3": "v1.5"}[net.stride_in]
    assert placement.version == expected
    striding = []
    for stage in stages:
        kind = net.kinds[int(stage.name[-1]) - 1]
        inside = "aa" if net.smooth else "conv1" if kind == "basic" or net.stride_in == "1x1" else "conv2"
        striding.append(f"{anatomy.blocks[sum(net.blocks[: int(stage.name[-1]) - 1])].name}.{inside}")
    assert list(placement.layers) == striding
    assert ("distinction does not apply" in placement.text) == (expected is None)
    assert ("a pool after the 3×3 convolution does" in placement.text) == (expected == "other")


@every_variant
def test_receptive_fields_are_known_up_to_the_head(name, examine):
    """Also behind an operator that pads: what is shown as the whole image is the head alone."""
    anatomy = examine(name).anatomy
    assert all(stage.receptive_field for stage in (anatomy.stem, *anatomy.stages))
    assert anatomy.head.receptive_field is None


@pytest.mark.parametrize(
    ("name", "pools"),
    [
        ("resnetblur50", [("maxpool.1", "stem"), *((f"layer{stage}.0.aa", "main") for stage in (2, 3, 4))]),
        ("resnetblur18", [("maxpool.1", "stem"), *((f"layer{stage}.0.aa", "main") for stage in (2, 3, 4))]),
    ],
)
def test_a_blur_is_a_convolution_without_a_learned_weight(name, pools, examine):
    blurs = [layer for layer in examine(name).anatomy.layers if layer.type == "BlurPool2d"]
    assert [(layer.name, layer.role) for layer in blurs] == pools
    assert {(layer.op, layer.weighted, layer.pooling, layer.params, layer.macs) for layer in blurs} == {
        ("conv2d", False, True, 0, 0)
    }


@pytest.mark.parametrize(
    ("name", "weighted"),
    [("seresnet50", ["se.fc1", "se.fc2"]), ("ecaresnet26t", ["se.conv"]), ("resnetrs50", ["se.fc1", "se.fc2"])],
)
def test_the_layers_of_a_gate(name, weighted, examine):
    anatomy = examine(name).anatomy
    for block in anatomy.blocks:
        gate = [anatomy.operations[number] for number in block.attention]
        assert [layer.name for layer in gate if layer.weighted] == [f"{block.name}.{part}" for part in weighted]
        assert {layer.op for layer in gate} >= {"mean", "sigmoid"}
        # The product itself is main: it is what the gate acts on.
        assert "mul" in {anatomy.operations[number].op for number in block.main}


@pytest.mark.parametrize(
    ("name", "kernel", "stride", "pools"),
    [
        ("resnet50", (1, 1), (2, 2), 0),
        ("resnet50d", (1, 1), (1, 1), 1),
        ("senet154", (3, 3), (2, 2), 0),
        ("resnetv2_50d", (1, 1), (1, 1), 1),
    ],
)
def test_what_stands_on_a_projection(name, kernel, stride, pools, examine):
    anatomy = examine(name).anatomy
    for stage in ("stage2", "stage3", "stage4"):
        beside = [layer for layer in anatomy.layers if layer.stage == stage and layer.role == "shortcut"]
        assert [(layer.kernel, layer.stride) for layer in beside if layer.weighted] == [(kernel, stride)]
        assert [(layer.op, layer.kernel, layer.stride) for layer in beside if not layer.weighted] == [
            ("avg_pool2d", (2, 2), (2, 2))
        ] * pools
    first = [layer for layer in anatomy.layers if layer.stage == "stage1" and layer.role == "shortcut"]
    assert [(layer.kernel, layer.stride) for layer in first] == [((1, 1), (1, 1))]


@pytest.mark.parametrize(
    ("name", "forks"), [("resnet50", (0, 0)), ("resnetv2_50", (2, 0)), ("resnetv2_50x1_bit", (2, 0))]
)
def test_where_a_shortcut_branches_off(name, forks, examine):
    """A projection of a pre-activation net reads what its first normalisation and activation made; an identity does not."""
    for block in examine(name).anatomy.blocks:
        assert block.fork == forks[block.shortcut == "identity"]


@pytest.mark.parametrize("preact", [False, True])
@pytest.mark.parametrize("width", [8, 64])
def test_stages_of_one_block_that_nothing_but_their_module_tells_apart(preact, width):
    config = load(
        {
            "block": "basic",
            "preact": preact,
            "stage_blocks": [1, 1, 1],
            "stage_widths": [width] * 3,
            "stage_strides": [1, 1, 1],
            "stem_width": width,
        }
    )
    anatomy = dissect(trace(build(config), (1, 3, 32, 32)))
    assert [stage.blocks for stage in anatomy.stages] == [1, 1, 1]
