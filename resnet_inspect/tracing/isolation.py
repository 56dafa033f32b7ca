"""Isolation of a run: modules, and everything that their code can reach, are restored after it."""

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module

from resnet_inspect.process_state import PROCESS_LOCK
from resnet_inspect.tracing import snapshots
from resnet_inspect.tracing.memory import StandIns, storage_id
from resnet_inspect.tracing.modules import ModuleTree
from resnet_inspect.tracing.reachable import SLOTS, Reachable

_HARMLESS = ("torch.nn.modules.", "resnet_inspect.model.")
"""Packages whose forwards change nothing in eval mode, so that the search for what they can reach is not needed."""

_GLOBAL_HOOKS = tuple(
    hooks for name, hooks in vars(torch_module).items() if name.startswith("_global_") and name.endswith("hooks")
)

_SETTINGS: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (
    (torch.get_num_threads, torch.set_num_threads),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    *(
        (partial(getattr, torch.backends.cudnn, name), partial(setattr, torch.backends.cudnn, name))
        for name in ("enabled", "benchmark", "deterministic")
    ),
)
"""Global settings of torch, as functions that read and set them."""


class Isolated(NamedTuple):
    """The state of an isolated run.

    Attributes:
        stand_ins: the tensors that the forwards see, with their originals.
        mentions_memory: ``True`` if the code may access the memory of tensors without operators.
        hides_values: ``True`` if the code may compute with values in ways that a trace does not show.
        wraps_tensors: ``True`` if the code may put data into another tensor without an operator.
    """

    stand_ins: StandIns
    mentions_memory: bool
    hides_values: bool
    wraps_tensors: bool


@contextmanager
def isolated_modules(tree: ModuleTree, *, on_meta: bool) -> Iterator[Isolated]:
    """Put modules into eval mode; on exit, restore them and what their code can reach.

    Inside, each module works on a copy of its attributes, which is dropped with all that a forward did to it, and on
    stand-ins for its parameters and buffers. Containers other than torch's slots remain the same objects, as a hook's
    handle or another module may refer to them, and are restored: a cache would otherwise keep tensors without values.

    Flags are set one by one: ``module.eval()`` may be overridden, and restoring at the root alone would unfreeze
    modules that their owner had frozen.
    """
    modules = tree.modules
    attributes = [vars(module) for module in modules]
    classes = [type(module) for module in modules]
    reachable = None if _are_harmless(modules) else Reachable(modules)
    stand_ins = StandIns()
    replacing = stand_ins if reachable or not on_meta else None
    scripted = [
        (module, module.training)
        for module in modules
        if "training" not in vars(module) and hasattr(module, "training")  # a frozen script module has no such flag
    ]
    try:
        for module, own in zip(modules, attributes, strict=True):
            _set_attributes(module, _evaluating(own, replacing))
        for module, _ in scripted:
            module.training = False
        if reachable:
            reachable.replace_tensors(stand_ins)
        with _preserve_tensors([] if replacing is None else stand_ins.without((*tree.tensors, *tree.buffers))):
            if reachable is None:
                yield Isolated(stand_ins, mentions_memory=False, hides_values=False, wraps_tensors=False)
            else:
                yield Isolated(stand_ins, reachable.mentions_memory, reachable.hides_values, reachable.wraps_tensors)
    finally:
        for module, training in scripted:
            module.training = training
        for module, own, kind in zip(modules, attributes, classes, strict=True):
            if type(module) is not kind:
                module.__class__ = kind
            _set_attributes(module, own)
        if reachable:
            reachable.restore()


def _are_harmless(modules: Sequence[nn.Module]) -> bool:
    """Return whether all forwards are of torch or of our models, and there are no hooks."""
    kinds = set(map(type, modules))
    return (
        not any(_GLOBAL_HOOKS)
        and all(f"{kind.__module__}.".startswith(_HARMLESS) for kind in kinds)
        and not any("forward" in own or _hooks(own) for own in map(vars, modules))
    )


def _hooks(attributes: dict[str, Any]) -> Any:
    return attributes["_forward_hooks"] or attributes["_forward_pre_hooks"]


def _set_attributes(module: nn.Module, attributes: dict[str, Any]) -> None:
    """Set all attributes at once, bypassing torch's ``__setattr__``."""
    object.__setattr__(module, "__dict__", attributes)


def _evaluating(attributes: dict[str, Any], stand_ins: StandIns | None) -> dict[str, Any]:
    """Return a copy of the attributes in eval mode, with copied slots, as registering a tensor writes into a slot."""
    copy = attributes.copy()
    if stand_ins:
        tensors = [(name, value) for name, value in attributes.items() if isinstance(value, (Tensor, tuple))]
        copy.update((name, stand_ins.of_value(value)) for name, value in tensors)
    for slot in SLOTS:
        content = copy.get(slot)
        if isinstance(content, dict):  # a script module has other slots, or none
            copy[slot] = type(content)(content if stand_ins is None else stand_ins.of_content(content))
    if "training" in copy:
        copy["training"] = False
    return copy


@contextmanager
def _preserve_tensors(tensors: Sequence[Tensor]) -> Iterator[None]:
    """Restore the memory, ``requires_grad`` and ``grad`` of tensors that have no stand-in on exit."""
    kept = [(tensor, tensor.requires_grad, tensor.grad, None if tensor.is_meta else tensor.data) for tensor in tensors]
    try:
        yield
    finally:
        for tensor, wants_gradient, gradient, data in kept:
            if data is not None and storage_id(tensor) != storage_id(data):
                tensor.data = data
            if tensor.requires_grad is not wants_gradient:
                tensor.requires_grad = wants_gradient
            if tensor.grad is not gradient:
                tensor.grad = gradient


@contextmanager
def preserve_globals(device: torch.device) -> Iterator[None]:
    """Restore torch's settings, its global hooks and all random number generators on exit."""
    with PROCESS_LOCK:
        numbers, python_numbers, dtype = torch.get_rng_state(), random.getstate(), torch.get_default_dtype()
        on_device = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
        numpy_random = sys.modules.get("numpy.random")
        numpy_numbers = numpy_random.get_state() if numpy_random else None
        hooks = [snapshots.container(hooks) for hooks in _GLOBAL_HOOKS]
        settings = [read() for read, _ in _SETTINGS]
        try:
            yield
        finally:
            for (read, write), value in zip(_SETTINGS, settings, strict=True):
                if read() != value:
                    write(value)
            for snapshot in hooks:
                snapshot.write(snapshot.content)
            if numpy_random:
                numpy_random.set_state(numpy_numbers)
            torch.set_rng_state(numbers)
            random.setstate(python_numbers)
            torch.set_default_dtype(dtype)
            if on_device is not None:
                torch.cuda.set_rng_state(on_device, device)
