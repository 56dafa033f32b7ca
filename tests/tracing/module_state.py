"""Everything that a trace could change: of a module tree, and of torch."""

from __future__ import annotations

import gc
import random

import torch
from torch.nn.modules import module as torch_module

GLOBAL_HOOKS = [name for name in vars(torch_module) if name.startswith("_global_") and name.endswith("hooks")]


def state_of(root):
    """Everything of a module tree that a trace could change: identities, values, flags, attributes, hooks."""
    return [(name, id(module), type(module), attributes_of(module)) for name, module in root.named_modules()]


def attributes_of(module):
    found = {}
    for name, value in vars(module).items():
        if isinstance(value, (dict, list, set)):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            found[name] = (id(value), type(value), [(key, content_of(item)) for key, item in items])
        else:
            found[name] = content_of(value)
    return found


def content_of(value):
    if isinstance(value, torch.Tensor):
        values = None if value.is_meta else value.detach().clone().tolist()
        return (
            id(value),
            value.device,
            value.dtype,
            value.requires_grad,
            value.is_inference(),
            tuple(value.shape),
            values,
        )
    return value if isinstance(value, (int, float, str, bool)) else id(value)


def state_of_torch():
    return {
        "hooks": {name: dict(getattr(torch_module, name)) for name in GLOBAL_HOOKS},
        "grad mode": torch.is_grad_enabled(),
        "inference mode": torch.is_inference_mode_enabled(),
        "default dtype": torch.get_default_dtype(),
        "random numbers": torch.get_rng_state().tolist(),
        "python's random numbers": random.getstate(),
        "dispatch modes": torch._C._len_torch_dispatch_stack(),
        "collector": gc.isenabled(),
    }
