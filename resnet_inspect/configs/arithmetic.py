"""Depth, parameters and MACs of a config by plain arithmetic: no model is built, and torch is not needed.

It follows the papers' formulas block by block, and uses no modules or traces. The tests compare it with the traced
models, so that each checks the other.
"""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from resnet_inspect.configs.block_shapes import (
    BlockShape,
    block_shapes,
    eca_kernel,
    projection_kernel,
    projects,
    squeezed_channels,
)
from resnet_inspect.configs.schema import ResNetConfig

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a model.

    Attributes:
        depth: weighted layers on the main branches.
        weighted_layers: weighted layers, those on shortcuts and in gates included.
        conv_layers: the convolutions among ``weighted_layers``.
        params: learned parameters.
        macs: multiply-accumulates of convolutions and linear layers for one image, without bias.
    """

    depth: int
    weighted_layers: int
    conv_layers: int
    params: int
    macs: int


@dataclass(frozen=True, slots=True)
class _Layer:
    """A convolution or linear layer, with the normalisation that goes with it.

    Attributes:
        weights: elements of the weight; each is used once per output pixel.
        others: elements of the bias and the normalisation.
        pixels: pixels of the output.
        counted: ``True`` on a main branch.
        linear: ``True`` for a linear layer.
    """

    weights: int
    others: int
    pixels: int
    counted: bool = True
    linear: bool = False


_Layers = Generator[_Layer, None, Size]
"""Yields layers and returns the size (H, W) of the last one's output."""


def figures(config: ResNetConfig) -> Figures:
    """Add up a config's layers, at its own ``input_size``."""
    layers = list(_layers(config))
    return Figures(
        depth=sum(layer.counted for layer in layers),
        weighted_layers=len(layers),
        conv_layers=sum(not layer.linear for layer in layers),
        params=sum(layer.weights + layer.others for layer in layers) + _last_norm(config),
        macs=sum(layer.weights * layer.pixels for layer in layers),
    )


def _layers(config: ResNetConfig) -> Iterator[_Layer]:
    size = yield from _stem(config)
    for shapes in block_shapes(config):
        for shape in shapes:
            size = yield from _block(config, shape, size)
    if config.classifies:
        classes = config.num_classes
        yield _Layer(config.stage_channels(-1) * classes, classes, 1, linear=config.head == "linear")


def _last_norm(config: ResNetConfig) -> int:
    """Return the parameters of the normalisation that ends a pre-activation network, whatever its head."""
    return _norm(config.stage_channels(-1)) if config.preact else 0


def _stem(config: ResNetConfig) -> _Layers:
    widths = config.stem_widths
    kernel = config.stem_kernel if config.stem == "single" else 3
    height, width = config.input_size
    size = _strided((height, width), config.stem_stride)
    reads = config.in_channels
    for number, channels in enumerate(widths, start=1):
        bias = channels if config.stem_bias and number == 1 else 0
        # The normalisation of a pre-activation network's last stem convolution belongs to the first block.
        normalised = not config.preact or number < len(widths)
        yield _Layer(reads * channels * kernel**2, bias + (_norm(channels) if normalised else 0), math.prod(size))
        reads = channels
    return (yield from _stem_pool(config, size))


def _stem_pool(config: ResNetConfig, size: Size) -> _Layers:
    channels = config.stem_channels
    if config.stem_pool == "none":
        return size
    if config.stem_pool == "conv":
        halved, positions = _smoothed(config, size, 2)
        yield _Layer(channels**2 * 9, _norm(channels), positions)
        return halved
    if config.anti_alias != "none":
        return _smoothed(config, size, 2)[0]
    return _pooled(config, size[0]), _pooled(config, size[1])


def _pooled(config: ResNetConfig, length: int) -> int:
    """Return the length after a 3x3 max pool of stride 2; in ceil mode, no window starts in the right padding."""
    room = length + 2 * config.stem_pool_padding - 3
    if not config.stem_pool_ceil:
        return room // 2 + 1
    count = -(-room // 2) + 1
    return count - 1 if (count - 1) * 2 >= length + config.stem_pool_padding else count


def _block(config: ResNetConfig, shape: BlockShape, size: Size) -> _Layers:
    main = _basic(config, shape, size) if shape.kind == "basic" else _bottleneck(config, shape, size)
    halved = yield from main
    yield from _attention(config, shape)
    yield from _shortcut(config, shape, math.prod(halved))
    return halved


def _basic(config: ResNetConfig, shape: BlockShape, size: Size) -> _Layers:
    first, out = shape.first_width, shape.out_channels
    halved, pixels = _smoothed(config, size, shape.stride)
    before = shape.in_channels if config.preact else first
    yield _Layer(shape.in_channels * first * 9, _norm(before), pixels)
    yield _Layer(first * out * 9, _norm(first if config.preact else out), math.prod(halved))
    return halved


def _bottleneck(config: ResNetConfig, shape: BlockShape, size: Size) -> _Layers:
    reads, first, inner, out = shape.in_channels, shape.first_width, shape.inner_width, shape.out_channels
    norms = (reads, first, inner) if config.preact else (first, inner, out)
    if config.stride_in == "1x1":
        size = halved = _strided(size, shape.stride)
        pixels = math.prod(halved)
    else:
        halved, pixels = _smoothed(config, size, shape.stride)
    yield _Layer(reads * first, _norm(norms[0]), math.prod(size))
    yield _Layer(first * inner // config.groups * 9, _norm(norms[1]), pixels)
    yield _Layer(inner * out, _norm(norms[2]), math.prod(halved))
    return halved


def _attention(config: ResNetConfig, shape: BlockShape) -> Iterator[_Layer]:
    channels = shape.out_channels
    if config.attention == "se":
        narrow = squeezed_channels(channels, config.se_reduction)
        yield _Layer(channels * narrow, narrow, 1, counted=False)
        yield _Layer(narrow * channels, channels, 1, counted=False)
    elif config.attention == "eca":
        yield _Layer(eca_kernel(shape.nominal_channels), 0, channels, counted=False)


def _shortcut(config: ResNetConfig, shape: BlockShape, pixels: int) -> Iterator[_Layer]:
    if not projects(config, shape):
        return
    weights = shape.in_channels * shape.out_channels * projection_kernel(config, shape) ** 2
    others = 0 if config.preact else _norm(shape.out_channels)
    yield _Layer(weights, others, pixels, counted=False)


def _norm(channels: int) -> int:
    return 2 * channels


def _strided(size: Size, stride: int) -> Size:
    """Return the size after a window whose padding keeps the size at stride 1."""
    return (size[0] - 1) // stride + 1, (size[1] - 1) // stride + 1


def _smoothed(config: ResNetConfig, size: Size, stride: int) -> tuple[Size, int]:
    """Return the size after a 3x3 convolution, and the pixels that it computes: all, if a pool strides for it."""
    if stride == 1 or config.anti_alias == "none":
        halved = _strided(size, stride)
        return halved, math.prod(halved)
    if config.anti_alias == "avg":
        return (size[0] // stride, size[1] // stride), math.prod(size)
    return _strided(size, stride), math.prod(size)
