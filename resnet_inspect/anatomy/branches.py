"""The branches of a residual block: main branch, shortcut, gates."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import NamedTuple

from resnet_inspect.anatomy.dominators import dominators
from resnet_inspect.anatomy.records import ShortcutKind
from resnet_inspect.anatomy.regions import is_linear
from resnet_inspect.anatomy.segments import Segment, ancestors
from resnet_inspect.anatomy.sums import DIFFERENCES, Graph
from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.records import Op

_TRANSPARENT = frozenset({"mul", "div", "neg", "to", "clone", "contiguous"})
"""Operators that, applied to a sum and a number, leave it one."""

_MOVING = frozenset({"permute", "transpose", "movedim"})


@dataclass(frozen=True, slots=True)
class Branches:
    """The operators of a block, by branch.

    Attributes:
        main: numbers of the operators of the main branch, including the addition and those after it.
        shortcut: numbers of the operators that only the shortcut needs.
        attention: numbers of the operators that only compute a gate.
        kind: of the shortcut; ``none`` if the block adds nothing.
        crossed: ``True`` if layers of the main branch lead to the shortcut, so that the two are no branches.
    """

    main: tuple[int, ...]
    shortcut: tuple[int, ...]
    attention: tuple[int, ...]
    kind: ShortcutKind
    crossed: bool = False


class _Operand(NamedTuple):
    """An operand of a sum.

    Attributes:
        source: number of the operator that made it.
        shape: its shape, as it is read.
        weighted: ``True`` if the sum itself applies a layer to it.
    """

    source: int
    shape: Shape
    weighted: bool


def branches(graph: Graph, segment: Segment) -> Branches:
    """Split a residual block into its branches; gates are left out.

    The sum that ends it joins main branch and shortcut. The shortcut is the operand with the fewest weighted layers
    behind it; if several have as few, the one with the fewest operators, then the fewest MACs, then the one that ran
    last. In a sum of several operands, all others are the main branch, in whatever order they are added.
    """
    ops, flow, inside = graph.ops, graph.flow, frozenset(segment.ops)
    operands = _operands(graph, segment)
    itself = next((operand for operand in operands if operand.source == segment.entry and not operand.weighted), None)
    if itself is not None:
        main = tuple(sorted(ancestors(flow, segment.ops[-1], inside)))
        return Branches(main, (), (), _shortcut_kind(ops, itself, ()))
    behind = [ancestors(flow, operand.source, inside) for operand in operands]
    shared = Counter(chain.from_iterable(behind))
    own = [{number for number in branch if shared[number] == 1} for branch in behind]
    layers = [len(part & graph.layers) + operand.weighted for part, operand in zip(own, operands, strict=True)]

    def weight(index: int) -> tuple[int, int, int, int]:
        macs = sum(ops[number].macs for number in own[index])
        return layers[index], len(own[index]), macs, -min(own[index], default=0)

    fewest = [index for index, count in enumerate(layers) if count == min(layers)]
    least = min(fewest, key=weight) if len(fewest) > 1 else fewest[0]
    shortcut = own[least]
    if len(operands) > 2 and layers[least]:
        # A projection that consists of parallel layers, as with LoRA, is added to a branch that is not linear.
        linear = [part for part in own if all(is_linear(ops[number]) for number in part)]
        shortcut = set().union(*linear) if 0 < len(linear) < len(own) else shortcut
    joint = ancestors(flow, segment.ops[-1], inside - shared.keys())
    return Branches(
        main=tuple(sorted((shared.keys() - shortcut) | joint)),
        shortcut=tuple(sorted(shortcut)),
        attention=(),
        kind=_shortcut_kind(ops, operands[least], shortcut),
        crossed=not graph.layers.isdisjoint(behind[least] - shortcut),
    )


def _operands(graph: Graph, segment: Segment) -> list[_Operand]:
    """Return the operands of the sum that ends a block: three of x + (f + g), as of (x + g) + f."""
    ops, flow = graph.ops, graph.flow
    found: list[_Operand] = []
    forks: Mapping[int, int] = {}
    reads: Counter[int] = Counter()
    waiting = [segment.ops[-1]]
    while waiting:
        number = waiting.pop()
        sources = graph.sums[number]
        shapes = dict(zip(ops[number].sources, ops[number].source_shapes, strict=True))
        for source in sources:
            inner = None if source == segment.entry else _scaled_sum(graph, source, segment.entry)
            if inner is not None and not forks:
                forks = dominators(flow, segment.entry, segment.ops).parents
                reads = Counter(read for reader in segment.ops for read in set(flow[reader]))
            if inner is not None and forks[inner] == segment.entry and reads[inner] == reads[source] == 1:
                waiting.append(inner)
            else:
                shape = shapes.get(source) or ops[max(source, 0)].output_shape
                found.append(_Operand(source, shape, number in graph.layers and source != sources[0]))
    return found


def _scaled_sum(graph: Graph, number: int, entry: int) -> int | None:
    """Return the sum that an operand is, or is a multiple of."""
    ops = graph.ops
    while number > entry and ops[number].name in _TRANSPARENT and len(ops[number].sources) == 1:
        (number,) = graph.flow[number]
    is_sum = number > entry and number in graph.sums and ops[number].name not in DIFFERENCES
    return number if is_sum else None


def _shortcut_kind(ops: Sequence[Op], operand: _Operand, shortcut: Collection[int]) -> ShortcutKind:
    """Return the kind of the shortcut that is this operand of the sum."""
    if any(ops[number].weighted for number in shortcut):
        return "projection"
    if _adds_zero_channels([ops[number] for number in sorted(shortcut)], operand.shape):
        return "zero-pad"
    if any(ops[n].window or _gates_or_reshapes(ops[n]) for n in shortcut):
        return "other"
    written_into_another = operand.source in shortcut and ops[operand.source].output_shape != operand.shape
    return "other" if written_into_another else "identity"


def _gates_or_reshapes(op: Op) -> bool:
    return op.output_shape != op.source_shapes[0] or (op.name == "mul" and len(set(op.sources)) > 1)


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
