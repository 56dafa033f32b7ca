"""Residual blocks inside a segment.

Where a long skip spans several blocks (a U-Net, a feature pyramid, an auxiliary head), they are found inside the
segment: the *fork* of an operator is its immediate dominator, the last operator that every path to it passes. A sum, or
a difference x - f(x), closes a *region* if nothing between its fork and itself is read from outside. Regions are next
to or inside each other, and the walk through one jumps over those inside, so that all together take linear time.
"""

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from resnet_inspect.anatomy.dominators import closed_forks, dominators
from resnet_inspect.anatomy.segments import Segment
from resnet_inspect.anatomy.sums import DIFFERENCES, PRODUCTS, Graph
from resnet_inspect.tracing.records import Op

_LINEAR = frozenset({
    "add", "sub", "neg", "lerp", "addcmul", "mul", "div", "batch_norm", "sum", "mean", "cat", "stack", "chunk", "split",
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool2d", "pad", "constant_pad_nd", "slice", "view",
    "reshape", "flatten", "unsqueeze", "squeeze", "permute", "transpose", "expand", "to", "clone", "contiguous",
})  # fmt: skip
"""Operators that, with weighted layers, make nothing but linear maps of one tensor, if they multiply no two."""

_NO_SUMS = frozenset({"cat", "mul", "div", "pow", *DIFFERENCES})
"""Operators, with the matrix products, that join tensors in another way than by adding them."""


class Region(NamedTuple):
    """A closed part of the graph, from behind a fork to the sum that ends it.

    Attributes:
        fork: the operator before it.
        end: the sum.
        own: numbers of its operators that lie in no inner region, in order, the sum included.
        inner: the regions in it.
        kind: ``block``; ``idle``, without a layer; ``parallel``, the sum of several linear layers of one tensor, which
            is a linear layer again; ``skip``, across blocks or other parts of the network.
        layers: its number of weighted layers.
        in_blocks: how many of these lie in blocks, itself included.
        begins: two of the forks of these blocks, or as many as there are.
        linear: if it has linear operators only, the numbers of its branches with and without a layer.
    """

    fork: int
    end: int
    own: tuple[int, ...]
    inner: tuple["Region", ...]
    kind: Literal["block", "idle", "parallel", "skip"]
    layers: int
    in_blocks: int
    begins: tuple[int, ...]
    linear: tuple[int, int] | None

    @property
    def segment(self) -> Segment:
        """All of its operators."""
        numbers = [number for region in self.all() for number in region.own]
        return Segment(self.fork, tuple(sorted(numbers)))

    def all(self) -> Iterator["Region"]:
        """Yield itself and the regions in it, however deep."""
        waiting = [self]
        while waiting:
            region = waiting.pop()
            yield region
            waiting += region.inner


def regions(graph: Graph, segment: Segment) -> tuple[Region, ...]:
    """Return the outermost regions of a segment that sums close."""
    sums = [number for number in segment.ops if number in graph.sums]
    if not sums:
        return ()
    if sums == [segment.ops[-1]]:
        return (_region(graph, segment, ()),)
    closed = closed_forks(graph.flow, segment.entry, segment.ops)
    found: dict[int, Region] = {}
    for number in sums:
        if number in closed:
            own, inner = _walk(graph.flow, number, closed[number], found)
            found[number] = _region(graph, Segment(closed[number], own), inner)
    return tuple(found.values())


def skips_past_layers(graph: Graph, segment: Segment) -> Iterator[int]:
    """Yield the operators of unknown kind that join a tensor with what weighted layers made of it."""
    unknown = [number for number in segment.ops if len(set(graph.flow[number])) > 1 and not _is_known(graph, number)]
    if not unknown:
        return
    forks = dominators(graph.flow, segment.entry, segment.ops).parents
    layers = sorted(graph.layers)
    for number in unknown:
        fork = forks[number]
        if fork in graph.flow[number] and bisect(layers, fork) < bisect(layers, number):
            yield number


def _is_known(graph: Graph, number: int) -> bool:
    name = graph.ops[number].name
    return number in graph.sums or name in _NO_SUMS or name in PRODUCTS or "attention" in name


def _walk(
    flow: Sequence[tuple[int, ...]], end: int, fork: int, found: dict[int, Region]
) -> tuple[tuple[int, ...], tuple[Region, ...]]:
    """Return the operators between fork and end, and the regions there, which are taken out of ``found``."""
    own: list[int] = []
    inner: list[Region] = []
    seen = {fork}
    waiting = [end]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        region = found.pop(current, None)
        if region is None:
            own.append(current)
            waiting.extend(flow[current])
        else:
            inner.append(region)
            waiting.append(region.fork)
    return tuple(sorted(own)), tuple(sorted(inner, key=lambda region: region.end))


def _region(graph: Graph, own: Segment, inner: Sequence[Region]) -> Region:
    """Return the region that these operators and those of the inner regions are."""
    ops, end = graph.ops, own.ops[-1]
    layers = sum(number in graph.layers for number in own.ops) + sum(region.layers for region in inner)
    in_blocks = sum(region.in_blocks for region in inner)
    begins = tuple({begin for region in inner for begin in region.begins})[:2]
    linear = None
    if all(is_linear(ops[number]) for number in own.ops) and None not in [region.linear for region in inner]:
        linear = _branches(graph, own, inner)
    kind: Literal["block", "idle", "parallel", "skip"] = "block"
    if not layers:
        kind = "idle"
    elif ops[end].name in DIFFERENCES and own.entry not in graph.sums[end]:
        kind = "skip"  # of two networks, or from a mean
    elif len(begins) > 1 and 2 * in_blocks > layers:
        kind = "skip"
    elif linear and linear[0] > 1:
        kind = "parallel"
    if kind == "block":
        in_blocks, begins = layers, (own.entry,)
    return Region(own.entry, end, own.ops, tuple(inner), kind, layers, in_blocks, begins, linear)


def is_linear(op: Op) -> bool:
    """Return whether an operator makes a linear map of one tensor, or joins such maps to one."""
    if op.weighted:
        return not op.generated
    return op.name in _LINEAR and (op.name not in {"mul", "div"} or len(op.sources) == 1)


def _branches(graph: Graph, own: Segment, inner: Sequence[Region]) -> tuple[int, int]:
    """Return how many branches of a sum have layers, and how many have none; a sum of sums counts as one."""
    ends = {region.end: region for region in inner}
    with_layers = without = 0
    for number in graph.sums[own.ops[-1]]:
        region = ends.get(number)
        if region and region.linear and region.fork == own.entry:
            with_layers, without = with_layers + region.linear[0], without + region.linear[1]
        elif _passes_layer(graph, number, own, ends):
            with_layers += 1
        else:
            without += 1
    return with_layers, without


def _passes_layer(graph: Graph, number: int, own: Segment, ends: Mapping[int, Region]) -> bool:
    """Return whether a layer of a region, or of one inside, leads to an operator."""
    within, seen, waiting = frozenset(own.ops), set(), [number]
    while waiting:
        current = waiting.pop()
        if current in within and current not in seen:
            seen.add(current)
            if current in graph.layers:
                return True
            waiting.extend(graph.flow[current])
        elif current in ends:
            if ends[current].layers:
                return True
            waiting.append(ends[current].fork)
    return False
