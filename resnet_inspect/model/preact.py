"""Pre-activation networks (arXiv:1603.05027, Figure 4 e), in the order and with the names of timm's ``resnetv2.py``."""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_inspect.configs.block_shapes import BlockShape, block_shapes
from resnet_inspect.configs.schema import NORM_GROUPS, ResNetConfig
from resnet_inspect.model.blocks import shortcut_pool
from resnet_inspect.model.layers import activation, conv2d, linear
from resnet_inspect.model.prebuilt import prebuilt


class BatchNormAct2d(nn.BatchNorm2d):
    """Batch normalisation, then the activation; its state_dict is that of the normalisation."""

    if TYPE_CHECKING:
        act: nn.Module

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W). Written out, as ``super().forward`` checks the shape, which fx cannot trace."""
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        momentum = 0.0 if self.momentum is None else self.momentum
        x = functional.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training, momentum, self.eps
        )
        return self.act(x)


class GroupNormAct(nn.GroupNorm):
    """Group normalisation, then the activation; its state_dict is that of the normalisation."""

    if TYPE_CHECKING:
        act: nn.Module

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        x = functional.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)
        return self.act(x)


class StdConv2d(nn.Conv2d):
    """A convolution whose weight is standardised to mean 0 and variance 1 per output channel before each use."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H', W'). Source of the epsilon: timm ``resnetv2.py`` for BiT."""
        flat = self.weight.reshape(1, self.out_channels, -1)
        standard = functional.batch_norm(flat, None, None, training=True, momentum=0.0, eps=1e-8)
        return self._conv_forward(x, standard.reshape_as(self.weight), self.bias)


def _norm_act(config: ResNetConfig, channels: int) -> nn.Module:
    """Return the normalisation that ``config`` asks for, with its activation."""
    layer: BatchNormAct2d | GroupNormAct = (
        prebuilt(BatchNormAct2d, channels) if config.norm == "batch" else prebuilt(GroupNormAct, NORM_GROUPS, channels)
    )
    layer.act = activation(config)
    return layer


def _convolution(config: ResNetConfig) -> Callable[..., nn.Conv2d]:
    """Return the function that makes the convolutions that ``config`` asks for."""
    return partial(conv2d, kind=StdConv2d) if config.weight_standardized else conv2d


class Projection(nn.Module):
    """The shortcut of a block that changes the shape: it reads the activated input, and has no normalisation."""

    def __init__(self, config: ResNetConfig, shape: BlockShape) -> None:
        super().__init__()
        self.pool = shortcut_pool(shape) if config.avg_down else nn.Identity()
        stride = 1 if config.avg_down else shape.stride
        self.conv = _convolution(config)(shape.in_channels, shape.out_channels, 1, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride)."""
        return self.conv(self.pool(x))


class PreactBlock(nn.Module):
    """An activation, then a main branch, to which the input or a projection of the activated input is added.

    Subclasses build the layers of the main branch and run them in ``main``.
    """

    if TYPE_CHECKING:  # torch.jit.script cannot read annotations of modules
        norm1: nn.Module
        downsample: nn.Module | None
        last_convolution: str

    def __init__(self, config: ResNetConfig, shape: BlockShape) -> None:
        super().__init__()
        self.downsample = Projection(config, shape) if shape.projection else None

    def main(self, activated: Tensor) -> Tensor:
        """Run the branch with the weighted layers."""
        raise TypeError(f"{type(self).__name__} has no main branch for {tuple(activated.shape)}")

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H / stride, W / stride)."""
        activated = self.norm1(x)
        if self.downsample is not None:
            x = self.downsample(activated)
        return self.main(activated) + x


class PreactBasicBlock(PreactBlock):
    """Two 3x3 convolutions; the first one strides."""

    last_convolution = "conv2"

    def __init__(self, config: ResNetConfig, shape: BlockShape) -> None:
        super().__init__(config, shape)
        conv = _convolution(config)
        self.norm1 = _norm_act(config, shape.in_channels)
        self.conv1 = conv(shape.in_channels, shape.first_width, 3, stride=shape.stride, dilation=shape.first_dilation)
        self.norm2 = _norm_act(config, shape.first_width)
        self.conv2 = conv(shape.first_width, shape.out_channels, 3, dilation=shape.dilation)

    def main(self, activated: Tensor) -> Tensor:
        """Run the two convolutions."""
        return self.conv2(self.norm2(self.conv1(activated)))


class PreactBottleneck(PreactBlock):
    """1x1, 3x3, 1x1; the first or the second strides."""

    last_convolution = "conv3"

    def __init__(self, config: ResNetConfig, shape: BlockShape) -> None:
        super().__init__(config, shape)
        conv = _convolution(config)
        first, second = (shape.stride, 1) if config.stride_in == "1x1" else (1, shape.stride)
        self.norm1 = _norm_act(config, shape.in_channels)
        self.conv1 = conv(shape.in_channels, shape.first_width, 1, stride=first)
        self.norm2 = _norm_act(config, shape.first_width)
        self.conv2 = conv(
            shape.first_width,
            shape.inner_width,
            3,
            stride=second,
            dilation=shape.first_dilation,
            groups=config.groups,
        )
        self.norm3 = _norm_act(config, shape.inner_width)
        self.conv3 = conv(shape.inner_width, shape.out_channels, 1)

    def main(self, activated: Tensor) -> Tensor:
        """Run the three convolutions."""
        out = self.conv2(self.norm2(self.conv1(activated)))
        return self.conv3(self.norm3(out))


PREACT_BLOCK_TYPES: dict[str, type[PreactBasicBlock | PreactBottleneck]] = {
    "basic": PreactBasicBlock,
    "bottleneck": PreactBottleneck,
}


class PreactResNet(nn.Module):
    """stem, stages.0 ... stages.N, norm, head; the head may be left out.

    Attributes:
        config: the config that it was built from.
    """

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.config = config
        self.stem = _stem(config)
        self.stages = nn.Sequential(*(Stage(config, shapes) for shapes in block_shapes(config)))
        self.norm = _norm_act(config, config.stage_channels(-1))
        self.head = nn.Identity() if config.head == "none" else Head(config)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, num_classes); (N, C) without a classifier, (N, C, H', W') without a head."""
        return self.head(self.norm(self.stages(self.stem(x))))


class Stage(nn.Module):
    """The blocks of a stage."""

    def __init__(self, config: ResNetConfig, shapes: list[BlockShape]) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(PREACT_BLOCK_TYPES[shape.kind](config, shape) for shape in shapes))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C', H', W')."""
        return self.blocks(x)


class Head(nn.Module):
    """An average over H and W, then the classifier if there is one."""

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.global_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = _classifier(config)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, num_classes), or (N, C)."""
        pooled = self.global_pool(x)
        if hasattr(self.fc, "kernel_size"):  # and not isinstance, which torch.jit.script cannot read
            return torch.flatten(self.fc(pooled), 1)
        return self.fc(torch.flatten(pooled, 1))


def _classifier(config: ResNetConfig) -> nn.Module:
    channels = config.stage_channels(-1)
    if not config.classifies:
        return nn.Identity()
    if config.head == "conv":
        return conv2d(channels, config.num_classes, 1, bias=True)
    return linear(channels, config.num_classes)


def _stem(config: ResNetConfig) -> nn.Sequential:
    conv = _convolution(config)
    stride, widths, channels = config.stem_stride, config.stem_widths, config.in_channels
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if config.stem == "single":
        layers["conv"] = conv(channels, widths[0], config.stem_kernel, stride=stride)
    else:
        first, second, last = widths
        layers["conv1"] = conv(channels, first, 3, stride=stride)
        layers["norm1"] = _norm_act(config, first)
        layers["conv2"] = conv(first, second, 3)
        layers["norm2"] = _norm_act(config, second)
        layers["conv3"] = conv(second, last, 3)
    layers |= _stem_pool(config)
    return nn.Sequential(layers)


def _stem_pool(config: ResNetConfig) -> OrderedDict[str, nn.Module]:
    if config.stem_pool == "none":
        return OrderedDict()
    padding, ceil_mode = config.stem_pool_padding, config.stem_pool_ceil
    if config.stem_pool_border == "none":
        return OrderedDict(pool=nn.MaxPool2d(3, stride=2, padding=padding, ceil_mode=ceil_mode))
    return OrderedDict(pad=nn.ConstantPad2d(padding, 0.0), pool=nn.MaxPool2d(3, stride=2, ceil_mode=ceil_mode))
