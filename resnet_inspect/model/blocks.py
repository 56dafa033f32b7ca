"""The two residual blocks of the paper (Figure 5), with their shortcuts, gates and pools."""

from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional

from resnet_inspect.configs.block_shapes import BlockShape, eca_kernel, squeezed_channels
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.model.layers import activation, anti_alias, conv1d, conv2d, norm


def shortcut(config: ResNetConfig, shape: BlockShape) -> nn.Module | None:
    """Return the ``downsample`` of a block (the paper's section 4.1); ``None`` for the identity, or for no shortcut."""
    if shape.projection:
        return _pooled_projection(config, shape) if config.avg_down else _projection(config, shape)
    if config.shortcut == "A" and shape.changes:
        return ZeroPad(shape.out_channels - shape.in_channels, shape.stride)
    return None


def _projection(config: ResNetConfig, shape: BlockShape) -> nn.Module:
    """Return options B and C: a strided convolution with normalisation."""
    kernel, dilation = shape.projection, shape.first_dilation if shape.projection > 1 else 1
    return nn.Sequential(
        conv2d(shape.in_channels, shape.out_channels, kernel, stride=shape.stride, dilation=dilation),
        norm(config, shape.out_channels),
    )


def _pooled_projection(config: ResNetConfig, shape: BlockShape) -> nn.Module:
    """Return ResNet-D's option: an average pool that reads every pixel, then the convolution at stride 1."""
    return nn.Sequential(
        shortcut_pool(shape),
        conv2d(shape.in_channels, shape.out_channels, 1),
        norm(config, shape.out_channels),
    )


def shortcut_pool(shape: BlockShape) -> nn.Module:
    """Return the pool before a ResNet-D shortcut's convolution. Source of the dilated case: timm ``resnet.py``."""
    if shape.stride > 1:
        return nn.AvgPool2d(2, shape.stride, ceil_mode=True, count_include_pad=False)
    return SamePool() if shape.dilation > 1 else nn.Identity()


class SamePool(nn.Module):
    """A 2x2 average pool of stride 1 that keeps the size: it pads zeros below and on the right."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return functional.avg_pool2d(functional.pad(x, (0, 1, 0, 1)), 2, 1)


class ZeroPad(nn.Module):
    """Option A: every ``stride``-th pixel, and zeros for the added channels. It has no parameters."""

    def __init__(self, added_channels: int, stride: int) -> None:
        super().__init__()
        self.added_channels = added_channels
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C + added_channels, ceil(H / stride), ceil(W / stride))."""
        kept = x[:, :, :: self.stride, :: self.stride]
        return functional.pad(kept, (0, 0, 0, 0, 0, self.added_channels))

    def extra_repr(self) -> str:
        """Return the arguments that ``print(module)`` shows."""
        return f"added_channels={self.added_channels}, stride={self.stride}"


class SqueezeExcite(nn.Module):
    """Scales each channel by a gate computed from the means of all (arXiv:1709.01507)."""

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        narrow = squeezed_channels(channels, reduction)
        self.fc1 = conv2d(channels, narrow, 1, bias=True)
        self.act = nn.ReLU(inplace=True)
        self.fc2 = conv2d(narrow, channels, 1, bias=True)
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
        self.conv = conv1d(eca_kernel(channels))
        self.gate = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        means = x.mean((2, 3)).unsqueeze(1)
        gate: Tensor = self.gate(self.conv(means))
        return x * gate.view(x.shape[0], -1, 1, 1)


def attention(config: ResNetConfig, shape: BlockShape) -> nn.Module | None:
    """Return the gate that ``config`` asks for; ``None`` for none."""
    if config.attention == "se":
        return SqueezeExcite(shape.out_channels, config.se_reduction)
    if config.attention == "eca":
        return EfficientChannelAttention(shape.nominal_channels)
    return None


class ResidualBlock(nn.Module):
    """A main branch, to which a shortcut is added unless the network is plain.

    Subclasses build the layers of the main branch and run them in ``main``.
    """

    if TYPE_CHECKING:  # torch.jit.script cannot read annotations of modules
        aa: nn.Module | None
        se: nn.Module | None
        downsample: nn.Module | None
        relu: nn.Module
        last_norm: str

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.residual = config.shortcut != "none"

    def main(self, x: Tensor) -> Tensor:
        """Run the branch with the weighted layers."""
        raise TypeError(f"{type(self).__name__} has no main branch for {tuple(x.shape)}")

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride)."""
        out = self.main(x)
        if self.se is not None:
            out = self.se(out)
        if self.residual:
            if self.downsample is not None:
                x = self.downsample(x)
            out += x
        return self.relu(out)

    def smooth(self, x: Tensor) -> Tensor:
        """Apply the anti-aliasing, which replaces the stride of the 3x3 convolution before it."""
        return x if self.aa is None else self.aa(x)

    def _smoothing(self, config: ResNetConfig, channels: int, shape: BlockShape) -> nn.Module | None:
        """Return the anti-aliasing of a block that strides or, as in timm's ``resnet.py``, starts to dilate instead."""
        reshapes = shape.stride > 1 or shape.first_dilation != shape.dilation
        return anti_alias(config, channels, shape.stride) if config.anti_alias != "none" and reshapes else None


class BasicBlock(ResidualBlock):
    """Two 3x3 convolutions; the first one strides."""

    last_norm = "bn2"

    def __init__(self, config: ResNetConfig, shape: BlockShape) -> None:
        super().__init__(config)
        aa = self._smoothing(config, shape.first_width, shape)
        stride = shape.stride if aa is None else 1
        self.conv1 = conv2d(shape.in_channels, shape.first_width, 3, stride=stride, dilation=shape.first_dilation)
        self.bn1 = norm(config, shape.first_width)
        self.relu = activation(config)
        self.aa = aa
        self.conv2 = conv2d(shape.first_width, shape.out_channels, 3, dilation=shape.dilation)
        self.bn2 = norm(config, shape.out_channels)
        self.se = attention(config, shape)
        self.downsample = shortcut(config, shape)

    def main(self, x: Tensor) -> Tensor:
        """Run the two convolutions, the last one without its activation, which follows the addition."""
        out = self.smooth(self.relu(self.bn1(self.conv1(x))))
        return self.bn2(self.conv2(out))


class Bottleneck(ResidualBlock):
    """1x1, 3x3, 1x1; the first (v1) or the second (v1.5) strides."""

    last_norm = "bn3"

    def __init__(self, config: ResNetConfig, shape: BlockShape) -> None:
        super().__init__(config)
        in_first = config.stride_in == "1x1"
        aa = None if in_first else self._smoothing(config, shape.inner_width, shape)
        second = 1 if in_first or aa is not None else shape.stride
        self.conv1 = conv2d(shape.in_channels, shape.first_width, 1, stride=shape.stride if in_first else 1)
        self.bn1 = norm(config, shape.first_width)
        self.conv2 = conv2d(
            shape.first_width,
            shape.inner_width,
            3,
            stride=second,
            dilation=shape.first_dilation,
            groups=config.groups,
        )
        self.bn2 = norm(config, shape.inner_width)
        self.aa = aa
        self.conv3 = conv2d(shape.inner_width, shape.out_channels, 1)
        self.bn3 = norm(config, shape.out_channels)
        self.se = attention(config, shape)
        self.relu = activation(config)
        self.downsample = shortcut(config, shape)

    def main(self, x: Tensor) -> Tensor:
        """Run the three convolutions, the last one without its activation, which follows the addition."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.smooth(self.relu(self.bn2(self.conv2(out))))
        return self.bn3(self.conv3(out))


BLOCK_TYPES: dict[str, type[BasicBlock | Bottleneck]] = {"basic": BasicBlock, "bottleneck": Bottleneck}
