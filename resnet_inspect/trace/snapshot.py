"""A promise to leave modules as they were, whatever their forward does to them."""

from __future__ import annotations

import random
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from resnet_inspect.trace.memory import place_of

Container = dict[Any, Any] | OrderedDict[Any, Any] | list[Any] | set[Any]

_CONTAINERS = frozenset({dict, OrderedDict, defaultdict, list, set})
_SLOTS = ("_parameters", "_buffers", "_modules")


@contextmanager
def same_modules(modules: Sequence[nn.Module]) -> Iterator[None]:
    """Eval mode inside; afterwards every attribute of every module is what it was.

    Inside, each module works on a copy of its attributes, which is dropped with all that a forward did to it. Other
    containers than torch's slots stay the same objects, for a hook's handle or another module may hold them as well,
    and are brought back: a cache would keep tensors without values for the next time.

    Flags are set one by one: ``module.eval()`` may be overridden, and restoring at the root alone would thaw modules
    that their owner had frozen.
    """
    attributes = [vars(module) for module in modules]
    contents = _contents(modules)
    unhooked = [own for own in attributes if not _hooks(own)]
    scripted = [
        (module, module.training)
        for module in modules
        if "training" not in vars(module) and hasattr(module, "training")  # a frozen script has no such flag
    ]
    try:
        for module, own in zip(modules, attributes, strict=True):
            _set_attributes(module, _evaluating(own))
        for module, _ in scripted:
            module.training = False
        yield
    finally:
        for module, training in scripted:
            module.training = training
        for module, own in zip(modules, attributes, strict=True):
            _set_attributes(module, own)
        for held, content in contents:
            if held or content:
                _bring_back(held, content)
        for own in unhooked:
            if _hooks(own):
                _take_hooks_off(own)


def _set_attributes(module: nn.Module, attributes: dict[str, Any]) -> None:
    """All of them at once, past torch's ``__setattr__``."""
    object.__setattr__(module, "__dict__", attributes)


def _evaluating(attributes: dict[str, Any]) -> dict[str, Any]:
    """A copy in eval mode, with slots of its own: registering a parameter, a buffer or a module sets no attribute."""
    copy = attributes.copy()
    for slot in _SLOTS:
        if type(copy.get(slot)) in _CONTAINERS:  # a script has others, or none
            copy[slot] = copy[slot].copy()
    if "training" in copy:
        copy["training"] = False
    return copy


@contextmanager
def same_values(parameters: Iterable[Tensor], buffers: Iterable[Tensor]) -> Iterator[None]:
    """Afterwards the buffers have the values that they had, the parameters their memory and their wish for gradients.

    That nobody writes into a parameter's memory is a matter for ``Memory``.
    """
    kept = [(tensor, tensor.requires_grad, None if tensor.is_meta else tensor.data) for tensor in parameters]
    values = [(buffer, buffer.clone()) for buffer in buffers]
    try:
        yield
    finally:
        for tensor, wants_gradient, data in kept:
            if data is not None and place_of(tensor) != place_of(data):
                tensor.data = data
            if tensor.requires_grad is not wants_gradient:
                tensor.requires_grad = wants_gradient
        with torch.inference_mode():
            for buffer, value in values:
                buffer.copy_(value)


@contextmanager
def same_globals(device: torch.device) -> Iterator[None]:
    """Afterwards random numbers go on as if none had been drawn, and tensors have the default type that they had."""
    numbers, python_numbers, dtype = torch.get_rng_state(), random.getstate(), torch.get_default_dtype()
    on_device = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    try:
        yield
    finally:
        torch.set_rng_state(numbers)
        random.setstate(python_numbers)
        torch.set_default_dtype(dtype)
        if on_device is not None:
            torch.cuda.set_rng_state(on_device, device)


def _contents(modules: Sequence[nn.Module]) -> list[tuple[Container, Container | tuple[()]]]:
    """What can change without an attribute being set, with a copy; torch's own forwards fill no caches."""
    simple = {kind for kind in set(map(type, modules)) if _runs_torchs_forward(kind)}
    return [
        (value, _copy(value))
        for module in modules
        if type(module) not in simple or _hooks(vars(module))
        for name, value in vars(module).items()
        if type(value) in _CONTAINERS and name not in _SLOTS
    ]


def _runs_torchs_forward(kind: type[nn.Module]) -> bool:
    return str(getattr(getattr(kind, "forward", None), "__module__", "")).startswith("torch.nn.modules.")


def _hooks(attributes: dict[str, Any]) -> Any:
    return attributes["_forward_hooks"] or attributes["_forward_pre_hooks"]


def _copy(held: Container) -> Container | tuple[()]:
    """Most modules hold a dozen of ordered dicts for hooks, which take long to copy, and most of them are empty."""
    if not held:
        return ()
    return dict(held) if isinstance(held, dict) else held.copy()


def _bring_back(held: Container, content: Container | tuple[()]) -> None:
    """A dict that is as it was is never empty in between."""
    if isinstance(held, list):
        held[:] = content
    elif isinstance(held, set):
        held.clear()
        held.update(content)
    else:
        held.update(content)
        if [*held] != [*content]:
            held.clear()
            held.update(content)


def _take_hooks_off(attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        if name.startswith("_forward_"):
            value.clear()
