"""The computation of a network: its data flow in a canonical form, in which equal functions have equal graphs.

Copies, dropout and reshapes without effect are left out; operators that compute the same, such as ``conv2d`` and
``convolution``, or a mean over the map and a global average pool, have one form. Some are the same at one input size
only, as an average pool with a window as large as the map: these are joined on request.
"""

from collections.abc import Sequence
from typing import NamedTuple

from resnet_inspect.anatomy.spellings import Arguments, Case, Step, spelling
from resnet_inspect.tracing.records import MODEL_INPUT, WRITTEN, Op, Operand, Scalar, Trace

TRAINING_ONLY = frozenset({"momentum"})
"""Arguments that change nothing outside training."""

_ADDING_AXES = frozenset({"stack", "unsqueeze"})
_AXES = frozenset({"dim", "dims", "axis", "dim0", "dim1", "start_dim", "end_dim"})


class Computation(NamedTuple):
    """The computation of a network.

    Attributes:
        steps: in running order.
        results: keys of the output's tensors, sorted, with their origins, as numbers of steps; a single one has no key.
    """

    steps: tuple[Step, ...]
    results: tuple[tuple[str, Operand], ...]


def computation(trace: Trace, *, at_size: bool) -> Computation:
    """Return what a network computes.

    Args:
        trace: a run that has not failed.
        at_size: ``True`` to join operators that compute the same at this input size only.
    """
    steps: list[Step] = []
    written: dict[int, int] = {}  # number of a write -> its step
    values: list[Operand] = []  # operator number -> the step, or the operand, that is its first result

    def resolved(origin: Operand) -> Operand:
        number, position = origin if isinstance(origin, tuple) else (origin, 0)
        if number == WRITTEN:
            if position not in written:
                before, writer, region = trace.writes[position]
                both = resolved(before), resolved(writer)
                steps.append(Step("write", (("region", region),), both, (), "", writer))
                written[position] = len(steps) - 1
            return written[position]
        if isinstance(number, str) or number < 0:
            return origin
        value = values[number]
        return (value, position) if position and isinstance(value, int) else value

    for number, op in enumerate(trace.ops):
        data_first = _reads_data_first(trace.ops, op)
        name, rule = spelling(op, data_first=data_first)
        operands = tuple(map(resolved, op.operands))
        own = Step(name, _arguments(op, data_first=data_first), operands, op.output_shape, op.dtype, number)
        found = rule(Case(op, own, dict(own.arguments), steps, at_size)) if rule else own
        if isinstance(found, Step):
            steps.append(found)
            values.append(len(steps) - 1)
        else:
            values.append(found)
    names = trace.result_names if len(trace.results) != 1 else ("",)
    results = sorted(zip(names, map(resolved, trace.results), strict=True), key=lambda result: result[0])
    return Computation(tuple(steps), tuple(results))


def _reads_data_first(ops: Sequence[Op], op: Op) -> bool:
    origin = op.operands[0] if op.operands else ""
    number = origin[0] if isinstance(origin, tuple) else origin
    if isinstance(number, str):
        return number.startswith(">")
    return number in {MODEL_INPUT, WRITTEN} or bool(ops[number].sources)


def _arguments(op: Op, *, data_first: bool) -> Arguments:
    """Return the arguments that change the result, with axes counted from the first, and the window."""
    rank = len(op.source_shapes[0]) if data_first and op.sources else 0
    if op.name in _ADDING_AXES:
        rank = len(op.output_shape)
    window = op.window
    inert = {*TRAINING_ONLY}
    if window and not window.transposed:
        inert.add("output_padding")
    if window and all(
        (kernel - 1) * step % 2 == 0 for kernel, step in zip(window.kernel, window.dilation, strict=True)
    ):
        inert.add("padding")  # by name, and as much on either side: the window tells it
    found = [
        (name, _from_the_first(value, rank) if name in _AXES and rank else _as_number(value))
        for name, value in op.arguments
        if name not in inert
    ]
    if window is not None and not window.adaptive:
        reach = tuple(step if kernel > 1 else 1 for step, kernel in zip(window.dilation, window.kernel, strict=True))
        found += [("stride", window.stride), ("padding", window.padding), ("dilation", reach)]
        found += [("kernel", window.kernel), ("ceil_mode", window.ceil_mode), ("transposed", window.transposed)]
    if op.weights is not None:
        found.append(("groups", op.weights.groups))
    return tuple(found)


def _as_number(value: Scalar) -> Scalar:
    """Return 2 for 2.0, which computes the same."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _from_the_first(axes: Scalar, rank: int) -> Scalar:
    if isinstance(axes, tuple):
        return tuple(_from_the_first(axis, rank) for axis in axes)
    return axes + rank if isinstance(axes, int) and axes < 0 else axes
