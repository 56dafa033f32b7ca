"""The modules of a network: their tree, and the calls of their forwards."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from resnet_inspect.arguments import described
from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.text import sanitise
from resnet_inspect.tracing.pytree import first_shape
from resnet_inspect.tracing.records import Call, ModuleInfo, Parameter


class ModuleTree:
    """The tree of a module, read once before it runs.

    Attributes:
        type_name: name of the root's class.
        modules: every module, once, in registration order.
        paths: id of each module -> its first dotted path.
        module_infos: record of each module.
        parameters: record of each parameter, once per tensor.
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
        for prefix, module in walk(root):
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
        """The type of its first floating-point or complex parameter, in which the module computes."""
        for tensor in self.tensors:
            if tensor.is_floating_point() or tensor.is_complex():
                return tensor.dtype
        return torch.get_default_dtype()


def walk(root: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield every module under each of its paths, followed by a dot, in the order of ``state_dict``.

    Raises:
        RequestError: if one only claims to be a module, or is not initialised.
    """
    stack = [("", root)]
    while stack:
        prefix, module = stack.pop()
        inside = _children_of(module, prefix)
        yield prefix, module
        if inside:
            children = [(f"{prefix}{name}.", child) for name, child in inside.items() if child is not None]
            stack.extend(reversed(children))


def _children_of(module: nn.Module, prefix: str) -> Mapping[str, nn.Module | None]:
    # isinstance would ask the object itself, which a proxy answers for another one.
    if not issubclass(type(module), nn.Module):
        claimed = sanitise(module.__class__.__name__)
        wrong = f", which claims to be a {claimed} but is no torch.nn.Module: use the module that it stands for"
    else:
        try:
            return module._modules
        except AttributeError:
            wrong = " that is not initialised: its __init__ has to call super().__init__()"
    where = f"'{sanitise(prefix[:-1])}'" if prefix else "the model"
    raise RequestError(f"{where} is {described(module)}{wrong}")


def _first_lazy(root: nn.Module) -> str:
    tensors = (*root.named_parameters(), *root.named_buffers())
    return next((f"the lazy '{name}'" for name, tensor in tensors if is_lazy(tensor)), "a parameter")


class Calls:
    """A recorder of the calls of modules' forwards, including those that raise.

    Attributes:
        current: dotted path of the innermost module that is running.
    """

    def __init__(self, ops: Sized) -> None:
        self.current = ""
        self._ops = ops
        self._calls: list[Call | None] = []
        self._error: BaseException | None = None
        self._raised_in = ""

    def watch(self, modules: Iterable[tuple[str, nn.Module]]) -> None:
        """Wrap every forward, inside ``isolated_modules``, which removes the wrappers again.

        Forward hooks would see less (neither calls that raise, nor direct ones of ``module.forward``) and cost more:
        with any hook at all, torch takes a slower path through every call.
        """
        for path, module in modules:
            forward = getattr(module, "forward", None)
            if forward is not None:
                vars(module)["forward"] = _RecordedForward(forward, path, self)

    def finished(self) -> tuple[Call, ...]:
        """Return every call, in the order in which they began."""
        return tuple(call for call in self._calls if call is not None)

    def raised_in(self, error: BaseException) -> str:
        """Return the dotted path of the innermost module that ``error`` passed through."""
        return self._raised_in if error is self._error else ""

    def forget_error(self) -> None:
        """Drop the error, which holds every frame that it passed through, and so this object."""
        self._error = None

    def run(self, forward: Callable[..., Any], path: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the forward of the module at ``path``, and record the call."""
        caller, index, first = self.current, len(self._calls), len(self._ops)
        self._calls.append(None)
        self.current = path
        output = None
        try:
            output = forward(*args, **kwargs)
        except BaseException as error:
            if error is not self._error:
                self._error, self._raised_in = error, path
            raise
        finally:
            self.current = caller
            given = first_shape(args) if args else first_shape(kwargs)
            self._calls[index] = Call(path, first, len(self._ops), given, first_shape(output))
        return output


class _RecordedForward:
    """A forward whose calls are recorded; ``__wrapped__`` gives it the signature of the forward."""

    __slots__ = ("__wrapped__", "_calls", "_path")

    def __init__(self, forward: Callable[..., Any], path: str, calls: Calls) -> None:
        self.__wrapped__ = forward
        self._path = path
        self._calls = calls

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._calls.run(self.__wrapped__, self._path, args, kwargs)
