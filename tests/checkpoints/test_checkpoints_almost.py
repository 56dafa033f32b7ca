"""Files that are almost those of a ResNet: nothing is called equal, or guessed, that the file does not show."""

from __future__ import annotations

import pytest
from checkpoints.other_nets import (
    NET,
    SMALL,
    behind,
    clip_image_tower,
    folded,
    pruned,
    weight_normed,
    with_head,
    without_norms,
)
from checkpoints.styled_names import tensors, without

from resnet_inspect.checkpoints.identify import NetworkChoice, identify_shapes
from resnet_inspect.configs.files import load
from resnet_inspect.errors import RequestError


@pytest.mark.parametrize(
    "inside",
    [
        {"se.fc.0.weight": (16, 64), "se.fc.2.weight": (64, 16)},
        {"eca.conv.weight": (1, 1, 3)},
        {"ca.fc.0.weight": (4, 64, 1, 1), "sa.conv1.weight": (1, 2, 7, 7)},
        {"prelu.weight": (64,)},
    ],
    ids=lambda inside: next(iter(inside)),
)
@pytest.mark.parametrize("prefix", ["", "module.backbone."])
def test_what_lies_inside_the_blocks_prevents_equality(inside, prefix):
    plain = tensors("resnet18")
    blocks = {name.rpartition(".conv1")[0] for name in plain if name.endswith("conv1.weight") and "layer" in name}
    shapes = {**plain, **{f"{block}.{name}": shape for block in blocks for name, shape in inside.items()}}
    assert identify_shapes(behind(prefix, plain)).equals
    found = identify_shapes(behind(prefix, shapes))
    assert found.equals == ()
    assert set(found.translation.inside) == set(behind(prefix, shapes)) - set(behind(prefix, plain))
    assert {mismatch.name for mismatch in found.inference.mismatches} == set(found.translation.inside)
    assert found.translation.others == ()


def test_what_stands_beside_the_blocks_does_not():
    assert identify_shapes({**tensors("resnet18"), "neck.conv.weight": (3, 512, 1, 1), "layers.conv": (1,)}).equals


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (folded(), "folded into the convolutions, which have biases"),
        (without_norms(), "it has no parameters, as InstanceNorm by default, or there is none"),
        (SMALL, ""),
        (tensors("resnet18", norm="group"), ""),
        ({**without_norms(), "layer1.0.gn1.weight": (8,)}, ""),
    ],
)
def test_normalisation_that_is_not_there_is_not_guessed(shapes, words):
    inference = identify_shapes(shapes).inference
    assert inference.without_norms == words
    unknown = {named.field: named.because for named in inference.undetermined}
    assert unknown.get("norm") == (f"no normalisation in the file: {words}" if words else None)
    if words:
        assert inference.mismatches == ()
        assert (inference.config.norm, inference.config.stem_bias) == ("batch", False)


@pytest.mark.parametrize(
    ("shapes", "heads"),
    [
        (with_head(fc_1_weight=(7, 64), fc_1_bias=(7,)), ("fc.1 (64 → 7)",)),
        (with_head(fc_1_weight=(9, 64), fc_4_weight=(7, 9)), ("fc.1 (64 → 9)",)),
        (with_head(neck_lateral_weight=(6, 64, 1, 1)), ("neck.lateral (64 → 6)",)),
        (with_head(neck_lateral_weight=(6, 64, 3, 3)), ()),
        (with_head(decoder_weight=(64, 6)), ()),
        (SMALL, ()),
        (
            behind("a.", with_head(fc_1_weight=(7, 64))) | behind("b.", with_head(fc_1_weight=(8, 64))),
            ("a.fc.1 (64 → 7)",),
        ),
        (
            behind("m.backbone.", without(SMALL, "fc.")) | {f"m.head{n}.weight": (n, 64) for n in range(1, 7)},
            ("m.head1 (64 → 1)", "m.head2 (64 → 2)", "m.head3 (64 → 3)", "m.head4 (64 → 4)", "2 more"),
        ),
    ],
)
def test_the_head_that_is_there_is_named(shapes, heads):
    assert identify_shapes(shapes).heads == heads


def test_clips_image_tower():
    found = identify_shapes(clip_image_tower())
    assert found.translation.style.name == "clip"
    assert found.equals == ()
    config = found.inference.config
    assert (config.stem, config.avg_down, config.stem_pool, config.input_size) == (
        "deep_tiered",
        True,
        "max",
        (224, 224),
    )
    assert [head.partition(" ")[0] for head in found.heads] == [f"visual.attnpool.{part}_proj" for part in "qkvc"]
    assert {mismatch.name.partition(".")[0] for mismatch in found.inference.mismatches} == {"attnpool"}
    assert found.translation.others == ("logit_scale",)


def test_three_convolutions_without_the_attention_are_a_stem_of_their_own_style():
    shapes = {name: shape for name, shape in clip_image_tower().items() if "attnpool" not in name}
    found = identify_shapes(shapes)
    assert (found.translation.style.name, found.inference.config.stem) == ("numbered_stem", "deep_tiered")


def test_a_second_normalisation_alone_is_no_stem_of_three_convolutions():
    """As in ArcFace's iresnet, whose bn2 stands before the head."""
    found = identify_shapes(
        {**SMALL, **{f"bn2.{leaf}": (64,) for leaf in ("weight", "bias", "running_mean", "running_var")}}
    )
    assert (found.translation.style.name, found.inference.config.stem) == ("torchvision", "single")


def test_no_stem_of_cifar_is_guessed_where_more_of_the_stem_is_there():
    shapes = tensors(NET, stem_kernel=3, stem_stride=1, stem_pool="none", input_size=[32, 32])
    assert identify_shapes(shapes).inference.config.input_size == (32, 32)
    more = identify_shapes({**shapes, "conv2.weight": (8, 8, 3, 3)}).inference.config
    assert (more.input_size, more.stem_stride, more.stem_pool) == ((224, 224), 2, "max")


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (pruned(), r"are pruned: conv1.weight_mask is stored .* with torch.nn.utils.prune.remove\(module, 'weight'\)"),
        (weight_normed(), "are re-parametrised: .*remove_parametrizations"),
        (without(SMALL, "conv1.weight") | {"conv1.weight_g": (8, 1), "conv1.weight_v": (8, 3)}, "remove_weight_norm"),
        (
            {name: shape for name, shape in SMALL.items() if not name.startswith(("conv1", "bn1"))},
            r"no first convolution \(conv1.weight or conv1.0.weight\): the stem is missing",
        ),
        (without(SMALL, "layer2.0.conv3"), "in stage 2 block 1 has no conv3, block 2 has one"),
        (
            {**without(SMALL, "layer2"), **{f"stage{n}.0.conv.weight": (8, 8, 3, 3) for n in range(60)}},
            r"not a known ResNet: of 92 tensors, 31 have names and shapes of one \(conv1.weight, ",
        ),
    ],
)
def test_what_is_none_is_refused_in_words(shapes, words):
    with pytest.raises(RequestError, match=words) as caught:
        identify_shapes(shapes)
    assert "Input should be" not in str(caught.value)


def test_a_decoder_beside_two_stages_is_no_evidence_against_them():
    assert (
        identify_shapes({**SMALL, **{f"up{n}.conv.weight": (8, 8, 3, 3) for n in range(500)}}).inference.mismatches
        == ()
    )


TWO = behind("rgb.", tensors("resnet18")) | behind("depth.", tensors("resnet34"))


@pytest.mark.parametrize(
    ("chosen", "within", "equal"),
    [
        ("", "", "resnet34"),
        ("rgb.", "", "resnet18"),
        ("rgb", "", "resnet18"),
        ("model.rgb", "model.", "resnet18"),
        ("model", "model.", "resnet34"),
    ],
)
def test_one_of_two_networks_can_be_chosen(chosen, within, equal):
    assert identify_shapes(TWO, choice=NetworkChoice(chosen, within)).equals[0] == equal


@pytest.mark.parametrize("chosen", ["rg", "gb.", "depth.layer1", "model.depth"])
def test_a_choice_that_is_none_names_those_there_are(chosen):
    with pytest.raises(
        RequestError, match=f"no network with the prefix '{chosen}'; there is one with: m.rgb., m.depth., ema."
    ):
        identify_shapes(TWO, choice=NetworkChoice(chosen, "m.", ("ema.",)))


@pytest.mark.parametrize(
    ("head", "style"), [("head.fc", "openmmlab"), ("backbone.fc", "torchvision"), ("fc", "torchvision")]
)
def test_a_classifier_beside_the_backbone_is_openmmlabs(head, style):
    shapes = {
        (f"backbone.{name}" if not name.startswith("fc") else name.replace("fc", head)): s for name, s in SMALL.items()
    }
    assert identify_shapes(shapes).translation.style.name == style
    assert load(NET).num_classes == identify_shapes(shapes).inference.config.num_classes


def test_of_many_heads_four_are_named():
    more = {f"x{number}.weight": (7, 64) for number in range(9)}
    assert identify_shapes({**without(SMALL, "fc."), **more}).heads == (
        *(f"x{number} (64 → 7)" for number in range(4)),
        "5 more",
    )
