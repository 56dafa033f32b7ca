"""What else people call the values of a field: torch, timm, OpenMMLab, Detectron2, Keras, the paper, our own output."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Meaning(NamedTuple):
    """What a word means as the value of a field.

    Attributes:
        value: how it is written here; empty where no value is the same.
        note: what differs, or what to do instead; may be empty.
    """

    value: str
    note: str = ""

    @property
    def hint(self) -> str:
        """``here: "silu"``, and the note; the note alone where there is no value."""
        if not self.value:
            return self.note
        return f'here: "{self.value}"' + (f" ({self.note})" if self.note else "")


_PREACT = "v2 is preact = true, wherever the stride is"
_IN_C = "C projects in every block"
_IDENTITY = (
    'an identity fits only where a block changes nothing, and stays there with "A" and "B"; elsewhere "A" pads with '
    'zeros, "B" projects'
)
_CIFAR = 'the stem for small images is stem_kernel = 3, stem_stride = 1, stem_pool = "none"'

_V1 = "1 caffe msra"
_V1_5 = "1.5 1_5 v1_5 v1b pytorch torchvision timm nvidia"

_SAME: Mapping[str, Mapping[str, str]] = {
    "block": {
        "basic": "basic_block resnet_basic_block basic_transform",
        "bottleneck": "bottleneck_block resnet_bottleneck bottleneck_transform bottle_neck_layer",
    },
    "stride_in": {
        "1x1": f"v1 {_V1} first conv1",
        "3x3": f"v1.5 {_V1_5} 3 middle second conv2",
    },
    "version": {"v1": f"1x1 {_V1}", "v1.5": f"3x3 {_V1_5}"},
    "shortcut": {
        "A": "option_a type_a pad padding zero_pad zero_padding",
        "B": "option_b type_b conv_1x1 1x1 downsample",
        "C": "option_c type_c",
        "none": "no no_shortcut plain",
    },
    "attention": {
        "none": "no",
        "se": "senet se_layer se_module squeeze_excite squeeze_excitation squeeze_and_excitation",
        "eca": "eca_net eca_layer eca_module efficient_channel_attention",
    },
    "anti_alias": {
        "none": "no",
        "avg": "avg2d avg_pool avg_pool2d average average_pool",
        "blur": "blurpool blur_pool2d",
    },
    "norm": {
        "batch": "bn bn2d batchnorm batchnorm2d batch_normalization",
        "group": "gn groupnorm group_normalization",
    },
    "activation": {
        "relu": "rectifier",
        "leaky_relu": "lrelu leaky",
        "gelu": "gelu_erf",
        "silu": "swish swish1",
        "mish": "",
        "hard_swish": "hswish hard_silu",
    },
    "stem": {
        "single": "7x7 conv7x7 conv plain standard default",
        "deep": "deep_stem resnet_c c three three_3x3",
        "deep_tiered": "tiered resnet_t t",
    },
    "stem_pool": {
        "max": "maxpool maxpool2d maxpooling maxpooling2d",
        "conv": "convolution strided_conv resnet_rs rs",
        "none": "no identity",
    },
    "stem_pool_border": {"none": "no inf", "zeros": "zero constant bit"},
    "head": {
        "linear": "fc dense classifier",
        "conv": "conv_1x1 1x1 convolution",
        "none": "no backbone features feature_map",
    },
}
"""Field -> its value -> other words for the same, separated by spaces."""

_ALMOST: Mapping[str, Mapping[str, Meaning]] = {
    "block": {
        "se_basic_block": Meaning("basic", 'with attention = "se"'),
        "se_bottleneck": Meaning("bottleneck", 'with attention = "se"'),
        "preact": Meaning("", "pre-activation is preact = true, with either block"),
        "pre_activation": Meaning("", "pre-activation is preact = true, with either block"),
        "preact_block": Meaning("basic", "with preact = true"),
        "preact_bottleneck": Meaning("bottleneck", "with preact = true"),
        "resnext": Meaning("bottleneck", "with groups and base_width"),
        "plain": Meaning("", 'plain blocks are shortcut = "none"'),
        "bottle2neck": Meaning("", "the blocks of Res2Net cannot be described"),
        "inverted_residual": Meaning("", "the blocks of MobileNetV2 cannot be described"),
    },
    "stride_in": {
        "v2": Meaning("", _PREACT),
        "neither": Meaning("", "neither convolution strides only where anti_alias puts a pool in its place"),
        "last": Meaning("", 'no network has its stride in the last 1x1: "1x1" is the first one'),
        "conv3": Meaning("", 'no network has its stride in the last 1x1: "1x1" is the first one'),
    },
    "version": {
        "v2": Meaning("", _PREACT),
        "2": Meaning("", _PREACT),
        "neither": Meaning("", "omit it: a network that is neither v1 nor v1.5 has no version"),
    },
    "shortcut": {
        "projection": Meaning("B", f"where a block changes the shape; {_IN_C}"),
        "proj": Meaning("B", f"where a block changes the shape; {_IN_C}"),
        "conv": Meaning("B", f"where a block changes the shape; {_IN_C}"),
        "identity": Meaning("", _IDENTITY),
        "id": Meaning("", _IDENTITY),
        "d": Meaning("", 'in ResNet-D it is avg_down = true'),
        "avg": Meaning("", 'a pool before the projection is avg_down = true with shortcut = "B"'),
        "avg_pool": Meaning("", 'a pool before the projection is avg_down = true with shortcut = "B"'),
        "avg_down": Meaning("", 'a pool before the projection is avg_down = true with shortcut = "B"'),
    },
    "attention": {
        "effective_se": Meaning("", "a gate of one convolution cannot be described; se has two"),
        "ese": Meaning("", "a gate of one convolution cannot be described; se has two"),
        **{
            word: Meaning("", f"{name} cannot be described; se and eca are")
            for word, name in {
                "cbam": "CBAM", "bam": "BAM", "sk": "a selective kernel", "ge": "gather-excite", "gc": "global context",
                "gcnet": "global context", "cse": "a spatial gate", "ceca": "ECA with circular padding",
                "nl": "non-local attention", "non_local": "non-local attention",
                "splat": "split attention", "coord": "coordinate attention",
            }.items()
        },
    },
    "norm": {
        "sync_bn": Meaning("batch", "synchronised only in training"),
        "sync_batchnorm": Meaning("batch", "synchronised only in training"),
        "naive_sync_bn": Meaning("batch", "synchronised only in training"),
        "mmsync_bn": Meaning("batch", "synchronised only in training"),
        "frozen_bn": Meaning("batch", "frozen only in training"),
        "frozen_batchnorm": Meaning("batch", "frozen only in training"),
        "frozen_batchnorm2d": Meaning("batch", "frozen only in training"),
        "none": Meaning("", "a network without normalisation cannot be described"),
        "no": Meaning("", "a network without normalisation cannot be described"),
        "identity": Meaning("", "a network without normalisation cannot be described"),
        **{
            word: Meaning("", f"{name} cannot be described")
            for word, name in {
                "ln": "layer normalisation", "ln2d": "layer normalisation", "layer": "layer normalisation",
                "layernorm": "layer normalisation", "layernorm2d": "layer normalisation",
                "in": "instance normalisation", "instance": "instance normalisation",
                "instancenorm": "instance normalisation", "instancenorm2d": "instance normalisation",
                "rms": "RMS normalisation", "rmsnorm": "RMS normalisation", "evonorm": "EvoNorm",
                "frn": "filter response normalisation", "lrn": "local response normalisation",
                "iabn": "normalisation with an activation of its own", "inplace_abn": "in-place normalisation",
            }.items()
        },
    },
    "activation": {
        "gelu_tanh": Meaning("", "gelu is the exact one, not its approximation by tanh"),
        "quick_gelu": Meaning("", "gelu is the exact one, not its approximation by a sigmoid"),
        "prelu": Meaning("", "PReLU has parameters of its own, and cannot be described; leaky_relu has a fixed slope"),
        "relu6": Meaning("", "ReLU6 cannot be described; relu has no upper limit"),
        **{
            word: Meaning("", f"{name} cannot be described")
            for word, name in {
                "elu": "ELU", "selu": "SELU", "celu": "CELU", "rrelu": "RReLU", "frelu": "FReLU", "crelu": "CReLU",
                "glu": "a gated unit", "softplus": "softplus", "tanh": "tanh", "sigmoid": "a sigmoid",
                "hard_sigmoid": "a sigmoid", "hard_mish": "hard Mish", "none": "a network without activations",
                "no": "a network without activations", "identity": "a network without activations",
                "linear": "a network without activations",
            }.items()
        },
    },
    "stem": {
        "d": Meaning("deep", "with avg_down = true it is ResNet-D"),
        "resnet_d": Meaning("deep", "with avg_down = true it is ResNet-D"),
        "3x3": Meaning("", "deep is three 3x3 convolutions; a single one is stem_kernel = 3"),
        "cifar": Meaning("", _CIFAR),
        "small": Meaning("", _CIFAR),
        "fixed": Meaning("", 'the stem of BiT is "single" with stem_pool_border = "zeros"'),
        "same": Meaning("", "a stem that pads one side more than the other cannot be described"),
        "patchify": Meaning("", "a stem of patches cannot be described"),
        "none": Meaning("", "a network without a stem cannot be described"),
    },
    "stem_pool": {
        "avg": Meaning("", 'an average pool takes the place of the max pool with anti_alias = "avg"'),
        "avgpool": Meaning("", 'an average pool takes the place of the max pool with anti_alias = "avg"'),
        "blur": Meaning("max", 'with anti_alias = "blur"'),
    },
    "head": {
        word: Meaning("", "a pool without a classifier is num_classes = 0")
        for word in ("avg", "gap", "pool", "avgpool", "global_pool", "embedding")
    },
}  # fmt: skip
"""Field -> word -> what it means, where that takes a note, or there is no such value."""


def fold(word: str) -> str:
    """Write a word in the one way in which words are compared: ``leakyrelu`` for ``nn.LeakyReLU``."""
    bare = re.sub(r"\A(?:torch\.)?(?:nn|f|functional)\.(?:functional\.)?", "", word.strip().casefold())
    return re.sub(r"[-_\s]|\.0\Z", "", bare.replace("×", "x"))


def _entries(field: str) -> Iterator[tuple[str, Meaning]]:
    for value, words in _SAME.get(field, {}).items():
        yield from ((word, Meaning(value)) for word in (value, *words.split()))
    yield from _ALMOST.get(field, {}).items()


WORDS: Mapping[str, Mapping[str, Meaning]] = {
    field: {fold(word): meaning for word, meaning in _entries(field)} for field in _SAME
}
"""Field -> word as ``fold`` writes it -> what it means; the field's own values among them."""


def meaning_of(field: str, written: Any) -> Meaning | None:
    """Return what a word means as the value of ``field``; ``None`` for an unknown word."""
    if isinstance(written, int | float) and not isinstance(written, bool) and abs(written) < 100:
        written = str(written)
    return WORDS.get(field, {}).get(fold(written)) if isinstance(written, str) and len(written) <= 60 else None
