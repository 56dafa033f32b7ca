"""Inside a segment: which operators are the main branch, which the shortcut, which a gate."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import prod

from resnet_inspect.anatomy.facts import ShortcutKind
from resnet_inspect.anatomy.flow import Segment, ancestors
from resnet_inspect.trace.records import Op

_GATE_ACTIVATIONS = frozenset({"sigmoid", "hardsigmoid", "softmax", "tanh"})
_RESHAPING = frozenset({"expand", "expand_as", "view", "reshape", "unsqueeze", "squeeze", "flatten", "permute"})
_PADDING = frozenset({"pad", "constant_pad_nd", "cat"})


@dataclass(frozen=True, slots=True)
class Branches:
    """A segment, told apart.

    Attributes:
        main: numbers of the operators of the main branch, the addition and what follows it included.
        shortcut: numbers of the operators that only the shortcut needs.
        attention: numbers of the operators that only compute a gate.
        kind: of the shortcut; ``none`` if the segment adds nothing.
    """

    main: tuple[int, ...]
    shortcut: tuple[int, ...]
    attention: tuple[int, ...]
    kind: ShortcutKind


def branches(ops: Sequence[Op], segment: Segment) -> Branches:
    """Tell the branches of a segment apart.

    Its last addition of two tensors joins main branch and shortcut: main is the operand with more weighted layers
    behind it, gates not counted; of two equals, the one with more operators.
    """
    inside = set(segment.ops)
    gates = _gates(ops, segment, inside)
    joint = _last_addition(ops, segment)
    if joint is None:
        return Branches(tuple(n for n in segment.ops if n not in gates), (), tuple(sorted(gates)), "none")
    left, right = (ancestors(ops, source, inside) for source in ops[joint].sources)

    def weight(side: set[int], other: set[int]) -> tuple[int, int]:
        own = side - other - gates
        return sum(ops[number].weighted for number in own), len(own)

    main, side = (left, right) if weight(left, right) >= weight(right, left) else (right, left)
    shortcut = side - main - gates
    return Branches(
        main=tuple(number for number in segment.ops if number not in shortcut and number not in gates),
        shortcut=tuple(sorted(shortcut)),
        attention=tuple(sorted(gates)),
        kind=_kind(ops, shortcut),
    )


def _last_addition(ops: Sequence[Op], segment: Segment) -> int | None:
    additions = (n for n in reversed(segment.ops) if ops[n].name == "add" and len(set(ops[n].sources)) == 2)
    return next(additions, None)


def _kind(ops: Sequence[Op], shortcut: Collection[int]) -> ShortcutKind:
    names = {ops[number].name for number in shortcut}
    if any(ops[number].weighted for number in shortcut):
        return "projection"
    if names & _PADDING:
        return "zero-pad"
    return "other" if any(ops[number].window for number in shortcut) else "identity"


def _gates(ops: Sequence[Op], segment: Segment, inside: Collection[int]) -> set[int]:
    """Operators that feed nothing but the gating side of a multiplication."""
    found: set[int] = set()
    for number in segment.ops:
        op = ops[number]
        if op.name != "mul" or len(set(op.sources)) != 2:
            continue
        gate = _gating_operand(ops, op, inside)
        if gate is not None:
            other = op.sources[1 - gate]
            found |= ancestors(ops, op.sources[gate], inside) - ancestors(ops, other, inside)
    return found


def _gating_operand(ops: Sequence[Op], op: Op, inside: Collection[int]) -> int | None:
    """0 or 1: the operand that is broadcast over the other, or the one that a gate's activation made."""
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
