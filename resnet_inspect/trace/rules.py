"""Per ATen operator: its output shape, its geometry, its MACs.

A *shape* rule answers in place of torch's own meta kernel, which is slow (BatchNorm: 0.5 ms a call) and whose first
use imports some 800 modules. It answers the plain case only and returns ``None`` for everything else, errors included:
torch then runs its own kernel and says in its own words what is wrong. A *geometry* rule tells what a convolution, a
pool or a linear layer is; it always answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor

from resnet_inspect.trace.records import Shape, Weights, Window

Arguments = Sequence[Any]
ShapeRule = Callable[[Arguments], Shape | None]


@dataclass(frozen=True, slots=True)
class Geometry:
    """What an operator is, beside its shapes."""

    window: Window | None = None
    weights: Weights | None = None
    macs: int = 0


GeometryRule = Callable[[Arguments, Shape], Geometry]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is known of an operator.

    Attributes:
        shape: arguments -> output shape, or ``None`` for "ask torch".
        geometry: arguments and output shape -> geometry.
        name: the name to record, where it is not the operator's own.
    """

    shape: ShapeRule | None = None
    geometry: GeometryRule | None = None
    name: str = ""


def _argument(args: Arguments, index: int, default: Any) -> Any:
    return args[index] if len(args) > index else default


def _spread(value: Any, axes: int) -> Shape:
    """An int or a list of one stands for every axis."""
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * axes if len(values) == 1 else values


def _window_size(size: int, window: Window, axis: int) -> int:
    """Output length of a convolution along one axis: floor((n + 2p - d(k-1) - 1) / s) + 1."""
    reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1
    return (size + 2 * window.padding[axis] - reach) // window.stride[axis] + 1


# --- convolutions ---


def _conv_window(args: Arguments) -> Window:
    weight: Tensor = args[1]
    kernel = tuple(weight.shape[2:])
    axes = len(kernel)
    dilation = _spread(_argument(args, 5, 1), axes)
    padding = _argument(args, 4, 0)
    if isinstance(padding, str):
        same = tuple(d * (k - 1) // 2 for d, k in zip(dilation, kernel, strict=True))
        padding = same if padding == "same" else 0
    return Window(kernel, _spread(_argument(args, 3, 1), axes), _spread(padding, axes), dilation)


def _conv_shape(args: Arguments) -> Shape | None:
    source, weight, bias = args[0], args[1], _argument(args, 2, None)
    size, groups = source.shape, _argument(args, 6, 1)
    axes = weight.dim() - 2
    plain = len(size) == axes + 2 and size[1] == weight.shape[1] * groups and weight.shape[0] % groups == 0
    if not plain or isinstance(_argument(args, 4, 0), str):
        return None
    if bias is not None and bias.shape != weight.shape[:1]:
        return None
    window = _conv_window(args)
    if min(window.stride) < 1 or min(window.padding) < 0 or min(window.dilation) < 1:
        return None
    spatial = tuple(_window_size(size[axis + 2], window, axis) for axis in range(axes))
    return (size[0], weight.shape[0], *spatial) if min(spatial) > 0 and min(size) > 0 else None


def _conv_geometry(args: Arguments, output: Shape) -> Geometry:
    weight: Tensor = args[1]
    out_channels, in_per_group, *kernel = weight.shape
    groups = _argument(args, 6, 1)
    return Geometry(
        window=_conv_window(args),
        weights=Weights(in_per_group * groups, out_channels, groups, _argument(args, 2, None) is not None),
        macs=prod(output) * in_per_group * prod(kernel),
    )


def _conv_transpose_geometry(args: Arguments, output: Shape) -> Geometry:
    """input, weight, bias, stride, padding, output_padding, groups, dilation; weight is (in, out / groups, ...)."""
    source, weight = args[0], args[1]
    in_channels, out_per_group, *kernel = weight.shape
    axes = len(kernel)
    groups = _argument(args, 6, 1)
    strides, padding, dilation = (_spread(_argument(args, *at), axes) for at in ((3, 1), (4, 0), (7, 1)))
    del output
    return Geometry(
        window=Window(tuple(kernel), strides, padding, dilation, transposed=True),
        weights=Weights(in_channels, out_per_group * groups, groups, _argument(args, 2, None) is not None),
        macs=prod(source.shape) * out_per_group * prod(kernel),
    )


def _convolution_geometry(args: Arguments, output: Shape) -> Geometry:
    """input, weight, bias, stride, padding, dilation, transposed, output_padding, groups."""
    source, weight, bias, stride, padding, dilation, transposed, extra, groups = args[:9]
    if transposed:
        return _conv_transpose_geometry((source, weight, bias, stride, padding, extra, groups, dilation), output)
    return _conv_geometry((source, weight, bias, stride, padding, dilation, groups), output)


# --- linear layers ---


def _linear_shape(args: Arguments) -> Shape | None:
    source, weight, bias = args[0], args[1], _argument(args, 2, None)
    if weight.dim() != 2 or source.dim() < 1 or source.shape[-1] != weight.shape[1]:
        return None
    if bias is not None and bias.shape != weight.shape[:1]:
        return None
    return (*source.shape[:-1], weight.shape[0])


def _linear_geometry(args: Arguments, output: Shape) -> Geometry:
    out_features, in_features = args[1].shape if args[1].dim() == 2 else (1, args[1].shape[0])
    weights = Weights(in_features, out_features, 1, _argument(args, 2, None) is not None)
    return Geometry(weights=weights, macs=prod(output) * in_features)


def _matmul_geometry(args: Arguments, output: Shape) -> Geometry:
    """A @ b: b is the weight where one of the two is learned; the recorder knows which."""
    in_features = args[0].shape[-1]
    weights = Weights(in_features, output[-1] if output else 1, 1, bias=False)
    return Geometry(weights=weights, macs=prod(output) * in_features)


def _addmm_geometry(args: Arguments, output: Shape) -> Geometry:
    """bias, a, b -> bias + a @ b."""
    in_features = args[1].shape[-1]
    return Geometry(weights=Weights(in_features, output[-1], 1, bias=True), macs=prod(output) * in_features)


# --- pools ---


def _max_pool_window(args: Arguments) -> Window:
    """input, kernel_size, stride=[], padding=0, dilation=1, ceil_mode=False."""
    axes = args[0].dim() - 2 if args[0].dim() > 2 else 1
    kernel = _spread(args[1], axes)
    stride = _spread(_argument(args, 2, ()) or kernel, axes)
    padding, dilation = _spread(_argument(args, 3, 0), axes), _spread(_argument(args, 4, 1), axes)
    return Window(kernel, stride, padding, dilation, ceil_mode=bool(_argument(args, 5, 0)))


def _avg_pool_window(args: Arguments) -> Window:
    """input, kernel_size, stride=[], padding=0, ceil_mode=False, ..."""
    ceil_mode = _argument(args, 4, 0)
    return _max_pool_window((*args[:4], *(0,) * (4 - len(args)), 1, ceil_mode) if len(args) > 4 else args[:4])


def _pool_shape(window: Window, size: Shape) -> Shape | None:
    axes = len(window.kernel)
    halves = all(2 * pad <= kernel for pad, kernel in zip(window.padding, window.kernel, strict=True))
    if len(size) != axes + 2 or min(size) < 1 or not halves or min(window.stride) < 1 or min(window.padding) < 0:
        return None
    spatial = tuple(_pool_size(size[axis + 2], window, axis) for axis in range(axes))
    return (*size[:2], *spatial) if min(spatial) > 0 else None


def _pool_size(size: int, window: Window, axis: int) -> int:
    """As a convolution's; rounded up in ceil mode, unless the last window would start in the padding."""
    stride, padding = window.stride[axis], window.padding[axis]
    if not window.ceil_mode:
        return _window_size(size, window, axis)
    reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1
    count = -((size + 2 * padding - reach) // -stride) + 1
    return count - 1 if (count - 1) * stride >= size + padding else count


def _max_pool_shape(args: Arguments) -> Shape | None:
    return _pool_shape(_max_pool_window(args), tuple(args[0].shape))


def _avg_pool_shape(args: Arguments) -> Shape | None:
    return _pool_shape(_avg_pool_window(args), tuple(args[0].shape))


def _max_pool_geometry(args: Arguments, output: Shape) -> Geometry:
    del output
    return Geometry(window=_max_pool_window(args))


def _avg_pool_geometry(args: Arguments, output: Shape) -> Geometry:
    del output
    return Geometry(window=_avg_pool_window(args))


def _adaptive_pool_shape(args: Arguments) -> Shape | None:
    size, wanted = args[0].shape, tuple(args[1])
    plain = len(size) == len(wanted) + 2 and min(size) > 0 and min(wanted) > 0
    return (*size[:2], *wanted) if plain else None


def _adaptive_pool_geometry(args: Arguments, output: Shape) -> Geometry:
    size = tuple(args[0].shape)[-len(output) + 2 :] if len(output) > 2 else ()
    wanted = output[2:]
    stride = tuple(length // parts for length, parts in zip(size, wanted, strict=True))
    kernel = tuple(length - (parts - 1) * step for length, parts, step in zip(size, wanted, stride, strict=True))
    return Geometry(window=Window(kernel, stride, (0,) * len(kernel), (1,) * len(kernel), adaptive=True))


# --- shapes that follow from the first operand ---


def _same_shape(args: Arguments) -> Shape:
    return tuple(args[0].shape)


def _batch_norm_shape(args: Arguments) -> Shape | None:
    """input, weight, bias, mean, variance, training, ...: with running statistics only."""
    size = args[0].shape
    if args[5] or args[3] is None or len(size) < 2:
        return None
    channels = size[1:2]
    matching = all(tensor is None or tensor.shape == channels for tensor in args[1:5])
    return tuple(size) if matching else None


def _sum_shape(args: Arguments) -> Shape | None:
    """Equal shapes, or one operand that is broadcast along whole axes."""
    left, right = args[0], args[1]
    if not isinstance(left, Tensor) or not isinstance(right, Tensor):
        return None
    if left.shape == right.shape:
        return tuple(left.shape)
    if left.dim() != right.dim():
        return None
    shape = []
    for a, b in zip(left.shape, right.shape, strict=True):
        if a != b and 1 not in (a, b):
            return None
        shape.append(b if a == 1 else a)
    return tuple(shape)


def _in_place_sum_shape(args: Arguments) -> Shape | None:
    shape = _sum_shape(args)
    return shape if shape == tuple(args[0].shape) else None


def _flatten_shape(args: Arguments) -> Shape | None:
    """input, start_dim=0, end_dim=-1."""
    size = tuple(args[0].shape)
    if not size:
        return None
    start, end = (_argument(args, at, default) % len(size) for at, default in ((1, 0), (2, -1)))
    if start > end:
        return None
    return (*size[:start], prod(size[start : end + 1]), *size[end + 1 :])


_aten = torch.ops.aten

_CONVOLUTION = Rule(_conv_shape, _conv_geometry)
_ADAPTIVE = Rule(_adaptive_pool_shape, _adaptive_pool_geometry)
_MATMUL = Rule(None, _matmul_geometry)
_SAME = Rule(_same_shape)
_SUM = Rule(_sum_shape)
_IN_PLACE_SUM = Rule(_in_place_sum_shape)

RULES: dict[Any, Rule] = {
    _aten.conv1d.default: _CONVOLUTION,
    _aten.conv2d.default: _CONVOLUTION,
    _aten.conv3d.default: _CONVOLUTION,
    _aten.conv1d.padding: Rule(None, _conv_geometry),
    _aten.conv2d.padding: Rule(None, _conv_geometry),
    _aten.conv3d.padding: Rule(None, _conv_geometry),
    _aten.conv_transpose1d.default: Rule(None, _conv_transpose_geometry),
    _aten.conv_transpose2d.input: Rule(None, _conv_transpose_geometry),
    _aten.conv_transpose3d.input: Rule(None, _conv_transpose_geometry),
    _aten.convolution.default: Rule(None, _convolution_geometry),
    _aten.linear.default: Rule(_linear_shape, _linear_geometry),
    _aten.matmul.default: _MATMUL,
    _aten.mm.default: _MATMUL,
    _aten.bmm.default: _MATMUL,
    _aten.addmm.default: Rule(None, _addmm_geometry),
    _aten.max_pool1d.default: Rule(_max_pool_shape, _max_pool_geometry),
    _aten.max_pool2d.default: Rule(_max_pool_shape, _max_pool_geometry),
    _aten.max_pool3d.default: Rule(_max_pool_shape, _max_pool_geometry),
    _aten.avg_pool1d.default: Rule(_avg_pool_shape, _avg_pool_geometry),
    _aten.avg_pool2d.default: Rule(_avg_pool_shape, _avg_pool_geometry),
    _aten.avg_pool3d.default: Rule(_avg_pool_shape, _avg_pool_geometry),
    _aten.max_pool2d_with_indices.default: Rule(None, _max_pool_geometry, name="max_pool2d"),
    _aten.adaptive_avg_pool1d.default: _ADAPTIVE,
    _aten.adaptive_avg_pool2d.default: _ADAPTIVE,
    _aten.adaptive_avg_pool3d.default: _ADAPTIVE,
    _aten.adaptive_max_pool2d.default: Rule(None, _adaptive_pool_geometry),
    _aten.batch_norm.default: Rule(_batch_norm_shape),
    _aten.relu.default: _SAME,
    _aten.relu_.default: _SAME,
    _aten.sigmoid.default: _SAME,
    _aten.sigmoid_.default: _SAME,
    _aten.silu.default: _SAME,
    _aten.silu_.default: _SAME,
    _aten.gelu.default: _SAME,
    _aten.hardtanh.default: _SAME,
    _aten.hardtanh_.default: _SAME,
    _aten.add.Tensor: _SUM,
    _aten.mul.Tensor: _SUM,
    _aten.add_.Tensor: _IN_PLACE_SUM,
    _aten.mul_.Tensor: _IN_PLACE_SUM,
    _aten.flatten.using_ints: Rule(_flatten_shape),
}
