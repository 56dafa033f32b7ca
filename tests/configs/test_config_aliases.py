"""What people type for a variant: resolved where it has one meaning, told where it has several."""

from __future__ import annotations

import pytest
from config_problems import problems_of
from each import for_each
from hypothesis import given, strategies as st

from resnet_inspect.configs import variants
from resnet_inspect.configs.aliases import AMBIGUITIES, interpret, normalise
from resnet_inspect.configs.files import load
from resnet_inspect.errors import AmbiguousVariantError, ConfigError, UnknownVariantError

NAMES = variants.variant_names()

SPELLINGS = [
    ("resnet-50", "resnet50"),
    ("ResNet50", "resnet50"),
    ("ResNet-50", "resnet50"),
    ("RESNET_50", "resnet50"),
    (" resnet 50 ", "resnet50"),
    ("resnet-50-v1", "resnet50_v1"),
    ("ResNet50v1", "resnet50_v1"),
    ("ResNet-50-D", "resnet50d"),
    ("ResNet-50-C", "resnet50c"),
    ("ResNet-34-C", "resnet34_c"),
    ("resnext-50-32x4d", "resnext50_32x4d"),
    ("ResNeXt-50 32×4d", "resnext50_32x4d"),
    ("Wide ResNet-50-2", "wide_resnet50_2"),
    ("SE-ResNet-50", "seresnet50"),
    ("SENet-154", "senet154"),
    ("ResNet-RS-420", "resnetrs420"),
    ("ResNet-110 CIFAR", "resnet110_cifar"),
]
SUFFIXES = [
    ("resnet50_v1.5", "resnet50"),
    ("resnet-50-v1.5", "resnet50"),
    ("resnet152_v1_5", "resnet152"),
    ("resnet50b", "resnet50"),
    ("resnet50_v1b", "resnet50"),
    ("resnet101_v1c", "resnet101c"),
    ("resnet50_v1d", "resnet50d"),
    ("resnet18_v1d", "resnet18d"),
    ("resnet50_v1e", "resnet50e"),
    ("resnet50_v1s", "resnet50s"),
    ("resnet18_v1", "resnet18"),
    ("resnet34_v1b", "resnet34"),
    ("resnetv1d50", "resnet50d"),
    ("ResNet-D 50", "resnet50d"),
]
OTHER_NAMES = [
    ("gluon_resnet50_v1b", "resnet50"),
    ("gluon_resnet50_v1", "resnet50_v1"),
    ("tv_resnet50", "resnet50"),
    ("swsl_resnext101_32x8d", "resnext101_32x8d"),
    ("ig_resnext101_32x48d", "resnext101_32x48d"),
    ("X-101-32x8d", "resnext101_32x8d"),
    ("R-18", "resnet18"),
    ("WRN-50-2", "wide_resnet50_2"),
    ("BiT-R101x3", "resnetv2_101x3_bit"),
]
HUBS = [
    ("timm/resnet50.a1_in1k", "resnet50"),
    ("timm/resnet50", "resnet50"),
    ("TIMM/ResNet50.A1_in1k", "resnet50"),
    ("resnet50.a1_in1k", "resnet50"),
    ("timm/resnetv2_50x1_bit.goog_in21k_ft_in1k", "resnetv2_50x1_bit"),
    ("timm/seresnextaa201d_32x8d.sw_in12k_ft_in1k_384", "seresnextaa201d_32x8d"),
    ("microsoft/resnet-50", "resnet50"),
    ("microsoft/resnet-152", "resnet152"),
]


@for_each("typed, name", SPELLINGS + SUFFIXES + OTHER_NAMES + HUBS)
def test_a_name_with_one_meaning_is_that_variant(typed, name):
    assert load(typed) == variants.variant(name)
    assert load({"base": typed, "name": name}) == variants.variant(name)
    assert variants.published(typed) == variants.published(name)


STRIDES = {"resnet{}": "stride on the 3x3", "resnet{}_v1": "stride on the first 1x1"}


@pytest.mark.parametrize(
    ("typed", "readings"),
    [
        *((f"R-{depth}", {name.format(depth): words for name, words in STRIDES.items()}) for depth in (50, 101, 152)),
        ("R50", {"resnet50": "torchvision", "resnet50_v1": "Detectron2 by default"}),
        ("RN50", {"resnet50": "v1.5", "resnet50_v1": "v1"}),
        ("resnet50_v2", {"resnetv2_50": "pre-activation", "resnet50": "IMAGENET1K_V2"}),
        ("ResNet152V2", {"resnetv2_152": "pre-activation", "resnet152": "IMAGENET1K_V2"}),
        ("resnet_v1_50", {"resnet50_v1": "first 1x1"}),
        ("resnet34_v1.5", {"resnet34": "there is no v1.5"}),
        ("ResNet-56", {"resnet56_cifar": "shortcut A"}),
        ("resnet1001", {"resnet1001_cifar": "pre-activation"}),
    ],
)
def test_a_name_with_several_meanings_is_refused_with_each_in_words(typed, readings):
    with pytest.raises(AmbiguousVariantError, match="does not name a single network: write") as caught:
        load(typed)
    assert caught.value.suggestions == tuple(readings)
    for name, words in readings.items():
        assert words in caught.value.readings[name]
        assert f"{name} ({caught.value.readings[name]})" in str(caught.value)


def test_a_base_with_several_meanings_says_so_at_its_place(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text('name = "mine"\nbase = "R-50"\n', encoding="utf-8")
    (problem,) = problems_of(path)
    assert (problem.line, problem.column) == (2, 8)
    assert problem.message == '"R-50" does not name a single network'
    assert problem.hint.startswith("write resnet50 (v1.5, stride on the 3x3")


@pytest.mark.parametrize(
    ("typed", "equal"),
    [
        ("timm:resnet50", "resnet50"),
        ("timm:resnet50.a1_in1k", "resnet50"),
        ("hf-hub:timm/resnet50.a1_in1k", "resnet50"),
        ("torchvision:wide_resnet50_2", "wide_resnet50_2"),
        ("transformers:microsoft/resnet-50", "resnet50"),
    ],
)
def test_another_library_s_model_is_not_taken_for_the_variant_that_equals_it(typed, equal):
    with pytest.raises(UnknownVariantError, match=f"equals {equal} tensor by tensor") as caught:
        load(typed)
    assert caught.value.suggestions == (equal,)
    with pytest.raises(ConfigError, match=f"equals {equal} tensor by tensor"):
        load({"base": typed})


@pytest.mark.parametrize("typed", ["timm/resnetv2_50x1_bit.goog_in21k", "timm/seresnextaa201d_32x8d.sw_in12k"])
def test_weights_with_other_classes_are_another_net(typed):
    with pytest.raises(UnknownVariantError, match=r"has 1,000; num_classes sets another number") as caught:
        load(typed)
    assert len(caught.value.suggestions) == 1


@pytest.mark.parametrize(
    "typed",
    ["resnet1_8", "resnet34_v1c", "vgg16", "timm/vgg16", "torchvision:alexnet", "wrn-28-10", "v1", "b", "r", "r0"],
)
def test_what_means_nothing_stays_unknown(typed):
    with pytest.raises(UnknownVariantError) as caught:
        variants.find(typed)
    assert not isinstance(caught.value, AmbiguousVariantError)


def test_a_file_comes_before_a_name_on_a_hub(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "microsoft").mkdir()
    (tmp_path / "microsoft" / "resnet-50").write_text('base = "resnet18"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="unknown suffix"):
        load("microsoft/resnet-50")
    with pytest.raises(ConfigError, match="no such file"):
        load("somebody/resnet-50")


@for_each("name", NAMES)
def test_every_variant_is_found_however_it_is_spelled(name):
    for typed in (name, name.upper(), name.replace("_", "-"), name.replace("resnet", "ResNet-", 1)):
        assert variants.find(typed) == name


def test_no_two_variants_are_spelled_alike():
    assert len({normalise(name) for name in NAMES}) == len(NAMES)


@for_each("name", [model for name in NAMES for model in variants.published(name)])
def test_every_published_model_can_be_typed_as_its_library_does(name):
    source, _, model = name.partition(":")
    typed = {"timm": f"timm/{model}", "transformers": model, "torchvision": model}[source]
    assert name in variants.published(variants.find(typed))


@given(st.text(max_size=30) | st.from_regex(r"(timm[/:])?res?ne[tx]{1,2}[-_ v]?\d{1,4}[-_ .]?[a-z0-9.]{0,4}"))
def test_any_text_means_what_the_table_holds(typed):
    meaning = interpret(typed, NAMES, {"timm:resnet50": "resnet50"})
    assert {meaning.name or NAMES[0], *(reading.name for reading in meaning.readings)} <= set(NAMES)


def test_readings_differ_in_words():
    for ambiguity in AMBIGUITIES:
        words = [reading.words for reading in ambiguity.readings]
        assert all(words)
        assert len(set(words)) == len(words)
