"""The modules of a network: their tree, and the calls of their forwards."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from resnet_inspect.arguments import described
from resnet_inspect.errors import RequestError
from resnet_inspect.shapes import Shape
from resnet_inspect.text import sanitise
from resnet_inspect.tracing.pytree import first_shape, name_of_dtype
from resnet_inspect.tracing.records import Call, ModuleInfo, Parameter


class ModuleTree:
    """The modules, parameters and buffers of a module, read once before it runs.

    Attributes:
        type_name: name of the root's class.
        modules: every module, once, in registration order.
        paths: dotted paths of each module: the first one; all, if the module is shared and has no parameters.
        module_infos: path -> record, for each of these paths.
        parameters: record of each parameter, once per tensor.
        tensors: the parameters themselves.
        parameter_names: id of each parameter's tensor -> its first name.
        buffers: every buffer, once per tensor.
        buffer_names: id of each buffer's tensor -> its first name, for those that are in the state_dict.
        state_dict: ordered names and shapes.

    Raises:
        RequestError: if it is no module, or if a parameter has no shape yet.
    """

    def __init__(self, root: nn.Module) -> None:
        if not isinstance(root, nn.Module):
            raise RequestError(f"a torch.nn.Module is needed, as build() makes from a config; found {root!r}")
        self.type_name = type(root).__name__
        self.modules: list[nn.Module] = []
        self.paths: list[list[str]] = []
        self.module_infos: dict[str, ModuleInfo] = {}
        self.parameters: list[Parameter] = []
        self.parameter_names: dict[int, str] = {}
        self.buffer_names: dict[int, str] = {}
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
        known: dict[int, list[str]] = {}
        for prefix, module in walk(root):
            path = prefix[:-1]
            paths = known.get(id(module))
            if paths is None:
                paths = known[id(module)] = []
                self.modules.append(module)
                self.paths.append(paths)
            if not paths or (_parent(path) in self.module_infos and not _has_parameters(module)):
                paths.append(path)
                self.module_infos[path] = ModuleInfo(path, type(module).__name__, not module._modules)
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
                        full_name = prefix + name
                        self.buffer_names.setdefault(id(buffer), full_name)
                        state_dict.append((full_name, tuple(buffer.shape)))

    def entry_types(self) -> Iterator[tuple[str, str]]:
        """Yield the names and types of the entries of the state_dict that are not float32."""
        names = self.parameter_names | self.buffer_names
        for tensor in (*self.tensors, *self.buffers):
            if tensor.dtype is not torch.float32 and id(tensor) in names:
                yield names[id(tensor)], name_of_dtype(tensor.dtype)

    @property
    def on_meta(self) -> bool:
        """``True`` if a parameter or a buffer is on the meta device, without values."""
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
        # isinstance would ask the object itself, which a proxy answers for another one.
        inside = getattr(module, "_modules", None) if issubclass(type(module), nn.Module) else None
        if inside is None:
            raise _no_module(module, prefix)
        yield prefix, module
        if inside:
            children = [(f"{prefix}{name}.", child) for name, child in inside.items() if child is not None]
            stack.extend(reversed(children))


def _has_parameters(module: nn.Module) -> bool:
    return next(nn.Module.parameters(module), None) is not None


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _ancestors(path: str) -> Iterator[str]:
    """Yield the paths of the modules around, from the innermost to the model itself."""
    while path:
        path = _parent(path)
        yield path


def _no_module(module: nn.Module, prefix: str) -> RequestError:
    """Return the error of an object that is no module, or of one that is not initialised."""
    wrong = " that is not initialised: its __init__ has to call super().__init__()"
    if not issubclass(type(module), nn.Module):
        claimed = sanitise(module.__class__.__name__)
        wrong = f", which claims to be a {claimed} but is no torch.nn.Module: use the module that it stands for"
    where = f"'{sanitise(prefix[:-1])}'" if prefix else "the model"
    return RequestError(f"{where} is {described(module)}{wrong}")


def _first_lazy(root: nn.Module) -> str:
    tensors = (*root.named_parameters(), *root.named_buffers())
    return next((f"the lazy '{name}'" for name, tensor in tensors if is_lazy(tensor)), "a parameter")


class Calls:
    """A recorder of the calls of modules' forwards, including those that raise.

    Attributes:
        current: dotted path of the innermost module that is running.
        running: number of its call.
    """

    def __init__(self, ops: Sized) -> None:
        self.current = ""
        self.running = 0
        self._ops = ops
        self._calls: list[Call | None] = []
        self._error: BaseException | None = None
        self._raised_in = ""

    def watch(self, modules: Iterable[tuple[Sequence[str], nn.Module]]) -> None:
        """Wrap every forward, inside ``isolated_modules``, which removes the wrappers again.

        Forward hooks would see less (neither calls that raise, nor direct ones of ``module.forward``) and cost more:
        with any hook at all, torch takes a slower path through every call.
        """
        for paths, module in modules:
            forward = getattr(module, "forward", None)
            if forward is not None:
                vars(module)["forward"] = _RecordedForward(forward, module, paths, self)

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
        caller, running, index, first = self.current, self.running, len(self._calls), len(self._ops)
        self._calls.append(None)
        self.current, self.running = path, index
        output = None
        try:
            output = forward(*args, **kwargs)
        except BaseException as error:
            if error is not self._error:
                self._error, self._raised_in = error, path
            raise
        finally:
            self.current, self.running = caller, running
            given = first_shape(args) if args else first_shape(kwargs)
            self._calls[index] = Call(path, first, len(self._ops), given, first_shape(output))
        return output


class _RecordedForward:
    """A forward whose calls are recorded; ``__wrapped__`` gives it the signature of the forward.

    A module without parameters, such as an activation, may be shared by many others. What it computes belongs to the
    one that calls it, as if each had such a module of its own.
    """

    __slots__ = ("__wrapped__", "_calls", "_inside", "_module", "_path", "_turns")

    def __init__(self, forward: Callable[..., Any], module: nn.Module, paths: Sequence[str], calls: Calls) -> None:
        self.__wrapped__ = forward
        self._module = module
        self._path = paths[0]
        self._inside = _paths_inside(paths) if len(paths) > 1 else None
        self._turns: dict[tuple[int, str], int] = {}
        self._calls = calls

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        path: str | None = self._path
        if self._inside is not None or not self._path.startswith(self._calls.current):
            path = self._path_here()
        if path is None:
            return self.__wrapped__(*args, **kwargs)
        return self._calls.run(self.__wrapped__, path, args, kwargs)

    def _path_here(self) -> str | None:
        """Return the path in the module that calls; ``None`` for a module without parameters that is not in it.

        If there are several, as of one activation behind each of two convolutions, they take turns.
        """
        if self._inside is None:
            return self._path if _has_parameters(self._module) else None
        paths = self._inside.get(self._calls.current)
        if paths is None:
            return None
        caller = self._calls.running, self._calls.current
        turn = self._turns[caller] = self._turns.get(caller, -1) + 1
        return paths[turn % len(paths)]


def _paths_inside(paths: Sequence[str]) -> dict[str, list[str]]:
    """Return the paths that are directly in a module, or else deeper in it, for every module around a path."""
    inside: dict[str, list[str]] = {}
    for path in paths:
        inside.setdefault(_parent(path), []).append(path)
    holders = frozenset(inside)
    for path in paths:
        for around in set(_ancestors(path)) - holders:
            inside.setdefault(around, []).append(path)
    return inside
