"""The origin of tensors: the operator that made one, or the parameters that alone went into it."""

from collections.abc import Iterable, Mapping
from typing import Any
from weakref import ref

from torch import Tensor

from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.memory import storage_id

Operands = tuple[tuple[int, ...], tuple[Shape, ...], tuple[str, ...]]
"""Operands of an operator: numbers of the operators that made its data, shapes of the data, names of parameters."""


class DataFlow:
    """Knows the origin of each tensor, for as long as the tensor exists.

    A tensor is *data* if it depends on the model's input, and *learned* if only parameters and constants went into it.

    Args:
        parameter_names: id of each parameter -> its name.
        wraps: whether a tensor may be put into another one without an operator, so that its memory has to be known.
    """

    def __init__(self, parameter_names: Mapping[int, str], *, wraps: bool) -> None:
        self._parameter_names = parameter_names
        self._wraps = wraps
        self._data: dict[int, tuple[ref[Tensor], int, Shape]] = {}
        self._learned: dict[int, tuple[ref[Tensor], tuple[str, ...]]] = {}
        self._makers_by_place: dict[int | None, int] = {}

    def operands(self, tensors: Iterable[Tensor]) -> Operands:
        """Return the origins of the tensors that an operator reads; constants are skipped."""
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
            elif type(tensor) is not Tensor and (number := self.maker_by_memory(tensor)) is not None:
                sources.append(number)
                shapes.append(tuple(tensor.shape))
        return tuple(sources), tuple(shapes), tuple(parameters)

    def maker(self, tensor: Any) -> int | None:
        """Return the number of the operator that made a tensor; ``None`` unless it is data."""
        data = self._data.get(id(tensor))
        return data[1] if data is not None and data[0]() is tensor else None

    def maker_by_memory(self, tensor: Tensor) -> int | None:
        """Return the number of the operator that made a tensor, or the data that it shares its memory with.

        ``as_subclass`` and ``nn.Parameter`` wrap data in another tensor without an operator.
        """
        number = self.maker(tensor)
        place = storage_id(tensor) if number is None and self._wraps else None
        return number if place is None else self._makers_by_place.get(place)

    def learned_from(self, tensor: Any) -> tuple[str, ...]:
        """Return the names of the parameters that a tensor was made of; none unless it is learned."""
        key = id(tensor)
        if key in self._parameter_names:
            return (self._parameter_names[key],) if self.maker(tensor) is None else ()
        learned = self._learned.get(key)
        return learned[1] if learned is not None and learned[0]() is tensor else ()

    def record(self, tensor: Tensor, number: int, operands: Operands) -> None:
        """Record that operator ``number`` made ``tensor`` of its operands, or wrote into it."""
        sources, _, parameters = operands
        if sources:
            self.record_data(tensor, number, tuple(tensor.shape))
            return
        if self._wraps:
            self._makers_by_place.pop(storage_id(tensor), None)
        if parameters:
            self._learned[id(tensor)] = (ref(tensor), parameters)

    def record_data(self, tensor: Tensor, number: int, shape: Shape) -> None:
        """Record that ``tensor`` is data that operator ``number`` made."""
        self._data[id(tensor)] = (ref(tensor), number, shape)
        if self._wraps:
            self._makers_by_place[storage_id(tensor)] = number
