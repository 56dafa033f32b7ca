"""Every row of the config table; those of the first papers against figures worked out by hand or printed elsewhere."""

from __future__ import annotations

import pytest
from each import for_each

from resnet_inspect.configs.variants import variant_names

# name: parameters, MACs, weighted layers, convolutions, layers on shortcuts, the count as a sum. Parameters and MACs
# stand here where a source other than this package gives them.
TABLE = {
    "resnet18": (11_689_512, 1_814_073_344, 21, 20, 3, "18 = 1 + 2·(2+2+2+2) + 1"),
    "resnet34": (21_797_672, 3_663_761_408, 37, 36, 3, "34 = 1 + 2·(3+4+6+3) + 1"),
    "resnet50": (25_557_032, 4_089_184_256, 54, 53, 4, "50 = 1 + 3·(3+4+6+3) + 1"),
    "resnet101": (44_549_160, 7_801_405_440, 105, 104, 4, "101 = 1 + 3·(3+4+23+3) + 1"),
    "resnet152": (60_192_808, 11_513_626_624, 156, 155, 4, "152 = 1 + 3·(3+8+36+3) + 1"),
    "resnet50_v1": (25_557_032, 3_857_973_248, 54, 53, 4, "50 = 1 + 3·(3+4+6+3) + 1"),
    "resnet101_v1": (44_549_160, 7_570_194_432, 105, 104, 4, "101 = 1 + 3·(3+4+23+3) + 1"),
    "resnet152_v1": (60_192_808, 11_282_415_616, 156, 155, 4, "152 = 1 + 3·(3+8+36+3) + 1"),
    "resnet50_caffe": (25_557_096, 3_857_973_248, 54, 53, 4, "50 = 1 + 3·(3+4+6+3) + 1"),
    "resnet18_a": (None, None, 18, 17, 0, "18 = 1 + 2·(2+2+2+2) + 1"),
    "resnet34_a": (None, None, 34, 33, 0, "34 = 1 + 2·(3+4+6+3) + 1"),
    "resnet34_c": (None, None, 50, 49, 16, "34 = 1 + 2·(3+4+6+3) + 1"),
    "plain18": (None, None, 18, 17, 0, "18 = 1 + 2·(2+2+2+2) + 1"),
    "plain34": (None, None, 34, 33, 0, "34 = 1 + 2·(3+4+6+3) + 1"),
    "resnext50_32x4d": (25_028_904, 4_230_479_872, 54, 53, 4, "50 = 1 + 3·(3+4+6+3) + 1"),
    "resnext101_32x8d": (88_791_336, 16_414_015_488, 105, 104, 4, "101 = 1 + 3·(3+4+23+3) + 1"),
    "resnext101_64x4d": (83_455_272, 15_460_270_080, 105, 104, 4, "101 = 1 + 3·(3+4+23+3) + 1"),
    "wide_resnet50_2": (68_883_240, 11_398_021_120, 54, 53, 4, "50 = 1 + 3·(3+4+6+3) + 1"),
    "wide_resnet101_2": (126_886_696, 22_753_050_624, 105, 104, 4, "101 = 1 + 3·(3+4+23+3) + 1"),
    "resnet20_cifar": (269_722, 40_551_040, 20, 19, 0, "20 = 1 + 2·(3+3+3) + 1"),
    "resnet32_cifar": (None, None, 32, 31, 0, "32 = 1 + 2·(5+5+5) + 1"),
    "resnet44_cifar": (None, None, 44, 43, 0, "44 = 1 + 2·(7+7+7) + 1"),
    "resnet56_cifar": (853_018, 125_485_696, 56, 55, 0, "56 = 1 + 2·(9+9+9) + 1"),
    "resnet110_cifar": (1_727_962, 252_887_680, 110, 109, 0, "110 = 1 + 2·(18+18+18) + 1"),
    "resnet1202_cifar": (None, None, 1202, 1201, 0, "1202 = 1 + 2·(200+200+200) + 1"),
}

every_variant = for_each("name", variant_names())


@pytest.mark.parametrize("name", TABLE)
def test_count(name, examine):
    params, macs, weighted, convolutions, shortcuts, formula = TABLE[name]
    anatomy = examine(name).anatomy
    depth = anatomy.depth
    assert depth.formula == formula
    assert depth.depth == int(formula.split()[0]) == weighted - shortcuts
    assert (depth.weighted, depth.conv, depth.linear) == (weighted, convolutions, 1)
    assert (depth.shortcut, depth.attention, depth.parallel) == (shortcuts, 0, 0)
    assert params in (None, anatomy.totals.params)
    assert macs in (None, anatomy.totals.macs)


@for_each("name", variant_names())
def test_the_formula_is_true(name, examine):
    left, _, right = examine(name).anatomy.depth.formula.partition(" = ")
    assert int(left) == eval(right.replace("·", "*"))


@every_variant
def test_columns_add_up(name, examine):
    anatomy = examine(name).anatomy
    parts = [anatomy.stem, *anatomy.stages, anatomy.head]
    for column in ("params", "macs"):
        total = getattr(anatomy.totals, column)
        assert sum(getattr(layer, column) for layer in anatomy.operations) == total
        assert sum(getattr(part, column) for part in parts) == total
        for stage in anatomy.stages:
            blocks = [block for block in anatomy.blocks if block.stage == stage.name]
            assert len(blocks) == stage.blocks
            assert sum(getattr(block, column) for block in blocks) == getattr(stage, column)
    assert sum(layer.macs for layer in anatomy.layers) == anatomy.totals.macs


@every_variant
def test_blocks_are_made_of_their_operations(name, examine):
    anatomy = examine(name).anatomy
    for block in anatomy.blocks:
        numbers = sorted((*block.main, *block.shortcut_layers, *block.attention))
        inside = [anatomy.operations[number] for number in numbers]
        assert len(set(numbers)) == len(numbers)
        assert sum(layer.params for layer in inside) == block.params
        assert sum(layer.macs for layer in inside) == block.macs
        assert {(layer.stage, layer.block) for layer in inside} == {(block.stage, block.index)}
        roles = {"": "main", ".downsample": "shortcut", ".se": "attention"}
        for layer in inside:
            if layer.weighted:
                assert layer.role == roles[layer.name.rpartition(".")[0].removeprefix(block.name)]
        gates = [layer for layer in inside if layer.role == "attention"]
        assert bool(gates) == any(layer.op == "sigmoid" for layer in inside)


@every_variant
def test_nothing_is_left_out(name, examine):
    anatomy = examine(name).anatomy
    assert (anatomy.uncalled, anatomy.unmeasured) == ((), ())
    in_blocks = sum(len(block.main) + len(block.shortcut_layers) + len(block.attention) for block in anatomy.blocks)
    outside = [layer for layer in anatomy.operations if layer.block is None]
    assert in_blocks + len(outside) == len(anatomy.operations)
    assert {layer.role for layer in outside} == {"stem", "head"}


@every_variant
def test_names_are_unique(name, examine):
    names = [layer.name for layer in examine(name).anatomy.operations]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnet34_a", "plain34", "resnet34_c", "resnet56_cifar"])
def test_shortcuts_of_the_blocks(name, examine):
    """As the paper's Figure 3 draws them: dashed where the shape changes; and in a bottleneck net's first block."""
    blocks = examine(name).anatomy.blocks
    expected = {
        "resnet18": lambda stage, index: "projection" if stage != "stage1" and index == 0 else "identity",
        "resnet50": lambda _, index: "projection" if index == 0 else "identity",
        "resnet34_a": lambda stage, index: "zero-pad" if stage != "stage1" and index == 0 else "identity",
        "plain34": lambda *_: "none",
        "resnet34_c": lambda *_: "projection",
        "resnet56_cifar": lambda stage, index: "zero-pad" if stage != "stage1" and index == 0 else "identity",
    }[name]
    assert [block.shortcut for block in blocks] == [expected(block.stage, block.index) for block in blocks]


@pytest.mark.parametrize(
    ("layer", "paper_name", "stage", "block", "role"),
    [
        ("conv1", "conv1", "stem", None, "stem"),
        ("maxpool", "conv2_x", "stem", None, "stem"),
        ("layer1.0.conv1", "conv2_1", "stage1", 0, "main"),
        ("layer1.0.downsample.0", "conv2_1", "stage1", 0, "shortcut"),
        ("layer2.3.conv3", "conv3_4", "stage2", 3, "main"),
        ("layer3.5.conv2", "conv4_6", "stage3", 5, "main"),
        ("layer4.2.conv3", "conv5_3", "stage4", 2, "main"),
        ("avgpool", "average pool", "head", None, "head"),
        ("fc", "fc", "head", None, "head"),
    ],
)
def test_places_in_resnet50(layer, paper_name, stage, block, role, examine):
    found = next(each for each in examine("resnet50").anatomy.layers if each.name == layer)
    assert (found.paper_name, found.stage, found.block, found.role) == (paper_name, stage, block, role)


def test_names_of_functional_operations(examine):
    names = [layer.name for layer in examine("resnet18").anatomy.operations if layer.stage == "stage1"]
    assert names[:7] == [
        "layer1.0.conv1",
        "layer1.0.bn1",
        "layer1.0.relu",
        "layer1.0.conv2",
        "layer1.0.bn2",
        "layer1.0:add",
        "layer1.0.relu#2",
    ]


def test_paper_names_of_stages(examine):
    anatomy = examine("resnet50").anatomy
    parts = [anatomy.stem, *anatomy.stages, anatomy.head]
    assert [(part.name, part.paper_name) for part in parts] == [
        ("stem", "conv1"),
        ("stage1", "conv2_x"),
        ("stage2", "conv3_x"),
        ("stage3", "conv4_x"),
        ("stage4", "conv5_x"),
        ("head", "fc"),
    ]


@pytest.mark.parametrize(
    ("fields", "paper_name"),
    [
        ({"base": "resnet18", "num_classes": 0}, "average pool"),
        ({"base": "resnet18", "head": "none"}, None),
        ({"base": "resnetv2_50", "num_classes": 0}, "average pool"),
        ({"base": "resnetv2_50", "head": "none"}, ""),
        ({"base": "resnetv2_50"}, "fc"),
    ],
    ids=str,
)
def test_a_head_is_called_after_what_is_in_it(fields, paper_name, examine):
    head = examine(fields).anatomy.head
    assert (head and head.paper_name) == paper_name
