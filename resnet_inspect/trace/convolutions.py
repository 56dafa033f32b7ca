"""Rules for convolutions.

A network repeats the same few convolutions many times, so their numbers are worked out once and remembered.
"""

from __future__ import annotations

from functools import lru_cache, partial
from math import prod
from typing import Any

from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import Weights, Window
from resnet_inspect.trace.rule import Answer, Arguments, Geometry, Ran, Rule, argument, is_sound, spread, window_size

_remembered = lru_cache(maxsize=4096)


def convolution(axes: int) -> Rule:
    """input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1."""
    return Rule(partial(_answer, axes), partial(_geometry, axes), weight=(1,))


def padded_by_name(axes: int) -> Rule:
    """The same with padding="same" or "valid"; torch knows how an uneven "same" is shared out."""
    return Rule(None, partial(_geometry, axes), weight=(1,))


def transposed_convolution(axes: int) -> Rule:
    """input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1."""
    return Rule(None, partial(_transposed_geometry, axes), weight=(1,))


def any_convolution() -> Rule:
    """input, weight, bias, stride, padding, dilation, transposed, output_padding, groups."""
    return Rule(None, _any_geometry, weight=(1,), name="convolution")


def _answer(axes: int, args: Arguments) -> Answer | None:
    bias = argument(args, 2, None)
    shapes = args[0].shape, args[1].shape, None if bias is None else bias.shape
    return _answered(*shapes, *_steps(axes, args), argument(args, 6, 1), axes)


@_remembered
def _answered(
    size: Shape,
    weight: Shape,
    bias: Shape | None,
    stride: Shape,
    padding: Shape,
    dilation: Shape,
    groups: int,
    axes: int,
) -> Answer | None:
    if not len(size) == len(weight) == axes + 2 or min(*size, *weight, groups) < 1:
        return None
    if size[1] != weight[1] * groups or weight[0] % groups or bias not in (None, weight[:1]):
        return None
    window = Window(tuple(weight[2:]), stride, padding, dilation)
    if not is_sound(window, axes):
        return None
    spatial = tuple(window_size(size[axis + 2], window, axis) for axis in range(axes))
    shape = (size[0], weight[0], *spatial)
    return (shape, _described(shape, weight, bias, stride, padding, dilation, groups)) if min(spatial) > 0 else None


def _geometry(axes: int, ran: Ran) -> Geometry:
    args = ran.args
    bias = argument(args, 2, None)
    shapes = ran.output, args[1].shape, None if bias is None else bias.shape
    return _described(*shapes, *_steps(axes, args), argument(args, 6, 1))


def _described(
    output: Shape, weight: Shape, bias: Shape | None, stride: Shape, padding: Shape | str, dilation: Shape, groups: int
) -> Geometry:
    out_channels, in_per_group, *kernel = weight
    if isinstance(padding, str):
        same = tuple(d * (k - 1) // 2 for d, k in zip(dilation, kernel, strict=True))
        padding = same if padding == "same" else (0,) * len(kernel)
    return Geometry(
        window=Window(tuple(kernel), stride, padding, dilation),
        weights=Weights(in_per_group * groups, out_channels, groups, bias is not None),
        macs=prod(output) * in_per_group * prod(kernel),
    )


def _steps(axes: int, args: Arguments) -> tuple[Shape, Any, Shape]:
    """Stride, padding, dilation; a padding's name stays as it is."""
    padding = argument(args, 4, 0)
    return (
        spread(argument(args, 3, 1), axes),
        padding if isinstance(padding, str) else spread(padding, axes),
        spread(argument(args, 5, 1), axes),
    )


def _transposed_geometry(axes: int, ran: Ran) -> Geometry:
    """The weight is (in, out / groups, ...); every input pixel meets the whole kernel."""
    args = ran.args
    in_channels, out_per_group, *kernel = args[1].shape
    groups = argument(args, 6, 1)
    stride, padding, dilation = (spread(argument(args, *at), axes) for at in ((3, 1), (4, 0), (7, 1)))
    return Geometry(
        window=Window(tuple(kernel), stride, padding, dilation, transposed=True),
        weights=Weights(in_channels, out_per_group * groups, groups, argument(args, 2, None) is not None),
        macs=prod(args[0].shape) * out_per_group * prod(kernel),
    )


def _any_geometry(ran: Ran) -> Geometry:
    source, weight, bias, stride, padding, dilation, transposed, extra, groups = ran.args[:9]
    axes = weight.dim() - 2
    if transposed:
        args = (source, weight, bias, stride, padding, extra, groups, dilation)
        return _transposed_geometry(axes, ran._replace(args=args))
    return _geometry(axes, ran._replace(args=(source, weight, bias, stride, padding, dilation, groups)))
