"""The data flow of a trace as a graph: cut points, the segments between them, gates, and residual blocks.

Operator k is a *cut point* when no operator before k is used after k. Between two cut points lies a *segment*. In an
ordinary residual network, each segment that ends in the addition of two tensors is one residual block.

Where a long skip spans several blocks (a U-Net, a feature pyramid, an auxiliary head), they are found inside the
segment: the *fork* of an operator is its immediate dominator, the last operator that every path to it passes. An
addition, or a difference x - f(x), closes a block if nothing between its fork and itself is read from outside.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from resnet_inspect.tracing.records import MODEL_INPUT, Op

_GATE_ACTIVATIONS = frozenset({"sigmoid", "hardsigmoid", "softmax", "tanh"})
_RESHAPING = frozenset({"expand", "expand_as", "view", "reshape", "unsqueeze", "squeeze", "flatten", "permute"})


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the graph with one entry and one exit.

    Attributes:
        entry: the operator before it, a cut point or a fork; or ``MODEL_INPUT``.
        ops: numbers of its operators, in order; the last one is the cut point or addition that ends it.
    """

    entry: int
    ops: tuple[int, ...]


def live_ops(ops: Sequence[Op], outputs: Collection[int]) -> tuple[int, ...]:
    """Return the numbers of the operators that read data and whose result reaches an output, in order.

    Without outputs (the forward failed) every operator that reads data counts.
    """
    if not outputs:
        return tuple(number for number, op in enumerate(ops) if op.sources)
    reached = set(outputs)
    for number in range(len(ops) - 1, -1, -1):
        if number in reached:
            reached.update(ops[number].sources)
    return tuple(number for number in range(len(ops)) if number in reached and ops[number].sources)


def segments(ops: Sequence[Op], live: Sequence[int]) -> Iterator[Segment]:
    """Cut the live operators at their cut points."""
    last_use: dict[int, int] = {}
    for number in live:
        for source in ops[number].sources:
            last_use[source] = number
    furthest = last_use.get(MODEL_INPUT, MODEL_INPUT)
    entry, inside = MODEL_INPUT, []
    for number in live:
        inside.append(number)
        if furthest <= number:
            yield Segment(entry, tuple(inside))
            entry, inside = number, []
        furthest = max(furthest, last_use.get(number, number))
    if inside:
        yield Segment(entry, tuple(inside))


def ancestors(ops: Sequence[Op], number: int, within: Collection[int]) -> set[int]:
    """Return ``number`` and all operators in ``within`` that it depends on."""
    found: set[int] = set()
    waiting = [number]
    while waiting:
        current = waiting.pop()
        if current in within and current not in found:
            found.add(current)
            waiting.extend(ops[current].sources)
    return found


def reads_two(op: Op) -> bool:
    """Return whether an operator reads two different tensors."""
    return len(op.sources) == 2 and op.sources[0] != op.sources[1]


def gates(ops: Sequence[Op], segment: Segment) -> set[int]:
    """Return the operators that feed nothing but the gating side of products, or the weight of a layer."""
    products = [number for number in segment.ops if _may_be_gated(ops[number])]
    if not products:
        return set()
    inside = frozenset(segment.ops)
    other_reads = Counter(source for number in segment.ops for source in ops[number].sources)
    found: set[int] = set()
    for number in products:
        gate = _gating_operand(ops, ops[number], inside)
        waiting = [] if gate is None else [ops[number].sources[gate]]
        while waiting:
            current = waiting.pop()
            other_reads[current] -= 1
            if current in inside and not other_reads[current]:
                found.add(current)
                waiting.extend(ops[current].sources)
    return found


def _may_be_gated(op: Op) -> bool:
    return reads_two(op) and (op.name == "mul" or op.generated)


def _gating_operand(ops: Sequence[Op], op: Op, inside: Collection[int]) -> int | None:
    """Return 0 or 1: a weight, the operand that is broadcast, or the one that ends in a gate's activation."""
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


def residual_blocks(ops: Sequence[Op], segment: Segment) -> tuple[Segment, ...]:
    """Return the residual blocks of a segment: the segment itself, parts of it, or none."""
    additions = [number for number in segment.ops if ops[number].name == "add" and reads_two(ops[number])]
    if additions == [segment.ops[-1]]:
        return (segment,)
    differences = [number for number in segment.ops if ops[number].name == "sub" and _has_equal_shapes(ops[number])]
    if not (additions or differences):
        return ()
    forks = _forks(ops, segment)
    gating = gates(ops, segment)
    readers = _readers(ops, segment)
    found: dict[int, tuple[Segment, ...]] = {}
    for addition in sorted(additions + differences):
        if addition not in gating:
            region = _closed_region(ops, addition, forks[addition], readers)
            if region is not None and (ops[addition].name == "add" or _subtracts_branch(ops, region)):
                inside = [block for number in region.ops for block in found.pop(number, ())]
                found[addition] = _blocks_of(ops, region, inside)
    return tuple(block for blocks in found.values() for block in blocks)


def _has_equal_shapes(op: Op) -> bool:
    return reads_two(op) and op.source_shapes[0] == op.source_shapes[1]


def _subtracts_branch(ops: Sequence[Op], region: Segment) -> bool:
    """Return whether a difference is x - f(x) with layers in f, not that of two networks or from a mean."""
    return region.entry in ops[region.ops[-1]].sources and any(ops[number].weighted for number in region.ops)


def _blocks_of(ops: Sequence[Op], region: Segment, inside: Sequence[Segment]) -> tuple[Segment, ...]:
    """Return the region as one block, or those in a row inside it if they hold most of its weighted layers."""
    if len({block.entry for block in inside}) > 1:
        of_blocks = sum(ops[number].weighted for block in inside for number in block.ops)
        if 2 * of_blocks > sum(ops[number].weighted for number in region.ops):
            return tuple(inside)
    return (region,)


def _closed_region(ops: Sequence[Op], addition: int, fork: int, readers: Mapping[int, Sequence[int]]) -> Segment | None:
    """Return the operators between a fork and an addition; ``None`` if another operator reads one of them."""
    inside: set[int] = set()
    waiting = [addition]
    while waiting:
        current = waiting.pop()
        if current != fork and current not in inside:
            inside.add(current)
            waiting.extend(ops[current].sources)
    if any(reader not in inside for number in inside if number != addition for reader in readers[number]):
        return None
    return Segment(fork, tuple(sorted(inside)))


def _readers(ops: Sequence[Op], segment: Segment) -> dict[int, list[int]]:
    """Return number -> numbers of the operators of the segment that read it."""
    readers: dict[int, list[int]] = {number: [] for number in (segment.entry, *segment.ops)}
    for number in segment.ops:
        for source in ops[number].sources:
            readers[source].append(number)
    return readers


def _forks(ops: Sequence[Op], segment: Segment) -> dict[int, int]:
    """Return number -> immediate dominator, for every operator of a segment."""
    forks: dict[int, int] = {}
    depths = {segment.entry: 0}
    for number in segment.ops:
        fork, *others = ops[number].sources
        for other in others:
            fork = _common_fork(fork, other, forks, depths)
        forks[number] = fork
        depths[number] = depths[fork] + 1
    return forks


def _common_fork(one: int, two: int, forks: Mapping[int, int], depths: Mapping[int, int]) -> int:
    """Return the nearest common dominator of two operators, which may be one of them."""
    while one != two:
        if depths[one] >= depths[two]:
            one = forks[one]
        else:
            two = forks[two]
    return one
