"""The two residual blocks of the paper (Figure 5): two 3x3 convolutions, or 1x1, 3x3, 1x1."""

from __future__ import annotations

from torch import Tensor, nn

from resnet_inspect.config.block_shapes import BlockShape
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.model.anti_alias import anti_alias
from resnet_inspect.model.attention import attention
from resnet_inspect.model.layers import Conv2d, activation, norm
from resnet_inspect.model.shortcut import shortcut


class ResidualBlock(nn.Module):
    """A main branch, and a shortcut that is added to it unless the net is plain.

    Subclasses make the main branch's layers and run them in ``main``.
    """

    aa: nn.Module | None
    se: nn.Module | None
    downsample: nn.Module | None
    relu: nn.Module
    last_norm: str

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.residual = config.shortcut != "none"

    def main(self, x: Tensor) -> Tensor:
        """The branch with the weighted layers."""
        raise TypeError(f"{type(self).__name__} has no main branch for {tuple(x.shape)}")

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride)."""
        out = self.main(x)
        if self.se is not None:
            out = self.se(out)
        if self.residual:
            out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)  # type: ignore[no-any-return]  # nn.Module.__call__ is untyped

    def smooth(self, x: Tensor) -> Tensor:
        """Halve H and W after the 3x3 convolution that would have done it by its stride."""
        return x if self.aa is None else self.aa(x)

    def _smoothing(self, config: ResNetConfig, channels: int, shape: BlockShape) -> nn.Module | None:
        """Where a block strides, and, as in timm's ``resnet.py``, where it begins to dilate instead."""
        reshapes = shape.stride > 1 or shape.first_dilation != shape.dilation
        return anti_alias(config, channels, shape.stride) if config.anti_alias != "none" and reshapes else None


class BasicBlock(ResidualBlock):
    """Two 3x3 convolutions; the first one strides."""

    last_norm = "bn2"

    def __init__(self, config: ResNetConfig, shape: BlockShape) -> None:
        super().__init__(config)
        aa = self._smoothing(config, shape.first_width, shape)
        stride = shape.stride if aa is None else 1
        self.conv1 = Conv2d(shape.in_channels, shape.first_width, 3, stride=stride, dilation=shape.first_dilation)
        self.bn1 = norm(config, shape.first_width)
        self.relu = activation(config)
        self.aa = aa
        self.conv2 = Conv2d(shape.first_width, shape.out_channels, 3, dilation=shape.dilation)
        self.bn2 = norm(config, shape.out_channels)
        self.se = attention(config, shape)
        self.downsample = shortcut(config, shape)

    def main(self, x: Tensor) -> Tensor:
        """The two convolutions, the last one without its activation, which follows the addition."""
        out = self.smooth(self.relu(self.bn1(self.conv1(x))))
        return self.bn2(self.conv2(out))  # type: ignore[no-any-return]  # nn.Module.__call__ is untyped


class Bottleneck(ResidualBlock):
    """1x1, 3x3, 1x1; the first (v1) or the second (v1.5) strides."""

    last_norm = "bn3"

    def __init__(self, config: ResNetConfig, shape: BlockShape) -> None:
        super().__init__(config)
        in_first = config.stride_in == "1x1"
        aa = None if in_first else self._smoothing(config, shape.inner_width, shape)
        second = 1 if in_first or aa is not None else shape.stride
        self.conv1 = Conv2d(shape.in_channels, shape.first_width, 1, stride=shape.stride if in_first else 1)
        self.bn1 = norm(config, shape.first_width)
        self.conv2 = Conv2d(
            shape.first_width,
            shape.inner_width,
            3,
            stride=second,
            dilation=shape.first_dilation,
            groups=config.groups,
        )
        self.bn2 = norm(config, shape.inner_width)
        self.aa = aa
        self.conv3 = Conv2d(shape.inner_width, shape.out_channels, 1)
        self.bn3 = norm(config, shape.out_channels)
        self.se = attention(config, shape)
        self.relu = activation(config)
        self.downsample = shortcut(config, shape)

    def main(self, x: Tensor) -> Tensor:
        """The three convolutions, the last one without its activation, which follows the addition."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.smooth(self.relu(self.bn2(self.conv2(out))))
        return self.bn3(self.conv3(out))  # type: ignore[no-any-return]  # nn.Module.__call__ is untyped


BLOCKS: dict[str, type[BasicBlock | Bottleneck]] = {"basic": BasicBlock, "bottleneck": Bottleneck}
