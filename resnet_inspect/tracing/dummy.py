"""The dummy tensors that a module is run on."""

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from resnet_inspect.errors import RequestError, first_line, unusable_device
from resnet_inspect.text import format_shape
from resnet_inspect.tracing.inputs import InputSpec, arranged
from resnet_inspect.tracing.modules import ModuleTree

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
