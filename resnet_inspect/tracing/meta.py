"""The meta device: operands without values for an operator, and errors of code that asks for values."""

from typing import Any

import torch
from torch import Tensor

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
