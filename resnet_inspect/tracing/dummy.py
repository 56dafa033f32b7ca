"""Dummy tensors that a module is run on, operands on the meta device, and errors of code that asks these for values."""

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from resnet_inspect.errors import RequestError, first_line, unusable_device
from resnet_inspect.text import format_shape
from resnet_inspect.tracing.inputs import InputSpec, arranged
from resnet_inspect.tracing.modules import ModuleTree

META_DEVICE = torch.device("meta")

_NEEDS_VALUES = (
    "on meta tensors",  # item(), bool(), int(), an index
    "out of meta tensor",  # a copy to another device
    "meta device type tensor",  # numpy()
    "unallocated storage",  # tolist()
    "register_meta function for torch.nonzero",  # nonzero, where, boolean masks
    "with Meta tensors",  # operators whose output depends on values: unique, masked_select, bincount, equal
    "from the 'Meta' backend",  # operators of other libraries that have no shapes for meta
    "a meta tensor without",  # repeat_interleave
)
"""Parts of the messages of torch 2.4 to 2.13; a test provokes each of them."""

_MOST_REAL_ELEMENTS = 2**26
"""Limit for inputs on a real device, so that a typing error does not fill the memory; 3x4096x4096 is within it."""


def dummy_arguments(specs: Sequence[InputSpec], device: str, tree: ModuleTree) -> tuple[list[Tensor], dict[str, Any]]:
    """Make the positional and keyword arguments of a forward; arguments and errors as in ``dummy_inputs``."""
    return arranged(specs, dummy_inputs(specs, device, tree))


def dummy_inputs(specs: Sequence[InputSpec], device: str, tree: ModuleTree) -> list[Tensor]:
    """Make tensors of zeros (on meta: without values); zero is also a valid index into any embedding.

    Args:
        specs: shapes and types; the default type is the one in which the module computes.
        device: device of the tensors.
        tree: the module that will read them.

    Raises:
        RequestError: if the device is not available, if the module has no values to run on it, or if the tensors are
            too large.
    """
    try:
        on = torch.empty(0, device=device).device
    except (RuntimeError, AssertionError, ImportError) as error:
        raise unusable_device(device, error) from error
    dtypes = [getattr(torch, spec.dtype) if spec.dtype else tree.dtype for spec in specs]
    if on.type == "meta":
        return [torch.empty(spec.shape, dtype=dtype, device=on) for spec, dtype in zip(specs, dtypes, strict=True)]
    if tree.on_meta:
        raise RequestError(
            f"the model is on the meta device and has no values to run on '{device}': build it with "
            f"device='{device}', or trace it with device='meta'"
        )
    sizes = " and ".join(format_shape(spec.shape) for spec in specs)
    elements = sum(prod(spec.shape) for spec in specs)
    if elements > _MOST_REAL_ELEMENTS:
        raise RequestError(
            f"an input of {sizes} would actually run on '{device}', with {elements:,} elements; at most "
            f"{_MOST_REAL_ELEMENTS:,} are accepted there: use a smaller one, or the device meta, which needs no memory "
            "(--device meta)"
        )
    try:
        return [torch.zeros(spec.shape, dtype=dtype, device=on) for spec, dtype in zip(specs, dtypes, strict=True)]
    except (RuntimeError, MemoryError) as error:
        raise RequestError(
            f"an input of {sizes} does not fit on device '{device}': {first_line(error)}; use a smaller one, "
            "or the device meta, which needs no memory (--device meta)"
        ) from error


def to_meta(value: Any) -> Any:
    """Return an operator's arguments on the meta device: tensors without values, and devices for new tensors."""
    if isinstance(value, Tensor):
        if value.is_meta:
            return value
        return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device=META_DEVICE)
    if isinstance(value, torch.device):
        return META_DEVICE
    if isinstance(value, (list, tuple)):
        return [to_meta(item) for item in value]
    if isinstance(value, dict):
        return {key: to_meta(item) for key, item in value.items()}
    return value


def asks_for_values(error: BaseException) -> bool:
    """Return whether a forward on the meta device raised ``error`` because it asked for values.

    Errors raised while such an error was handled count as well.
    """
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, (RuntimeError, TypeError)) and any(words in str(cause) for words in _NEEDS_VALUES):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
