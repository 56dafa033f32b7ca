"""Brings an operator's arguments to the meta device, where it can run with operands from any device."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

META = torch.device("meta")


def to_meta(value: Any) -> Any:
    """The same arguments without values: tensors, and devices where tensors are to go."""
    if isinstance(value, Tensor):
        return value if value.is_meta else _twin(value)
    if isinstance(value, torch.device):
        return META
    if isinstance(value, (list, tuple)):
        return [to_meta(item) for item in value]
    if isinstance(value, dict):
        return {key: to_meta(item) for key, item in value.items()}
    return value


def _twin(tensor: Tensor) -> Tensor:
    if tensor.layout is not torch.strided:
        return tensor.to(META)
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=META)
