"""Sums of tensors, in whatever way they are written: what may join the branches of a residual block."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.records import Op

DIFFERENCES = frozenset({"sub", "rsub"})
WITH_PRODUCT = frozenset({"addmm", "baddbmm", "addbmm", "addmv"})
"""Operators that add a product with a learned matrix to their first operand."""

_SUMS = frozenset({"add", "lerp", "addcmul", "addcdiv", "_foreach_add"})
_DIRECT = _SUMS | DIFFERENCES | WITH_PRODUCT
PRODUCTS = frozenset({"linear", "matmul", "mm", "bmm", "einsum", "bilinear", *WITH_PRODUCT})
_REDUCTIONS = frozenset({"sum", "mean", "nansum", "einsum", "tensordot"})
_COLLECTIONS = frozenset({"cat", "stack"})
_VIEWS_AND_FACTORS = frozenset({"view", "reshape", "unflatten", "unsqueeze", "mul", "div"})

ADDING = ("add", "sub", "rsub", *sorted(_SUMS - {"add"}), *sorted(WITH_PRODUCT))
"""Names of the operators that add or subtract by themselves."""

SUMS = (*ADDING, "stack", "cat")
"""Names of all operators that may be sums."""


class Graph(NamedTuple):
    """The data flow without gates.

    Attributes:
        ops: all operators.
        flow: the sources of each, gates left out.
        sums: number -> numbers of what is added or subtracted, for each operator that so joins several tensors. Of
            tensors that are stacked or concatenated to be summed, it is the operator that stacks.
        layers: numbers of the weighted layers, and of other products with something learned; in a network with nothing
            learned, as after freezing, of whatever would be one.
    """

    ops: Sequence[Op]
    flow: Sequence[tuple[int, ...]]
    sums: Mapping[int, tuple[int, ...]]
    layers: frozenset[int]


def graph_of(ops: Sequence[Op], flow: Sequence[tuple[int, ...]], numbers: Sequence[int]) -> Graph:
    """Find the sums and layers among the operators of these numbers."""
    found: dict[int, tuple[int, ...]] = {}
    for number in numbers:
        name = ops[number].name
        if name in _DIRECT:
            operands = tuple(dict.fromkeys(flow[number]))
            if len(operands) > 1 and _is_sum(ops[number]):
                found[number] = operands
        elif name in _REDUCTIONS and len(flow[number]) == 1:
            collection = _summed_collection(ops, flow, number)
            if collection is not None:
                found[collection] = tuple(_unviewed(ops, flow, operand) for operand in flow[collection])
    return Graph(ops, flow, found, _layers(ops, numbers))


def _layers(ops: Sequence[Op], numbers: Sequence[int]) -> frozenset[int]:
    learned = frozenset(n for n in numbers if ops[n].weighted or (ops[n].name in PRODUCTS and ops[n].parameters))
    return learned or frozenset(n for n in numbers if ops[n].name in PRODUCTS or "conv" in ops[n].name)


def _is_sum(op: Op) -> bool:
    if op.name in WITH_PRODUCT:
        return bool(op.parameters) and op.source_shapes[0] == op.output_shape
    return op.name not in DIFFERENCES or op.source_shapes[0] == op.source_shapes[1]


def _summed_collection(ops: Sequence[Op], flow: Sequence[tuple[int, ...]], number: int) -> int | None:
    """Return the operator that stacked what is summed, or concatenated it along an axis of its own."""
    whole, result = ops[number].source_shapes[0], ops[number].output_shape
    (source,) = flow[number]
    while source >= 0 and ops[source].name in _VIEWS_AND_FACTORS and len(flow[source]) == 1:
        (source,) = flow[source]
    if source < 0 or ops[source].name not in _COLLECTIONS:
        return None
    shapes = ops[source].source_shapes
    count = len(shapes)
    if count < 2 or len(set(shapes)) > 1 or len(set(flow[source])) != count or prod(whole) != count * prod(result):
        return None
    summed = {
        prod(whole[:axis])
        for axis, length in enumerate(whole)
        if length == count and _squeezed(whole, axis) == result
    }  # fmt: skip
    return source if summed & _before_axis(ops[source], shapes[0]) else None


def _squeezed(shape: Shape, axis: int) -> Shape:
    return shape[:axis] + shape[axis + 1 :]


def _before_axis(collection: Op, shape: Shape) -> set[int]:
    """Return how many elements lie before the axis along which tensors were joined, for each axis that may be it."""
    whole = collection.output_shape
    if collection.name == "stack":
        return {prod(whole[:axis]) for axis in range(len(whole)) if _squeezed(whole, axis) == shape}
    return {prod(whole[:axis]) for axis, (after, own) in enumerate(zip(whole, shape, strict=True)) if after != own}


def _unviewed(ops: Sequence[Op], flow: Sequence[tuple[int, ...]], number: int) -> int:
    """Return the operator behind axes of length 1 that were added for a concatenation."""
    while number >= 0 and ops[number].name == "unsqueeze":
        (number,) = flow[number]
    return number
