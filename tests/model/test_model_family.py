"""Every row of the table against what its publishers say of it: their arguments, and their parameter counts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from each import for_each
from golden.read_golden import golden

from resnet_inspect.configs import variants
from resnet_inspect.configs.files import load

ARGUMENTS = {(row["source"], row["name"]): row for row in golden("variants.json")}
PRINTED = golden("timm_printed.json")["millions"]
PUBLISHED = {known: name for name in variants.variant_names() for known in variants.published(name)}

every_row = for_each("row", ARGUMENTS.values())


def translated(row):
    """The arguments of an entry point, in our fields."""
    fields = {"name": row["name"], "block": row["block"], "stage_blocks": row["layers"]}
    for theirs, ours in {
        "groups": "groups",
        "base_width": "base_width",
        "stem": "stem",
        "stem_pool": "stem_pool",
        "avg_down": "avg_down",
        "down_kernel": "shortcut_kernel",
        "reduce_first": "reduce_first",
        "channels": "stage_widths",
        "aa": "anti_alias",
    }.items():
        if theirs in row:
            fields[ours] = row[theirs]
    if "stem" in row:  # without a deep stem, theirs has no effect
        fields["stem_width"] = row.get("stem_width", 64)
    gates = {"se": ("se", 16), "se:0.25": ("se", 4), "eca": ("eca", 16), None: ("none", 16)}
    fields["attention"], fields["se_reduction"] = gates[row.get("attn")]
    fields["norm"] = {"gn": "group", None: "batch"}[row.get("norm")]
    return load(fields)


@every_row
def test_the_arguments_of_an_entry_point_are_the_fields_of_our_row(row):
    published = f"{row['source']}:{row['name']}"
    assert published in PUBLISHED
    assert load(PUBLISHED[published]).model_copy(update={"name": row["name"]}) == translated(row)


def test_every_argument_that_the_golden_knows_is_translated():
    known = {key for row in ARGUMENTS.values() for key in row}
    assert known == {
        "source", "name", "block", "layers", "groups", "base_width", "stem", "stem_width", "stem_pool", "avg_down",
        "down_kernel", "reduce_first", "channels", "aa", "attn", "norm",
    }  # fmt: skip
    assert len(ARGUMENTS) == 89


BESIDE_THE_GOLDEN = {
    # timm/models/resnetv2.py; parameters as printed in timm_printed.json
    *(f"timm:resnetv2_{depth}{form}" for depth in (50, 101, 152) for form in ("", "d")),
    "timm:resnetv2_50t",
    *(f"timm:resnetv2_{size}_bit" for size in ("50x1", "50x3", "101x1", "101x3", "152x2", "152x4")),
    # timm/models/resnet.py; the widths are those of the published weights
    "timm:ecaresnet50d_pruned",
    "timm:ecaresnet101d_pruned",
    # huggingface.co/microsoft/resnet-*: config.json; what they compute is held by test_model_transformers.py
    *(f"transformers:microsoft/resnet-{depth}" for depth in (18, 26, 34, 50, 101, 152)),
}


def test_what_a_row_says_to_be_equal_to_is_known_here():
    goldens = {f"{source}:{name}" for source, name in ARGUMENTS}
    assert set(PUBLISHED) == goldens | BESIDE_THE_GOLDEN
    assert not goldens & BESIDE_THE_GOLDEN


def test_no_two_rows_say_to_be_the_same_model():
    assert sum(len(variants.published(name)) for name in variants.variant_names()) == len(PUBLISHED)
    configs = [load(name).model_dump(exclude={"name"}) for name in variants.variant_names()]
    assert len({str(config) for config in configs}) == len(configs)


@for_each("name", PRINTED)
def test_parameters_as_timm_prints_them(name, examine):
    """In millions, two decimals."""
    params = examine(PUBLISHED[f"timm:{name}"]).anatomy.totals.params
    assert round(Decimal(params) / 10**6, 2) == Decimal(str(PRINTED[name]))


@pytest.mark.parametrize(("name", "printed"), [("resnet164_cifar", "1.7"), ("resnet1001_cifar", "10.2")])
def test_the_preactivation_paper_counts_without_normalisation(name, printed, examine):
    """arXiv:1603.05027, Table 4 prints 1.7 M and 10.2 M; with its normalisations, ResNet-1001 has 10.3 M."""
    operations = examine(name).anatomy.operations
    bare = sum(layer.params for layer in operations if layer.op != "batch_norm")
    assert round(Decimal(bare) / 10**6, 1) == Decimal(printed)


# --- worked out by hand: normalisations have two parameters a channel, the head a bias ---


def v2(reads, width, *, projected):
    """A pre-activation bottleneck (KaimingHe/resnet-1k-layers, resnet-pre-act.lua): no normalisation on its shortcut."""
    out = 4 * width
    convolutions = reads * width + 9 * width * width + width * out
    return 2 * (reads + width + width) + convolutions + (reads * out if projected else 0)


def v1(reads, width, inner, groups, *, projected):
    """A bottleneck of ResNeXt (arXiv:1611.05431)."""
    out = 4 * width
    convolutions = reads * inner + 9 * inner * inner // groups + inner * out
    return 2 * (inner + inner + out) + convolutions + (reads * out + 2 * out if projected else 0)


def added_up(block, reads, widths, blocks):
    """Parameters of all blocks, and the channels that the last one writes."""
    params = 0
    for width, count in zip(widths, blocks, strict=True):
        for number in range(count):
            params += block(reads, width, projected=number == 0)
            reads = 4 * width
    return params, reads


IMAGENET_V2 = {
    "resnet200_v2": (1, (3, 24, 36, 3)),
    "resnetv2_50": (1, (3, 4, 6, 3)),
    "resnetv2_101": (1, (3, 4, 23, 3)),
    "resnetv2_152": (1, (3, 8, 36, 3)),
    "resnetv2_50x1_bit": (1, (3, 4, 6, 3)),
    "resnetv2_50x3_bit": (3, (3, 4, 6, 3)),
    "resnetv2_101x1_bit": (1, (3, 4, 23, 3)),
    "resnetv2_101x3_bit": (3, (3, 4, 23, 3)),
    "resnetv2_152x2_bit": (2, (3, 8, 36, 3)),
    "resnetv2_152x4_bit": (4, (3, 8, 36, 3)),
}


@pytest.mark.parametrize("name", IMAGENET_V2)
def test_preactivation_nets_by_hand(name, examine):
    """No normalisation follows the stem, one stands before the head."""
    wide, blocks = IMAGENET_V2[name]
    params, channels = added_up(v2, 64 * wide, [64 * wide * 2**stage for stage in range(4)], blocks)
    expected = 3 * 49 * 64 * wide + params + 2 * channels + (channels + 1) * 1000
    assert examine(name).anatomy.totals.params == expected


@pytest.mark.parametrize(("name", "n", "expected"), [("resnet164_cifar", 18, 1_703_258), ("resnet1001_cifar", 111, 0)])
def test_preactivation_nets_for_cifar_by_hand(name, n, expected, examine):
    params, channels = added_up(v2, 16, (16, 32, 64), (n, n, n))
    total = 3 * 9 * 16 + params + 2 * channels + (channels + 1) * 10
    assert expected in (0, total)
    assert examine(name).anatomy.totals.params == total


@pytest.mark.parametrize("per_group", [4, 8, 16, 32, 48])
def test_resnext_101_by_hand(per_group, examine):
    """The sizes of arXiv:1805.00932 (WSL), and the 4d of timm."""

    def block(reads, width, *, projected):
        return v1(reads, width, 32 * per_group * width // 64, 32, projected=projected)

    params, channels = added_up(block, 64, (64, 128, 256, 512), (3, 4, 23, 3))
    expected = 3 * 49 * 64 + 2 * 64 + params + (channels + 1) * 1000
    assert examine(f"resnext101_32x{per_group}d").anatomy.totals.params == expected


def test_the_largest_of_them(examine):
    assert examine("resnext101_32x48d").anatomy.totals.params == 828_411_176
    assert examine("resnetv2_152x4_bit").anatomy.totals.params == 936_533_224
