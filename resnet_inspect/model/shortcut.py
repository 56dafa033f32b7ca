"""The paper's shortcut options (section 4.1), as the module that stands beside a block's main branch."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from resnet_inspect.config.block_shapes import BlockShape, projection_kernel, projects
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.model.layers import Conv2d, norm


def shortcut(config: ResNetConfig, shape: BlockShape) -> nn.Module | None:
    """Return the ``downsample`` of a block, or ``None`` where its shortcut is the identity or there is none."""
    if projects(config, shape):
        return _pooled_projection(config, shape) if config.avg_down else _projection(config, shape)
    if config.shortcut == "A" and shape.changes:
        return ZeroPad(shape.out_channels - shape.in_channels, shape.stride)
    return None


def _projection(config: ResNetConfig, shape: BlockShape) -> nn.Module:
    """Options B and C: a strided convolution with normalisation."""
    kernel = projection_kernel(config, shape)
    dilation = shape.first_dilation if kernel > 1 else 1
    return nn.Sequential(
        Conv2d(shape.in_channels, shape.out_channels, kernel, stride=shape.stride, dilation=dilation),
        norm(config, shape.out_channels),
    )


def _pooled_projection(config: ResNetConfig, shape: BlockShape) -> nn.Module:
    """ResNet-D: an average pool that reads every pixel, then the convolution at stride 1."""
    return nn.Sequential(
        shortcut_pool(shape),
        Conv2d(shape.in_channels, shape.out_channels, 1),
        norm(config, shape.out_channels),
    )


def shortcut_pool(shape: BlockShape) -> nn.Module:
    """What stands before a ResNet-D shortcut's convolution. Source of the dilated case: timm ``resnet.py``."""
    if shape.stride > 1:
        return nn.AvgPool2d(2, shape.stride, ceil_mode=True, count_include_pad=False)
    return SamePool() if shape.dilation > 1 else nn.Identity()


class SamePool(nn.Module):
    """A 2x2 average pool of stride 1 that keeps the size: a row and a column of zeros stand below and on the right."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return functional.avg_pool2d(functional.pad(x, (0, 1, 0, 1)), 2, 1)


class ZeroPad(nn.Module):
    """Option A: every ``stride``-th pixel, and zeros for the channels that the block adds. No parameters."""

    def __init__(self, added_channels: int, stride: int) -> None:
        super().__init__()
        self.added_channels = added_channels
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C + added_channels, ceil(H / stride), ceil(W / stride))."""
        kept = x[:, :, :: self.stride, :: self.stride]
        return functional.pad(kept, (0, 0, 0, 0, 0, self.added_channels))

    def extra_repr(self) -> str:
        """What ``print(module)`` shows in the brackets."""
        return f"added_channels={self.added_channels}, stride={self.stride}"
