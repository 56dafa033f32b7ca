"""Pre-activation blocks (arXiv:1603.05027, Figure 4 e), with the names of timm's ``resnetv2.py``."""

from __future__ import annotations

from torch import Tensor, nn

from resnet_inspect.config.block_shapes import BlockShape
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.model.preact_layers import convolution, norm_act
from resnet_inspect.model.shortcut import shortcut_pool


class Projection(nn.Module):
    """The shortcut where a block changes the shape: it reads the activated input, and nothing follows it."""

    def __init__(self, config: ResNetConfig, shape: BlockShape) -> None:
        super().__init__()
        self.pool = shortcut_pool(shape) if config.avg_down else nn.Identity()
        stride = 1 if config.avg_down else shape.stride
        self.conv = convolution(config)(shape.in_channels, shape.out_channels, 1, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride)."""
        return self.conv(self.pool(x))  # type: ignore[no-any-return]  # nn.Module.__call__ is untyped


class PreactBlock(nn.Module):
    """Activate, then add a main branch to the input, or to a projection of what was activated.

    Subclasses make the main branch's layers and run them in ``main``.
    """

    norm1: nn.Module
    downsample: nn.Module | None
    last_convolution: str

    def __init__(self, config: ResNetConfig, shape: BlockShape) -> None:
        super().__init__()
        self.downsample = Projection(config, shape) if shape.changes else None

    def main(self, activated: Tensor) -> Tensor:
        """The branch with the weighted layers."""
        raise TypeError(f"{type(self).__name__} has no main branch for {tuple(activated.shape)}")

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride)."""
        activated = self.norm1(x)
        beside = x if self.downsample is None else self.downsample(activated)
        return self.main(activated) + beside


class PreactBasicBlock(PreactBlock):
    """Two 3x3 convolutions; the first one strides."""

    last_convolution = "conv2"

    def __init__(self, config: ResNetConfig, shape: BlockShape) -> None:
        super().__init__(config, shape)
        conv = convolution(config)
        self.norm1 = norm_act(config, shape.in_channels)
        self.conv1 = conv(shape.in_channels, shape.first_width, 3, stride=shape.stride, dilation=shape.first_dilation)
        self.norm2 = norm_act(config, shape.first_width)
        self.conv2 = conv(shape.first_width, shape.out_channels, 3, dilation=shape.dilation)

    def main(self, activated: Tensor) -> Tensor:
        """The two convolutions."""
        return self.conv2(self.norm2(self.conv1(activated)))  # type: ignore[no-any-return]  # as above


class PreactBottleneck(PreactBlock):
    """1x1, 3x3, 1x1; the first or the second strides."""

    last_convolution = "conv3"

    def __init__(self, config: ResNetConfig, shape: BlockShape) -> None:
        super().__init__(config, shape)
        conv = convolution(config)
        first, second = (shape.stride, 1) if config.stride_in == "1x1" else (1, shape.stride)
        self.norm1 = norm_act(config, shape.in_channels)
        self.conv1 = conv(shape.in_channels, shape.first_width, 1, stride=first)
        self.norm2 = norm_act(config, shape.first_width)
        self.conv2 = conv(
            shape.first_width,
            shape.inner_width,
            3,
            stride=second,
            dilation=shape.first_dilation,
            groups=config.groups,
        )
        self.norm3 = norm_act(config, shape.inner_width)
        self.conv3 = conv(shape.inner_width, shape.out_channels, 1)

    def main(self, activated: Tensor) -> Tensor:
        """The three convolutions."""
        out = self.conv2(self.norm2(self.conv1(activated)))
        return self.conv3(self.norm3(out))  # type: ignore[no-any-return]  # as above


PREACT_BLOCKS: dict[str, type[PreactBasicBlock | PreactBottleneck]] = {
    "basic": PreactBasicBlock,
    "bottleneck": PreactBottleneck,
}
