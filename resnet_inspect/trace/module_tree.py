"""The tree of a module, read once: names, types, parameters; and a promise to leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from resnet_inspect.trace.records import ModuleInfo, Parameter, Shape


class ModuleTree:
    """What is known of a module before it runs.

    Attributes:
        type_name: name of the root's class.
        paths: id of each module -> its first dotted path.
        modules: every module once, in registration order.
        parameter_names: id of each parameter -> its first name.
        parameters: every parameter, once per tensor.
        buffer_elements: elements of all buffers.
        state_dict: ordered names and shapes.
    """

    def __init__(self, root: nn.Module) -> None:
        self.type_name = type(root).__name__
        self.paths: dict[int, str] = {}
        self.parameter_names: dict[int, str] = {}
        self._modules: list[nn.Module] = []
        modules: list[ModuleInfo] = []
        parameters: list[Parameter] = []
        state_dict: list[tuple[str, Shape]] = []
        buffers: dict[int, int] = {}
        self.on_meta = False
        for prefix, module in _walk(root):
            if id(module) not in self.paths:
                path = prefix[:-1]
                self.paths[id(module)] = path
                self._modules.append(module)
                modules.append(ModuleInfo(path, type(module).__name__, not module._modules))
            for name, parameter in module._parameters.items():
                if parameter is None:
                    continue
                shape = tuple(parameter.shape)
                state_dict.append((prefix + name, shape))
                self.on_meta = self.on_meta or parameter.is_meta
                if id(parameter) not in self.parameter_names:
                    self.parameter_names[id(parameter)] = prefix + name
                    parameters.append(Parameter(prefix + name, shape))
            transient = module._non_persistent_buffers_set
            for name, buffer in module._buffers.items():
                if buffer is None:
                    continue
                buffers[id(buffer)] = buffer.numel()
                if name not in transient:
                    state_dict.append((prefix + name, tuple(buffer.shape)))
        self.modules = tuple(modules)
        self.parameters = tuple(parameters)
        self.buffer_elements = sum(buffers.values())
        self.state_dict = tuple(state_dict)

    @contextmanager
    def untouched(self, *, copy_buffers: bool) -> Iterator[None]:
        """Eval mode inside; afterwards every flag, parameter and buffer is what it was.

        Flags are set one by one: ``module.eval()`` may be overridden, and restoring at the root alone would thaw
        modules that their owner had frozen.

        Args:
            copy_buffers: also bring back the buffers' values, for a forward that really runs.
        """
        flags = [(module, module.training) for module in self._modules]
        tensors: list[tuple[MutableMapping[str, Any], dict[str, Any]]] = [
            (slot, dict(slot)) for module in self._modules for slot in (module._parameters, module._buffers) if slot
        ]
        values = [(buffer, buffer.clone()) for buffer in self._buffers()] if copy_buffers else []
        try:
            for module, training in flags:
                if training:
                    module.training = False
            yield
        finally:
            for module, training in flags:
                if module.training is not training:
                    module.training = training
            for slot, kept in tensors:
                if list(map(id, slot.values())) != list(map(id, kept.values())):
                    slot.clear()
                    slot.update(kept)
            with torch.no_grad():
                for buffer, value in values:
                    buffer.copy_(value)

    def _buffers(self) -> Iterator[Tensor]:
        for module in self._modules:
            for _, buffer in _own(module._buffers):
                yield buffer


def _walk(root: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every module under every one of its names with a dot behind it, in the order of ``state_dict``."""
    stack = [("", root)]
    while stack:
        prefix, module = stack.pop()
        yield prefix, module
        children = [(f"{prefix}{name}.", child) for name, child in module._modules.items() if child is not None]
        stack.extend(reversed(children))


def _own(slots: Mapping[str, Tensor | None]) -> Iterator[tuple[str, Tensor]]:
    return ((name, tensor) for name, tensor in slots.items() if tensor is not None)
