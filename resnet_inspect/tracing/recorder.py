"""Run a module's own forward on dummy tensors, and record every operator: ``trace(module) -> Trace``.

Wrapped forwards track which module is running; a dispatch mode sees every ATen operator and its tensors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import replace
from traceback import walk_tb
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from resnet_inspect.errors import words_of
from resnet_inspect.process_state import PROCESS_LOCK, gc_paused
from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.constants import ConstantLayers
from resnet_inspect.tracing.dataflow import DataFlow, Operands
from resnet_inspect.tracing.dummy import META_DEVICE, asks_for_values, dummy_arguments, to_meta
from resnet_inspect.tracing.geometry import NO_GEOMETRY, ExecutedOp, Geometry, OperatorRule
from resnet_inspect.tracing.inputs import InputSpec, checked
from resnet_inspect.tracing.isolation import Isolated, isolated_modules, preserve_globals
from resnet_inspect.tracing.memory import Memory
from resnet_inspect.tracing.modules import Calls, ModuleTree
from resnet_inspect.tracing.operators import Operator, is_plain, operator_of
from resnet_inspect.tracing.pytree import every_tensor, first_shape, name_of_dtype, named_tensors, tensors_among
from resnet_inspect.tracing.records import MODEL_INPUT, Failure, Op, Operand, Trace
from resnet_inspect.tracing.zeros import Zeros

_HERE = f"{__package__}."


@gc_paused()
def trace(
    module: nn.Module,
    input_shape: Sequence[int] = (1, 3, 224, 224),
    *,
    inputs: Sequence[InputSpec] | None = None,
    device: str = "meta",
) -> Trace:
    """Run ``module`` once on dummy tensors of zeros, in eval and inference mode, and record what happened.

    The module does not change, also if its forward raises: flags, attributes, hooks, and the values, devices and
    gradients of its tensors are restored; so are random number generators, and the caches, closures and globals that
    the forward can reach. One trace runs at a time; other threads wait.

    Args:
        module: any module whose forward takes tensors; its parameters may be on any device.
        input_shape: shape of its only input, batch first, e.g. (1, 3, 224, 224). Its type is that of the parameters.
        inputs: the inputs of the forward, if it takes several tensors, or one of another type, by keyword or in a dict.
        device: ``meta`` computes shapes only and needs no memory; on ``cpu`` or ``cuda`` the operators actually run,
            and the module must be on that device.

    Returns:
        The trace. If forward raised, ``failure`` says where, and the operators are those that ran before.

    Raises:
        RequestError: if an input is impossible, if the device is not available, if a module on the meta device should
            run on a real one, or if a lazy module has no shapes yet.
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
        preserve_globals(dummies[0].device),
        isolated_modules(tree, on_meta=dummies[0].is_meta) as isolated,
        _Recorder(tree, dummies, specs, isolated).watching(tree) as recorder,
    ):
        try:
            output = copy_context().run(module, *positional, **named)
        except Exception as error:
            if recorder.is_own_error(error):
                raise
            failure = recorder.failure(error)
    recorder.complete(output)
    outputs = recorder.makers(output)
    if failure is None and not outputs:
        failure = recorder.severed(output)
    return Trace(
        model=tree.type_name,
        input_shape=specs[0].shape,
        output_shape=first_shape(output),
        outputs=outputs,
        results=recorder.origins(output),
        result_names=tuple(name for name, _ in named_tensors(output)),
        writes=tuple(recorder.writes),
        entry_types=tuple(tree.entry_types()),
        hidden=recorder.hidden,
        ops=tuple(recorder.ops),
        calls=recorder.calls.finished(),
        modules=tuple(tree.module_infos.values()),
        parameters=tuple(tree.parameters),
        buffers=sum(buffer.numel() for buffer in tree.buffers),
        state_dict=tuple(tree.state_dict),
        failure=failure,
    )


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's __init_subclass__ is untyped
    """A dispatch mode that records an ``Op`` for every operator that it sees."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from importing torch._dynamo for this mode; versions of torch that do not call this do no harm."""
        return False

    def __init__(
        self, tree: ModuleTree, dummies: Sequence[Tensor], specs: Sequence[InputSpec], isolated: Isolated
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's is untyped
        self.ops: list[Op] = []
        self.calls = Calls(self.ops)
        self._on_meta = dummies[0].is_meta
        self._flow = DataFlow(
            _with_stand_ins(tree.parameter_names, isolated),
            _with_stand_ins(tree.buffer_names, isolated),
            wraps=isolated.wraps_tensors,
        )
        self._zeros = Zeros(self._flow.is_constant)
        self._constants = ConstantLayers()
        self._memory = Memory()
        self._failed: tuple[Exception | None, str, tuple[Shape, ...]] = (None, "", ())
        self._shape_only: tuple[str, str] | None = None
        self.writes = self._flow.writes
        self.hidden = isolated.hides_values
        paths = [spec.path for spec in specs]
        for position, dummy in enumerate(dummies):
            origin: Operand = (MODEL_INPUT, position) if position else MODEL_INPUT
            if len(dummies) == len(paths) > 1 and paths[position]:
                origin = f">{paths[position]}"
            self._flow.record_data(dummy, MODEL_INPUT, tuple(dummy.shape), origin)
        self._memory.record((), dummies)
        if isolated.mentions_memory:
            originals = [original for original, _ in isolated.stand_ins]
            self._memory.save(originals)
            self._memory.save(tensor.grad for tensor in originals if tensor.is_leaf and tensor.grad is not None)
        elif not self._on_meta:
            self._memory.save(tree.buffers)

    @contextmanager
    def watching(self, tree: ModuleTree) -> Iterator[_Recorder]:
        """Record everything that runs inside, and restore what it overwrote on exit."""
        self.calls.watch(zip(tree.paths, tree.modules, strict=True))
        try:
            with torch.inference_mode(), self:
                yield self
        finally:
            self._memory.restore()
            self._failed = (None, "", ())
            self.calls.forget_error()

    def complete(self, output: Any) -> None:
        """Complete the records of the layers that read no input, now that it is known what became of their results."""
        for number, layer in self._constants.found(every_tensor(output)).items():
            window, weights, macs = layer.geometry
            self.ops[number] = self.ops[number]._replace(
                source_shapes=(layer.operand,), window=window, weights=weights, macs=macs
            )

    def makers(self, output: Any) -> tuple[int, ...]:
        """Return the numbers of the operators that made the tensors in ``output``, of those that depend on an input."""
        numbers = [self._flow.maker_by_memory(tensor) for tensor in every_tensor(output)]
        return tuple(number for number in numbers if number is not None)

    def origins(self, output: Any) -> tuple[Operand, ...]:
        """Return the origins of the tensors in ``output``."""
        return self._flow.operands(list(every_tensor(output)))[3]

    def is_own_error(self, error: Exception) -> bool:
        """Return whether this package raised the error, and neither the model nor torch."""
        *_, (frame, _) = walk_tb(error.__traceback__)
        raised_by = frame.f_globals.get("__name__", "")
        # A model with infinite recursion may exhaust the stack in our code.
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

    def severed(self, output: Any) -> Failure | None:
        """Describe an output that depends on no input; ``None`` if no tensor was returned, and nothing seems lost."""
        last = next((op for op in reversed(self.ops) if op.sources), None)
        if first_shape(output) is None and (last is not None or not self.ops):
            return None
        message, module = "no operator reads an input", ""
        if last is not None:
            module = last.module
            message = f"the last operator that depends on one is {_named(last.name, module)}"
        if self._shape_only is not None:
            name, module = self._shape_only
            message += f"; {_named(name, module)} takes only the shape of its operand"
        return Failure(module, "", (), message, severed=True)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        kwargs = kwargs or {}
        operator = operator_of(func)
        tensors = tensors_among(args, kwargs)
        operands = sources, shapes, parameters, origins = self._flow.operands(tensors if operator.reads else ())
        rule = operator.rule
        answer = None
        if not (operator.reads or self._shape_only) and self._flow.operands(tensors)[0]:
            self._shape_only = operator.name, self.calls.current
        if rule.answer and self._on_meta and sources and not kwargs and is_plain(tensors):
            answer = rule.answer(args)
        try:
            if answer:
                shape, geometry = answer
                output = self._answered(operator, shape, args[0])
            else:
                output = self._run(operator, tensors, func, args, kwargs)
                if sources and operator.is_idle(args, output):
                    return output
                shape, geometry = first_shape((output,)) or (), NO_GEOMETRY
        except Exception as error:
            self._failed = (error, operator.name, shapes)
            raise
        if rule.geometry and sources:
            geometry = self._measured(rule, args, shape, geometry)
        self.hidden |= operator.hides
        number = len(self.ops)
        may_pad = operator.zeros or (operator.writes and self._zeros)
        pads = bool(may_pad) and self._record_zeros(operator, args, kwargs, output)
        arguments = operator.arguments(tensors, args, kwargs)
        single = type(output) is Tensor
        results = (output,) if single else tensors_among((output,))
        dtype = name_of_dtype(results[0].dtype) if results else ""
        self.ops.append(
            Op(
                operator.name, self.calls.current, sources, shapes, parameters, shape, *geometry,
                arguments, origins, dtype, pads,
            )
        )  # fmt: skip
        if parameters and (self._constants.candidates or not sources):
            self._follow_constants(number, rule, tensors, args, shape, output)
        if sources and single:
            self._flow.record_data(output, number, shape, number)
        else:
            self._record_made(results, number, operands)
        if operator.writes and (self._memory.aliases or output is not args[0]):
            self._record_written(operator.written(args, kwargs), number, operands)
        return output

    def _answered(self, operator: Operator, shape: Shape, source: Tensor) -> Tensor:
        """Return the output that torch would compute, without running its kernel."""
        if operator.writes:
            return source
        if operator.views:
            view = source.view(shape)
            self._memory.record((source,), (view,))
            return view
        return torch.empty(shape, dtype=source.dtype, device=META_DEVICE)

    def _run(self, operator: Operator, tensors: list[Tensor], func: Any, args: Any, kwargs: Any) -> Any:
        """Let torch run the operator.

        On meta, operands are moved there first, unless all are constants that the forward made: these keep their
        values, which Python code may ask for.
        """
        if not self._on_meta:
            self._memory.save(operator.overwritten(args, kwargs))
        elif any(tensor.is_meta for tensor in tensors) or not all(
            map(self._memory.is_allocated, operator.written(args, kwargs))
        ):
            args, kwargs = to_meta(args), to_meta(kwargs)
        output = func(*args, **kwargs)
        self._memory.record(tensors, tensors_among((output,)))
        return output

    def _measured(self, rule: OperatorRule, args: Any, shape: Shape, answer: Geometry) -> Geometry:
        """Return the geometry of an operator: with weights and MACs only if its weight is learned or generated."""
        learned = next((index for index in rule.weight if self._flow.learned_from(args[index])), None)
        geometry = (
            rule.geometry(ExecutedOp(args, shape, learned)) if answer is NO_GEOMETRY and rule.geometry else answer
        )
        if learned is not None:
            return geometry
        if geometry.weights and rule.is_layer and all(self._flow.maker(operand) is not None for operand in args[:2]):
            return geometry._replace(weights=replace(geometry.weights, generated=True))
        return Geometry(geometry.window)

    def _record_zeros(self, operator: Operator, args: Any, kwargs: Any, output: Any) -> bool:
        written = operator.written(args, kwargs) if operator.writes and self._zeros else []
        changed = [*written, *(other for tensor in written for other in self._memory.overlapping(tensor))]
        return self._zeros.record(operator.name, args, kwargs, output, changed)

    def _follow_constants(
        self, number: int, rule: OperatorRule, tensors: list[Tensor], args: Any, shape: Shape, output: Any
    ) -> None:
        if self.ops[number].sources:
            self._constants.join(rule, tensors, args)
            return
        if rule.is_layer and self._flow.learned_from(args[1]):
            self._constants.add(number, rule, args, shape)
        if self._constants.candidates:
            self._constants.follow(number, rule, tensors, args, tensors_among((output,)))

    def _record_made(self, results: Sequence[Tensor], number: int, operands: Operands) -> None:
        for position, tensor in enumerate(results):
            self._flow.record(tensor, number, operands, (number, position) if position else number)

    def _record_written(self, written: list[Tensor], number: int, operands: Operands) -> None:
        """Record that an operator wrote into tensors, which changes their bases and other views too."""
        for tensor in written:
            self._flow.record(tensor, number, operands, number)
            for other in {id(other): other for other in self._memory.overlapping(tensor)}.values():
                self._flow.record(other, number, operands, self._flow.write(other, tensor, number))


def _with_stand_ins(names: Mapping[int, str], isolated: Isolated) -> dict[int, str]:
    """Return the names of tensors with those of their stand-ins."""
    return {**names, **{id(twin): names[id(tensor)] for tensor, twin in isolated.stand_ins if id(tensor) in names}}


def _named(operator: str, module: str) -> str:
    return f"{operator} in {module}" if module else operator
