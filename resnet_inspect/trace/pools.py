"""Rules for pools."""

from __future__ import annotations

from functools import partial

from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import Window
from resnet_inspect.trace.rule import Answer, Arguments, Geometry, Ran, Rule, argument, is_sound, spread, window_size


def max_pool(axes: int, *, answered: bool = True, name: str = "") -> Rule:
    """input, kernel_size, stride=[], padding=0, dilation=1, ceil_mode=False."""
    answer = partial(_max_pool_answer, axes) if answered else None
    return Rule(answer, lambda ran: Geometry(_max_pool_window(axes, ran.args)), name=name)


def avg_pool(axes: int) -> Rule:
    """input, kernel_size, stride=[], padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None."""
    return Rule(partial(_avg_pool_answer, axes), lambda ran: Geometry(_avg_pool_window(axes, ran.args)))


def adaptive_pool(axes: int, *, answered: bool = True) -> Rule:
    """input, output_size."""
    answer = partial(_adaptive_pool_answer, axes) if answered else None
    return Rule(answer, partial(_adaptive_pool_geometry, axes))


def _max_pool_window(axes: int, args: Arguments) -> Window:
    kernel = spread(args[1], axes)
    return Window(
        kernel,
        _stride(axes, args, kernel),
        spread(argument(args, 3, 0), axes),
        spread(argument(args, 4, 1), axes),
        ceil_mode=bool(argument(args, 5, 0)),
    )


def _avg_pool_window(axes: int, args: Arguments) -> Window:
    kernel = spread(args[1], axes)
    padding = spread(argument(args, 3, 0), axes)
    return Window(kernel, _stride(axes, args, kernel), padding, (1,) * axes, ceil_mode=bool(argument(args, 4, 0)))


def _stride(axes: int, args: Arguments, kernel: Shape) -> Shape:
    """That of the kernel where none is given."""
    stride = argument(args, 2, ())
    return kernel if stride in ((), [], None) else spread(stride, axes)


def _max_pool_answer(axes: int, args: Arguments) -> Answer | None:
    return _pooled(axes, args[0].shape, _max_pool_window(axes, args))


def _avg_pool_answer(axes: int, args: Arguments) -> Answer | None:
    if argument(args, 6, None) is not None:
        return None
    return _pooled(axes, args[0].shape, _avg_pool_window(axes, args))


def _pooled(axes: int, size: Shape, window: Window) -> Answer | None:
    """Where a window would reach over both edges, torch's pools do not agree on whether that is an error."""
    if len(size) != axes + 2 or min(size) < 1 or not is_sound(window, axes):
        return None
    for length, kernel, padding, dilation in zip(size[2:], window.kernel, window.padding, window.dilation, strict=True):
        if dilation * (kernel - 1) >= length or 2 * padding > kernel:
            return None
    shape = (*size[:2], *(_pooled_size(size[axis + 2], window, axis) for axis in range(axes)))
    return shape, Geometry(window)


def _pooled_size(size: int, window: Window, axis: int) -> int:
    """As a convolution's; rounded up in ceil mode, unless the last window would start in the padding."""
    if not window.ceil_mode:
        return window_size(size, window, axis)
    stride, padding = window.stride[axis], window.padding[axis]
    reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1
    count = -((size + 2 * padding - reach) // -stride) + 1
    return count - 1 if (count - 1) * stride >= size + padding else count


def _adaptive_pool_answer(axes: int, args: Arguments) -> Answer | None:
    size, wanted = args[0].shape, tuple(args[1])
    if len(size) != axes + 2 or len(wanted) != axes or min(*size, *wanted) < 1:
        return None
    shape = (*size[:2], *wanted)
    return shape, _adaptive_pool_geometry(axes, Ran(args, shape, None))


def _adaptive_pool_geometry(axes: int, ran: Ran) -> Geometry:
    """The window that fits; a pool that enlarges repeats single pixels."""
    lengths, parts = tuple(ran.args[0].shape)[-axes:], [max(1, count) for count in ran.output[-axes:]]
    stride = tuple(max(1, length // count) for length, count in zip(lengths, parts, strict=True))
    kernel = tuple(
        max(1, length - (count - 1) * step) for length, count, step in zip(lengths, parts, stride, strict=True)
    )
    return Geometry(Window(kernel, stride, (0,) * axes, (1,) * axes, adaptive=True))
