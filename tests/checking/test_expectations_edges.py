"""Expectations: what is said at the edges."""

from __future__ import annotations

import io

import pytest
from run_once import gathered

from resnet_inspect.checking.registry import EXPECTATIONS
from resnet_inspect.configs.files import declare


def observed(text):
    evidence = gathered(declare("-", stdin=io.BytesIO(text.encode()), stdin_filename="net.toml"))
    return [finding for rule in EXPECTATIONS for finding in rule.find(evidence)]


def test_a_stage_that_is_missing_has_nothing():
    text = 'base = "resnet18"\nstage_blocks = [2, 2, 2]\nstage_widths = [64, 128, 256]\nstage_strides = [1, 2, 2]\n'
    (found,) = observed(f"{text}[expect]\nparams = 11_689_512\n")
    assert found.why.endswith(": head has 257,000, not 513,000, stage4 has 0, not 8,393,728")


def test_where_no_layer_differs_the_stages_are_named():
    """Under pre-activation, the normalisations alone have other parameters."""
    (found,) = observed('base = "resnet18"\npreact = true\n[expect]\nparams = 11_689_512\n')
    assert found.why == (
        "preact = true, resnet18 has false: stem has 9,408, not 9,536, stage2 has 525,184, not 525,568 and 3 more"
    )


@pytest.mark.parametrize(("channels", "hint"), [(1, "in_channels is 3"), (4, "in_channels is 3")])
def test_an_input_of_fewer_or_more_channels(channels, hint):
    (found,) = observed(f'base = "resnet18"\n[expect]\ninputs = [[{channels}, 224, 224]]\n')
    assert found.hint == hint


def test_an_input_that_is_too_small_is_no_matter_of_channels():
    (found,) = observed('base = "resnet50"\nanti_alias = "avg"\n[expect]\ninputs = [[3, 240, 240]]\n')
    assert found.hint == "sizes that run: 224×224, 256×256"


# input_size and more, expected shapes, which of them is not met, the layer, and why
ROUNDED = [
    (
        "[800, 1333]",
        [[256, 200, 333], [512, 100, 167], [1024, 50, 84], [2048, 25, 42]],
        (0, "maxpool"),
        "conv1 (7×7, stride 2, padding 3) takes 800×1333 to 400×667, maxpool (3×3, stride 2, padding 1) takes "
        "400×667 to 200×334: conv1 and maxpool round up, 333 supposes down",
    ),
    (
        "[1333, 800]",
        [[256, 334, 200], [512, 167, 100], [1024, 83, 50], [2048, 42, 25]],
        (2, "layer3.0.conv2"),
        "layer3.0.conv2 (3×3, stride 2, padding 1) takes 167×100 to 84×50: layer3.0.conv2 rounds up, 83 supposes down",
    ),
    # 83 would become 42 as 84 does, so that this is no consequence of the one before.
    (
        "[800, 1333]",
        [[256, 200, 334], [512, 100, 167], [1024, 50, 83], [2048, 25, 41]],
        (3, "layer4.0.conv2"),
        "from the expected 1024×50×83, layer4.0.conv2 (3×3, stride 2, padding 1) takes 50×83 to 25×42: "
        "layer4.0.conv2 rounds up, 41 supposes down",
    ),
    (
        "[224, 224]",
        [[256, 56, 56], [512, 28, 28], [1024, 14, 14], [2048, 8, 8]],
        (3, "layer4.0.conv2"),
        "layer4.0.conv2 (3×3, stride 2, padding 1) takes 14×14 to 7×7: 8 would need a different input, stride or padding",
    ),
    (
        "[224, 224]\nstem_pool_padding = 0",
        [[256, 56, 56], [512, 28, 28], [1024, 14, 14], [2048, 7, 7]],
        (0, "maxpool"),
        "conv1 (7×7, stride 2, padding 3) takes 224×224 to 112×112, maxpool (3×3, stride 2, padding 0) takes "
        "112×112 to 55×55: maxpool rounds down, 56 supposes up",
    ),
    (
        '[224, 450]\nanti_alias = "blur"',
        [[256, 56, 112], [512, 28, 57], [1024, 14, 29], [2048, 7, 15]],
        (0, "maxpool.1"),
        "conv1 (7×7, stride 2, padding 3) takes 224×450 to 112×225, maxpool.1 (3×3, stride 2, padding 0 and a "
        "border of 2) takes 112×225 to 56×113: maxpool.1 rounds up, 112 supposes down",
    ),
    (
        "[224, 224]\noutput_stride = 16",
        [[256, 56, 56], [512, 28, 28], [1024, 14, 14], [2048, 13, 13]],
        (3, ""),
        "nothing strides in stage4",
    ),
]


def test_what_the_message_says_is_not_said_again_as_two_sides():
    loads = 'base = "resnet18"\n[expect]\nloads = "resnet34"\n'
    inputs = 'base = "resnet18"\n[expect]\ninputs = [[4, 224, 224]]\n'
    assert [(seen.expected, seen.found) for text in (loads, inputs) for seen in observed(text)] == [("", "")] * 2


@pytest.mark.parametrize(("size", "expected", "place", "why"), ROUNDED)
def test_a_size_that_is_rounded_another_way_names_the_layers_that_round(size, expected, place, why):
    found = observed(f'base = "resnet50"\ninput_size = {size}\n[expect]\nstage_shapes = {expected}\n')
    by_stage = {seen.field_path[2]: seen for seen in found}
    index, layer = place
    assert (by_stage[index].why, by_stage[index].layer) == (why, layer)


@pytest.mark.parametrize(
    ("fields", "expected", "limited", "hint"),
    [
        ("output_stride = 16", 32, True, "output_stride = 32 in the config makes it so"),
        ("output_stride = 8", 16, True, "output_stride = 16 in the config makes it so"),
        ("", 8, False, "output_stride = 8 in the config makes it so"),
        ("", 64, False, ""),
        ('stem_pool = "none"', 32, False, ""),
        ('stem_pool = "none"\noutput_stride = 16', 8, False, "output_stride = 8 in the config makes it so"),
    ],
)
def test_the_output_stride_that_the_file_itself_gives_is_the_reason(fields, expected, limited, hint):
    (found,) = observed(f'base = "resnet50"\n{fields}\n[expect]\noutput_stride = {expected}\n')
    start = f"{fields} in the config, so that later stages dilate; strided: conv1 by 2, "
    assert found.why.startswith(start if limited else "strided: conv1 by 2, ")
    assert found.hint == hint
    if hint:
        other = "\n".join(line for line in fields.splitlines() if "output_stride" not in line)
        mended = f'base = "resnet50"\n{other}\n{hint.partition(" in ")[0]}\n[expect]\noutput_stride = {expected}\n'
        assert observed(mended) == []


@pytest.mark.parametrize(
    ("base", "macs", "why"),
    [
        # resnet34_a has as many MACs as resnet18 has FLOPs.
        ("resnet18", '"3.6G"', "stem 118,013,952, stage1 462,422,016, "),
        ("resnet18", '"3.6G..3.7G"', "stem 118,013,952, stage1 462,422,016, "),
        ("resnet18", '">= 3.6G"', "stage_blocks = [2, 2, 2, 2], resnet34"),
    ],
)
def test_twice_as_many_is_no_other_network(base, macs, why):
    (found,) = observed(f'base = "{base}"\n[expect]\nmacs = {macs}\n')
    assert found.why.startswith(why)
    assert bool(found.hint) is (">=" not in macs)


def test_a_variant_that_differs_in_much_is_no_reason():
    """Some variant keeps any limit; one that three fields set apart says nothing of this net."""
    limit = "[expect]\nparams = {min = 40_000_000}\n"
    (found,) = observed(f'base = "resnet50"\nnum_classes = 10\n{limit}')
    assert found.why.startswith("stage_blocks = [3, 4, 6, 3], resnet101 has [3, 4, 23, 3]; num_classes = 10, ")
    (found,) = observed(f'base = "resnet50"\nnum_classes = 10\nattention = "eca"\n{limit}')
    assert found.why.startswith("stem 9,536, stage1 215,823, stage2 ")


def test_of_several_variants_the_one_that_the_fewest_fields_set_apart_is_the_reason():
    """resnet152 is nearer, but for its pre-activation."""
    (found,) = observed('base = "resnetv2_101"\n[expect]\nparams = {min = 60_192_808}\n')
    assert found.why.startswith("stage_blocks = [3, 4, 23, 3], resnet200_v2 has [3, 24, 36, 3]: ")


def test_large_figures_have_commas():
    blocks = "stage_blocks = [3, 8, 360, 3]"
    (found,) = observed(f'base = "resnet152"\n{blocks}\n[expect]\nreceptive_field = [427, 1427]\n')
    assert found.message == "receptive field 11,819, expected 427×1,427"
    assert found.why.endswith("stage3 11,659, stage4 11,819")


@pytest.mark.parametrize(
    ("blocks", "dilated"),
    [(4, "layer4.1.conv2, layer4.2.conv2, layer4.3.conv2"), (5, "layer4.1.conv2, layer4.2.conv2 and 2 more")],
)
def test_of_many_dilated_layers_two_are_named(blocks, dilated):
    text = f'base = "resnet50"\nstage_blocks = [1, 1, 1, {blocks}]\noutput_stride = 16\n'
    (found,) = observed(
        f"{text}[expect]\nstage_shapes = [[256, 56, 56], [512, 28, 28], [1024, 14, 14], [2048, 7, 7]]\n"
    )
    assert f"nothing strides in stage4: {dilated} dilated instead" in found.why + found.hint
