"""Origin of tensors: the operator that produced a tensor, or the parameters that it was computed from."""

from collections.abc import Mapping, Sequence
from ctypes import string_at
from hashlib import sha256
from typing import Any
from weakref import ref

import torch
from torch import Tensor

from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.memory import storage_id
from resnet_inspect.tracing.pytree import name_of_dtype
from resnet_inspect.tracing.records import WRITTEN, Operand, Write

_FEW_VALUES = 64
_MOST_VALUES = 2**20
"""Values of a constant that are compared, such as the kernel of a blur; those of a larger one are unknown."""


Operands = tuple[tuple[int, ...], tuple[Shape, ...], tuple[str, ...], tuple[Operand, ...]]
"""The tensors that an operator reads.

Numbers of the operators that made its data, shapes of the data, names of the parameters that were read or that went
into learned operands, and the origins of all operands, as in ``Op.operands``.
"""


class DataFlow:
    """A record of the origin of each tensor, as long as the tensor exists.

    A tensor is *data* if it depends on the model's input, and *learned* if only parameters and constants went into it.

    Attributes:
        writes: the tensors that were written into through others, as in ``Trace``.

    Args:
        parameter_names: id of each parameter's tensor -> its name.
        buffer_names: id of each tensor of the state_dict that is no parameter -> its name.
        wraps: ``True`` if a tensor may be put into another one without an operator, so that its memory has to be known.
    """

    def __init__(self, parameter_names: Mapping[int, str], buffer_names: Mapping[int, str], *, wraps: bool) -> None:
        self._parameter_names = parameter_names
        self._buffer_names = buffer_names
        self._wraps = wraps
        self._data: dict[int, tuple[ref[Tensor], int, Shape, Operand]] = {}
        self._others: dict[int, tuple[ref[Tensor], tuple[str, ...], Operand]] = {}
        self.writes: list[Write] = []
        self._makers_by_place: dict[int | None, int] = {}

    def operands(self, tensors: Sequence[Tensor]) -> Operands:
        """Return the origins of the tensors that an operator reads."""
        if len(tensors) == 1:  # as an activation and a pool read
            data = self._data.get(id(tensors[0]))
            if data is not None and data[0]() is tensors[0]:
                return (data[1],), (data[2],), (), (data[3],)
        sources: list[int] = []
        shapes: list[Shape] = []
        parameters: list[str] = []
        origins: list[Operand] = []
        known, others, names = self._data, self._others, self._parameter_names
        for tensor in tensors:
            key = id(tensor)
            data = known.get(key)
            if data is not None and data[0]() is tensor:
                _, number, shape, origin = data
                sources.append(number)
                shapes.append(shape)
                origins.append(origin)
                continue
            other = others.get(key) if others else None
            if other is not None and other[0]() is tensor:
                parameters.extend(name for name in other[1] if name not in parameters)
                origins.append(other[2])
                continue
            name = names.get(key)
            if name is not None:
                if name not in parameters:
                    parameters.append(name)
                origins.append(name)
                continue
            name = self._buffer_names.get(key)
            if name is not None:
                origins.append(name)
            elif type(tensor) is not Tensor and (maker := self.maker_by_memory(tensor)) is not None:
                sources.append(maker)
                shapes.append(tuple(tensor.shape))
                origins.append(maker)
            else:
                origins.append(_constant(tensor))
        return tuple(sources), tuple(shapes), tuple(parameters), tuple(origins)

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
        other = self._others.get(key)
        return other[1] if other is not None and other[0]() is tensor else ()

    def is_constant(self, tensor: Tensor) -> bool:
        """Return whether a tensor is neither data nor learned."""
        return self.maker(tensor) is None and not self.learned_from(tensor)

    def record(self, tensor: Tensor, number: int, operands: Operands, origin: Operand) -> None:
        """Record that operator ``number`` made ``tensor`` of its operands, or wrote into it."""
        sources, _, parameters, _ = operands
        if sources:
            self.record_data(tensor, number, tuple(tensor.shape), origin)
            return
        if self._wraps:
            self._makers_by_place.pop(storage_id(tensor), None)
        self._others[id(tensor)] = (ref(tensor), parameters, origin)

    def write(self, tensor: Tensor, written: Tensor, number: int) -> Operand:
        """Return the origin of a tensor after operator ``number`` wrote into another one that shares its memory."""
        before = self.operands([tensor])[3][0]
        offset = written.storage_offset() - tensor.storage_offset()
        region = f"{offset} {tuple(written.shape)} {written.stride()} {tensor.stride()}"
        self.writes.append(Write(before, number, region))
        return WRITTEN, len(self.writes) - 1

    def record_data(self, tensor: Tensor, number: int, shape: Shape, origin: Operand) -> None:
        """Record that ``tensor`` is data that operator ``number`` made."""
        self._data[id(tensor)] = (ref(tensor), number, shape, origin)
        if self._wraps:
            self._makers_by_place[storage_id(tensor)] = number


def _constant(tensor: Tensor) -> str:
    """Describe a tensor that no recorded operator made, by its values, or by a hash of them if there are many."""
    form = f"{name_of_dtype(tensor.dtype)}{list(tensor.shape)}"
    if tensor.is_meta or tensor.numel() > _MOST_VALUES or tensor.layout is not torch.strided:
        return f"?{form}"
    if tensor.numel() <= _FEW_VALUES:
        return f"={tensor.tolist()!r}"
    values = tensor.detach().cpu().contiguous()
    content = string_at(values.data_ptr(), values.numel() * values.element_size())
    return f"={form}:{sha256(content).hexdigest()}"
