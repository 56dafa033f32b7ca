"""The data flow of a trace: where everything must pass, and what hangs together in between.

Operator k is a *cut point* when no operator before k is used after k. Between two cut points lies a *segment*; one
that ends in an addition of two tensors is a residual block, as a rule; ``regions.py`` has the exceptions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from resnet_inspect.trace.records import MODEL_INPUT, Op


@dataclass(frozen=True, slots=True)
class Segment:
    """The operators between two consecutive cut points.

    Attributes:
        entry: the cut point before it, or ``MODEL_INPUT``.
        ops: numbers of its operators, in order; the last one is the cut point that ends it.
    """

    entry: int
    ops: tuple[int, ...]


def living(ops: Sequence[Op], outputs: Collection[int]) -> tuple[int, ...]:
    """Numbers of the operators that read data and whose result reaches an output, in order.

    Without outputs (the forward failed) every operator that reads data counts.
    """
    if not outputs:
        return tuple(number for number, op in enumerate(ops) if op.sources)
    reached = set(outputs)
    for number in range(len(ops) - 1, -1, -1):
        if number in reached:
            reached.update(ops[number].sources)
    return tuple(number for number in range(len(ops)) if number in reached and ops[number].sources)


def segments(ops: Sequence[Op], alive: Sequence[int]) -> Iterator[Segment]:
    """Cut the living operators at their cut points."""
    last_use: dict[int, int] = {}
    for number in alive:
        for source in ops[number].sources:
            last_use[source] = number
    furthest = last_use.get(MODEL_INPUT, MODEL_INPUT)
    entry, inside = MODEL_INPUT, []
    for number in alive:
        inside.append(number)
        if furthest <= number:
            yield Segment(entry, tuple(inside))
            entry, inside = number, []
        furthest = max(furthest, last_use.get(number, number))
    if inside:
        yield Segment(entry, tuple(inside))


def ancestors(ops: Sequence[Op], number: int, within: Collection[int]) -> set[int]:
    """``number`` and everything inside ``within`` that it depends on."""
    found: set[int] = set()
    waiting = [number]
    while waiting:
        current = waiting.pop()
        if current in within and current not in found:
            found.add(current)
            waiting.extend(ops[current].sources)
    return found


def reads_two(op: Op) -> bool:
    """Whether it reads two different tensors."""
    return len(op.sources) == 2 and op.sources[0] != op.sources[1]
