"""Residual blocks inside a segment, where a long skip holds several of them together.

A *fork* of an operator is the last operator that everything which reaches it has passed: its immediate dominator. An
addition closes a region if nothing between its fork and itself is read from outside; so does a difference x - f(x). The
whole segment is one such region in an ordinary residual network; in a U-Net, below a feature pyramid or behind an
auxiliary head it is none, or one that holds a series of smaller ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from resnet_inspect.anatomy.branches import gates
from resnet_inspect.anatomy.flow import Segment, reads_two
from resnet_inspect.trace.records import Op


def residual_blocks(ops: Sequence[Op], segment: Segment) -> tuple[Segment, ...]:
    """The residual blocks of a segment: itself, parts of it, or none."""
    additions = [number for number in segment.ops if ops[number].name == "add" and reads_two(ops[number])]
    if additions == [segment.ops[-1]]:
        return (segment,)
    differences = [number for number in segment.ops if ops[number].name == "sub" and _of_equals(ops[number])]
    if not (additions or differences):
        return ()
    forks = _forks(ops, segment)
    aside = gates(ops, segment)
    readers = _readers(ops, segment)
    found: dict[int, tuple[Segment, ...]] = {}
    for addition in sorted(additions + differences):
        if addition not in aside:
            region = _closed(ops, addition, forks[addition], readers)
            if region is not None and (ops[addition].name == "add" or _takes_away(ops, region)):
                inside = [block for number in region.ops for block in found.pop(number, ())]
                found[addition] = _blocks_of(ops, region, inside)
    return tuple(block for blocks in found.values() for block in blocks)


def _of_equals(op: Op) -> bool:
    return reads_two(op) and op.source_shapes[0] == op.source_shapes[1]


def _takes_away(ops: Sequence[Op], region: Segment) -> bool:
    """Whether a difference is x - f(x) with layers in f; that of two networks, or from a mean, closes no block."""
    return region.entry in ops[region.ops[-1]].sources and any(ops[number].weighted for number in region.ops)


def _blocks_of(ops: Sequence[Op], region: Segment, inside: Sequence[Segment]) -> tuple[Segment, ...]:
    """A region is one block, unless most of its weighted layers are in blocks that follow each other inside it."""
    if len({block.entry for block in inside}) > 1:
        of_blocks = sum(ops[number].weighted for block in inside for number in block.ops)
        if 2 * of_blocks > sum(ops[number].weighted for number in region.ops):
            return tuple(inside)
    return (region,)


def _closed(ops: Sequence[Op], addition: int, fork: int, readers: Mapping[int, Sequence[int]]) -> Segment | None:
    """What lies between a fork and an addition, if nothing else reads it."""
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
    """Number -> numbers of the operators of the segment that read it."""
    readers: dict[int, list[int]] = {number: [] for number in (segment.entry, *segment.ops)}
    for number in segment.ops:
        for source in ops[number].sources:
            readers[source].append(number)
    return readers


def _forks(ops: Sequence[Op], segment: Segment) -> dict[int, int]:
    """Number -> its immediate dominator, for every operator of a segment."""
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
    """The nearest operator that both stand behind, or one of them."""
    while one != two:
        if depths[one] >= depths[two]:
            one = forks[one]
        else:
            two = forks[two]
    return one
