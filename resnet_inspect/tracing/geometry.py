"""Geometry of operators, and the rules that compute it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.records import LayerWeight, Window

Arguments = Sequence[Any]


class ExecutedOp(NamedTuple):
    """An operator that has run, as rules see it.

    Attributes:
        args: its positional arguments.
        output: shape of its (first) output.
        weight: index of the learned operand among the arguments; ``None`` if there is none.
    """

    args: Arguments
    output: Shape
    weight: int | None


class Geometry(NamedTuple):
    """The properties of an operator other than its shapes.

    Attributes:
        window: window of a convolution or a pool; ``None`` for others.
        weights: weight of a convolution or a linear layer; ``None`` for others.
        macs: multiply-accumulates, without the bias.
    """

    window: Window | None = None
    weights: LayerWeight | None = None
    macs: int = 0


NO_GEOMETRY = Geometry()

Answer = tuple[Shape, Geometry]
AnswerRule = Callable[[Arguments], Answer | None]
GeometryRule = Callable[[ExecutedOp], Geometry]


@dataclass(frozen=True, slots=True)
class OperatorRule:
    """A rule for one ATen operator.

    Attributes:
        answer: arguments -> output shape and geometry, or ``None`` to let torch run the operator. It is called only
            with dense, contiguous floating-point operands of one dtype and no keywords; the output is contiguous.
        geometry: operator that torch has run -> geometry; never ``None``.
        weight: indices of the arguments that may be the operator's weight, the likeliest first.
        name: the name to record, if it is not the operator's own.
    """

    answer: AnswerRule | None = None
    geometry: GeometryRule | None = None
    weight: tuple[int, ...] = ()
    name: str = ""

    @property
    def is_layer(self) -> bool:
        """``True`` if its second operand is a weight by definition, unlike the operands of a matrix product."""
        return self.weight == (1,)


def argument(args: Arguments, index: int, default: Any) -> Any:
    """Return an argument, or its default if it is missing at the end."""
    return args[index] if len(args) > index else default
