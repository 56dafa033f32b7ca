"""What a rule says and what torch says, so that they can be compared."""

from __future__ import annotations

import torch
from torch._prims_common import suggest_memory_format

from resnet_inspect.tracing.operator_rules import OPERATOR_RULES
from resnet_inspect.tracing.operators import is_plain, operator_of
from resnet_inspect.tracing.pytree import tensors_among


def described(tensor):
    """All that can be told apart: the stride of an axis of length 1 cannot, but by what torch takes the order for."""
    strides = [stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True) if size > 1]
    return tuple(tensor.shape), strides, suggest_memory_format(tensor), tensor.dtype


def rule_answer(func, args):
    """What the recorder would make of the rule's answer."""
    tensors = tensors_among(args)
    answer = OPERATOR_RULES[func].answer(args) if is_plain(tensors) else None
    if answer is None:
        return None
    shape, _ = answer
    assert type(shape) is tuple
    assert all(type(size) is int for size in shape), shape
    if operator_of(func).writes:
        assert shape == args[0].shape
        return described(args[0])
    return described(torch.empty(shape, dtype=tensors[0].dtype, device="meta"))


def torch_answer(func, args):
    try:
        with torch.inference_mode():
            output = func(*args)
    except (RuntimeError, IndexError) as error:
        return f"{type(error).__name__}: {error}"
    return described(output)
