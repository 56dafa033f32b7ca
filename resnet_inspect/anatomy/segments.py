"""The data flow of a trace as a graph: cut points, and the segments between them.

Operator k is a *cut point* when no operator before k is used after k. Between two cut points lies a *segment*. In an
ordinary residual network, each segment that ends in the addition of two tensors is one residual block.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from resnet_inspect.tracing.records import MODEL_INPUT, Op


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


def segments(flow: Sequence[tuple[int, ...]], live: Sequence[int]) -> Iterator[Segment]:
    """Cut the live operators, each of which reads its sources in ``flow``, at their cut points."""
    last_use: dict[int, int] = {}
    for number in live:
        for source in flow[number]:
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


def ancestors(flow: Sequence[tuple[int, ...]], number: int, within: Collection[int]) -> set[int]:
    """Return ``number`` and all operators in ``within`` that it depends on by their sources in ``flow``."""
    found: set[int] = set()
    waiting = [number]
    while waiting:
        current = waiting.pop()
        if current in within and current not in found:
            found.add(current)
            waiting.extend(flow[current])
    return found
