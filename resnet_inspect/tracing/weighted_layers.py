"""Rules for layers with weights: convolutions, linear layers and matrix products.

A network repeats the same few convolutions many times, so their results are cached.
"""

from functools import lru_cache, partial
from math import prod
from typing import Any

from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.geometry import (
    Answer,
    Arguments,
    ExecutedOp,
    Geometry,
    OperatorRule,
    argument,
    axis_values,
    is_valid,
    output_length,
)
from resnet_inspect.tracing.records import LayerWeight, Window


def convolution(axes: int) -> OperatorRule:
    """Return the rule for ``(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)``."""
    return OperatorRule(partial(_convolution_answer, axes), partial(_convolution_geometry, axes), weight=(1,))


def padded_by_name(axes: int) -> OperatorRule:
    """Return the rule for a convolution with padding="same" or "valid"; torch decides how an uneven "same" is split."""
    return OperatorRule(None, partial(_convolution_geometry, axes), weight=(1,))


def transposed_convolution(axes: int) -> OperatorRule:
    """Return the rule for ``(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups, dilation)``."""
    return OperatorRule(None, partial(_transposed_geometry, axes), weight=(1,))


def any_convolution() -> OperatorRule:
    """Return the rule for ``(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups)``."""
    return OperatorRule(None, _any_geometry, weight=(1,), name="convolution")


def _convolution_answer(axes: int, args: Arguments) -> Answer | None:
    bias = argument(args, 2, None)
    shapes = args[0].shape, args[1].shape, None if bias is None else bias.shape
    return _cached_answer(*shapes, *_stride_padding_dilation(axes, args), argument(args, 6, 1), axes)


@lru_cache(maxsize=4096)
def _cached_answer(
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
    if not is_valid(window, axes):
        return None
    spatial = tuple(output_length(size[axis + 2], window, axis) for axis in range(axes))
    shape = (size[0], weight[0], *spatial)
    return (shape, _geometry_of(shape, weight, bias, stride, padding, dilation, groups)) if min(spatial) > 0 else None


def _convolution_geometry(axes: int, ran: ExecutedOp) -> Geometry:
    args = ran.args
    bias = argument(args, 2, None)
    shapes = ran.output, args[1].shape, None if bias is None else bias.shape
    return _geometry_of(*shapes, *_stride_padding_dilation(axes, args), argument(args, 6, 1))


def _geometry_of(
    output: Shape, weight: Shape, bias: Shape | None, stride: Shape, padding: Shape | str, dilation: Shape, groups: int
) -> Geometry:
    out_channels, in_per_group, *kernel = weight
    if isinstance(padding, str):
        same = tuple(d * (k - 1) // 2 for d, k in zip(dilation, kernel, strict=True))
        padding = same if padding == "same" else (0,) * len(kernel)
    return Geometry(
        window=Window(tuple(kernel), stride, padding, dilation),
        weights=LayerWeight(in_per_group * groups, out_channels, groups, bias is not None),
        macs=prod(output) * in_per_group * prod(kernel),
    )


def _stride_padding_dilation(axes: int, args: Arguments) -> tuple[Shape, Any, Shape]:
    """Return stride, padding, dilation; padding may be a name."""
    padding = argument(args, 4, 0)
    return (
        axis_values(argument(args, 3, 1), axes),
        padding if isinstance(padding, str) else axis_values(padding, axes),
        axis_values(argument(args, 5, 1), axes),
    )


def _transposed_geometry(axes: int, ran: ExecutedOp) -> Geometry:
    """Return the geometry: the weight is (in, out / groups, ...), and every input pixel meets the whole kernel."""
    args = ran.args
    in_channels, out_per_group, *kernel = args[1].shape
    groups = argument(args, 6, 1)
    stride, padding, dilation = (axis_values(argument(args, *at), axes) for at in ((3, 1), (4, 0), (7, 1)))
    return Geometry(
        window=Window(tuple(kernel), stride, padding, dilation, transposed=True),
        weights=LayerWeight(in_channels, out_per_group * groups, groups, argument(args, 2, None) is not None),
        macs=prod(args[0].shape) * out_per_group * prod(kernel),
    )


def _any_geometry(ran: ExecutedOp) -> Geometry:
    source, weight, bias, stride, padding, dilation, transposed, extra, groups = ran.args[:9]
    axes = weight.dim() - 2
    if transposed:
        args = (source, weight, bias, stride, padding, extra, groups, dilation)
        return _transposed_geometry(axes, ran._replace(args=args))
    return _convolution_geometry(axes, ran._replace(args=(source, weight, bias, stride, padding, dilation, groups)))


def linear() -> OperatorRule:
    """Return the rule for ``(input, weight, bias=None)``."""
    return OperatorRule(_linear_answer, _linear_geometry, weight=(1,))


def product() -> OperatorRule:
    """Return the rule for a @ b, given a, b. Either may be the weight."""
    return OperatorRule(None, partial(_product_geometry, 0), weight=(1, 0))


def biased_product() -> OperatorRule:
    """Return the rule for bias + a @ b, given bias, a, b."""
    return OperatorRule(None, partial(_product_geometry, 1), weight=(2, 1))


def _linear_answer(args: Arguments) -> Answer | None:
    size, weight, bias = args[0].shape, args[1].shape, argument(args, 2, None)
    if len(weight) != 2 or not size or size[-1] != weight[1] or min(*size, *weight) < 1:
        return None
    if bias is not None and bias.shape != weight[:1]:
        return None
    shape = (*size[:-1], weight[0])
    return shape, _linear_geometry(ExecutedOp(args, shape, 1))


def _linear_geometry(ran: ExecutedOp) -> Geometry:
    weight = tuple(ran.args[1].shape)
    out_features, in_features = weight if len(weight) == 2 else (1, *weight)
    weights = LayerWeight(in_features, out_features, 1, argument(ran.args, 2, None) is not None)
    return Geometry(weights=weights, macs=prod(ran.output) * in_features)


def _product_geometry(first: int, ran: ExecutedOp) -> Geometry:
    """Return the geometry: the output features are the columns of b, or, if a is the weight, its rows."""
    a, b = (tuple(tensor.shape) for tensor in ran.args[first : first + 2])
    features = a[:-1] if ran.weight == first else b[1:]
    return Geometry(
        weights=LayerWeight(a[-1], features[-1] if features else 1, 1, bias=first > 0), macs=prod(ran.output) * a[-1]
    )
