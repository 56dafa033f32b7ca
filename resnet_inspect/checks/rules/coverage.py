"""Which positions of an axis the windows of a convolution or pool read, by exact arithmetic.

Window ``i`` reads, with its tap ``t`` of ``kernel``, position ``i * stride + t * dilation - padding``;
positions below 0 and from ``length`` on are padding.
"""

from __future__ import annotations

from typing import NamedTuple


class Axis(NamedTuple):
    """One axis of a sliding window.

    Attributes:
        length: positions of the input.
        kernel, stride, padding, dilation: of the window.
        windows: how many there are, which is the length of the output.
    """

    length: int
    kernel: int
    stride: int
    padding: int
    dilation: int
    windows: int


def windows_in(axis: Axis, *, ceil_mode: bool) -> int:
    """How many windows an axis of that length has room for.

    Source: torch.nn.MaxPool2d; in ceil mode no window begins beyond the input and its left padding.
    """
    room = axis.length + 2 * axis.padding - axis.dilation * (axis.kernel - 1) - 1
    if not ceil_mode:
        return max(room // axis.stride + 1, 0)
    windows = -(-room // axis.stride) + 1
    return max(windows - ((windows - 1) * axis.stride >= axis.length + axis.padding), 0)


def unread_borders(axis: Axis) -> tuple[int, int]:
    """How many positions before the first and after the last one that is read no window reads."""
    first, last = axis.length, -1
    for tap in range(axis.kernel):
        start = tap * axis.dilation - axis.padding
        lowest, highest = _inside(axis, start)
        if lowest <= highest:
            first = min(first, start + lowest * axis.stride)
            last = max(last, start + highest * axis.stride)
    return (first, axis.length - 1 - last) if last >= 0 else (0, axis.length)


def positions_read(axis: Axis) -> int:
    """How many different positions at least one window reads."""
    read: set[int] = set()
    for tap in range(axis.kernel):
        start = tap * axis.dilation - axis.padding
        lowest, highest = _inside(axis, start)
        read.update(range(start + lowest * axis.stride, start + highest * axis.stride + 1, axis.stride))
    return len(read)


def taps_inside(axis: Axis) -> int:
    """How many of the ``kernel * windows`` taps of all windows read the input; the others read padding."""
    bounds = (_inside(axis, tap * axis.dilation - axis.padding) for tap in range(axis.kernel))
    return sum(max(highest - lowest + 1, 0) for lowest, highest in bounds)


def _inside(axis: Axis, start: int) -> tuple[int, int]:
    """The first and the last window whose tap that begins at ``start`` reads the input; none if they cross."""
    lowest = max(0, -(start // axis.stride))
    highest = min(axis.windows - 1, (axis.length - 1 - start) // axis.stride)
    return lowest, highest
