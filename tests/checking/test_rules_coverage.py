"""Which pixels windows read: exact arithmetic against enumeration, and against torch's own gradient."""

from __future__ import annotations

import pytest
import torch
from each import for_each
from hypothesis import given, strategies as st
from torch.nn import functional

from resnet_inspect.checking.rules.windows import Axis, positions_read, taps_inside, unread_borders, windows_in


def taps(axis):
    """Every position that a tap of a window stands on, padding included, by enumeration."""
    return [
        window * axis.stride + tap * axis.dilation - axis.padding
        for window in range(axis.windows)
        for tap in range(axis.kernel)
    ]


def enumerated(axis):
    """Unread positions before and after, positions read, taps inside."""
    inside = [position for position in taps(axis) if 0 <= position < axis.length]
    if not inside:
        return (0, axis.length), 0, 0
    return (min(inside), axis.length - 1 - max(inside)), len(set(inside)), len(inside)


def answered(axis):
    return unread_borders(axis), positions_read(axis), taps_inside(axis)


@given(
    st.builds(
        Axis,
        length=st.integers(1, 40),
        kernel=st.integers(1, 9),
        stride=st.integers(1, 9),
        padding=st.integers(0, 6),
        dilation=st.integers(1, 5),
        windows=st.integers(1, 20),
    )
)
def test_arithmetic_is_enumeration(axis):
    assert answered(axis) == enumerated(axis)


@pytest.mark.parametrize("length", [7, 32, 111, 112, 223, 224, 225])
@for_each(
    "kernel, stride, padding, dilation",
    [(7, 2, 3, 1), (3, 2, 1, 1), (3, 2, 0, 1), (1, 2, 0, 1), (3, 3, 1, 1), (5, 4, 2, 1), (3, 2, 2, 2), (2, 2, 0, 1)],
)
def test_a_position_is_read_where_torch_has_a_gradient(length, kernel, stride, padding, dilation):
    line = torch.zeros(1, 1, length, requires_grad=True)
    result = functional.conv1d(line, torch.ones(1, 1, kernel), None, stride, padding, dilation)
    result.sum().backward()
    read = line.grad[0, 0].nonzero().flatten().tolist()
    axis = Axis(length, kernel, stride, padding, dilation, result.shape[-1])
    assert unread_borders(axis) == (read[0], length - 1 - read[-1])
    assert positions_read(axis) == len(read)
    assert taps_inside(axis) == line.grad.sum().item()


@given(st.integers(1, 60), st.integers(1, 9), st.integers(1, 5), st.integers(1, 3), st.booleans(), st.data())
def test_windows_are_as_many_as_torch_makes(length, kernel, stride, dilation, ceil_mode, data):
    padding = data.draw(st.integers(0, kernel // 2))
    axis = Axis(length, kernel, stride, padding, dilation, windows=0)
    pool = torch.nn.MaxPool1d(kernel, stride, padding, dilation, ceil_mode=ceil_mode)
    try:
        made = pool(torch.zeros(1, 1, length)).shape[-1]
    except RuntimeError:  # there is no room for a single one
        made = 0
    assert windows_in(axis, ceil_mode=ceil_mode) == made
