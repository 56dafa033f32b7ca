"""Make torch's layers from the remembered result of an earlier constructor call with equal arguments.

torch's constructors of convolutions and normalisations took three quarters of the time of building a network, and a
network repeats few of them many times. The attributes that a constructor sets, and the shapes of parameters and
buffers, are remembered; to make a layer from these takes a quarter of the time.
"""

from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import torch
from torch import nn

_META = torch.device("meta")

Layer = TypeVar("Layer", bound=nn.Module)


class _Prebuilt(NamedTuple):
    """Attributes that the constructor of a layer sets, without the values of tensors.

    Attributes:
        attributes: attributes that layers can share.
        containers: attributes that each layer needs a copy of, such as its hooks.
        parameters: name, and shape or ``None``.
        buffers: name, shape and type.
    """

    attributes: dict[str, Any]
    containers: tuple[tuple[str, Any], ...]
    parameters: tuple[tuple[str, torch.Size | None], ...]
    buffers: tuple[tuple[str, torch.Size, torch.dtype], ...]


def prebuilt(kind: type[Layer], *arguments: Any, **options: Any) -> Layer:
    """Return what ``kind(*arguments, **options)`` does, on the meta device, without setting values.

    Args:
        kind: a class of torch, or a subclass with its constructor, which takes ``device`` and makes no submodules.
        *arguments: positional arguments of the constructor; hashable.
        **options: keyword arguments of the constructor; hashable.
    """
    module = kind.__new__(kind)
    made = _prebuilt(kind, arguments, tuple(options.items()), torch.get_default_dtype())  # type: ignore[arg-type]  # a class has type's hash
    own = vars(module)
    own.update(made.attributes)
    for name, container in made.containers:
        own[name] = container.copy()
    own["_parameters"] = {
        name: None if shape is None else nn.Parameter(torch.empty(shape, device=_META))
        for name, shape in made.parameters
    }
    own["_buffers"] = {name: torch.empty(shape, dtype=dtype, device=_META) for name, shape, dtype in made.buffers}
    return module


@lru_cache(maxsize=4096)
def _prebuilt(
    kind: type[nn.Module], arguments: tuple[Any, ...], options: tuple[tuple[str, Any], ...], dtype: torch.dtype
) -> _Prebuilt:
    del dtype  # only part of the cache's key: the default type when the layer was made
    # Its own reset_parameters would ask for values on meta, which is slow: see layers.py.
    unset = type(kind.__name__, (kind,), {"reset_parameters": lambda _: None})
    layer = unset(*arguments, device=_META, **dict(options))
    named = {name: value for name, value in vars(layer).items() if name not in {"_parameters", "_buffers"}}
    containers = tuple((name, value) for name, value in named.items() if isinstance(value, dict | set | list))
    return _Prebuilt(
        attributes={name: value for name, value in named.items() if not isinstance(value, dict | set | list)},
        containers=containers,
        parameters=tuple(
            (name, None if tensor is None else tensor.shape) for name, tensor in layer._parameters.items()
        ),
        buffers=tuple(
            (name, tensor.shape, tensor.dtype) for name, tensor in layer._buffers.items() if tensor is not None
        ),
    )
