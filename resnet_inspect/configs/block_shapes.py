"""The blocks of a config: widths, stride and dilation of each, the sizes of its shortcut and gate."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.configs.words import BlockKind

UNLIMITED = 32
"""Output stride that changes no stride, even if five stages or strides of 3 exceed it."""


@dataclass(frozen=True, slots=True)
class BlockShape:
    """The shape of one block.

    Attributes:
        kind: basic or bottleneck.
        in_channels: channels of the block's input.
        first_width: channels of its first convolution.
        inner_width: channels of a bottleneck's 3x3 convolution, or of a basic block's second one.
        out_channels: channels of its output.
        nominal_channels: channels of its output before pruning, which eca's kernel follows.
        stride: factor by which the block reduces H and W.
        dilation: dilation of its 3x3 convolutions.
        first_dilation: dilation of the first 3x3 convolution, which still reads the output of the stage before.
        projection: kernel size of the convolution on its shortcut; 0 if there is none.
    """

    kind: BlockKind
    in_channels: int
    first_width: int
    inner_width: int
    out_channels: int
    nominal_channels: int
    stride: int
    dilation: int
    first_dilation: int
    projection: int

    @property
    def changes(self) -> bool:
        """``True`` if its output has another shape than its input, so that an identity cannot be added."""
        return self.stride != 1 or self.in_channels != self.out_channels


def block_shapes(config: ResNetConfig) -> Iterator[list[BlockShape]]:
    """Yield the blocks of each stage; a stride that would exceed the output stride becomes a dilation.

    Source of the dilations: torchvision ``resnet.py``, ``replace_stride_with_dilation``.
    """
    channels = config.stem_channels
    reduced = config.stem_reduction
    dilation = 1
    for stage, blocks in enumerate(config.stage_blocks):
        stride, first_dilation = config.stage_strides[stage], dilation
        if config.output_stride < UNLIMITED and reduced * stride > config.output_stride:
            dilation, stride = dilation * stride, 1
        reduced *= stride
        shapes = []
        for index in range(blocks):
            first = index == 0
            first_width, inner_width = config.block_widths(stage, index)
            shape = BlockShape(
                kind=config.kind(stage),
                in_channels=channels if first else config.stage_channels(stage),
                first_width=first_width,
                inner_width=inner_width,
                out_channels=config.stage_channels(stage),
                nominal_channels=config.nominal_channels(stage),
                stride=stride if first else 1,
                dilation=dilation,
                first_dilation=first_dilation if first else dilation,
                projection=0,
            )
            shapes.append(replace(shape, projection=_projection_kernel(config, shape)))
        yield shapes
        channels = config.stage_channels(stage)


def _projection_kernel(config: ResNetConfig, shape: BlockShape) -> int:
    """Return the kernel size of a block's projection (paper, section 4.1, options B and C); 0 if it has none.

    Source of the size: timm ``resnet.py``.
    """
    if config.shortcut not in {"B", "C"} or (config.shortcut == "B" and not shape.changes):
        return 0
    reshapes = shape.stride != 1 or shape.dilation != 1
    return config.shortcut_kernel if reshapes and not config.avg_down else 1


def squeezed_channels(channels: int, reduction: int) -> int:
    """Return the channels between the two convolutions of se, a multiple of 8. Source: timm ``squeeze_excite.py``."""
    return max(8, int(channels / reduction + 4) // 8 * 8)


def eca_kernel(channels: int) -> int:
    """Return the kernel size of eca's convolution: odd, and logarithmic in the channels. Source: arXiv:1910.03151."""
    width = int(abs(math.log2(channels) + 1) / 2)
    return max(width if width % 2 else width + 1, 3)
