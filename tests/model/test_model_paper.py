"""Variants against the figures that the paper prints."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest
from golden.read_golden import golden

from resnet_inspect.configs.files import load

PAPER = golden("paper.json")
TABLE_1 = PAPER["table1"]
CIFAR = golden("cifar.json")
# The paper's own nets: option A for the basic blocks of Table 2, and the authors' stride on the first 1x1.
PAPERS_OWN = {"18": "resnet18_a", "34": "resnet34_a", "50": "resnet50_v1", "101": "resnet101_v1", "152": "resnet152_v1"}

every_depth = pytest.mark.parametrize("depth", TABLE_1["repeats"])


@every_depth
@pytest.mark.parametrize("table_1_name", list(TABLE_1["out"]))
def test_output_sizes_of_table_1(depth, table_1_name, examine):
    anatomy = examine(f"resnet{depth}").anatomy
    sizes = {stage.paper_name: stage.output_shape for stage in anatomy.stages}
    sizes["conv1"] = anatomy.layers[0].output_shape
    assert sizes[table_1_name][2:] == (TABLE_1["out"][table_1_name],) * 2


@every_depth
def test_blocks_of_table_1(depth, examine):
    stages = examine(f"resnet{depth}").anatomy.stages
    assert [stage.blocks for stage in stages] == TABLE_1["repeats"][depth]
    assert {stage.kind for stage in stages} == {TABLE_1["block"][depth]}
    channels = TABLE_1["widths"] if TABLE_1["block"][depth] == "basic" else TABLE_1["bottleneck_out"]
    assert [stage.output_shape[1] for stage in stages] == channels


@every_depth
def test_where_table_1_halves(depth, examine):
    """Its caption: downsampling is performed by conv3_1, conv4_1 and conv5_1 with a stride of 2."""
    blocks = examine(f"resnet{depth}").anatomy.blocks
    assert [block.paper_name for block in blocks if block.stride == (2, 2)] == ["conv3_1", "conv4_1", "conv5_1"]


@pytest.mark.parametrize(
    ("depth", "rounding"),
    [
        ("18", ROUND_HALF_UP),
        ("34", ROUND_HALF_UP),
        ("50", ROUND_DOWN),  # 3.858, printed as 3.8
        ("101", ROUND_HALF_UP),
        ("152", ROUND_HALF_UP),
    ],
)
def test_flops_of_table_1(depth, rounding, examine):
    macs = Decimal(examine(PAPERS_OWN[depth]).anatomy.totals.macs) / 10**9
    assert macs.quantize(Decimal("0.1"), rounding) == Decimal(str(TABLE_1["flops_1e9"][depth]))


@pytest.mark.parametrize("depth", ["50", "101", "152"])
def test_v1_5_costs_the_same_more_at_every_depth(depth, examine):
    old, new = (examine(name).anatomy.totals for name in (f"resnet{depth}_v1", f"resnet{depth}"))
    assert new.macs - old.macs == 231_211_008
    assert new.params == old.params


def test_option_c_has_thirteen_more_projections(examine):
    """Section 4.1: "many (thirteen) projection shortcuts"."""
    assert examine("resnet34_c").anatomy.depth.shortcut - examine("resnet34").anatomy.depth.shortcut == 13


def test_plain_nets_are_option_a_without_the_shortcuts(examine):
    for depth in ("18", "34"):
        plain, residual = examine(f"plain{depth}").anatomy, examine(f"resnet{depth}_a").anatomy
        assert plain.totals == residual.totals
        assert [layer.name for layer in plain.layers] == [layer.name for layer in residual.layers]


# --- the CIFAR-10 nets ---


@pytest.mark.parametrize(("depth", "printed"), PAPER["cifar"]["params_paper"].items())
def test_parameters_of_table_6(depth, printed, examine):
    millions = Decimal(examine(f"resnet{depth}_cifar").anatomy.totals.params) / 10**6
    assert f"{millions.quantize(Decimal(printed[:-1]), ROUND_HALF_UP)}M" == printed


@pytest.mark.parametrize(("depth", "n"), PAPER["cifar"]["n"].items())
def test_layers_and_maps_of_section_4_2(depth, n, examine):
    anatomy = examine(f"resnet{depth}_cifar").anatomy
    assert anatomy.depth.depth == 6 * n + 2 == int(depth)
    assert [stage.output_shape for stage in anatomy.stages] == [
        (1, channels, size, size)
        for channels, size in zip(PAPER["cifar"]["stages"], PAPER["cifar"]["maps"], strict=True)
    ]
    first = anatomy.layers[0]
    assert (first.kernel, first.out_channels, first.stride) == ((3, 3), 16, (1, 1))
    assert not any(layer.op == "max_pool2d" for layer in anatomy.layers)


@pytest.mark.parametrize("depth", CIFAR)
@pytest.mark.parametrize("option", ["A", "B", "C"])
def test_exact_figures_for_every_shortcut_option(depth, option, examine):
    config = load({"base": f"resnet{depth}_cifar", "shortcut": option})
    subject, expected = examine(config), CIFAR[depth][option]
    assert subject.anatomy.totals.params == expected["params"]
    assert subject.anatomy.totals.macs == expected["macs"]
    assert subject.anatomy.depth.conv == expected["convs"]
    assert expected["bn_params"] == sum(
        layer.params for layer in subject.anatomy.operations if layer.op == "batch_norm"
    )
