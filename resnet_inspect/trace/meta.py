"""Brings an operator's arguments to the meta device, where it can run with operands from any device."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

META = torch.device("meta")


def to_meta(value: Any) -> Any:
    """The same arguments without values: tensors, and devices where tensors are to go."""
    if isinstance(value, Tensor):
        if value.is_meta:
            return value
        return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device=META)
    if isinstance(value, torch.device):
        return META
    if isinstance(value, (list, tuple)):
        return [to_meta(item) for item in value]
    if isinstance(value, dict):
        return {key: to_meta(item) for key, item in value.items()}
    return value
