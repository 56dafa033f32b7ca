"""Runs a module's own forward on a dummy tensor and writes down every operator: ``trace(module) -> Trace``.

Wrapped forwards tell which module is at work, a dispatch mode sees every ATen operator and which tensor came from
which.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import replace
from traceback import walk_tb
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from resnet_inspect.collector import without_collector
from resnet_inspect.errors import words_of
from resnet_inspect.process_lock import PROCESS_LOCK
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.calls import Calls
from resnet_inspect.trace.dataflow import DataFlow, Operands
from resnet_inspect.trace.dummy import dummy_arguments
from resnet_inspect.trace.inputs import InputSpec, checked
from resnet_inspect.trace.memory import Memory
from resnet_inspect.trace.meta import META, to_meta
from resnet_inspect.trace.module_tree import ModuleTree
from resnet_inspect.trace.nested import every_tensor, first_shape, tensors_among
from resnet_inspect.trace.operators import Operator, is_plain, operator_of
from resnet_inspect.trace.records import MODEL_INPUT, Failure, Op, Trace
from resnet_inspect.trace.rule import NOTHING, Geometry, Ran, Rule
from resnet_inspect.trace.snapshot import Isolated, same_globals, same_modules
from resnet_inspect.trace.values import asks_for_values

_HERE = f"{__package__}."


@without_collector()
def trace(
    module: nn.Module,
    input_shape: Sequence[int] = (1, 3, 224, 224),
    *,
    inputs: Sequence[InputSpec] | None = None,
    device: str = "meta",
) -> Trace:
    """Run ``module`` once on dummy tensors of zeros, in eval and inference mode, and record what happened.

    The module is left as it was, also when its forward raises: flags, attributes, hooks, and the values, devices and
    gradients of its tensors; and so are random numbers, and the caches, closures and globals that the forward can
    reach. One trace runs at a time; other threads wait.

    Args:
        module: any module whose forward takes tensors; its parameters may lie on any device.
        input_shape: shape of the one tensor that it takes, batch first, e.g. (1, 3, 224, 224). Its type is that of the
            parameters.
        inputs: what the forward is given, where that is not one tensor of that type: several, of other types, by
            keyword or in dicts.
        device: ``meta`` computes shapes only and needs no memory; on ``cpu`` or ``cuda`` the operators really run, and
            the module has to be there.

    Returns:
        The trace. If forward raised, its ``failure`` says where, and the rest is what ran until then.

    Raises:
        RequestError: if an input is impossible, if the device is not there, if a module on the meta device is to run on
            a real one, or if a lazy module has no shapes yet.
    """
    specs = checked((InputSpec(input_shape),) if inputs is None else inputs)  # type: ignore[arg-type]  # or raises
    with PROCESS_LOCK:
        return _run(module, specs, device)


def _run(module: nn.Module, specs: Sequence[InputSpec], device: str) -> Trace:
    tree = ModuleTree(module)
    positional, named = dummy_arguments(specs, device, tree)
    dummies = list(every_tensor((positional, named)))
    output, failure = None, None
    with (
        same_globals(dummies[0].device),
        same_modules(tree, on_meta=dummies[0].is_meta) as isolated,
        _Recorder(tree, dummies, isolated).watching(tree) as recorder,
    ):
        try:
            output = copy_context().run(module, *positional, **named)
        except Exception as error:
            if recorder.is_to_blame_for(error):
                raise
            failure = recorder.failure(error)
    return Trace(
        model=tree.type_name,
        input_shape=specs[0].shape,
        output_shape=first_shape(output),
        outputs=recorder.makers(output),
        ops=tuple(recorder.ops),
        calls=recorder.calls.finished(),
        modules=tuple(tree.module_infos),
        parameters=tuple(tree.parameters),
        buffers=sum(buffer.numel() for buffer in tree.buffers),
        state_dict=tuple(tree.state_dict),
        failure=failure,
    )


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's __init_subclass__ is untyped
    """Writes an ``Op`` for every operator that it sees."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keeps torch from importing torch._dynamo for this mode; harmless where torch does not ask."""
        return False

    def __init__(self, tree: ModuleTree, dummies: Sequence[Tensor], isolated: Isolated) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's is untyped
        names = tree.parameter_names
        self.ops: list[Op] = []
        self.calls = Calls(self.ops)
        self._on_meta = dummies[0].is_meta
        self._flow = DataFlow(
            names | {id(twin): names[id(tensor)] for tensor, twin in isolated.stand_ins if id(tensor) in names}
        )
        self._memory = Memory()
        self._failed: tuple[Exception | None, str, tuple[Shape, ...]] = (None, "", ())
        for dummy in dummies:
            self._flow.note_data(dummy, MODEL_INPUT, tuple(dummy.shape))
        self._memory.note((), dummies)
        if isolated.mentions_memory:
            originals = [original for original, _ in isolated.stand_ins]
            self._memory.save(originals)
            self._memory.save(tensor.grad for tensor in originals if tensor.is_leaf and tensor.grad is not None)
        elif not self._on_meta:
            self._memory.save(tree.buffers)

    @contextmanager
    def watching(self, tree: ModuleTree) -> Iterator[_Recorder]:
        """Everything that runs inside is recorded, and what it overwrites is brought back afterwards."""
        self.calls.watch(zip(tree.paths.values(), tree.modules, strict=True))
        try:
            with torch.inference_mode(), self:
                yield self
        finally:
            self._memory.bring_back()
            self._failed = (None, "", ())
            self.calls.forget_error()

    def makers(self, output: Any) -> tuple[int, ...]:
        """Numbers of the operators that made the tensors in ``output``."""
        numbers = [self._flow.maker(tensor) for tensor in every_tensor(output)]
        return tuple(number for number in numbers if number is not None)

    def is_to_blame_for(self, error: Exception) -> bool:
        """Whether this package raised it, and neither the model nor torch."""
        *_, (frame, _) = walk_tb(error.__traceback__)
        raised_by = frame.f_globals.get("__name__", "")
        # A model that calls itself without end may come to the end of the stack in our code.
        ours = raised_by.startswith(_HERE) and raised_by != Calls.__module__ and not isinstance(error, RecursionError)
        return ours and error is not self._failed[0]

    def failure(self, error: Exception) -> Failure:
        """Describe ``error``, which the model's forward raised."""
        raised, name, shapes = self._failed
        if raised is not error:
            name, shapes = "", ()
        message = words_of(error).strip()
        if not message or isinstance(error, KeyError):
            message = f"{type(error).__name__} {message}".rstrip()
        needs_values = self._on_meta and asks_for_values(error)
        return Failure(self.calls.raised_in(error), name, shapes, message, needs_values)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        kwargs = kwargs or {}
        operator = operator_of(func)
        tensors = tensors_among(args, kwargs)
        operands = sources, shapes, parameters = self._flow.operands(tensors if operator.reads else ())
        rule = operator.rule
        answer = None
        if rule.answer and self._on_meta and sources and not kwargs and is_plain(tensors):
            answer = rule.answer(args)
        try:
            if answer:
                shape, geometry = answer
                output = self._made(operator, shape, args[0])
            else:
                output = self._run(operator, tensors, func, args, kwargs)
                if sources and operator.is_idle(args, output):
                    return output
                shape, geometry = first_shape((output,)) or (), NOTHING
        except Exception as error:
            self._failed = (error, operator.name, shapes)
            raise
        if rule.geometry and sources:
            geometry = self._measured(rule, args, shape, geometry)
        number = len(self.ops)
        self.ops.append(Op(operator.name, self.calls.at_work, sources, shapes, parameters, shape, *geometry))
        if sources and type(output) is Tensor:
            self._flow.note_data(output, number, shape)
        else:
            for tensor in tensors_among((output,)):
                self._flow.note(tensor, number, operands)
        if operator.writes and (self._memory.sharing or output is not args[0]):
            self._note_written(operator.written(args, kwargs), number, operands)
        return output

    def _made(self, operator: Operator, shape: Shape, source: Tensor) -> Tensor:
        """What torch would give, without its kernel."""
        if operator.writes:
            return source
        if operator.views:
            view = source.view(shape)
            self._memory.note((source,), (view,))
            return view
        return torch.empty(shape, dtype=source.dtype, device=META)

    def _run(self, operator: Operator, tensors: list[Tensor], func: Any, args: Any, kwargs: Any) -> Any:
        """Let torch run it.

        On meta every operand is brought there first, unless all are constants of the forward's own making: those keep
        their values, which Python code may ask for.
        """
        if not self._on_meta:
            self._memory.save(operator.overwritten(args, kwargs))
        elif any(tensor.is_meta for tensor in tensors) or not all(
            map(self._memory.is_own, operator.written(args, kwargs))
        ):
            args, kwargs = to_meta(args), to_meta(kwargs)
        output = func(*args, **kwargs)
        self._memory.note(tensors, tensors_among((output,)))
        return output

    def _measured(self, rule: Rule, args: Any, shape: Shape, answered: Geometry) -> Geometry:
        """Weights and MACs of a layer; a blur is a convolution too, but its fixed kernel makes it a pool."""
        learned = next((place for place in rule.weight if self._flow.learned_from(args[place])), None)
        geometry = rule.geometry(Ran(args, shape, learned)) if answered is NOTHING and rule.geometry else answered
        if learned is not None:
            return geometry
        if geometry.weights and rule.is_layer and all(self._flow.maker(operand) is not None for operand in args[:2]):
            return geometry._replace(weights=replace(geometry.weights, generated=True))
        return Geometry(geometry.window)

    def _note_written(self, written: list[Tensor], number: int, operands: Operands) -> None:
        """Writing into a tensor changes its base and its other views too."""
        for tensor in written:
            self._flow.note(tensor, number, operands)
            for other in self._memory.others_on(tensor):
                self._flow.note(other, number, operands)
