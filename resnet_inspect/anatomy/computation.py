"""The computation of a network: its data flow in a canonical form, in which equal functions have equal graphs.

Copies, dropout and reshapes without effect are left out; operators that compute the same, such as ``conv2d`` and
``convolution``, or a mean over the map and a global average pool, have one form. Some are the same at one input size
only, as an average pool with a window as large as the map: these are joined on request.
"""

from collections.abc import Sequence
from typing import NamedTuple

from resnet_inspect.anatomy.spellings import NAMES, RULES, Arguments, Case, Step
from resnet_inspect.tracing.records import Op, Operand, Scalar, Trace

TRAINING_ONLY = frozenset({"momentum"})
"""Arguments that change nothing outside training."""

_AXES = frozenset({"dim", "dims", "axis", "dim0", "dim1", "start_dim", "end_dim"})


class Computation(NamedTuple):
    """The computation of a network.

    Attributes:
        steps: in running order.
        results: origins of the output's tensors, with numbers of steps.
    """

    steps: tuple[Step, ...]
    results: tuple[Operand, ...]


def computation(trace: Trace, *, at_size: bool) -> Computation:
    """Return what a network computes.

    Args:
        trace: a run that has not failed.
        at_size: ``True`` to join operators that compute the same at this input size only.
    """
    steps: list[Step] = []
    values: list[Operand] = []  # operator number -> the step, or the operand, that is its first result

    def resolved(origin: Operand) -> Operand:
        number, position = origin if isinstance(origin, tuple) else (origin, 0)
        if isinstance(number, str) or number < 0:
            return origin
        value = values[number]
        return (value, position) if position and isinstance(value, int) else value

    for number, op in enumerate(trace.ops):
        name = NAMES.get(op.name, op.name)
        own = Step(name, _arguments(op), tuple(map(resolved, op.operands)), op.output_shape, op.dtype, number)
        rule = RULES.get(name)
        found: Step | Operand = own
        if rule and _reads_data_first(trace.ops, op):
            found = rule(Case(op, own, dict(own.arguments), steps, at_size))
        if isinstance(found, Step):
            steps.append(found)
            values.append(len(steps) - 1)
        else:
            values.append(found)
    return Computation(tuple(steps), tuple(map(resolved, trace.results)))


def _reads_data_first(ops: Sequence[Op], op: Op) -> bool:
    origin = op.operands[0] if op.operands else ""
    number = origin[0] if isinstance(origin, tuple) else origin
    return isinstance(number, int) and (number < 0 or bool(ops[number].sources))


def _arguments(op: Op) -> Arguments:
    """Return the arguments that change the result, with axes counted from the first, and the window."""
    rank = len(op.source_shapes[0]) if op.sources else 0
    found = [
        (name, _from_the_first(value, rank) if name in _AXES and rank else _as_number(value))
        for name, value in op.arguments
        if name not in TRAINING_ONLY and (name != "output_padding" or (op.window and op.window.transposed))
    ]
    window = op.window
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
