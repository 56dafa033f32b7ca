"""The two residual blocks of the paper (Figure 5): two 3x3 convolutions, or 1x1, 3x3, 1x1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from resnet_inspect.config.schema import EXPANSION
from resnet_inspect.model.layers import BatchNorm2d, Conv2d


@dataclass(frozen=True, slots=True)
class BlockShape:
    """What distinguishes one block of a net from another.

    Attributes:
        in_channels: channels of the block's input.
        width: channels of the stage, before the block's expansion.
        inner_width: channels of the 3x3 convolution of a bottleneck.
        stride: 2 where the block halves H and W.
        stride_in: the bottleneck's convolution that carries the stride.
        groups: groups of the bottleneck's 3x3 convolution.
    """

    in_channels: int
    width: int
    inner_width: int
    stride: int
    stride_in: Literal["1x1", "3x3"]
    groups: int


class ResidualBlock(nn.Module):
    """A main branch, and a shortcut that is added to it unless the net is plain."""

    downsample: nn.Module | None
    relu: nn.Module

    def __init__(self, *, residual: bool) -> None:
        super().__init__()
        self.residual = residual

    def main(self, x: Tensor) -> Tensor:
        """The branch with the weighted layers."""
        raise TypeError(f"{type(self).__name__} has no main branch for {tuple(x.shape)}")

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, width * expansion, H / stride, W / stride)."""
        out = self.main(x)
        if self.residual:
            out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)  # type: ignore[no-any-return]  # nn.Module.__call__ is untyped


class BasicBlock(ResidualBlock):
    """Two 3x3 convolutions; the first one strides."""

    def __init__(self, shape: BlockShape, downsample: nn.Module | None, *, residual: bool) -> None:
        super().__init__(residual=residual)
        self.conv1 = Conv2d(shape.in_channels, shape.width, 3, stride=shape.stride)
        self.bn1 = BatchNorm2d(shape.width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = Conv2d(shape.width, shape.width, 3)
        self.bn2 = BatchNorm2d(shape.width)
        self.downsample = downsample

    def main(self, x: Tensor) -> Tensor:
        """The two convolutions, the last one without its ReLU, which follows the addition."""
        out = self.relu(self.bn1(self.conv1(x)))
        return self.bn2(self.conv2(out))  # type: ignore[no-any-return]  # nn.Module.__call__ is untyped


class Bottleneck(ResidualBlock):
    """1x1, 3x3, 1x1; the first (v1) or the second (v1.5) strides."""

    def __init__(self, shape: BlockShape, downsample: nn.Module | None, *, residual: bool) -> None:
        super().__init__(residual=residual)
        inner, out_channels = shape.inner_width, shape.width * EXPANSION["bottleneck"]
        first_stride, second_stride = (shape.stride, 1) if shape.stride_in == "1x1" else (1, shape.stride)
        self.conv1 = Conv2d(shape.in_channels, inner, 1, stride=first_stride)
        self.bn1 = BatchNorm2d(inner)
        self.conv2 = Conv2d(inner, inner, 3, stride=second_stride, groups=shape.groups)
        self.bn2 = BatchNorm2d(inner)
        self.conv3 = Conv2d(inner, out_channels, 1)
        self.bn3 = BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample

    def main(self, x: Tensor) -> Tensor:
        """The three convolutions, the last one without its ReLU, which follows the addition."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        return self.bn3(self.conv3(out))  # type: ignore[no-any-return]  # nn.Module.__call__ is untyped


BLOCKS: dict[str, type[BasicBlock | Bottleneck]] = {"basic": BasicBlock, "bottleneck": Bottleneck}
