"""Gates: what feeds nothing but the gating side of products, or the weight of a layer.

A context that is made of a tensor, and added to all of its pixels alike, counts as one.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from math import prod

from resnet_inspect.tracing.records import Op

_ACTIVATIONS = frozenset({"sigmoid", "hardsigmoid", "softmax", "tanh"})
_LIMITS = frozenset({"clamp", "minimum"})
_RELU6 = frozenset({"relu6", "hardtanh"})
_SCALING = frozenset({"mul", "div"})

_OF_THREE = frozenset({"lerp", "addcmul", "addcdiv"})
_BROADCASTING = frozenset({"expand", "expand_as", "broadcast_to", "repeat", "tile", "repeat_interleave"})
_RESHAPING = frozenset({"view", "reshape", "unsqueeze", "squeeze", "flatten", "unflatten", "permute", "transpose"})
_PICKING = frozenset({"slice", "select", "chunk", "split", "unbind"})
_LIKE_ANOTHER = frozenset({"expand_as", "view_as", "reshape_as", "type_as"})
_COPYING = frozenset({"to", "clone", "contiguous"})
_AFFINE = frozenset({"add", "sub", "rsub", "neg", *_SCALING})
_PASSING = _BROADCASTING | _RESHAPING | _PICKING | _COPYING | _AFFINE
"""Operators on one tensor behind which a gate is still one: it is enlarged, reshaped, shifted, or scaled."""


def gates(ops: Sequence[Op], live: Sequence[int]) -> frozenset[int]:
    """Return the operators that feed nothing but the gating side of products, or the weight of a layer."""
    inside = frozenset(live)
    gating = {}
    for number in live:
        op = ops[number]
        if len(op.sources) > 1:
            operand = _gating_operand(ops, op, inside)
            if operand is not None:
                gating[number] = op.sources[operand]
    if not gating:
        return frozenset()
    other_reads = Counter(source for number in live for source in ops[number].sources)
    found: set[int] = set()
    waiting = list(gating.values())
    while waiting:
        current = waiting.pop()
        other_reads[current] -= 1
        if current in inside and not other_reads[current]:
            found.add(current)
            waiting.extend(ops[current].sources)
    return frozenset(found)


def without_gates(ops: Sequence[Op], gating: frozenset[int]) -> Sequence[tuple[int, ...]]:
    """Return the sources of each operator, those left out that only compute a gate."""
    flow = [op.sources for op in ops]
    if gating:
        for number, sources in enumerate(flow):
            if number not in gating and not gating.isdisjoint(sources):
                flow[number] = tuple(source for source in sources if source not in gating)
    return flow


def _gating_operand(ops: Sequence[Op], op: Op, inside: Collection[int]) -> int | None:
    """Return the index of the source that gates another one; ``None`` if there is none, or if nothing tells."""
    if len(op.sources) == 3 and op.name in _OF_THREE:
        return 2 if op.name == "lerp" else _gate_of(ops, op, (1, 2), inside)
    if len(op.sources) != 2 or op.sources[0] == op.sources[1]:
        return None
    if op.generated or _divides_by_sigmoid(ops, op, inside):
        return 1
    if op.name == "add":
        return _context(ops, op, inside)
    is_product = op.name == "mul" or (op.name == "einsum" and _is_prefix(op))
    return _gate_of(ops, op, (0, 1), inside) if is_product else None


def _divides_by_sigmoid(ops: Sequence[Op], op: Op, inside: Collection[int]) -> bool:
    """Return whether an operator is x / (1 + exp(-g)), which is x · sigmoid(g)."""
    return op.name == "div" and _maker(ops, op.sources[1], inside)[0] == "exp"


def _context(ops: Sequence[Op], op: Op, inside: Collection[int]) -> int | None:
    """Return which operand of a sum is made of the other one alone, and broadcast over it, as a global context is."""
    sizes = [prod(shape) for shape in op.source_shapes]
    if sizes[0] == sizes[1]:
        return None
    small = int(sizes[0] > sizes[1])
    whole, waiting, seen = op.sources[1 - small], [op.sources[small]], set()
    while waiting:
        current = waiting.pop()
        if current < whole or current not in inside:
            return None
        if current != whole and current not in seen:
            seen.add(current)
            waiting.extend(ops[current].sources)
    return small


def _is_prefix(op: Op) -> bool:
    """Return whether one operand has the first axes of the other one, which the product keeps."""
    short, long = sorted(op.source_shapes, key=len)
    return len(short) < len(long) and long[: len(short)] == short and op.output_shape == long


def _gate_of(ops: Sequence[Op], op: Op, pair: tuple[int, int], inside: Collection[int]) -> int | None:
    """Return which of two factors gates the other one: the smaller, else the one that a gate's activation made.

    If neither tells, it is the one that was repeated to fit the other.
    """
    sizes = [prod(op.source_shapes[index]) for index in pair]
    makers = [_maker(ops, op.sources[index], inside, prod(op.source_shapes[index])) for index in pair]
    activated = [name in _ACTIVATIONS for name, _ in makers]
    before = [size for _, size in makers]
    if sizes[0] != sizes[1]:
        smaller = sizes[0] > sizes[1]
    elif activated[0] != activated[1]:
        smaller = activated[1]
    elif min(before) < sizes[0] and before[0] != before[1]:
        smaller = before[0] > before[1]
    else:
        return None
    return pair[smaller]


def _maker(ops: Sequence[Op], number: int, inside: Collection[int], size: int = 0) -> tuple[str, int]:
    """Return the name of the operator that made the values of a tensor of ``size``, and its size before repetition.

    A clamp behind or before a shift or a factor is a sigmoid, written out.
    """
    scaled = False
    while number in inside and _passes(ops[number]):
        op = ops[number]
        scaled = scaled or op.name in _SCALING
        if op.name in _BROADCASTING or (op.name.startswith("upsample") and set(op.source_shapes[0][2:]) == {1}):
            size = min(size, prod(op.source_shapes[0]))
        number = op.sources[0]
    if number not in inside:
        return "", size
    op = ops[number]
    if op.name in _LIMITS or (op.name in _RELU6 and scaled and _is_shifted(ops, op, inside)):
        return "sigmoid", size
    if op.name == "reciprocal" and _maker(ops, op.sources[0], inside)[0] == "exp":
        return "sigmoid", size
    return op.name, size


def _passes(op: Op) -> bool:
    if op.name in _LIKE_ANOTHER:
        return True
    return len(op.sources) == 1 and (op.name in _PASSING or op.name.startswith("upsample"))


def _is_shifted(ops: Sequence[Op], op: Op, inside: Collection[int]) -> bool:
    source = op.sources[0]
    return source in inside and ops[source].name in {"add", "sub"} and len(ops[source].sources) == 1
