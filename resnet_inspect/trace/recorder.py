"""Runs a module's own forward on a dummy tensor and writes down every operator: ``trace(module) -> Trace``.

Forward hooks tell which module is at work, a dispatch mode sees every ATen operator and which tensor came from which.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils._python_dispatch import TorchDispatchMode

from resnet_inspect.errors import RequestError
from resnet_inspect.trace.module_tree import ModuleTree
from resnet_inspect.trace.records import MODEL_INPUT, Call, Failure, Op, Shape, Trace
from resnet_inspect.trace.rules import RULES, Geometry, Rule

META = torch.device("meta")
_NO_RULE = Rule()
_NO_GEOMETRY = Geometry()
_SCALARS = frozenset({int, float, bool, str, type(None), torch.dtype, torch.device})


def trace(module: nn.Module, input_shape: Sequence[int] = (1, 3, 224, 224), *, device: str = "meta") -> Trace:
    """Run ``module`` once on a dummy tensor of zeros, in eval and inference mode, and record what happened.

    The module is left as it was: flags, parameters, buffers and hooks, also when its forward raises.

    Args:
        module: any module whose forward takes one tensor; its parameters may lie on any device.
        input_shape: shape of the dummy tensor, batch first, e.g. (1, 3, 224, 224).
        device: ``meta`` computes shapes only and needs no memory; on ``cpu`` or ``cuda`` the operators really run, and
            the module has to be there.

    Returns:
        The trace. If forward raised, its ``failure`` says where, and the rest is what ran until then.

    Raises:
        RequestError: if the device is not there, or if a module on the meta device is to run on a real one.
    """
    tree = ModuleTree(module)
    dummy = _dummy(tuple(input_shape), device, tree)
    recorder = _Recorder(tree, dummy, answer_shapes=dummy.is_meta)
    with tree.untouched(copy_buffers=not dummy.is_meta), _hooks(recorder), torch.inference_mode(), recorder:
        try:
            output = module(dummy)
        except Exception as error:  # noqa: BLE001  # any error of the model's own code belongs in the trace
            return recorder.trace(None, recorder.failure(error))
    return recorder.trace(output, None)


def _dummy(shape: Shape, device: str, tree: ModuleTree) -> Tensor:
    try:
        dummy = torch.empty(shape, device=META) if device == "meta" else torch.zeros(shape, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise RequestError(f"device '{device}' cannot be used: {reason}; use --device meta or cpu") from error
    if not dummy.is_meta and tree.on_meta:
        raise RequestError(f"the model has no values to run on '{device}': build it with device='{device}'")
    return dummy


@contextmanager
def _hooks(recorder: _Recorder) -> Iterator[None]:
    """Global hooks: two registrations instead of two per module, and none to find again in the modules."""
    handles = []
    try:
        handles.append(register_module_forward_pre_hook(recorder.enter))
        handles.append(register_module_forward_hook(recorder.leave))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _every_tensor(values: Any) -> Iterator[Tensor]:
    """The tensors in nested arguments or outputs, depth first."""
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, (list, tuple, dict)):
        for value in values.values() if isinstance(values, dict) else values:
            yield from _every_tensor(value)


def _shape_of(values: Any) -> Shape | None:
    """Shape of the first of them."""
    if type(values) is Tensor:
        return tuple(values.shape)
    if type(values) is tuple and values and type(values[0]) is Tensor:
        return tuple(values[0].shape)
    found = next(_every_tensor(values), None)
    return None if found is None else tuple(found.shape)


class _Operator(NamedTuple):
    """What is known of an ATen operator before it runs: its name, its rule, whether it writes into its operand."""

    name: str
    rule: Rule
    in_place: bool


_OPERATORS: dict[Any, _Operator] = {}
"""Those that have run, so that each one is looked up in torch's schemas once."""


def _known_operator(func: Any) -> _Operator:
    rule = RULES.get(func, _NO_RULE)
    name = rule.name or func.overloadpacket.__name__.rstrip("_")
    return _OPERATORS.setdefault(func, _Operator(name, rule, func._schema.is_mutable))


class _Operands(NamedTuple):
    """What an operator reads: numbers and shapes of data, names of parameters."""

    sources: tuple[int, ...]
    shapes: tuple[Shape, ...]
    parameters: tuple[str, ...]


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's __init_subclass__ is untyped
    """Writes an ``Op`` for every operator and a ``Call`` for every module call.

    Each tensor that has been seen is known by the number of the operator that made it, or, where only parameters went
    into it, by their names.
    """

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keeps torch from importing torch._dynamo for this mode; harmless where torch does not ask."""
        return False

    def __init__(self, tree: ModuleTree, dummy: Tensor, *, answer_shapes: bool) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's is untyped
        self._tree = tree
        self._paths = tree.paths
        self._parameter_names = tree.parameter_names
        self._answer_shapes = answer_shapes
        self._input_shape: Shape = tuple(dummy.shape)
        self._ops: list[Op] = []
        self._calls: list[Call | None] = []
        self._open: list[tuple[nn.Module, str, int, int, Shape | None]] = []
        self._origin: dict[int, tuple[weakref.ref[Tensor], int]] = {}
        self._learned: dict[int, tuple[weakref.ref[Tensor], tuple[str, ...]]] = {}
        self._failed: tuple[str, tuple[Shape, ...]] = ("", ())
        self._know(dummy, MODEL_INPUT)

    # --- hooks: which module is at work ---

    def enter(self, module: nn.Module, args: Any) -> None:
        """Forward pre-hook."""
        path = self._paths.get(id(module))
        if path is not None:
            self._open.append((module, path, len(self._calls), len(self._ops), _shape_of(args)))
            self._calls.append(None)

    def leave(self, module: nn.Module, args: Any, output: Any) -> None:
        """Forward hook; calls that ended with an exception which the model caught are closed on the way."""
        del args
        if id(module) not in self._paths:
            return
        while self._open:
            opened, path, place, first, input_shape = self._open.pop()
            if opened is module:
                self._calls[place] = Call(path, first, len(self._ops), input_shape, _shape_of(output))
                return

    # --- dispatch mode: what it does ---

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        known = _OPERATORS.get(func) or _known_operator(func)
        tensors = _tensors(args, kwargs)
        operands = self._operands(tensors)
        shape = None
        if known.rule.shape and self._answer_shapes and operands.sources and not kwargs and _plain(tensors):
            shape = known.rule.shape(args)
        if shape is None:
            output = self._run(known, operands, func, args, kwargs or {})
            shape = _shape_of((output,)) or ()
        elif known.in_place:
            output = args[0]
        else:
            output = torch.empty(shape, dtype=tensors[0].dtype, device=META)
        geometry = known.rule.geometry(args, shape) if known.rule.geometry else _NO_GEOMETRY
        self._record(known.name, operands, geometry, shape, output)
        return output

    def _operands(self, tensors: list[Tensor]) -> _Operands:
        sources: list[int] = []
        shapes: list[Shape] = []
        parameters: list[str] = []
        for tensor in tensors:
            key = id(tensor)
            origin = self._origin.get(key)
            if origin is not None and origin[0]() is tensor:
                sources.append(origin[1])
                shapes.append(tuple(tensor.shape))
            elif key in self._parameter_names:
                parameters.append(self._parameter_names[key])
            elif key in self._learned and self._learned[key][0]() is tensor:
                parameters.extend(self._learned[key][1])
        return _Operands(tuple(sources), tuple(shapes), tuple(parameters))

    def _run(self, known: _Operator, operands: _Operands, func: Any, args: Any, kwargs: Any) -> Any:
        """Let torch run the operator; on meta, with every operand brought there first."""
        if self._answer_shapes and (known.in_place or any(tensor.is_meta for tensor in _tensors(args, kwargs))):
            args, kwargs = _to_meta(args), _to_meta(kwargs)
            if "device" in kwargs:
                kwargs = {**kwargs, "device": META}
        try:
            return func(*args, **kwargs)
        except Exception:
            self._failed = (known.name, operands.shapes)
            raise

    def _record(self, name: str, operands: _Operands, geometry: Geometry, shape: Shape, output: Any) -> None:
        number = len(self._ops)
        sources, shapes, parameters = operands
        weights, macs = (geometry.weights, geometry.macs) if parameters else (None, 0)
        path = self._open[-1][1] if self._open else ""
        self._ops.append(Op(name, path, sources, shapes, parameters, shape, geometry.window, weights, macs))
        for tensor in _tensors((output,), None):
            if sources:
                self._know(tensor, number)
            elif parameters:
                self._learned[id(tensor)] = (weakref.ref(tensor), parameters)

    def _know(self, tensor: Tensor, number: int) -> None:
        self._origin[id(tensor)] = (weakref.ref(tensor), number)

    # --- the result ---

    def failure(self, error: Exception) -> Failure:
        """Describe ``error``, which the model's forward raised."""
        name, shapes = self._failed
        path = self._open[-1][1] if self._open else ""
        return Failure(path, name, shapes, str(error).strip() or type(error).__name__)

    def trace(self, output: Any, failure: Failure | None) -> Trace:
        """Everything recorded so far."""
        makers = [self._origin.get(id(tensor)) for tensor in _every_tensor(output)]
        return Trace(
            model=self._tree.type_name,
            input_shape=self._input_shape,
            output_shape=_shape_of((output,)),
            outputs=tuple(maker[1] for maker in makers if maker is not None),
            ops=tuple(self._ops),
            calls=self._all_calls(),
            modules=self._tree.modules,
            parameters=self._tree.parameters,
            buffers=self._tree.buffer_elements,
            state_dict=self._tree.state_dict,
            failure=failure,
        )

    def _all_calls(self) -> tuple[Call, ...]:
        """The calls that returned, and those that an error left open."""
        calls = list(self._calls)
        for _, path, place, first, input_shape in self._open:
            calls[place] = Call(path, first, len(self._ops), input_shape, None)
        return tuple(call for call in calls if call is not None)


def _tensors(args: Any, kwargs: Any) -> list[Tensor]:
    """The tensors among an operator's arguments, those in lists included."""
    found: list[Tensor] = []
    for value in (*args, *kwargs.values()) if kwargs else args:
        kind = type(value)
        if kind is Tensor or kind is nn.Parameter:
            found.append(value)
        elif kind is list or kind is tuple:
            found.extend(item for item in value if isinstance(item, Tensor))
        elif kind not in _SCALARS and isinstance(value, Tensor):
            found.append(value)
    return found


def _plain(tensors: list[Tensor]) -> bool:
    """Whether shape rules may answer: dense operands of one dtype.

    A rule's output is contiguous; torch keeps channels-last, which a later ``view`` may notice.
    """
    dtype = tensors[0].dtype
    return all(tensor.dtype is dtype and tensor.is_contiguous() for tensor in tensors)


def _to_meta(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value if value.is_meta else _meta_twin(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_to_meta(item) for item in value)
    if isinstance(value, dict):
        return {key: _to_meta(item) for key, item in value.items()}
    return value


def _meta_twin(tensor: Tensor) -> Tensor:
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=META)
