"""Other words for the values of fields, as in torch, timm, OpenMMLab, Detectron2, Keras and the paper.

The kinds of blocks and the two names of each stride placement are defined here, too.
"""

import functools
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from resnet_inspect.arguments import as_int, shown, wrong_type
from resnet_inspect.errors import RequestError
from resnet_inspect.text import sanitise

BlockKind: TypeAlias = Literal["basic", "bottleneck"]
Version: TypeAlias = Literal["v1", "v1.5"]
StrideIn: TypeAlias = Literal["1x1", "3x3"]

STRIDE_IN: Mapping[Version, StrideIn] = {"v1": "1x1", "v1.5": "3x3"}
"""Version -> the convolution of a bottleneck that strides: its first 1x1 (the authors), or its 3x3 (torchvision)."""

VERSION_OF: Mapping[StrideIn, Version] = {stride_in: version for version, stride_in in STRIDE_IN.items()}
"""The inverse of ``STRIDE_IN``."""


class Meaning(NamedTuple):
    """The meaning of a word as the value of a field.

    Attributes:
        value: the value of the field; empty if there is no equivalent.
        note: the difference, or an alternative; may be empty.
    """

    value: str = ""
    note: str = ""

    @property
    def hint(self) -> str:
        """``here: "silu"`` with the note, or the note alone if there is no value."""
        if not self.value:
            return self.note
        return f'here: "{self.value}"' + (f" ({self.note})" if self.note else "")


_V1 = "1 caffe msra"
_V1_5 = "1.5 1_5 v1_5 v1b pytorch torchvision timm nvidia"
_PREACT = Meaning(note="v2 is preact = true, wherever the stride is")


def _indescribable(names: Mapping[str, str], alternative: str = "") -> dict[str, Meaning]:
    """Return rows for words that no config can express, given words -> description."""
    return {words: Meaning(note=f"{name} cannot be described{alternative}") for words, name in names.items()}


WORDS: Mapping[str, Mapping[str, Meaning]] = {
    "block": {
        "basic basic_block resnet_basic_block basic_transform": Meaning("basic"),
        "bottleneck bottleneck_block resnet_bottleneck bottleneck_transform bottle_neck_layer": Meaning("bottleneck"),
        "se_basic_block": Meaning("basic", 'with attention = "se"'),
        "se_bottleneck": Meaning("bottleneck", 'with attention = "se"'),
        "preact pre_activation": Meaning(note="pre-activation is preact = true, with either block"),
        "preact_block": Meaning("basic", "with preact = true"),
        "preact_bottleneck": Meaning("bottleneck", "with preact = true"),
        "resnext": Meaning("bottleneck", "with groups and base_width"),
        "plain": Meaning(note='plain blocks are shortcut = "none"'),
        **_indescribable(
            {"bottle2neck": "the blocks of Res2Net", "inverted_residual": "the blocks of MobileNetV2"},
        ),
    },
    "stride_in": {
        f"1x1 v1 {_V1} first conv1": Meaning("1x1"),
        f"3x3 v1.5 {_V1_5} 3 middle second conv2": Meaning("3x3"),
        "v2": _PREACT,
        "neither": Meaning(note="neither convolution strides only where anti_alias puts a pool in its place"),
        "last conv3": Meaning(note='no network has its stride in the last 1x1: "1x1" is the first one'),
    },
    "version": {
        f"v1 1x1 {_V1}": Meaning("v1"),
        f"v1.5 3x3 {_V1_5}": Meaning("v1.5"),
        "v2 2": _PREACT,
        "neither": Meaning(note="omit it: a network that is neither v1 nor v1.5 has no version"),
    },
    "shortcut": {
        "A option_a type_a pad padding zero_pad zero_padding": Meaning("A"),
        "B option_b type_b conv_1x1 1x1 downsample": Meaning("B"),
        "C option_c type_c": Meaning("C"),
        "none no no_shortcut plain": Meaning("none"),
        "projection proj conv": Meaning("B", "where a block changes the shape; C projects in every block"),
        "identity id": Meaning(
            note='an identity fits only where a block changes nothing, and stays there with "A" and "B"; elsewhere "A" '
            'pads with zeros, "B" projects'
        ),
        "d": Meaning(note="in ResNet-D it is avg_down = true"),
        "avg avg_pool avg_down": Meaning(note='a pool before the projection is avg_down = true with shortcut = "B"'),
    },
    "attention": {
        "none no": Meaning("none"),
        "se senet se_layer se_module squeeze_excite squeeze_excitation squeeze_and_excitation": Meaning("se"),
        "eca eca_net eca_layer eca_module efficient_channel_attention": Meaning("eca"),
        "effective_se ese": Meaning(note="a gate of one convolution cannot be described; se has two"),
        **_indescribable(
            {
                "cbam": "CBAM", "bam": "BAM", "sk": "a selective kernel", "ge": "gather-excite",
                "gc gcnet": "global context", "cse": "a spatial gate", "ceca": "ECA with circular padding",
                "nl non_local": "non-local attention", "splat": "split attention", "coord": "coordinate attention",
            },
            "; se and eca are",
        ),
    },
    "anti_alias": {
        "none no": Meaning("none"),
        "avg avg2d avg_pool avg_pool2d average average_pool": Meaning("avg"),
        "blur blurpool blur_pool2d": Meaning("blur"),
    },
    "norm": {
        "batch bn bn2d batchnorm batchnorm2d batch_normalization": Meaning("batch"),
        "group gn groupnorm group_normalization": Meaning("group"),
        "sync_bn sync_batchnorm naive_sync_bn mmsync_bn": Meaning("batch", "synchronised only in training"),
        "frozen_bn frozen_batchnorm frozen_batchnorm2d": Meaning("batch", "frozen only in training"),
        **_indescribable({
            "none no identity": "a network without normalisation",
            "ln ln2d layer layernorm layernorm2d": "layer normalisation",
            "in instance instancenorm instancenorm2d": "instance normalisation",
            "rms rmsnorm": "RMS normalisation", "evonorm": "EvoNorm",
            "frn": "filter response normalisation", "lrn": "local response normalisation",
            "iabn": "normalisation with an activation of its own", "inplace_abn": "in-place normalisation",
        }),
    },
    "activation": {
        "relu rectifier": Meaning("relu"),
        "leaky_relu lrelu leaky": Meaning("leaky_relu"),
        "gelu gelu_erf": Meaning("gelu"),
        "silu swish swish1": Meaning("silu"),
        "mish": Meaning("mish"),
        "hard_swish hswish hard_silu": Meaning("hard_swish"),
        "gelu_tanh": Meaning(note="gelu is the exact one, not its approximation by tanh"),
        "quick_gelu": Meaning(note="gelu is the exact one, not its approximation by a sigmoid"),
        "prelu": Meaning(
            note="PReLU has parameters of its own, and cannot be described; leaky_relu has a fixed slope"
        ),
        "relu6": Meaning(note="ReLU6 cannot be described; relu has no upper limit"),
        **_indescribable({
            "elu": "ELU", "selu": "SELU", "celu": "CELU", "rrelu": "RReLU", "frelu": "FReLU", "crelu": "CReLU",
            "glu": "a gated unit", "softplus": "softplus", "tanh": "tanh", "sigmoid hard_sigmoid": "a sigmoid",
            "hard_mish": "hard Mish", "none no identity linear": "a network without activations",
        }),
    },
    "stem": {
        "single 7x7 conv7x7 conv plain standard default": Meaning("single"),
        "deep deep_stem resnet_c c three three_3x3": Meaning("deep"),
        "deep_tiered tiered resnet_t t": Meaning("deep_tiered"),
        "d resnet_d": Meaning("deep", "with avg_down = true it is ResNet-D"),
        "3x3": Meaning(note="deep is three 3x3 convolutions; a single one is stem_kernel = 3"),
        "cifar small": Meaning(
            note='the stem for small images is stem_kernel = 3, stem_stride = 1, stem_pool = "none"'
        ),
        "fixed": Meaning(note='the stem of BiT is "single" with stem_pool_border = "zeros"'),
        **_indescribable({
            "same": "a stem that pads one side more than the other", "patchify": "a stem of patches",
            "none": "a network without a stem",
        }),
    },
    "stem_pool": {
        "max maxpool maxpool2d maxpooling maxpooling2d": Meaning("max"),
        "conv convolution strided_conv resnet_rs rs": Meaning("conv"),
        "none no identity": Meaning("none"),
        "avg avgpool": Meaning(note='an average pool takes the place of the max pool with anti_alias = "avg"'),
        "blur": Meaning("max", 'with anti_alias = "blur"'),
    },
    "stem_pool_border": {"none no inf": Meaning("none"), "zeros zero constant bit": Meaning("zeros")},
    "head": {
        "linear fc dense classifier": Meaning("linear"),
        "conv conv_1x1 1x1 convolution": Meaning("conv"),
        "none no backbone features feature_map": Meaning("none"),
        "avg gap pool avgpool global_pool embedding": Meaning(
            note="a pool without a classifier is num_classes = 0"
        ),
    },
}  # fmt: skip
"""Field -> words, separated by spaces -> their meaning."""


def fold(word: str) -> str:
    """Normalise a word for comparison: ``leakyrelu`` for ``nn.LeakyReLU``."""
    bare = re.sub(r"\A(?:torch\.)?(?:nn|f|functional)\.(?:functional\.)?", "", word.strip().casefold())
    return re.sub(r"[-_\s]|\.0\Z", "", bare.replace("×", "x"))


@functools.cache  # computed on demand, as most commands need none
def meanings_of(field: str) -> Mapping[str, Meaning]:
    """Return normalised word -> meaning for the values of ``field``, themselves included; empty if it is unknown."""
    return {fold(word): meaning for words, meaning in WORDS.get(field, {}).items() for word in words.split()}


def meaning_of(field: str, written: Any) -> Meaning | None:
    """Return the meaning of a word as the value of ``field``; ``None`` for an unknown word."""
    if isinstance(written, int | float) and not isinstance(written, bool) and abs(written) < 100:
        written = str(written)
    return meanings_of(field).get(fold(written)) if isinstance(written, str) and len(written) <= 60 else None


def version_of(value: Any) -> Version:
    """Return the version that a text or number means: ``v1.5`` for "v1.5", "V1_5", "v1b", "pytorch" and 1.5.

    Raises:
        WrongTypeError: if it is neither a string nor a number.
        RequestError: if it is unknown.
    """
    if not isinstance(value, str | float) and as_int(value) is None:
        raise wrong_type("version", "'v1' or 'v1.5'", value)
    written = sanitise(value, 60) if isinstance(value, str) else shown(value)
    meaning = meaning_of("version", written)
    for version in STRIDE_IN:
        if meaning and meaning.value == version:
            return version
    raise RequestError(
        f"version '{written}' is not known: write v1 (the stride of a bottleneck on its first 1x1 convolution) or "
        "v1.5 (on its 3x3)" + (f"; {meaning.note}" if meaning else "")
    )
