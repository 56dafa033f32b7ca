"""The tensor that a module is run on, and the requests for one that cannot be met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

import torch
from torch import Tensor

from resnet_inspect.errors import RequestError
from resnet_inspect.text import times
from resnet_inspect.trace.module_tree import ModuleTree
from resnet_inspect.trace.records import Shape

_MOST_ELEMENTS = 2**59
"""torch counts bytes in 63 bits, and an element may take sixteen of them."""


_MOST_REAL_ELEMENTS = 2**26
"""Of an input that is really computed with: 3x4096x4096, so that a slip of the keyboard does not fill the memory."""


def dummy_input(input_shape: Sequence[int], device: str, tree: ModuleTree) -> Tensor:
    """Make a tensor of zeros (on meta: of nothing) of the type that the module computes in.

    Args:
        input_shape: its sizes, all at least 1.
        device: where it is to be.
        tree: the module that is to read it.

    Raises:
        RequestError: if the sizes are wrong, if the device is not there, or if the module has no values to run on it.
    """
    shape = _checked(input_shape)
    try:
        on = torch.empty(0, device=device).device
    except (RuntimeError, AssertionError, ImportError) as error:
        raise RequestError(
            f"device '{device}' cannot be used: {_first_line(error)}; use --device meta or cpu"
        ) from error
    if on.type == "meta":
        return torch.empty(shape, dtype=tree.dtype, device=on)
    if tree.on_meta:
        raise RequestError(
            f"the model is on the meta device and has no values to run on '{device}': build it with "
            f"device='{device}', or trace it with device='meta'"
        )
    if prod(shape) > _MOST_REAL_ELEMENTS:
        raise RequestError(
            f"an input of {times(shape)} would really run on '{device}', with {prod(shape):,} elements; at most "
            f"{_MOST_REAL_ELEMENTS:,} are taken there: use a smaller one, or --device meta, which needs no memory"
        )
    try:
        return torch.zeros(shape, dtype=tree.dtype, device=on)
    except (RuntimeError, MemoryError) as error:
        raise RequestError(
            f"an input of {times(shape)} does not fit on device '{device}': {_first_line(error)}; use a smaller one, "
            "or --device meta, which needs no memory"
        ) from error


def _checked(input_shape: Sequence[int]) -> Shape:
    shape = tuple(input_shape) if isinstance(input_shape, Iterable) else ()
    if not shape or not all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in shape):
        raise RequestError(
            f"the input shape must be sizes of 1 or more, batch first, such as (1, 3, 224, 224); found {input_shape!r}"
        )
    if prod(shape) > _MOST_ELEMENTS:
        raise RequestError(f"an input of {times(shape)} has more elements than torch can count; use a smaller one")
    return shape


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
