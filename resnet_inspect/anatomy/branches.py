"""Inside a segment: which operators are the main branch, which the shortcut, which a gate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import prod

from resnet_inspect.anatomy.facts import ShortcutKind
from resnet_inspect.anatomy.flow import Segment, ancestors, reads_two
from resnet_inspect.trace.records import Op

_GATE_ACTIVATIONS = frozenset({"sigmoid", "hardsigmoid", "softmax", "tanh"})
_RESHAPING = frozenset({"expand", "expand_as", "view", "reshape", "unsqueeze", "squeeze", "flatten", "permute"})
_PADDING = frozenset({"pad", "constant_pad_nd", "cat"})


@dataclass(frozen=True, slots=True)
class Branches:
    """A block, told apart.

    Attributes:
        main: numbers of the operators of the main branch, the addition and what follows it included.
        shortcut: numbers of the operators that only the shortcut needs.
        attention: numbers of the operators that only compute a gate.
        kind: of the shortcut; ``none`` if the block adds nothing.
    """

    main: tuple[int, ...]
    shortcut: tuple[int, ...]
    attention: tuple[int, ...]
    kind: ShortcutKind


def branches(ops: Sequence[Op], segment: Segment) -> Branches:
    """Tell the branches of a residual block apart.

    The addition that ends it joins main branch and shortcut: main is the operand with more weighted layers behind it,
    gates not counted; of two equals, the one with more operators. What the addition does not depend on is in neither:
    it only runs at the same time.
    """
    inside = set(segment.ops)
    aside = gates(ops, segment)
    joint = segment.ops[-1]
    left, right = (ancestors(ops, source, inside) for source in ops[joint].sources)

    def weight(side: set[int], other: set[int]) -> tuple[int, int]:
        own = side - other - aside
        return sum(ops[number].weighted for number in own), len(own)

    beside = int(weight(left, right) >= weight(right, left))
    main, side = (left, right) if beside else (right, left)
    shortcut = side - main - aside
    return Branches(
        main=(*sorted(main - aside), joint),
        shortcut=tuple(sorted(shortcut)),
        attention=tuple(sorted(aside & (main | side))),
        kind=_kind(ops, joint, beside, shortcut),
    )


def _kind(ops: Sequence[Op], joint: int, beside: int, shortcut: Collection[int]) -> ShortcutKind:
    """Kind of the shortcut that is operand ``beside`` of the addition ``joint``."""
    if any(ops[number].weighted for number in shortcut):
        return "projection"
    if any(_adds_zero_channels(ops[number]) for number in shortcut):
        return "zero-pad"
    if any(ops[n].window or _gates_or_reshapes(ops[n]) for n in shortcut):
        return "other"
    source, shape = ops[joint].sources[beside], ops[joint].source_shapes[beside]
    written_into_another = source in shortcut and ops[source].output_shape != shape
    return "other" if written_into_another else "identity"


def _gates_or_reshapes(op: Op) -> bool:
    return op.output_shape != op.source_shapes[0] or (op.name == "mul" and reads_two(op))


def in_a_row(ops: Sequence[Op], main: Sequence[int]) -> bool:
    """Whether each weighted operator of a main branch depends on the one before it."""
    passed: dict[int, int] = {}
    count = 0
    for number in main:
        op = ops[number]
        first, *others = op.sources
        behind = passed.get(first, 0)
        if others:
            behind = max(behind, *(passed.get(source, 0) for source in others))
        if op.weights is not None:
            if behind < count:
                return False
            count = behind = count + 1
        passed[number] = behind
    return True


def _adds_zero_channels(op: Op) -> bool:
    """Whether it pads channels alone, be they none, or joins one tensor with constants."""
    return op.name in _PADDING and len(op.sources) == 1 and op.output_shape[2:] == op.source_shapes[0][2:]


def gates(ops: Sequence[Op], segment: Segment) -> set[int]:
    """Operators of a segment that feed nothing but the gating side of multiplications, or the weight of a layer."""
    products = [number for number in segment.ops if _may_be_gated(ops[number])]
    if not products:
        return set()
    inside = frozenset(segment.ops)
    unexplained = Counter(source for number in segment.ops for source in ops[number].sources)
    found: set[int] = set()
    for number in products:
        gate = _gating_operand(ops, ops[number], inside)
        waiting = [] if gate is None else [ops[number].sources[gate]]
        while waiting:
            current = waiting.pop()
            unexplained[current] -= 1
            if current in inside and not unexplained[current]:
                found.add(current)
                waiting.extend(ops[current].sources)
    return found


def _may_be_gated(op: Op) -> bool:
    return reads_two(op) and (op.name == "mul" or op.generated)


def _gating_operand(ops: Sequence[Op], op: Op, inside: Collection[int]) -> int | None:
    """0 or 1: a weight, the operand that is broadcast over the other, or the one that a gate's activation made."""
    if op.generated:
        return 1
    sizes = [prod(shape) for shape in op.source_shapes]
    if sizes[0] != sizes[1]:
        return 0 if sizes[0] < sizes[1] else 1
    activated = [_ends_in_activation(ops, source, inside) for source in op.sources]
    if activated[0] == activated[1]:
        return None
    return activated.index(True)


def _ends_in_activation(ops: Sequence[Op], number: int, inside: Collection[int]) -> bool:
    while number in inside and ops[number].name in _RESHAPING:
        number = ops[number].sources[0]
    return number in inside and ops[number].name in _GATE_ACTIVATIONS
