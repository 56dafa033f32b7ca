"""Build modules whose constructors ask for values, without memory for their weights, or with a limit to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.modules.module import register_module_parameter_registration_hook
from torch.overrides import TorchFunctionMode

from resnet_inspect.errors import RequestError

_SMALL = 2**16
"""Elements of a tensor that keeps its values; constructors compute with schedules, masks and the like."""

_MAKING = frozenset({
    torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn, torch.randint, torch.eye,
})  # fmt: skip
"""Functions that make weights; torch's layers use ``empty`` and do not ask for its values."""


class WithoutWeights(TorchFunctionMode):
    """Makes new tensors on the meta device if they are large or empty; all others are as they would be."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        kwargs = kwargs or {}
        if func in _MAKING:
            on_meta = func(*args, **{**kwargs, "device": "meta"})
            if func is torch.empty or on_meta.numel() > _SMALL:
                return on_meta
        return func(*args, **kwargs)


@contextmanager
def at_most(parameters: int, what: str) -> Iterator[None]:
    """Stop the construction of modules that have more parameters in all.

    Raises:
        RequestError: as soon as they have.
    """
    size = 0

    def count(module: Any, name: Any, parameter: Any) -> None:
        del module, name
        nonlocal size
        size += 0 if parameter is None or parameter.is_meta else parameter.numel()
        if size > parameters:
            raise RequestError(
                f"{what} asks for values while it is built, and has more than {parameters:,} parameters, which are put "
                "into memory only when told to (--device cpu)"
            )

    hook = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        hook.remove()
