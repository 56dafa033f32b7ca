"""Gates at the end of a main branch: squeeze-and-excitation, and efficient channel attention."""

from __future__ import annotations

from torch import Tensor, nn

from resnet_inspect.config.block_shapes import BlockShape, eca_kernel, squeezed_channels
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.model.layers import Conv1d, Conv2d


class SqueezeExcite(nn.Module):
    """Scales each channel by a gate computed from the means of all (arXiv:1709.01507)."""

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        narrow = squeezed_channels(channels, reduction)
        self.fc1 = Conv2d(channels, narrow, 1, bias=True)
        self.act = nn.ReLU(inplace=True)
        self.fc2 = Conv2d(narrow, channels, 1, bias=True)
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        means = x.mean((2, 3), keepdim=True)
        gate: Tensor = self.gate(self.fc2(self.act(self.fc1(means))))
        return x * gate


class EfficientChannelAttention(nn.Module):
    """Scales each channel by a gate computed from the means of its neighbours (arXiv:1910.03151)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = Conv1d(eca_kernel(channels))
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        means = x.mean((2, 3)).unsqueeze(1)
        gate: Tensor = self.gate(self.conv(means))
        return x * gate.view(x.shape[0], -1, 1, 1)


def attention(config: ResNetConfig, shape: BlockShape) -> nn.Module | None:
    """The gate that ``config`` asks for; ``None`` for none."""
    if config.attention == "se":
        return SqueezeExcite(shape.out_channels, config.se_reduction)
    if config.attention == "eca":
        return EfficientChannelAttention(shape.nominal_channels)
    return None
