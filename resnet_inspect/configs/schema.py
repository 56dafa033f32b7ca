"""A ResNet as data: the config, and the constraints between its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from resnet_inspect.configs.fields import ConfigFields

MAX_BLOCKS = 20_000
"""Blocks of a network. Meta tensors cost no memory, but modules do: about 30 kB a block."""

MAX_INNER_WIDTH = 1_000_000
"""Channels of a bottleneck's 3x3 convolution; keeps all element counts far below 64 bits."""

NORM_GROUPS = 32
"""Groups of group normalisation (arXiv:1803.08494)."""

_Problems = Iterator[tuple[str, str]]
"""Pairs of field and message."""

_PER_STAGE = ("block", "stage_widths", "stage_strides", "output_widths", "conv_widths")

_ALLOWED_WITH_PREACT: Mapping[str, tuple[object, ...]] = {
    "shortcut": ("B",),
    "shortcut_kernel": (1,),
    "attention": ("none",),
    "anti_alias": ("none",),
    "stem_bias": (False,),
    "stem_pool": ("max", "none"),
}

_NEEDS_PREACT: Mapping[str, object] = {"weight_standardized": True, "stem_pool_border": "zeros", "head": "conv"}


class ResNetConfig(ConfigFields):
    """A ResNet, described completely: the same config always builds the same model.

    Only ``block`` and ``stage_blocks`` have no default; all others default to the published ImageNet networks.
    Values are checked strictly (``"3"`` is not 3), unknown fields are errors, and instances are frozen.

    Raises:
        pydantic.ValidationError: if a field is wrong; ``resnet_inspect.load`` turns it into a ``ConfigError``
            that names file, line and column.
    """

    @model_validator(mode="before")
    @classmethod
    def _without_head(cls, given: Any) -> Any:
        """Set ``num_classes`` to 0 if there is no head and it is not given."""
        if isinstance(given, Mapping) and given.get("head") == "none" and "num_classes" not in given:
            return {**given, "num_classes": 0}
        return given

    @model_validator(mode="after")
    def _consistent(self) -> ResNetConfig:
        if problems := tuple(_inconsistencies(self)):
            message = "; ".join(f"{field}: {text}" for field, text in problems)
            raise PydanticCustomError("inconsistent", "{message}", {"message": message, "problems": problems})
        return self


def _inconsistencies(config: ConfigFields) -> _Problems:
    stages = len(config.stage_blocks)
    found = {field: len(value) for field in _PER_STAGE if isinstance(value := getattr(config, field), tuple)}
    for field, entries in found.items():
        if entries != stages:
            yield field, f"must have one entry per stage: stage_blocks has {stages}, this has {entries}"
    blocks = sum(config.stage_blocks)
    if blocks > MAX_BLOCKS:
        yield "stage_blocks", f"{blocks:,} blocks in all; at most {MAX_BLOCKS:,} can be built"
    elif all(entries == stages for entries in found.values()):
        yield from _widths(config)
    yield from _bottleneck_axes(config)
    yield from _kernels(config)
    yield from _preact(config)
    if config.head == "none" and config.classifies:
        yield "num_classes", f'must be 0 or omitted where head is "none"; found {config.num_classes}'
    if config.stem_reduction > config.output_stride:
        yield "output_stride", f"cannot be {config.output_stride}: the stem alone reduces by {config.stem_reduction}"


def _bottleneck_axes(config: ConfigFields) -> _Problems:
    if "bottleneck" in config.stage_kinds:
        return
    for field, plain in (("groups", 1), ("base_width", 64)):
        if getattr(config, field) != plain:
            yield field, f'basic blocks take {plain} only; block = "bottleneck" has this axis'


def _kernels(config: ConfigFields) -> _Problems:
    for field in ("stem_kernel", "shortcut_kernel"):
        if getattr(config, field) % 2 == 0:
            yield field, f"must be odd, so that padding can keep the size; found {getattr(config, field)}"
    if config.stem == "deep_tiered" and config.stem_width < 4:
        yield "stem_width", "must be at least 4 for a deep_tiered stem, whose first convolution has 3/4 of it"


def _preact(config: ConfigFields) -> _Problems:
    if config.preact:
        for field, taken in _ALLOWED_WITH_PREACT.items():
            if getattr(config, field) not in taken:
                yield field, f"must be {' or '.join(map(_written, taken))} where preact is true"
        return
    for field, value in _NEEDS_PREACT.items():
        if getattr(config, field) == value:
            yield field, "needs preact = true"


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _widths(config: ConfigFields) -> _Problems:
    misshapen = list(_misshapen_lists(config))
    yield from misshapen
    channels = config.stem_channels
    for stage in range(len(config.stage_blocks)):
        output = config.stage_channels(stage)
        if config.shortcut == "A" and output < channels:
            yield "shortcut", f"A only adds channels, and stage {stage + 1} goes from {channels} to {output}; use B"
        if not misshapen:
            yield from _stage_widths(config, stage)
        channels = output
    uneven = [width for width in config.stem_widths if width % NORM_GROUPS]
    if config.norm == "group" and uneven:
        yield "norm", f"group needs channels in multiples of {NORM_GROUPS}; the stem has {uneven[0]}"


def _misshapen_lists(config: ConfigFields) -> _Problems:
    for stage, blocks in enumerate(config.conv_widths or ()):
        wanted = 1 if config.kind(stage) == "basic" else 2
        if len(blocks) != config.stage_blocks[stage]:
            yield "conv_widths", f"stage {stage + 1} has {config.stage_blocks[stage]} blocks, this has {len(blocks)}"
        elif any(len(widths) != wanted for widths in blocks):
            yield "conv_widths", f"stage {stage + 1} takes {wanted} for each block: its convolutions but the last"


def _stage_widths(config: ConfigFields, stage: int) -> _Problems:
    inner = config.inner_width(stage)
    if not 1 <= inner <= MAX_INNER_WIDTH:
        yield "base_width", f"gives the bottlenecks of stage {stage + 1} an inner width of {inner:,} channels"
        return
    field = "reduce_first" if config.conv_widths is None else "conv_widths"
    if config.conv_widths is None and inner % config.reduce_first:
        yield field, f"{config.reduce_first} does not divide the {inner} channels of stage {stage + 1}"
        return
    widths = {config.block_widths(stage, block) for block in range(config.stage_blocks[stage])}
    grouped = config.groups if config.kind(stage) == "bottleneck" else 1
    if any(first % grouped or last % grouped for first, last in widths):
        yield field, f"leaves stage {stage + 1} with channels that {grouped} groups do not divide"
    if config.norm == "group":
        uneven = sorted(
            {width for pair in widths for width in (*pair, config.stage_channels(stage)) if width % NORM_GROUPS}
        )
        if uneven:
            yield "norm", f"group needs channels in multiples of {NORM_GROUPS}; stage {stage + 1} has {uneven[0]}"
