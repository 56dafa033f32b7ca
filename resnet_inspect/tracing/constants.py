"""Layers that read no input, as the projection of a learned query does: found by what becomes of their result."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from weakref import ref

from torch import Tensor

from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.geometry import ExecutedOp, Geometry, OperatorRule


class ConstantLayer(NamedTuple):
    """A convolution or linear layer that reads no input.

    Attributes:
        operand: shape of what it reads.
        geometry: its geometry.
    """

    operand: Shape
    geometry: Geometry


class ConstantLayers:
    """Follows the results of convolutions and linear layers that read no input.

    They are layers of the network if data joins their result. A convolution of weights with weights, whose result is
    the weight of a layer, is a part of that weight.

    Attributes:
        candidates: operator number -> layer; while it is empty, there is nothing to follow.
    """

    def __init__(self) -> None:
        self.candidates: dict[int, ConstantLayer] = {}
        self._makers: dict[int, tuple[ref[Tensor], int]] = {}
        self._reads: dict[int, list[int]] = {}
        self._joined: list[int] = []

    def add(self, number: int, rule: OperatorRule, args: Any, shape: Shape) -> None:
        """Add operator ``number``, a convolution or linear layer with a learned weight, as a candidate."""
        if rule.geometry is not None:
            geometry = rule.geometry(ExecutedOp(args, shape, 1))
            self.candidates[number] = ConstantLayer(tuple(args[0].shape), geometry)

    def follow(self, number: int, rule: OperatorRule, operands: Iterable[Tensor], args: Any, results: Any) -> None:
        """Record that operator ``number`` made results of operands that are no data either."""
        self._reads[number] = self._read(rule, operands, args)
        for result in results:
            self._makers[id(result)] = (ref(result), number)

    def join(self, rule: OperatorRule, operands: Iterable[Tensor], args: Any) -> None:
        """Record that an operator that reads data reads these operands, too."""
        self._joined += self._read(rule, operands, args)

    def found(self, outputs: Iterable[Tensor]) -> dict[int, ConstantLayer]:
        """Return operator number -> layer, for those whose result joined data, or is among the outputs."""
        waiting = [*self._joined, *self._numbers(outputs)]
        seen: set[int] = set()
        while waiting:
            number = waiting.pop()
            if number not in seen:
                seen.add(number)
                waiting.extend(self._reads[number])
        return {number: layer for number, layer in self.candidates.items() if number in seen}

    def _read(self, rule: OperatorRule, operands: Iterable[Tensor], args: Any) -> list[int]:
        """Return the numbers of the operators that made the operands, weight and bias of a layer excepted."""
        return self._numbers(args[:1] if rule.is_layer else operands)

    def _numbers(self, tensors: Iterable[Tensor]) -> list[int]:
        makers = ((tensor, self._makers.get(id(tensor))) for tensor in tensors)
        return [maker[1] for tensor, maker in makers if maker is not None and maker[0]() is tensor]
