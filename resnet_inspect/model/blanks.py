"""A layer of torch's made again, from what its constructor made of the same arguments before.

Of the time that building a net took, three quarters went into torch's constructors of convolutions and normalisations,
and a net repeats few of them many times. A blank is what such a constructor leaves behind: attributes, and the shapes
of parameters and buffers. To fill a module from it takes a quarter of the time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import nn

_META = torch.device("meta")


class _Blank(NamedTuple):
    """What the constructor of a layer without values leaves behind.

    Attributes:
        attributes: those that layers can share.
        containers: those that each layer has to itself, such as its hooks.
        parameters: name, and shape or ``None``.
        buffers: name, shape and type.
    """

    attributes: dict[str, Any]
    containers: tuple[tuple[str, Any], ...]
    parameters: tuple[tuple[str, torch.Size | None], ...]
    buffers: tuple[tuple[str, torch.Size, torch.dtype], ...]


def fill(module: nn.Module, kind: type[nn.Module], *arguments: Any, **options: Any) -> None:
    """Do to ``module`` what ``kind.__init__`` would do, on the meta device, but for the values.

    Args:
        module: an instance of a subclass of ``kind``, not initialised yet.
        kind: a class of torch's whose constructor takes ``device``, and makes no submodules.
        *arguments: of the constructor; hashable.
        **options: likewise.
    """
    blank = _blank(kind, arguments, tuple(options.items()), torch.get_default_dtype())  # type: ignore[arg-type]  # a class has type's hash
    own = vars(module)
    own.update(blank.attributes)
    for name, container in blank.containers:
        own[name] = container.copy()
    own["_parameters"] = {
        name: None if shape is None else nn.Parameter(torch.empty(shape, device=_META))
        for name, shape in blank.parameters
    }
    own["_buffers"] = {name: torch.empty(shape, dtype=dtype, device=_META) for name, shape, dtype in blank.buffers}


@lru_cache(maxsize=4096)
def _blank(
    kind: type[nn.Module], arguments: tuple[Any, ...], options: tuple[tuple[str, Any], ...], dtype: torch.dtype
) -> _Blank:
    del dtype  # only tells blanks apart that were made under another default
    # Its own reset_parameters would ask for values on meta, which is slow: see layers.py.
    unset = type(kind.__name__, (kind,), {"reset_parameters": lambda _: None})
    layer = unset(*arguments, device=_META, **dict(options))
    named = {name: value for name, value in vars(layer).items() if name not in {"_parameters", "_buffers"}}
    containers = tuple((name, value) for name, value in named.items() if isinstance(value, dict | set | list))
    return _Blank(
        attributes={name: value for name, value in named.items() if not isinstance(value, dict | set | list)},
        containers=containers,
        parameters=tuple(
            (name, None if tensor is None else tensor.shape) for name, tensor in layer._parameters.items()
        ),
        buffers=tuple(
            (name, tensor.shape, tensor.dtype) for name, tensor in layer._buffers.items() if tensor is not None
        ),
    )
