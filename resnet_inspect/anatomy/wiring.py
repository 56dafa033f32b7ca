"""Which operator reads which: the part of a network that a comparison branch by branch does not see."""

from collections.abc import Hashable
from math import prod

from resnet_inspect.tracing.records import MODEL_INPUT, Op, Trace

RESHAPING = frozenset({"view", "reshape", "flatten", "unsqueeze", "squeeze", "expand", "expand_as"})
AVERAGING = frozenset({"mean", "avg_pool2d", "adaptive_avg_pool2d"})
"""Operators that pass on the same numbers in another shape, and averages: they do the same by several names."""

_COMMUTATIVE = frozenset({"add", "mul"})


def first_rewired(left: Trace, right: Trace) -> str | None:
    """Return where the right network first computes something that the left one does not.

    An operator computes what its name, shapes and window say of what its sources compute. Reshaping is left out, an
    average over the whole map is one by any name, and the operands of a sum or product have no order.

    Returns:
        The name and module of that operator; ``None`` if the output of the left network is one of the right one's.
    """
    known: dict[Hashable, int] = {}
    ours = _computed(left, known)
    count = len(known)
    theirs = _computed(right, known)
    if {ours[number] for number in left.outputs} <= {theirs[number] for number in right.outputs}:
        return None
    first = next((right.ops[number] for number, computed in theirs.items() if number >= 0 and computed >= count), None)
    return "the output" if first is None else f"{first.name} in {first.module or 'the network itself'}"


def _computed(trace: Trace, known: dict[Hashable, int]) -> dict[int, int]:
    """Return operator number -> number of what it computes, and add what is new to ``known``."""
    found = {MODEL_INPUT: known.setdefault(trace.input_shape, len(known))}
    for number, op in enumerate(trace.ops):
        if op.sources:
            sources = [found[source] for source in op.sources]
            if op.name in RESHAPING and (len(sources) == 1 or op.name == "expand_as"):
                found[number] = sources[0]
            else:
                found[number] = known.setdefault(_computation(op, sources), len(known))
    return found


def _computation(op: Op, sources: list[int]) -> Hashable:
    operands = tuple(sorted(sources) if op.name in _COMMUTATIVE else sources)
    if _averages_map(op):
        return "average", operands
    # A window slides over the map as it lies there; elsewhere the same numbers may be in another shape.
    size = op.output_shape if op.window else prod(op.output_shape)
    return op.name, op.window, op.weights, size, len(op.parameters), operands


def _averages_map(op: Op) -> bool:
    """Return whether an operator averages over all pixels; not if a mean could as well be one over the channels."""
    channels, *pixels = op.source_shapes[0][1:] or (0,)
    if op.name not in AVERAGING or op.output_shape[1:2] != (channels,) or max(op.output_shape[2:], default=1) > 1:
        return False
    if op.window and not op.window.adaptive:
        return op.window.kernel == tuple(pixels) and not any(op.window.padding)
    return op.name != "mean" or channels not in pixels
