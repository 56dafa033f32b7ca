"""Names and shapes of a config's state_dict, in order, without building the model: torch is not needed.

They are those of the module that ``model.build`` makes: torchvision's names, and timm's where torchvision has none.
As in ``arithmetic.py``, they follow from the config block by block; the tests compare them with the modules and the
goldens.
"""

from collections.abc import Iterator

from resnet_inspect.configs.block_shapes import (
    BlockShape,
    block_shapes,
    eca_kernel,
    projection_kernel,
    projects,
    squeezed_channels,
)
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.shapes import Shape

_Entries = Iterator[tuple[str, Shape]]
"""Pairs of name and shape."""


def state_dict(config: ResNetConfig) -> tuple[tuple[str, Shape], ...]:
    """Return the names and shapes of ``build(config).state_dict()``, in its order.

    A scalar, such as a normalisation's ``num_batches_tracked``, has the shape ``()``.
    """
    return tuple(_preact_net(config) if config.preact else _net(config))


def _net(config: ResNetConfig) -> _Entries:
    """Yield the entries of torchvision's ``resnet.py``; for deep stems, attention and pools, those of timm's."""
    yield from _stem(config)
    for stage, shapes in enumerate(block_shapes(config), start=1):
        for number, shape in enumerate(shapes):
            yield from _block(config, shape, f"layer{stage}.{number}")
    if config.classifies:
        yield from _linear("fc", config.stage_channels(-1), config.num_classes)


def _stem(config: ResNetConfig) -> _Entries:
    reads, widths = config.in_channels, config.stem_widths
    if config.stem == "single":
        yield from _convolution("conv1", reads, widths[0], config.stem_kernel, bias=config.stem_bias)
    else:
        first, second, last = widths
        yield from _convolution("conv1.0", reads, first, 3, bias=config.stem_bias)
        yield from _norm(config, "conv1.1", first)
        yield from _convolution("conv1.3", first, second, 3)
        yield from _norm(config, "conv1.4", second)
        yield from _convolution("conv1.6", second, last, 3)
    channels = config.stem_channels
    yield from _norm(config, "bn1", channels)
    if config.stem_pool == "conv":
        yield from _convolution("maxpool.0", channels, channels, 3)
        # A pool that strides for the convolution comes between it and its normalisation.
        yield from _norm(config, f"maxpool.{1 if config.anti_alias == 'none' else 2}", channels)


def _block(config: ResNetConfig, shape: BlockShape, name: str) -> _Entries:
    for number, (reads, writes, kernel) in enumerate(_convolutions(config, shape), start=1):
        yield from _convolution(f"{name}.conv{number}", reads, writes, kernel)
        yield from _norm(config, f"{name}.bn{number}", writes)
    yield from _attention(config, shape, f"{name}.se")
    if projects(config, shape):
        # With avg_down, its pool is downsample.0.
        first = 1 if config.avg_down else 0
        kernel = projection_kernel(config, shape)
        yield from _convolution(f"{name}.downsample.{first}", shape.in_channels, shape.out_channels, kernel)
        yield from _norm(config, f"{name}.downsample.{first + 1}", shape.out_channels)


def _convolutions(config: ResNetConfig, shape: BlockShape) -> tuple[tuple[int, int, int], ...]:
    """Return (channels that each filter reads, filters, kernel) of each convolution on the main branch."""
    reads, first, inner, out = shape.in_channels, shape.first_width, shape.inner_width, shape.out_channels
    if shape.kind == "basic":
        return (reads, first, 3), (first, out, 3)
    return (reads, first, 1), (first // config.groups, inner, 3), (inner, out, 1)


def _attention(config: ResNetConfig, shape: BlockShape, name: str) -> _Entries:
    channels = shape.out_channels
    if config.attention == "se":
        narrow = squeezed_channels(channels, config.se_reduction)
        yield from _convolution(f"{name}.fc1", channels, narrow, 1, bias=True)
        yield from _convolution(f"{name}.fc2", narrow, channels, 1, bias=True)
    elif config.attention == "eca":
        yield f"{name}.conv.weight", (1, 1, eca_kernel(shape.nominal_channels))


def _preact_net(config: ResNetConfig) -> _Entries:
    """Yield the entries of timm's ``resnetv2.py``."""
    yield from _preact_stem(config)
    for stage, shapes in enumerate(block_shapes(config)):
        for number, shape in enumerate(shapes):
            yield from _preact_block(config, shape, f"stages.{stage}.blocks.{number}")
    channels = config.stage_channels(-1)
    yield from _norm(config, "norm", channels)
    if not config.classifies:
        return
    if config.head == "conv":
        yield from _convolution("head.fc", channels, config.num_classes, 1, bias=True)
    else:
        yield from _linear("head.fc", channels, config.num_classes)


def _preact_stem(config: ResNetConfig) -> _Entries:
    reads, widths = config.in_channels, config.stem_widths
    if config.stem == "single":
        yield from _convolution("stem.conv", reads, widths[0], config.stem_kernel)
        return
    for number, writes in enumerate(widths, start=1):
        yield from _convolution(f"stem.conv{number}", reads, writes, 3)
        if number < len(widths):
            yield from _norm(config, f"stem.norm{number}", writes)
        reads = writes


def _preact_block(config: ResNetConfig, shape: BlockShape, name: str) -> _Entries:
    if projects(config, shape):
        kernel = projection_kernel(config, shape)
        yield from _convolution(f"{name}.downsample.conv", shape.in_channels, shape.out_channels, kernel)
    normalised = shape.in_channels
    for number, (reads, writes, kernel) in enumerate(_convolutions(config, shape), start=1):
        yield from _norm(config, f"{name}.norm{number}", normalised)
        yield from _convolution(f"{name}.conv{number}", reads, writes, kernel)
        normalised = writes


def _convolution(name: str, reads: int, writes: int, kernel: int, *, bias: bool = False) -> _Entries:
    yield f"{name}.weight", (writes, reads, kernel, kernel)
    if bias:
        yield f"{name}.bias", (writes,)


def _linear(name: str, reads: int, writes: int) -> _Entries:
    yield f"{name}.weight", (writes, reads)
    yield f"{name}.bias", (writes,)


def _norm(config: ResNetConfig, name: str, channels: int) -> _Entries:
    yield f"{name}.weight", (channels,)
    yield f"{name}.bias", (channels,)
    if config.norm == "batch":
        yield f"{name}.running_mean", (channels,)
        yield f"{name}.running_var", (channels,)
        yield f"{name}.num_batches_tracked", ()
