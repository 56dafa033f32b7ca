"""The fields of a config, one per design axis, and the widths that follow from them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema

from resnet_inspect.configs.words import BlockKind, StrideIn
from resnet_inspect.shapes import LONGEST_AXIS

EXPANSION = {"basic": 1, "bottleneck": 4}
"""Output channels of a block as a multiple of its stage's width (paper, Table 1)."""


def _list_to_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


BlockCount = Annotated[int, Field(ge=1, le=1_000_000)]
Width = Annotated[int, Field(ge=1, le=65_536)]
KernelSize = Annotated[int, Field(ge=1, le=255)]
PerStage = BeforeValidator(_list_to_tuple)
TAGS = ("<one>", "<per stage>")
"""Names of the two forms of a field, which pydantic puts into the location of an error; no field has such a name."""


def _with_letter(value: Any) -> Any:
    """Return ``3x3`` for ``3×3``, as printed in tables."""
    return value.replace("×", "x") if isinstance(value, str) else value


KernelName = Annotated[
    StrideIn, BeforeValidator(_with_letter), WithJsonSchema({"enum": ["1x1", "3x3", "1×1", "3×3"], "type": "string"})
]
"""Size of a kernel, which names a convolution of a bottleneck."""

OneOrPerStage = Annotated[
    Annotated[BlockKind, Tag(TAGS[0])] | Annotated[tuple[BlockKind, ...], PerStage, Tag(TAGS[1])],
    Discriminator(lambda value: TAGS[isinstance(value, list | tuple)]),
]
PerConvolution = Annotated[tuple[Width, ...], PerStage]
PerBlock = Annotated[tuple[PerConvolution, ...], PerStage]


def _default_widths(validated: dict[str, Any]) -> tuple[int, ...]:
    return tuple(64 * 2**stage for stage in range(len(validated.get("stage_blocks", ()))))


def _default_strides(validated: dict[str, Any]) -> tuple[int, ...]:
    return tuple(1 if stage == 0 else 2 for stage in range(len(validated.get("stage_blocks", ()))))


class ConfigFields(BaseModel):
    """The fields of a ``ResNetConfig``, each checked by itself."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(min_length=1, max_length=200)] = "custom"
    """Name of the model in reports."""

    block: OneOrPerStage
    """Kind of residual block: basic is two 3x3 convolutions, bottleneck is 1x1, 3x3, 1x1 with four times the
    width at its output (paper, Figure 5). One for all stages, or a list with one for each."""

    stage_blocks: Annotated[tuple[BlockCount, ...], PerStage, Field(min_length=1, max_length=16)]
    """Blocks in each stage, conv2_x first: [3, 4, 6, 3] for ResNet-34 and ResNet-50 (paper, Table 1)."""

    stage_widths: Annotated[tuple[Width, ...], PerStage] = Field(default_factory=_default_widths)
    """Width of each stage: channels of a block's 3x3 convolutions (base_width and groups change those of bottlenecks);
    a bottleneck's output has four times as many. Defaults to 64, doubling from stage to stage."""

    stage_strides: Annotated[tuple[Annotated[int, Field(ge=1, le=16)], ...], PerStage] = Field(
        default_factory=_default_strides
    )
    """Stride of the first block of each stage. Defaults to 1 for the first stage, 2 for the others."""

    stride_in: KernelName = "3x3"
    """Convolution of a downsampling bottleneck that strides: the first 1x1 (v1, the authors' networks) or the 3x3
    (v1.5, torchvision). The weights have the same names and shapes either way. Basic blocks have no such choice."""

    groups: Width = 1
    """Groups of the 3x3 convolutions of bottlenecks: the cardinality of ResNeXt."""

    base_width: Width = 64
    """Inner width of bottlenecks per group, at 64 channels: inner = floor(width * base_width / 64) * groups.
    4 with groups 32 is ResNeXt 32x4d; 128 is Wide ResNet-50-2."""

    shortcut: Literal["A", "B", "C", "none"] = "B"
    """Shortcuts where a block changes the shape (paper, section 4.1): A pads with zero channels, no parameters;
    B projects with a 1x1 convolution; C projects in every block; none is a plain network without shortcuts."""

    shortcut_kernel: KernelSize = 1
    """Kernel size of the projection where a block changes H and W; 3 in SENet-154."""

    avg_down: bool = False
    """True if a 2x2 average pool before a projection does the halving, so that the projection reads every pixel
    (ResNet-D, arXiv:1812.01187)."""

    reduce_first: Annotated[int, Field(ge=1, le=64)] = 1
    """Divisor of the width of a block's first convolution; 2 in SENet-154."""

    attention: Literal["none", "se", "eca"] = "none"
    """Gate at the end of the main branch: se squeezes and excites with two 1x1 convolutions (arXiv:1709.01507),
    eca with one 1-D convolution over the channels (arXiv:1910.03151)."""

    se_reduction: Annotated[int, Field(ge=1, le=1024)] = 16
    """Factor by which se narrows the channels between its two convolutions; they are rounded to a multiple of 8."""

    anti_alias: Literal["none", "avg", "blur"] = "none"
    """Replacement for the stride of 3x3 convolutions: none, a 2x2 average pool, or a fixed 3x3 blur
    (arXiv:1904.11486). The stem's pool follows: avg replaces it, blur comes after it."""

    norm: Literal["batch", "group"] = "batch"
    """Normalisation after each convolution; group has 32 groups (arXiv:1803.08494)."""

    activation: Literal["relu", "leaky_relu", "gelu", "silu", "mish", "hard_swish"] = "relu"
    """Activation in the stem and in the blocks."""

    output_stride: Literal[4, 8, 16, 32] = 32
    """Input pixels per output pixel before the head, at most: with 16, 8 or 4, stages that would go beyond it dilate
    their 3x3 convolutions instead of striding, as torchvision's replace_stride_with_dilation does; 32 leaves all
    strides as they are."""

    preact: bool = False
    """Pre-activation (v2, arXiv:1603.05027): normalisation and activation precede each convolution, and the
    sum is passed on unchanged. The modules then have the names of timm's resnetv2.py."""

    weight_standardized: bool = False
    """True if convolutions standardise their weights before use (arXiv:1903.10520), as BiT does. Needs preact."""

    zero_init_last: bool = False
    """True if the last normalisation of each block (with preact: its last convolution) starts at 0, so that the block
    starts as the identity (arXiv:1706.02677). Concerns values only."""

    stem: Literal["single", "deep", "deep_tiered"] = "single"
    """The stem before its pool: one convolution; or deep, three 3x3 of widths w, w, 2w (ResNet-C); or deep_tiered,
    of 3w/4, w, 2w. The first one strides."""

    stem_width: Width = 64
    """Channels of a single stem's convolution; the w of a deep stem, whose output has 2w."""

    stem_kernel: KernelSize = 7
    """Kernel size of a single stem's convolution; its padding keeps the size at stride 1: (kernel - 1) / 2."""

    stem_stride: Annotated[int, Field(ge=1, le=16)] = 2
    """Stride of the stem's first convolution."""

    stem_bias: bool = False
    """True if the stem's convolution has a bias, as in the authors' Caffe ResNet-50."""

    stem_pool: Literal["max", "conv", "none"] = "max"
    """Layers after the stem: a 3x3 max pool of stride 2, a 3x3 convolution of stride 2 with normalisation and
    activation (ResNet-RS, arXiv:2103.07579), or nothing (CIFAR networks)."""

    stem_pool_padding: Annotated[int, Field(ge=0, le=1)] = 1
    """Padding of the max pool: 1 in PyTorch's networks, 0 in the authors' Caffe networks."""

    stem_pool_ceil: bool = False
    """True if the max pool rounds its output size up, as Caffe does."""

    stem_pool_border: Literal["none", "zeros"] = "none"
    """Values that the max pool sees beyond the border: none, or zeros, as in BiT; zeros need preact."""

    in_channels: Width = 3
    """Channels of the input image."""

    num_classes: Annotated[int, Field(ge=0, le=1_000_000)] = 1000
    """Outputs of the classifier; 0 for none, as in timm: then the average over H and W is the output, (N, C). With head
    none it is 0, whatever a base has, and may be left out."""

    head: Literal["linear", "conv", "none"] = "linear"
    """Layers after the last stage: an average pool and a linear layer; or a pool and a 1x1 convolution with the same
    numbers, as in timm's resnetv2.py (conv needs preact); or nothing, as in the backbone of a detector, whose output
    is (N, C, H, W). The last normalisation of preact networks stays."""

    output_widths: Annotated[tuple[Width, ...], PerStage] | None = None
    """Output channels of each stage of a pruned network, instead of the stage's width times the block's expansion."""

    conv_widths: Annotated[tuple[PerBlock, ...], PerStage] | None = None
    """Output channels of the convolutions of a pruned network: for each stage, and in it for each block, a list with a
    number for each convolution but the last, e.g. [[[47, 18], [52, 22]], ...]."""

    input_size: Annotated[
        tuple[Annotated[int, Field(ge=1, le=LONGEST_AXIS)], ...], PerStage, Field(min_length=2, max_length=2)
    ] = (224, 224)
    """Height and width of the dummy image that is traced by default."""

    @property
    def classifies(self) -> bool:
        """``True`` if it ends with a classifier."""
        return self.num_classes > 0

    @property
    def stage_kinds(self) -> tuple[BlockKind, ...]:
        """Kind of block of each stage."""
        return self.block if isinstance(self.block, tuple) else (self.block,) * len(self.stage_blocks)

    def kind(self, stage: int) -> BlockKind:
        """Return the kind of the blocks of a stage, counted from 0."""
        return self.stage_kinds[stage]

    def inner_width(self, stage: int) -> int:
        """Return the channels of the 3x3 convolutions of a stage, counted from 0.

        Source: torchvision ``resnet.py``: ``int(planes * (base_width / 64.0)) * groups``.
        """
        width = self.stage_widths[stage]
        return width if self.kind(stage) == "basic" else width * self.base_width // 64 * self.groups

    def nominal_channels(self, stage: int) -> int:
        """Return the output channels of a stage before pruning, counted from 0."""
        return self.stage_widths[stage] * EXPANSION[self.kind(stage)]

    def stage_channels(self, stage: int) -> int:
        """Return the output channels of a stage, counted from 0."""
        return self.nominal_channels(stage) if self.output_widths is None else self.output_widths[stage]

    def block_widths(self, stage: int, block: int) -> tuple[int, int]:
        """Return the output channels of a block's first and inner convolution; a basic block has no inner one."""
        if self.conv_widths is not None:
            widths = self.conv_widths[stage][block]
            return widths[0], widths[-1]
        inner = self.inner_width(stage)
        return inner // self.reduce_first, inner

    @property
    def stem_widths(self) -> tuple[int, ...]:
        """Output channels of each convolution of the stem, that of a convolutional pool left out."""
        width = self.stem_width
        if self.stem == "single":
            return (width,)
        # timm's resnet.py rounds before it multiplies, its resnetv2.py after.
        tiered = 3 * width // 4 if self.preact else 3 * (width // 4)
        return (width if self.stem == "deep" else tiered), width, 2 * width

    @property
    def stem_channels(self) -> int:
        """Output channels of the stem."""
        return self.stem_widths[-1]

    @property
    def stem_reduction(self) -> int:
        """Input pixels per output pixel of the stem, its pool included."""
        return self.stem_stride * (1 if self.stem_pool == "none" else 2)

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """Shape of the dummy input: batch 1, channels, height, width."""
        return (1, self.in_channels, *self.input_size)  # type: ignore[return-value]  # the field holds two
