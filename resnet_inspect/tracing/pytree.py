"""Tensors in nested arguments and results."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from resnet_inspect.shapes import Shape

_SCALARS = frozenset({int, float, bool, str, type(None), torch.dtype, torch.device})


def tensors_among(args: Any, kwargs: Any = None) -> list[Tensor]:
    """Return the tensors among an operator's arguments or results, which are single or in lists."""
    found: list[Tensor] = []
    for value in (*args, *kwargs.values()) if kwargs else args:
        kind = type(value)
        if kind is Tensor or kind is nn.Parameter:
            found.append(value)
        elif kind is list or kind is tuple:
            if value and type(value[0]) is not int:
                found.extend(item for item in value if isinstance(item, Tensor))
        elif kind not in _SCALARS and isinstance(value, Tensor):
            found.append(value)
    return found


def every_tensor(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in a module's arguments or results, depth first: in lists, tuples, mappings, dataclasses."""
    return (tensor for _, tensor in named_tensors(value))


def named_tensors(value: Any) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors of ``every_tensor`` with their keys: ``logits``, ``features.0``; empty for a single tensor."""
    stack, opened = [("", value)], dict[int, Any]()
    while stack:
        name, value = stack.pop()
        if isinstance(value, Tensor):
            yield name, value
        elif (inside := _entries(value)) and id(value) not in opened:  # a container may contain itself
            opened[id(value)] = value
            stack.extend((f"{name}.{key}" if name else str(key), item) for key, item in reversed(inside))


def _entries(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, (list, tuple)):
        return list(enumerate(value))
    if isinstance(value, Mapping):
        return list(value.items())
    if is_dataclass(value) and not isinstance(value, type):
        return [(field.name, getattr(value, field.name)) for field in fields(value)]
    return []


@cache
def name_of_dtype(dtype: torch.dtype) -> str:
    """Return torch's name of a type: ``float32``."""
    return str(dtype).removeprefix("torch.")


def first_shape(value: Any) -> Shape | None:
    """Return the shape of the first tensor of ``every_tensor``; ``None`` if there is none."""
    if type(value) is Tensor:
        return tuple(value.shape)
    if type(value) is tuple and value and type(value[0]) is Tensor:
        return tuple(value[0].shape)
    found = next(every_tensor(value), None)
    return None if found is None else tuple(found.shape)
