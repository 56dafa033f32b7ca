"""What a ResNet is, as data: one field per design axis, strict and frozen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

MAX_BLOCKS = 20_000
"""Blocks in all. Meta tensors cost no memory, but modules do: about 30 kB a block."""

MAX_INNER_WIDTH = 1_000_000
"""Channels of a bottleneck's 3x3 convolution: keeps every element count far from 64 bits."""

EXPANSION = {"basic": 1, "bottleneck": 4}
"""Output channels of a block as a multiple of its stage's width (paper, Table 1)."""


def _list_to_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Count = Annotated[int, Field(ge=1, le=1_000_000)]
Width = Annotated[int, Field(ge=1, le=65_536)]
Window = Annotated[int, Field(ge=1, le=255)]
PerStage = BeforeValidator(_list_to_tuple)


def _default_widths(validated: dict[str, Any]) -> tuple[int, ...]:
    return tuple(64 * 2**stage for stage in range(len(validated.get("stage_blocks", ()))))


def _default_strides(validated: dict[str, Any]) -> tuple[int, ...]:
    return tuple(1 if stage == 0 else 2 for stage in range(len(validated.get("stage_blocks", ()))))


class ResNetConfig(BaseModel):
    """A ResNet, described completely: the same config always builds the same model.

    Only ``block`` and ``stage_blocks`` have no default; all others default to the published ImageNet nets.
    Values are checked strictly (``"3"`` is not 3), unknown fields are errors, and instances are frozen.

    Raises:
        pydantic.ValidationError: if a field is wrong; ``resnet_inspect.load`` turns it into a ``ConfigError``
            that names file, line and column.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(min_length=1, max_length=200)] = "custom"
    """What the model is called in reports."""

    block: Literal["basic", "bottleneck"]
    """Kind of residual block: basic is two 3x3 convolutions, bottleneck is 1x1, 3x3, 1x1 with four times the
    width at its output (paper, Figure 5)."""

    stage_blocks: Annotated[tuple[Count, ...], PerStage, Field(min_length=1, max_length=16)]
    """Blocks in each stage, conv2_x first: [3, 4, 6, 3] for ResNet-34 and ResNet-50 (paper, Table 1)."""

    stage_widths: Annotated[tuple[Width, ...], PerStage] = Field(default_factory=_default_widths)
    """Channels of the 3x3 convolutions in each stage; a bottleneck's output has four times as many.
    Defaults to 64, doubling from stage to stage."""

    stage_strides: Annotated[tuple[Annotated[int, Field(ge=1, le=16)], ...], PerStage] = Field(
        default_factory=_default_strides
    )
    """Stride of the first block of each stage. Defaults to 1 for the first stage, 2 for the others."""

    stride_in: Literal["1x1", "3x3"] = "3x3"
    """Which convolution of a downsampling bottleneck strides: the first 1x1 (v1, the authors' nets) or the 3x3
    (v1.5, torchvision). The weights are the same either way. Basic blocks have no such choice."""

    groups: Width = 1
    """Groups of the 3x3 convolutions of bottlenecks: the cardinality of ResNeXt."""

    base_width: Width = 64
    """Inner width of bottlenecks per group, at 64 channels: inner = floor(width * base_width / 64) * groups.
    4 with groups 32 is ResNeXt 32x4d; 128 is Wide ResNet-50-2."""

    shortcut: Literal["A", "B", "C", "none"] = "B"
    """Shortcuts where a block changes the shape (paper, section 4.1): A pads with zero channels, no parameters;
    B projects with a 1x1 convolution; C projects in every block; none is a plain net without shortcuts."""

    stem_width: Width = 64
    """Channels of the stem's convolution."""

    stem_kernel: Window = 7
    """Kernel size of the stem's convolution; its padding keeps the size at stride 1: (kernel - 1) / 2."""

    stem_stride: Annotated[int, Field(ge=1, le=16)] = 2
    """Stride of the stem's convolution."""

    stem_bias: bool = False
    """Whether the stem's convolution has a bias, as in the authors' Caffe ResNet-50."""

    stem_pool: Literal["max", "none"] = "max"
    """What follows the stem's convolution: a 3x3 max pool of stride 2, or nothing (CIFAR nets)."""

    stem_pool_padding: Annotated[int, Field(ge=0, le=1)] = 1
    """Padding of the max pool: 1 in PyTorch's nets, 0 in the authors' Caffe nets."""

    stem_pool_ceil: bool = False
    """Whether the max pool rounds its output size up, as Caffe does."""

    in_channels: Width = 3
    """Channels of the input image."""

    num_classes: Count = 1000
    """Outputs of the final linear layer."""

    input_size: Annotated[
        tuple[Annotated[int, Field(ge=1, le=16_384)], ...], PerStage, Field(min_length=2, max_length=2)
    ] = (224, 224)
    """Height and width of the dummy image that is traced when nothing else is asked for."""

    @model_validator(mode="after")
    def _consistent(self) -> ResNetConfig:
        problems = tuple(self._inconsistencies())
        if problems:
            message = "; ".join(f"{field}: {text}" for field, text in problems)
            raise PydanticCustomError("inconsistent", "{message}", {"message": message, "problems": problems})
        return self

    def _inconsistencies(self) -> Iterator[tuple[str, str]]:
        """Yield (field, what is wrong) for everything that no single field can show."""
        stages = len(self.stage_blocks)
        mismatched = [
            (field, f"must have one entry per stage: stage_blocks has {stages}, this has {len(getattr(self, field))}")
            for field in ("stage_widths", "stage_strides")
            if len(getattr(self, field)) != stages
        ]
        yield from mismatched
        blocks = sum(self.stage_blocks)
        if blocks > MAX_BLOCKS:
            yield "stage_blocks", f"{blocks:,} blocks in all; at most {MAX_BLOCKS:,} can be built"
        if self.stem_kernel % 2 == 0:
            yield "stem_kernel", f"must be odd, so that padding can keep the size; found {self.stem_kernel}"
        yield from self._misplaced_groups() if self.block == "basic" else self._impossible_inner_widths()
        if self.shortcut == "A" and not mismatched:
            yield from self._shrinking_zero_pads()

    def _misplaced_groups(self) -> Iterator[tuple[str, str]]:
        for field, plain in (("groups", 1), ("base_width", 64)):
            if getattr(self, field) != plain:
                yield field, f'basic blocks take {plain} only; block = "bottleneck" has this axis'

    def _impossible_inner_widths(self) -> Iterator[tuple[str, str]]:
        for stage, width in enumerate(self.stage_widths, start=1):
            inner = self.inner_width(width)
            if not 1 <= inner <= MAX_INNER_WIDTH:
                yield "base_width", f"gives the bottlenecks of stage {stage} an inner width of {inner:,} channels"

    def _shrinking_zero_pads(self) -> Iterator[tuple[str, str]]:
        channels = self.stem_width
        for stage, width in enumerate(self.stage_widths, start=1):
            if width * self.expansion < channels:
                yield (
                    "shortcut",
                    f"A only adds channels, and stage {stage} goes from {channels} to {width * self.expansion}; use B",
                )
            channels = width * self.expansion

    def inner_width(self, width: int) -> int:
        """Channels of the 3x3 convolution of a block in a stage of this ``width``.

        Source: torchvision ``resnet.py``: ``int(planes * (base_width / 64.0)) * groups``.
        """
        if self.block == "basic":
            return width
        return width * self.base_width // 64 * self.groups

    @property
    def expansion(self) -> int:
        """Output channels of a block as a multiple of its stage's width."""
        return EXPANSION[self.block]

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """Shape of the dummy input: batch 1, channels, height, width."""
        return (1, self.in_channels, *self.input_size)  # type: ignore[return-value]  # the field holds two
