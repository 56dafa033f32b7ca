"""The tree of a module, read once: names, types, parameters."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import ModuleInfo, Parameter


class ModuleTree:
    """What is known of a module before it runs.

    Attributes:
        type_name: name of the root's class.
        modules: every module, once, in registration order.
        paths: id of each of them -> its first dotted path.
        module_infos: what to record of each of them.
        parameters: what to record of every parameter, once per tensor.
        tensors: the parameters themselves.
        parameter_names: id of each parameter's tensor -> its first name.
        buffers: every buffer, once per tensor.
        state_dict: ordered names and shapes.

    Raises:
        RequestError: if it is no module, or if a parameter has no shape yet.
    """

    def __init__(self, root: nn.Module) -> None:
        if not isinstance(root, nn.Module):
            raise RequestError(f"a torch.nn.Module is needed, as build() makes from a config; found {root!r}")
        self.type_name = type(root).__name__
        self.modules: list[nn.Module] = []
        self.paths: dict[int, str] = {}
        self.module_infos: list[ModuleInfo] = []
        self.parameters: list[Parameter] = []
        self.parameter_names: dict[int, str] = {}
        self.state_dict: list[tuple[str, Shape]] = []
        self.tensors: list[Tensor] = []
        self._buffers: dict[int, Tensor] = {}
        try:
            self._read(root)
        except RuntimeError as error:
            raise RequestError(f"{_first_lazy(root)} has no shape yet: run the model once before tracing it") from error
        self.buffers = tuple(self._buffers.values())

    def _read(self, root: nn.Module) -> None:
        names, state_dict, buffers = self.parameter_names, self.state_dict, self._buffers
        for prefix, module in _walk(root):
            if id(module) not in self.paths:
                path = prefix[:-1]
                self.paths[id(module)] = path
                self.modules.append(module)
                self.module_infos.append(ModuleInfo(path, type(module).__name__, not module._modules))
            for name, parameter in module._parameters.items():
                if parameter is not None:
                    entry = Parameter(prefix + name, tuple(parameter.shape))
                    state_dict.append(entry)
                    if id(parameter) not in names:
                        names[id(parameter)] = entry.name
                        self.parameters.append(entry)
                        self.tensors.append(parameter)
            transient = module._non_persistent_buffers_set
            for name, buffer in module._buffers.items():
                if buffer is not None:
                    buffers[id(buffer)] = buffer
                    if name not in transient:
                        state_dict.append((prefix + name, tuple(buffer.shape)))

    @property
    def on_meta(self) -> bool:
        """Whether a parameter or a buffer is on the meta device, without values."""
        return any(tensor.is_meta for tensor in (*self.tensors, *self.buffers))

    @property
    def dtype(self) -> torch.dtype:
        """The type in which the module computes: that of its first parameter of a computing type."""
        for tensor in self.tensors:
            if tensor.is_floating_point() or tensor.is_complex():
                return tensor.dtype
        return torch.get_default_dtype()


def _walk(root: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every module under every one of its names with a dot behind it, in the order of ``state_dict``."""
    stack = [("", root)]
    while stack:
        prefix, module = stack.pop()
        yield prefix, module
        if module._modules:
            children = [(f"{prefix}{name}.", child) for name, child in module._modules.items() if child is not None]
            stack.extend(reversed(children))


def _first_lazy(root: nn.Module) -> str:
    tensors = (*root.named_parameters(), *root.named_buffers())
    return next((f"the lazy '{name}'" for name, tensor in tensors if is_lazy(tensor)), "a parameter")
