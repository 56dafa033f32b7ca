"""Words of others for the values of a field, v1 and v1.5 among them: what each is here, never a guess by its look."""

from __future__ import annotations

from typing import get_args

import pytest
from config_problems import problems_of
from each import for_each

from resnet_inspect.anatomy.records import ShortcutKind
from resnet_inspect.configs.expect import Expectations
from resnet_inspect.configs.files import load
from resnet_inspect.configs.foreign import hint as hint_of_field
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.words import (
    STRIDE_IN,
    VERSION_OF,
    WORDS,
    StrideIn,
    Version,
    fold,
    meaning_of,
    meanings_of,
    version_of,
)
from resnet_inspect.errors import RequestError

HINTS = [
    ("activation", "swish", 'here: "silu"'),
    ("activation", "SiLU", 'did you mean "silu"?'),
    ("activation", "nn.SiLU", 'did you mean "silu"?'),
    ("activation", "Swish", 'here: "silu"'),
    ("activation", "hswish", 'here: "hard_swish"'),
    ("activation", "h_swish", 'here: "hard_swish"'),
    ("activation", "h-swish", 'here: "hard_swish"'),
    ("activation", "Hardswish", 'did you mean "hard_swish"?'),
    ("activation", "hard-swish", 'did you mean "hard_swish"?'),
    ("activation", "LeakyReLU", 'did you mean "leaky_relu"?'),
    ("activation", "nn.LeakyReLU", 'did you mean "leaky_relu"?'),
    ("activation", "leaky", 'here: "leaky_relu"'),
    ("activation", "lrelu", 'here: "leaky_relu"'),
    ("activation", "ReLU", 'did you mean "relu"?'),
    ("activation", "prelu", "PReLU has parameters of its own, and cannot be described; leaky_relu has a fixed slope"),
    ("activation", "relu6", "ReLU6 cannot be described; relu has no upper limit"),
    ("activation", "ELU", "ELU cannot be described"),
    ("activation", "selu", "SELU cannot be described"),
    ("activation", "gelu_tanh", "gelu is the exact one, not its approximation by tanh"),
    ("activation", "swich", 'did you mean "silu"?'),
    ("activation", "prellu", 'did you mean "prelu"? PReLU has parameters of its own, and cannot be described'),
    ("activation", "none", "a network without activations cannot be described"),
    ("activation", "snake", ""),
    ("norm", "gn", 'here: "group"'),
    ("norm", "GN", 'here: "group"'),
    ("norm", "GroupNorm", 'here: "group"'),
    ("norm", "bn", 'here: "batch"'),
    ("norm", "BatchNorm2d", 'here: "batch"'),
    ("norm", "nn.BatchNorm2d", 'here: "batch"'),
    ("norm", "batch_norm", 'here: "batch"'),
    ("norm", "SyncBN", 'here: "batch" (synchronised only in training)'),
    ("norm", "FrozenBN", 'here: "batch" (frozen only in training)'),
    ("norm", "naiveSyncBN", 'here: "batch" (synchronised only in training)'),
    ("norm", "ln", "layer normalisation cannot be described"),
    ("norm", "instance", "instance normalisation cannot be described"),
    ("norm", "none", "a network without normalisation cannot be described"),
    ("norm", "bacth", 'did you mean "batch"?'),
    ("shortcut", "projection", 'here: "B" (where a block changes the shape; C projects in every block)'),
    ("shortcut", "identity", "an identity fits only where a block changes nothing"),
    ("shortcut", "zero-pad", 'here: "A"'),
    ("shortcut", "pad", 'here: "A"'),
    ("shortcut", "option A", 'here: "A"'),
    ("shortcut", "Option-B", 'here: "B"'),
    ("shortcut", "C", None),
    ("shortcut", "c", 'did you mean "C"?'),
    ("shortcut", "conv", 'here: "B" (where a block changes the shape'),
    ("shortcut", "1x1", 'here: "B"'),
    ("shortcut", "1×1", 'here: "B"'),
    ("shortcut", "D", "in ResNet-D it is avg_down = true"),
    ("shortcut", "plain", 'here: "none"'),
    ("attention", "SE", 'did you mean "se"?'),
    ("attention", "senet", 'here: "se"'),
    ("attention", "squeeze_excite", 'here: "se"'),
    ("attention", "ECALayer", 'here: "eca"'),
    ("attention", "cbam", "CBAM cannot be described; se and eca are"),
    ("attention", "ese", "a gate of one convolution cannot be described; se has two"),
    ("attention", "ceca", "ECA with circular padding cannot be described; se and eca are"),
    ("stride_in", "v1", 'here: "1x1"'),
    ("stride_in", "caffe", 'here: "1x1"'),
    ("stride_in", "first", 'here: "1x1"'),
    ("stride_in", 1, 'here: "1x1"'),
    ("stride_in", "v1b", 'here: "3x3"'),
    ("stride_in", "v1.5", 'here: "3x3"'),
    ("stride_in", "pytorch", 'here: "3x3"'),
    ("stride_in", 3, 'here: "3x3"'),
    ("stride_in", 1.5, 'here: "3x3"'),
    ("stride_in", "3×3", None),
    ("stride_in", "1×1", None),
    ("stride_in", "3X3", 'did you mean "3x3"?'),
    ("stride_in", "v2", "v2 is preact = true, wherever the stride is"),
    ("stride_in", "last", 'no network has its stride in the last 1x1: "1x1" is the first one'),
    ("stride_in", True, ""),
    ("stem", "7x7", 'here: "single"'),
    ("stem", "7×7", 'here: "single"'),
    ("stem", "tiered", 'here: "deep_tiered"'),
    ("stem", "deep-tiered", 'did you mean "deep_tiered"?'),
    ("stem", "3x3", "deep is three 3x3 convolutions; a single one is stem_kernel = 3"),
    ("stem", "cifar", "the stem for small images is stem_kernel = 3, stem_stride = 1"),
    ("stem", "fixed", 'the stem of BiT is "single" with stem_pool_border = "zeros"'),
    ("stem_pool", "MaxPool2d", 'here: "max"'),
    ("stem_pool", "avg", 'an average pool takes the place of the max pool with anti_alias = "avg"'),
    ("stem_pool", "identity", 'here: "none"'),
    ("stem_pool_border", "-inf", 'here: "none"'),
    ("stem_pool_border", "zero", 'here: "zeros"'),
    ("anti_alias", "BlurPool2d", 'here: "blur"'),
    ("anti_alias", "avg2d", 'here: "avg"'),
    ("head", "fc", 'here: "linear"'),
    ("head", "gap", "a pool without a classifier is num_classes = 0"),
    ("head", "backbone", 'here: "none"'),
    ("block", "BasicBlock", 'here: "basic"'),
    ("block", "Bottleneck", 'did you mean "bottleneck"?'),
    ("block", "bottle_neck", 'did you mean "bottleneck"?'),
    ("block", "basicblock", 'here: "basic"'),
    ("block", "BottleneckBlock", 'here: "bottleneck"'),
    ("block", ["basic", "Bottleneck", "basic", "SEBottleneck"], 'here: "bottleneck" (with attention = "se")'),
    ("block", "Bottle2neck", "the blocks of Res2Net cannot be described"),
    ("block", "plain", 'plain blocks are shortcut = "none"'),
    ("block", "preact", "pre-activation is preact = true, with either block"),
    ("block", "PreActivation", "pre-activation is preact = true, with either block"),
    ("base", "r50.pth", "'resnet-inspect identify r50.pth' says which network they belong to"),
    ("base", "r50.onnx", "name a torch module instead"),
    ("stem_kernel", "7×7", "write 7"),
    ("stem_kernel", [7, 7], "write 7"),
    ("stem_kernel", "7x3", ""),
    ("stem_kernel", [7, "7"], ""),
    ("input_size", 224, "write [224, 224]"),
    ("input_size", True, ""),
    ("stage_blocks", 3, ""),
    ("output_stride", "16", "write 16, without quotes"),
    ("output_stride", 12, ""),
    ("stage_blocks", "3, 4, 6, 3", "write [3, 4, 6, 3]"),
    ("stage_widths", "64x128x256x512", "write [64, 128, 256, 512]"),
    ("input_size", "224×224", "write [224, 224]"),
    ("input_size", "[224, 224]", "write [224, 224]"),
    ("input_size", "large", ""),
]


@for_each("field, written, hint", HINTS)
def test_what_was_written_is_taken_or_explained(field, written, hint):
    fields = {"base": "resnet50", field: written}
    if hint is None:
        assert load(fields)
        return
    last = problems_of(fields)[-1].hint
    assert last.startswith(hint)
    assert bool(last) is bool(hint)


EXPECTED = [
    ("version", "1.5", 'here: "v1.5"'),
    ("version", 1, 'here: "v1"'),
    ("version", "v1b", 'here: "v1.5"'),
    ("version", "v1_5", 'here: "v1.5"'),
    ("version", "caffe", 'here: "v1"'),
    ("version", "V1.5", 'did you mean "v1.5"?'),
    ("version", "v2", "v2 is preact = true"),
    ("version", "neither", "omit it: a network that is neither v1 nor v1.5 has no version"),
    ("stride_in", "3×3", None),
    ("stride_in", "pytorch", 'here: "3x3"'),
    ("output_shape", "2048×7×7", "write [2048, 7, 7]"),
    ("stage_shapes", ["256×56×56"], "write [256, 56, 56]"),
    ("inputs", ["3x320x320"], "write [3, 320, 320]"),
]


@pytest.mark.parametrize(("field", "written", "hint"), EXPECTED)
def test_and_so_are_expectations(field, written, hint):
    fields = {"base": "resnet50", "expect": {field: written}}
    if hint is None:
        assert load(fields)
    else:
        assert problems_of(fields)[-1].hint.startswith(hint)


def choices(field):
    model = ResNetConfig if field in ResNetConfig.model_fields else Expectations
    return [choice for choice in get_args_of(model.model_fields[field].annotation) if isinstance(choice, str)]


def get_args_of(annotation):
    inside = get_args(annotation)
    return [annotation] if not inside else [leaf for entry in inside for leaf in get_args_of(entry)]


@pytest.mark.parametrize("field", WORDS)
def test_every_meaning_is_a_choice_of_its_field(field):
    assert set(meanings_of(field).values()) == set(WORDS[field].values())
    assert {meaning.value for meaning in WORDS[field].values()} - {""} <= set(choices(field))
    assert all(meaning.value or meaning.note for meaning in WORDS[field].values())
    for choice in choices(field):
        assert meaning_of(field, choice) is None or meaning_of(field, choice).value in {choice, ""}


def test_every_field_with_choices_has_its_words():
    with_choices = {field for field in ResNetConfig.model_fields if len(choices(field)) > 1}
    assert with_choices <= set(WORDS)


@pytest.mark.parametrize("word", get_args(ShortcutKind))
def test_what_our_own_output_calls_a_shortcut_is_known(word):
    assert word == "other" or meaning_of("shortcut", word).hint


@pytest.mark.parametrize("field", WORDS)
def test_no_word_has_two_meanings(field):
    """Refuse them: the last one would win without a word."""
    folded = [fold(word) for words in WORDS[field] for word in words.split()]
    assert len(set(folded)) == len(folded)


@pytest.mark.parametrize(
    ("name", "written", "hint"),
    [
        ("norm_layer", "nn.GroupNorm", 'here: norm = "group"'),
        ("norm_cfg", {"type": "SyncBN"}, 'here: norm = "batch"'),
        ("norm_layer", "ln", "here: norm ("),
        ("act_layer", "Swish", 'here: activation = "silu"'),
        ("shortcut_type", "projection", 'here: shortcut = "B"'),
        ("style", "caffe", 'here: stride_in = "1x1"'),
    ],
)
def test_the_same_words_serve_the_fields_of_others(name, written, hint):
    assert hint_of_field(name, {name: written}).startswith(hint)


def test_every_version_has_its_place_and_every_place_its_version():
    assert {"v1": "1x1", "v1.5": "3x3"} == STRIDE_IN
    assert set(STRIDE_IN) == set(get_args(Version))
    assert (
        set(VERSION_OF) == set(get_args(StrideIn)) == set(get_args(ResNetConfig.model_fields["stride_in"].annotation))
    )
    assert all(STRIDE_IN[version] == place for place, version in VERSION_OF.items())


@pytest.mark.parametrize("word", meanings_of("version"))
def test_a_version_is_read_by_the_words_that_explain_it_in_a_config(word):
    meaning = meanings_of("version")[word]
    if meaning.value:
        assert version_of(word) == meaning.value
        return
    with pytest.raises(RequestError) as refused:
        version_of(word)
    assert meaning.note in str(refused.value)


@pytest.mark.parametrize("written", ["v1b", "v1_5", "V1_5", "v1.5", "1.5", 1.5, "1_5", "15", " v1.5 ", "pytorch"])
def test_v1_5_is_written_in_many_ways(written):
    assert version_of(written) == "v1.5"
