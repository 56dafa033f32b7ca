"""Weights to config: what can be read comes out as it went in, and what cannot is named."""

from __future__ import annotations

import contextlib

import pytest
from checkpoints.styled_names import tensors, without
from configs.config_problems import outcome
from each import for_each
from hypothesis import given, settings, strategies as st
from model.every_axis import any_fields
from model.small_configs import SMALL

from resnet_inspect.checkpoints.inference.infer import Mismatch, infer
from resnet_inspect.checkpoints.inference.layout import MAX_STAGES, layout
from resnet_inspect.configs import variants
from resnet_inspect.configs.distance import differences
from resnet_inspect.configs.files import load
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.state_dict import state_dict
from resnet_inspect.errors import RequestError

ALWAYS_READ = (
    "stage_blocks", "stage_kinds", "preact", "norm", "stem", "stem_width", "in_channels", "num_classes", "groups",
    "attention", "stem_bias",
)  # fmt: skip


def inferred(config):
    return infer(dict(state_dict(config)))


def not_named(config, found):
    """Fields that came out otherwise and were not said to be unknown."""
    unknown = {named.field for named in found.undetermined}
    return {difference.field for difference in differences(config, found.config)} - unknown


@for_each("name", variants.variant_names())
def test_every_variant(name):
    found = inferred(load(name))
    assert found.mismatches == ()
    assert not found.missing_head
    assert not_named(load(name), found) == set()


@for_each("fields", SMALL.values())
def test_every_small_config(fields):
    found = inferred(load(fields))
    assert found.mismatches == ()
    assert not_named(load(fields), found) == set()


@settings(max_examples=150)
@given(any_fields())
def test_any_config(fields):
    if outcome(lambda: load(fields)):
        return
    config = load(fields)
    found = inferred(config)
    # Where dilation takes the place of a stride, a larger projection kernel shows a stride that is not there.
    if config.shortcut_kernel == 1 or config.output_stride == 32:
        assert found.mismatches == ()
    assert all(getattr(found.config, field) == getattr(config, field) for field in ALWAYS_READ)
    if config.output_widths is None and config.shortcut_kernel == 1:
        assert not_named(config, found) == set()


def test_what_is_unknown_is_said_with_what_is_taken():
    found = inferred(load("resnet50"))
    assert {named.field: named.taken for named in found.undetermined} == {
        "stage_strides": (1, 2, 2, 2),
        "stride_in": "3x3",
        "anti_alias": "none",
        "activation": "relu",
        "output_stride": 32,
        "zero_init_last": False,
        "stem_stride": 2,
        "stem_pool": "max",
        "stem_pool_padding": 1,
        "stem_pool_ceil": False,
        "input_size": (224, 224),
    }
    assert [named.field for named in found.undetermined] == [
        field for field in ResNetConfig.model_fields if field in {named.field for named in found.undetermined}
    ]


@pytest.mark.parametrize(
    ("source", "field", "taken", "because"),
    [
        ("resnet34_a", "shortcut", "A", "option A and a network without shortcuts"),
        ("plain34", "shortcut", "A", "option A and a network without shortcuts"),
        ({"block": "basic", "stage_blocks": [2], "stage_widths": [64]}, "shortcut", "B", "no block needs a projection"),
        ({"block": "basic", "stage_blocks": [1]}, "shortcut", "B", "no block needs a projection"),
        ({"block": "bottleneck", "stage_blocks": [1]}, "shortcut", "B", "options B and C"),
        ("ecaresnet50d_pruned", "stage_widths", (64, 128, 256, 512), "before pruning"),
        ("seresnet18", "se_reduction", 16, "multiple of 8"),
        ({"block": "bottleneck", "stage_blocks": [1], "stage_widths": [8]}, "base_width", 64, "rounded"),
        ("resnetv2_50", "weight_standardized", False, "values"),
        ("resnetv2_50", "avg_down", False, "pool"),
        ({"base": "resnetrs50", "anti_alias": "blur"}, "anti_alias", "avg", "an average or a blur"),
        ("resnet20_cifar", "stem_pool", "none", "pool"),
        ("resnet20_cifar", "input_size", (32, 32), "any size"),
    ],
)
def test_fields_that_are_unknown_in_some_nets(source, field, taken, because):
    (named,) = (named for named in inferred(load(source)).undetermined if named.field == field)
    assert named.taken == taken
    assert because in named.because


@pytest.mark.parametrize(
    ("source", "field"),
    [("resnet50", "shortcut"), ("seresnet50", "se_reduction"), ("resnet50", "base_width"), ("resnet18", "stride_in")],
)
def test_what_is_known_is_not_called_unknown(source, field):
    assert field not in {named.field for named in inferred(load(source)).undetermined}


def test_a_backbone():
    found = infer(without(tensors("resnet50"), "fc."))
    assert (found.missing_head, found.mismatches) == (True, ())
    assert (found.config.num_classes, found.config.head) == (0, "linear")
    (head,) = (named for named in found.undetermined if named.field == "head")
    assert head.taken == "linear"
    assert head.because.endswith("a network with the last pool and one without it have the same weights")
    assert "num_classes" not in {named.field for named in found.undetermined}


@pytest.mark.parametrize("head", ["linear", "none"])
@pytest.mark.parametrize("name", ["resnet18", "resnet50d", "resnetv2_50", "resnetv2_50x1_bit"])
def test_a_backbone_s_config_has_its_weights_and_no_others(name, head):
    config = load({"base": name, "num_classes": 0, "head": head})
    found = inferred(config)
    assert dict(state_dict(found.config)) == dict(state_dict(config))
    assert not_named(config, found) == set()


def test_counters_do_not_matter():
    assert infer(without(tensors("resnet50"), "num_batches_tracked")).mismatches == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"layer1.0.conv1.bias": (64,)}, [Mismatch("layer1.0.conv1.bias", None, (64,))]),
        ({"layer2.0.bn1.weight": (3,)}, [Mismatch("layer2.0.bn1.weight", (128,), (3,))]),
        ({"layer2.0.bn1.weight": ()}, [Mismatch("layer2.0.bn1.weight", (128,), ())]),
        ({"layer5.0.conv1.weight": (1, 1, 1, 1)}, [Mismatch("layer5.0.conv1.weight", None, (1, 1, 1, 1))]),
        ({"layer9.0.conv1.weight": (1, 1, 1, 1)}, [Mismatch("layer9.0.conv1.weight", None, (1, 1, 1, 1))]),
        ({"layer1.7.conv1.weight": (1, 1, 1, 1)}, [Mismatch("layer1.7.conv1.weight", None, (1, 1, 1, 1))]),
        ({"fc.weight": (10, 3)}, [Mismatch("fc.weight", (10, 512), (10, 3)), Mismatch("fc.bias", (10,), (1000,))]),
    ],
)
def test_what_does_not_fit_is_listed(change, expected):
    assert list(infer({**tensors("resnet18"), **change}).mismatches) == expected


def test_what_is_missing_is_listed():
    shapes = without(tensors("resnet18"), "layer3.1.bn2.weight")
    assert infer(shapes).mismatches == (Mismatch("layer3.1.bn2.weight", (256,), None),)


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ({}, "no stages of residual blocks"),
        ({"conv1.weight": (64, 3, 7, 7)}, "no stages of residual blocks"),
        ({"layer2.0.conv1.weight": (64, 64, 3, 3)}, "no stages of residual blocks"),
        ({"layer1.0.conv1.weight": (64, 64, 3, 3)}, "layer1.0 holds conv1.weight$"),
        (
            {
                f"layer1.0.{name}": (64, 64, 1, 1)
                for name in ("conv1.weight", "convs.0.weight", "convs.1.weight", "a", "b")
            },
            "layer1.0 holds conv1.weight, convs.0.weight, convs.1.weight, a, …$",
        ),
        ({**tensors("resnet18"), "conv1.weight": (64, 3, 6, 6)}, "stem_kernel: must be odd"),
        ({**tensors("resnet18"), "conv1.weight": (0, 3, 7, 7)}, "stem_width"),
        ({**tensors("resnet18"), "fc.weight": (10**12, 512)}, "num_classes"),
        ({**tensors("resnet50", stage_blocks=[1, 1, 1, 1]), "layer1.0.conv1.weight": (0, 64, 1, 1)}, "conv_widths"),
        ({**tensors("resnet18"), "conv1.weight": ()}, "stem_kernel"),
        (dict.fromkeys(tensors("resnet50"), ()), "no stages of residual blocks"),
        (dict.fromkeys(tensors("resnet50"), (2**62,) * 4), "no config describes them"),
    ],
)
def test_what_no_config_describes_is_refused_in_words(shapes, words):
    with pytest.raises(RequestError, match=words):
        infer(shapes)


SIZES = st.lists(st.integers(0, 70), max_size=5).map(tuple)


@settings(max_examples=150)
@given(st.sampled_from(["resnet18", "resnet50", "seresnet50", "resnetv2_50", "resnet50d"]), st.data())
def test_any_shapes_end_in_a_config_or_in_words(name, data):
    shapes = tensors(name, stage_blocks=[1, 1, 1, 1])
    for key in data.draw(st.lists(st.sampled_from(list(shapes)), max_size=4)):
        shapes[key] = data.draw(SIZES)
    for key in data.draw(st.lists(st.sampled_from(list(shapes)), max_size=4, unique=True)):
        del shapes[key]
    with contextlib.suppress(RequestError):
        found = infer(shapes)
        assert (found.mismatches == ()) == _explained(found.config, shapes)


def _explained(config, shapes):
    known = without(dict(state_dict(config)), "num_batches_tracked")
    if not any(name in shapes for name in ("fc.weight", "fc.bias", "head.fc.weight", "head.fc.bias")):
        known = {name: shape for name, shape in known.items() if not name.startswith(("fc.", "head.fc."))}
    return known == without(shapes, "num_batches_tracked")


def blocks(*places):
    names = (f"layer{stage}.{block}.conv{number}.weight" for stage, block in places for number in (1, 2))
    return dict.fromkeys(names, (1, 1, 1, 1))


def test_stages_and_blocks_end_at_the_first_gap():
    places = [(stage, block) for stage in (1, 2, 4) for block in (0, 1, 3)]
    assert [len(stage) for stage in layout(blocks(*places)).stages] == [2, 2]
    assert len(layout(blocks(*((stage, 0) for stage in range(1, 90)))).stages) == MAX_STAGES


@pytest.mark.parametrize("name", ["layer1.{}.conv1.weight", "\x1b[2J{}.layer1.0.conv1.weight", "layer1.0.{}.weight"])
def test_100_000_keys_are_answered(name):
    shapes = {**tensors("resnet18"), **{name.format(number): (64, 64, 3, 3) for number in range(100_000)}}
    assert len(infer(shapes).mismatches) > 90_000


def test_of_many_problems_the_first_are_named_and_the_others_counted():
    blocks = [f"layer1.{block}.conv{number}.weight" for block in range(1_000) for number in (1, 2)]
    with pytest.raises(RequestError, match=r"would be 0; and 9[0-9]{2} more$") as caught:
        infer({"conv1.weight": (64, 3, 7, 7), **dict.fromkeys(blocks, (0, 64, 3, 3))})
    assert len(str(caught.value)) < 300
