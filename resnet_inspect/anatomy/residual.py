"""Closed regions of the graph that are residual blocks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from resnet_inspect.anatomy.branches import Branches, branches
from resnet_inspect.anatomy.regions import Region
from resnet_inspect.anatomy.segments import Segment
from resnet_inspect.anatomy.sums import Graph
from resnet_inspect.tracing.records import Op

CONTAINERS = frozenset({"", "Sequential", "ModuleList", "ModuleDict"})
"""Classes that tell nothing about the modules inside."""


class Residual(NamedTuple):
    """A residual block.

    Attributes:
        entry: the operator before it.
        path: dotted path of its module; empty if the data flow alone shows it.
        branches: its operators.
    """

    entry: int
    path: str
    branches: Branches

    @property
    def ops(self) -> tuple[int, ...]:
        """Numbers of its operators, in order."""
        return tuple(sorted((*self.branches.main, *self.branches.shortcut)))


def residual_blocks(
    graph: Graph, outer: Sequence[Region], types: Mapping[str, str]
) -> tuple[list[Residual], list[Segment]]:
    """Return the residual blocks among regions, in order, and the regions that are none.

    Sums without a layer are blocks only if others of their class have layers. So are sums of parallel layers; but where
    a network has no other blocks, as RepVGG, or where the tensor itself is added too, they are blocks anyway.

    Args:
        graph: the data flow.
        outer: the outermost regions.
        types: module path -> name of its class.
    """
    found = list(_candidates(graph, outer))
    sure = any(region.kind == "block" for region, _ in found)
    blocks: list[Residual] = []
    unsure: list[tuple[Region, Residual]] = []
    for region, block in found:
        identity = region.linear is not None and region.linear[1] > 0
        if region.kind == "block" or (region.kind == "parallel" and (identity or not sure)):
            blocks.append(block)
        else:
            unsure.append((region, block))
    classes = {types.get(block.path, "") for block in blocks} - CONTAINERS if unsure else set()
    others: list[Segment] = []
    for region, block in unsure:
        likely = region.kind == "parallel" or _has_pool_or_parameter(graph.ops, block.ops)
        if block.path and likely and types.get(block.path) in classes:
            blocks.append(block)
        else:
            others.append(region.segment)
    return sorted(blocks, key=lambda block: block.ops[0]), others


def _candidates(graph: Graph, outer: Sequence[Region]) -> Iterator[tuple[Region, Residual]]:
    """Yield the regions that may be blocks: not those around several of them, nor those inside one."""
    waiting = list(outer)
    while waiting:
        region = waiting.pop()
        if region.kind == "skip":
            waiting += region.inner
            continue
        segment = region.segment
        roles = branches(graph, segment)
        if roles.crossed:
            waiting += region.inner
        else:
            path = common_path(graph.ops, (*roles.main, *roles.shortcut))
            yield region, Residual(region.fork, path, roles)


def parallel_sums(graph: Graph, outer: Sequence[Region], blocks: Sequence[Residual]) -> dict[int, int]:
    """Return number -> fork, for the sums of parallel layers that do not end a block."""
    found = {part.end: part.fork for region in outer for part in region.all() if part.kind == "parallel"}
    for block in blocks:
        waiting = [block.branches.main[-1]]
        while waiting:
            number = waiting.pop()
            found.pop(number, None)
            waiting += [inner for inner in graph.sums[number] if found.get(inner) == block.entry]
    return found


def _has_pool_or_parameter(ops: Sequence[Op], numbers: Sequence[int]) -> bool:
    return any(ops[number].window or ops[number].parameters for number in numbers)


def common_path(ops: Sequence[Op], numbers: Sequence[int]) -> str:
    """Return the path of the innermost common module: ``layer1.0`` for ``layer1.0.conv1`` and ``layer1.0``."""
    paths = [ops[number].module for number in numbers]
    first, last = min(paths).split("."), max(paths).split(".")
    shared = 0
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    return ".".join(first[:shared])
