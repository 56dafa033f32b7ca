"""The paper's shortcut options (section 4.1), as the module that stands beside a block's main branch."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn
from torch.nn import functional

from resnet_inspect.model.layers import BatchNorm2d, Conv2d

Option = Literal["A", "B", "C", "none"]


def shortcut(option: Option, in_channels: int, out_channels: int, stride: int) -> nn.Module | None:
    """Return the ``downsample`` of a block, or ``None`` where its shortcut is the identity or there is none."""
    changes = stride != 1 or in_channels != out_channels
    if option == "C" or (option == "B" and changes):
        return projection(in_channels, out_channels, stride)
    if option == "A" and changes:
        return ZeroPad(out_channels - in_channels, stride)
    return None


def projection(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """Options B and C: a strided 1x1 convolution with normalisation."""
    return nn.Sequential(Conv2d(in_channels, out_channels, 1, stride=stride), BatchNorm2d(out_channels))


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
