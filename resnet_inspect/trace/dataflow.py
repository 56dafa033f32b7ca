"""Which operator made a tensor, or which parameters alone went into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from weakref import ref

from torch import Tensor

from resnet_inspect.shapes import Shape

Operands = tuple[tuple[int, ...], tuple[Shape, ...], tuple[str, ...]]
"""What an operator reads: numbers of the operators that made its data, shapes of the data, names of parameters."""


class DataFlow:
    """Remembers where each tensor comes from, for as long as it lives.

    A tensor is *data* if it depends on the model's input, and *learned* if only parameters and constants went into it.
    """

    def __init__(self, parameter_names: Mapping[int, str]) -> None:
        self._parameter_names = parameter_names
        self._data: dict[int, tuple[ref[Tensor], int, Shape]] = {}
        self._learned: dict[int, tuple[ref[Tensor], tuple[str, ...]]] = {}

    def operands(self, tensors: Iterable[Tensor]) -> Operands:
        """What is known of the tensors that an operator reads; constants are passed over."""
        sources: list[int] = []
        shapes: list[Shape] = []
        parameters: list[str] = []
        for tensor in tensors:
            key = id(tensor)
            data = self._data.get(key)
            if data is not None and data[0]() is tensor:
                sources.append(data[1])
                shapes.append(data[2])
            elif key in self._parameter_names:
                if self._parameter_names[key] not in parameters:
                    parameters.append(self._parameter_names[key])
            elif key in self._learned:
                parameters.extend(name for name in self.learned_from(tensor) if name not in parameters)
        return tuple(sources), tuple(shapes), tuple(parameters)

    def maker(self, tensor: Any) -> int | None:
        """Number of the operator that made it; ``None`` unless it is data."""
        data = self._data.get(id(tensor))
        return data[1] if data is not None and data[0]() is tensor else None

    def learned_from(self, tensor: Any) -> tuple[str, ...]:
        """Names of the parameters that it was made of; none unless it is learned."""
        key = id(tensor)
        if key in self._parameter_names:
            return (self._parameter_names[key],) if self.maker(tensor) is None else ()
        learned = self._learned.get(key)
        return learned[1] if learned is not None and learned[0]() is tensor else ()

    def note(self, tensor: Tensor, number: int, operands: Operands) -> None:
        """``tensor`` is what operator ``number`` made of its operands, or wrote into."""
        sources, _, parameters = operands
        if sources:
            self.note_data(tensor, number, tuple(tensor.shape))
        elif parameters:
            self._learned[id(tensor)] = (ref(tensor), parameters)

    def note_data(self, tensor: Tensor, number: int, shape: Shape) -> None:
        """``tensor`` is data, by way of operator ``number``."""
        self._data[id(tensor)] = (ref(tensor), number, shape)
