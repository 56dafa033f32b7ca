"""Rules for layers with a geometry: convolutions, linear layers, matrix products, pools.

A network repeats the same few convolutions many times, so their results are cached.
"""

from functools import lru_cache, partial
from math import prod
from typing import Any

from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.geometry import Answer, Arguments, ExecutedOp, Geometry, OperatorRule, argument
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
    if not _is_valid(window, axes):
        return None
    spatial = tuple(_output_length(size[axis + 2], window, axis) for axis in range(axes))
    shape = (size[0], weight[0], *spatial)
    return (shape, _geometry_of(shape, weight, bias, stride, padding, dilation, groups)) if min(spatial) > 0 else None


def _convolution_geometry(axes: int, executed: ExecutedOp) -> Geometry:
    args = executed.args
    bias = argument(args, 2, None)
    shapes = executed.output, args[1].shape, None if bias is None else bias.shape
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
        _axis_values(argument(args, 3, 1), axes),
        padding if isinstance(padding, str) else _axis_values(padding, axes),
        _axis_values(argument(args, 5, 1), axes),
    )


def _transposed_geometry(axes: int, executed: ExecutedOp) -> Geometry:
    """Return the geometry: the weight is (in, out / groups, ...), and every input pixel meets the whole kernel."""
    args = executed.args
    in_channels, out_per_group, *kernel = args[1].shape
    groups = argument(args, 6, 1)
    stride, padding, dilation = (_axis_values(argument(args, *at), axes) for at in ((3, 1), (4, 0), (7, 1)))
    return Geometry(
        window=Window(tuple(kernel), stride, padding, dilation, transposed=True),
        weights=LayerWeight(in_channels, out_per_group * groups, groups, argument(args, 2, None) is not None),
        macs=prod(args[0].shape) * out_per_group * prod(kernel),
    )


def _any_geometry(executed: ExecutedOp) -> Geometry:
    source, weight, bias, stride, padding, dilation, transposed, extra, groups = executed.args[:9]
    axes = weight.dim() - 2
    if transposed:
        args = (source, weight, bias, stride, padding, extra, groups, dilation)
        return _transposed_geometry(axes, executed._replace(args=args))
    return _convolution_geometry(
        axes, executed._replace(args=(source, weight, bias, stride, padding, dilation, groups))
    )


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


def _linear_geometry(executed: ExecutedOp) -> Geometry:
    weight = tuple(executed.args[1].shape)
    out_features, in_features = weight if len(weight) == 2 else (1, *weight)
    weights = LayerWeight(in_features, out_features, 1, argument(executed.args, 2, None) is not None)
    return Geometry(weights=weights, macs=prod(executed.output) * in_features)


def _product_geometry(first: int, executed: ExecutedOp) -> Geometry:
    """Return the geometry: the output features are the columns of b, or, if a is the weight, its rows."""
    a, b = (tuple(tensor.shape) for tensor in executed.args[first : first + 2])
    features = a[:-1] if executed.weight == first else b[1:]
    return Geometry(
        weights=LayerWeight(a[-1], features[-1] if features else 1, 1, bias=first > 0),
        macs=prod(executed.output) * a[-1],
    )


def max_pool(axes: int, *, answered: bool = True, name: str = "") -> OperatorRule:
    """Return the rule for ``(input, kernel_size, stride=[], padding=0, dilation=1, ceil_mode=False)``."""
    answer = partial(_max_pool_answer, axes) if answered else None
    return OperatorRule(answer, lambda executed: Geometry(_max_pool_window(axes, executed.args)), name=name)


def avg_pool(axes: int) -> OperatorRule:
    """Return the rule for ``(input, kernel_size, stride=[], padding=0, ceil_mode=False, count_include_pad=True, ...)``.

    The last argument is ``divisor_override=None``.
    """
    return OperatorRule(
        partial(_avg_pool_answer, axes), lambda executed: Geometry(_avg_pool_window(axes, executed.args))
    )


def adaptive_pool(axes: int, *, answered: bool = True) -> OperatorRule:
    """Return the rule for ``(input, output_size)``."""
    answer = partial(_adaptive_pool_answer, axes) if answered else None
    return OperatorRule(answer, partial(_adaptive_pool_geometry, axes))


def _max_pool_window(axes: int, args: Arguments) -> Window:
    kernel = _axis_values(args[1], axes)
    return Window(
        kernel,
        _stride(axes, args, kernel),
        _axis_values(argument(args, 3, 0), axes),
        _axis_values(argument(args, 4, 1), axes),
        ceil_mode=bool(argument(args, 5, 0)),
    )


def _avg_pool_window(axes: int, args: Arguments) -> Window:
    kernel = _axis_values(args[1], axes)
    padding = _axis_values(argument(args, 3, 0), axes)
    return Window(kernel, _stride(axes, args, kernel), padding, (1,) * axes, ceil_mode=bool(argument(args, 4, 0)))


def _stride(axes: int, args: Arguments, kernel: Shape) -> Shape:
    """Return the stride; by default, it is the kernel size."""
    stride = argument(args, 2, ())
    return kernel if stride in ((), [], None) else _axis_values(stride, axes)


def _max_pool_answer(axes: int, args: Arguments) -> Answer | None:
    return _pool_answer(axes, args[0].shape, _max_pool_window(axes, args))


def _avg_pool_answer(axes: int, args: Arguments) -> Answer | None:
    if argument(args, 6, None) is not None:
        return None
    return _pool_answer(axes, args[0].shape, _avg_pool_window(axes, args))


def _pool_answer(axes: int, size: Shape, window: Window) -> Answer | None:
    """Return the answer for a pool; ``None`` if a window overlaps both edges, which only some pools of torch accept."""
    if len(size) != axes + 2 or min(size) < 1 or not _is_valid(window, axes):
        return None
    for length, kernel, padding, dilation in zip(size[2:], window.kernel, window.padding, window.dilation, strict=True):
        if dilation * (kernel - 1) >= length or 2 * padding > kernel:
            return None
    shape = (*size[:2], *(_pooled_length(size[axis + 2], window, axis) for axis in range(axes)))
    return shape, Geometry(window)


def _pooled_length(size: int, window: Window, axis: int) -> int:
    """Return the output length of a pool; ceil mode rounds up unless the last window would start in the padding."""
    if not window.ceil_mode:
        return _output_length(size, window, axis)
    stride, padding = window.stride[axis], window.padding[axis]
    span = window.dilation[axis] * (window.kernel[axis] - 1) + 1
    count = -((size + 2 * padding - span) // -stride) + 1
    return count - 1 if (count - 1) * stride >= size + padding else count


def _adaptive_pool_answer(axes: int, args: Arguments) -> Answer | None:
    size, wanted = args[0].shape, tuple(args[1])
    if len(size) != axes + 2 or len(wanted) != axes or min(*size, *wanted) < 1:
        return None
    shape = (*size[:2], *wanted)
    return shape, _adaptive_pool_geometry(axes, ExecutedOp(args, shape, None))


def _adaptive_pool_geometry(axes: int, executed: ExecutedOp) -> Geometry:
    """Return the window that the sizes imply; that of a pool that enlarges is a single pixel."""
    lengths, parts = tuple(executed.args[0].shape)[-axes:], [max(1, count) for count in executed.output[-axes:]]
    stride = tuple(max(1, length // count) for length, count in zip(lengths, parts, strict=True))
    kernel = tuple(
        max(1, length - (count - 1) * step) for length, count, step in zip(lengths, parts, stride, strict=True)
    )
    return Geometry(Window(kernel, stride, (0,) * axes, (1,) * axes, adaptive=True))


def _axis_values(value: Any, axes: int) -> Shape:
    """Return one value per axis; an int or a list of one holds for every axis."""
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * axes if len(values) == 1 else values


def _output_length(size: int, window: Window, axis: int) -> int:
    """Return the output length of a convolution along one axis: floor((n + 2p - d(k-1) - 1) / s) + 1."""
    span = window.dilation[axis] * (window.kernel[axis] - 1) + 1
    return (size + 2 * window.padding[axis] - span) // window.stride[axis] + 1


def _is_valid(window: Window, axes: int) -> bool:
    """Return whether torch would accept these numbers: one per axis, none out of range."""
    counts = {len(window.kernel), len(window.stride), len(window.padding), len(window.dilation)}
    return counts == {axes} and min(*window.kernel, *window.stride, *window.dilation) > 0 and min(window.padding) >= 0
