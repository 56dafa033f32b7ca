"""Rules for pools."""

from functools import partial

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
from resnet_inspect.tracing.records import Window


def max_pool(axes: int, *, answered: bool = True, name: str = "") -> OperatorRule:
    """Return the rule for ``(input, kernel_size, stride=[], padding=0, dilation=1, ceil_mode=False)``."""
    answer = partial(_max_pool_answer, axes) if answered else None
    return OperatorRule(answer, lambda ran: Geometry(_max_pool_window(axes, ran.args)), name=name)


def avg_pool(axes: int) -> OperatorRule:
    """Return the rule for ``(input, kernel_size, stride=[], padding=0, ceil_mode=False, count_include_pad=True, ...)``.

    The last argument is ``divisor_override=None``.
    """
    return OperatorRule(partial(_avg_pool_answer, axes), lambda ran: Geometry(_avg_pool_window(axes, ran.args)))


def adaptive_pool(axes: int, *, answered: bool = True) -> OperatorRule:
    """Return the rule for ``(input, output_size)``."""
    answer = partial(_adaptive_pool_answer, axes) if answered else None
    return OperatorRule(answer, partial(_adaptive_pool_geometry, axes))


def _max_pool_window(axes: int, args: Arguments) -> Window:
    kernel = axis_values(args[1], axes)
    return Window(
        kernel,
        _stride(axes, args, kernel),
        axis_values(argument(args, 3, 0), axes),
        axis_values(argument(args, 4, 1), axes),
        ceil_mode=bool(argument(args, 5, 0)),
    )


def _avg_pool_window(axes: int, args: Arguments) -> Window:
    kernel = axis_values(args[1], axes)
    padding = axis_values(argument(args, 3, 0), axes)
    return Window(kernel, _stride(axes, args, kernel), padding, (1,) * axes, ceil_mode=bool(argument(args, 4, 0)))


def _stride(axes: int, args: Arguments, kernel: Shape) -> Shape:
    """Return the stride; by default, it is the kernel size."""
    stride = argument(args, 2, ())
    return kernel if stride in ((), [], None) else axis_values(stride, axes)


def _max_pool_answer(axes: int, args: Arguments) -> Answer | None:
    return _pool_answer(axes, args[0].shape, _max_pool_window(axes, args))


def _avg_pool_answer(axes: int, args: Arguments) -> Answer | None:
    if argument(args, 6, None) is not None:
        return None
    return _pool_answer(axes, args[0].shape, _avg_pool_window(axes, args))


def _pool_answer(axes: int, size: Shape, window: Window) -> Answer | None:
    """Return the answer for a pool; ``None`` if a window overlaps both edges, which only some pools of torch accept."""
    if len(size) != axes + 2 or min(size) < 1 or not is_valid(window, axes):
        return None
    for length, kernel, padding, dilation in zip(size[2:], window.kernel, window.padding, window.dilation, strict=True):
        if dilation * (kernel - 1) >= length or 2 * padding > kernel:
            return None
    shape = (*size[:2], *(_pooled_length(size[axis + 2], window, axis) for axis in range(axes)))
    return shape, Geometry(window)


def _pooled_length(size: int, window: Window, axis: int) -> int:
    """Return the output length of a pool; ceil mode rounds up unless the last window would start in the padding."""
    if not window.ceil_mode:
        return output_length(size, window, axis)
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


def _adaptive_pool_geometry(axes: int, ran: ExecutedOp) -> Geometry:
    """Return the window that the sizes imply; that of a pool that enlarges is a single pixel."""
    lengths, parts = tuple(ran.args[0].shape)[-axes:], [max(1, count) for count in ran.output[-axes:]]
    stride = tuple(max(1, length // count) for length, count in zip(lengths, parts, strict=True))
    kernel = tuple(
        max(1, length - (count - 1) * step) for length, count, step in zip(lengths, parts, stride, strict=True)
    )
    return Geometry(Window(kernel, stride, (0,) * axes, (1,) * axes, adaptive=True))
