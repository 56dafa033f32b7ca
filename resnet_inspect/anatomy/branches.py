"""The branches of a residual block: main branch, shortcut, gates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import prod

from resnet_inspect.anatomy.records import ShortcutKind
from resnet_inspect.anatomy.segments import Segment, ancestors, gates, reads_two
from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.records import Op

_MOVING = frozenset({"permute", "transpose", "movedim"})


@dataclass(frozen=True, slots=True)
class Branches:
    """The operators of a block, by branch.

    Attributes:
        main: numbers of the operators of the main branch, including the addition and those after it.
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

    The addition that ends it joins main branch and shortcut: the main branch is the operand with more weighted layers
    behind it, gates not counted; if there are equally many, the one with more operators. Operators that the addition
    does not depend on are in neither branch: they only run at the same time.
    """
    inside = set(segment.ops)
    gating = gates(ops, segment)
    addition = segment.ops[-1]
    left, right = (ancestors(ops, source, inside) for source in ops[addition].sources)

    def weight(branch: set[int], other: set[int]) -> tuple[int, int]:
        own = branch - other - gating
        return sum(ops[number].weighted for number in own), len(own)

    operand = int(weight(left, right) >= weight(right, left))  # of the addition: the shortcut
    main, side = (left, right) if operand else (right, left)
    shortcut = side - main - gating
    return Branches(
        main=(*sorted(main - gating), addition),
        shortcut=tuple(sorted(shortcut)),
        attention=tuple(sorted(gating & (main | side))),
        kind=_shortcut_kind(ops, addition, operand, shortcut),
    )


def _shortcut_kind(ops: Sequence[Op], addition: int, operand: int, shortcut: Collection[int]) -> ShortcutKind:
    """Return the kind of the shortcut that is this operand (0 or 1) of the addition."""
    if any(ops[number].weighted for number in shortcut):
        return "projection"
    source, shape = ops[addition].sources[operand], ops[addition].source_shapes[operand]
    if _adds_zero_channels([ops[number] for number in sorted(shortcut)], shape):
        return "zero-pad"
    if any(ops[n].window or _gates_or_reshapes(ops[n]) for n in shortcut):
        return "other"
    written_into_another = source in shortcut and ops[source].output_shape != shape
    return "other" if written_into_another else "identity"


def _gates_or_reshapes(op: Op) -> bool:
    return op.output_shape != op.source_shapes[0] or (op.name == "mul" and reads_two(op))


def _adds_zero_channels(shortcut: Sequence[Op], returned: Shape) -> bool:
    """Return whether a shortcut has more channels at its end, by padding with zeros, and gets data in no other way."""
    axes = len(returned) - 2
    padding = [op for op in shortcut if op.pads_with_zeros]
    if axes < 1 or not padding or _channels(returned, axes) <= _channels(shortcut[0].source_shapes[0], axes):
        return False
    if any(not op.pads_with_zeros and prod(op.output_shape) > max(map(prod, op.source_shapes)) for op in shortcut):
        return False
    moved = any(op.name in _MOVING for op in shortcut)  # with the channels last, or as an axis of pixels
    return moved or any(_adds_channels(op, axes) for op in padding)


def _adds_channels(op: Op, axes: int) -> bool:
    """Return whether a padding operator adds more than pixels; a copy into zeros has the shape of what is copied."""
    given = max(_channels(shape, axes) for shape in op.source_shapes)
    return _channels(op.output_shape, axes) > given or op.output_shape in op.source_shapes


def _channels(shape: Shape, axes: int) -> int:
    """Return the product of all axes but the last ones."""
    return prod(shape[:-axes])


def is_chain(ops: Sequence[Op], main: Sequence[int]) -> bool:
    """Return whether each weighted operator of a main branch depends on the one before it."""
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
