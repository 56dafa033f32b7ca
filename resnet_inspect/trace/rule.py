"""What a rule is, and how its functions read an operator's arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import Weights, Window

Arguments = Sequence[Any]


class Ran(NamedTuple):
    """An operator that has run.

    Attributes:
        args: its positional arguments.
        output: shape of its (first) output.
        weight: place of the learned operand among the arguments; ``None`` if there is none.
    """

    args: Arguments
    output: Shape
    weight: int | None


class Geometry(NamedTuple):
    """What an operator is, beside its shapes.

    Attributes:
        window: of a convolution or a pool.
        weights: of a convolution or a linear layer.
        macs: multiply-accumulates, without the bias.
    """

    window: Window | None = None
    weights: Weights | None = None
    macs: int = 0


NOTHING = Geometry()

Answer = tuple[Shape, Geometry]
AnswerRule = Callable[[Arguments], Answer | None]
GeometryRule = Callable[[Ran], Geometry]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is known of an operator.

    Attributes:
        answer: arguments -> output shape and geometry, or ``None`` for "ask torch". Called with dense floating-point
            operands of one dtype only, each laid out row by row, and without keywords; its output is laid out likewise.
        geometry: what torch has run -> geometry. It always answers.
        weight: places where the operator's weight may stand, the likeliest first.
        name: the name to record, where it is not the operator's own.
    """

    answer: AnswerRule | None = None
    geometry: GeometryRule | None = None
    weight: tuple[int, ...] = ()
    name: str = ""

    @property
    def is_layer(self) -> bool:
        """Whether its second operand is a weight by definition; either side of a matrix product may be one, or none."""
        return self.weight == (1,)


def argument(args: Arguments, index: int, default: Any) -> Any:
    """Arguments that equal their default may be missing at the end."""
    return args[index] if len(args) > index else default


def spread(value: Any, axes: int) -> Shape:
    """An int or a list of one stands for every axis."""
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * axes if len(values) == 1 else values


def window_size(size: int, window: Window, axis: int) -> int:
    """Output length of a convolution along one axis: floor((n + 2p - d(k-1) - 1) / s) + 1."""
    reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1
    return (size + 2 * window.padding[axis] - reach) // window.stride[axis] + 1


def is_sound(window: Window, axes: int) -> bool:
    """Whether torch would take these numbers: one per axis, none out of range."""
    counts = {len(window.kernel), len(window.stride), len(window.padding), len(window.dilation)}
    return counts == {axes} and min(*window.kernel, *window.stride, *window.dilation) > 0 and min(window.padding) >= 0
