"""Which closed regions of the graph are residual blocks."""

from collections.abc import Iterator, Mapping, Sequence

from resnet_inspect.anatomy.regions import Region
from resnet_inspect.anatomy.segments import Segment
from resnet_inspect.anatomy.sums import Graph
from resnet_inspect.tracing.records import Op

CONTAINERS = frozenset({"", "Sequential", "ModuleList", "ModuleDict"})
"""Classes that tell nothing about the modules inside."""


def residual_segments(
    graph: Graph, outer: Sequence[Region], types: Mapping[str, str]
) -> tuple[list[Segment], list[Segment]]:
    """Return the regions that are residual blocks, in order, and those that are none.

    Sums without a layer are blocks only if others of their class have layers. So are sums of parallel layers; but where
    a network has no other blocks, as RepVGG, or where the tensor itself is added too, they are blocks anyway.

    Args:
        graph: the data flow.
        outer: the outermost regions.
        types: module path -> name of its class.
    """
    found = [(region, region.segment) for region in _innermost(outer)]
    sure = any(region.kind == "block" for region, _ in found)
    blocks: list[Segment] = []
    unsure: list[tuple[Region, Segment]] = []
    for region, segment in found:
        identity = region.linear is not None and region.linear[1] > 0
        if region.kind == "block" or (region.kind == "parallel" and (identity or not sure)):
            blocks.append(segment)
        else:
            unsure.append((region, segment))
    if not unsure:
        return sorted(blocks, key=lambda segment: segment.ops[0]), []
    classes = {types.get(common_path(graph.ops, segment.ops), "") for segment in blocks} - CONTAINERS
    others: list[Segment] = []
    for region, segment in unsure:
        path = common_path(graph.ops, segment.ops)
        likely = region.kind == "parallel" or _has_pool_or_parameter(graph.ops, segment)
        if path and likely and types.get(path) in classes:
            blocks.append(segment)
        else:
            others.append(segment)
    return sorted(blocks, key=lambda segment: segment.ops[0]), others


def parallel_sums(graph: Graph, outer: Sequence[Region], blocks: Sequence[Segment]) -> dict[int, int]:
    """Return number -> fork, for the sums of parallel layers that do not end a block."""
    found = {part.end: part.fork for region in outer for part in region.all() if part.kind == "parallel"}
    for block in blocks:
        waiting = [block.ops[-1]]
        while waiting:
            number = waiting.pop()
            found.pop(number, None)
            waiting += [inner for inner in graph.sums[number] if found.get(inner) == block.entry]
    return found


def _innermost(outer: Sequence[Region]) -> Iterator[Region]:
    """Yield the regions that may be blocks: not those around several of them, nor those inside one."""
    waiting = list(outer)
    while waiting:
        region = waiting.pop()
        if region.kind == "skip":
            waiting += region.inner
        else:
            yield region


def _has_pool_or_parameter(ops: Sequence[Op], segment: Segment) -> bool:
    return any(ops[number].window or ops[number].parameters for number in segment.ops)


def common_path(ops: Sequence[Op], numbers: Sequence[int]) -> str:
    """Return the path of the innermost common module: ``layer1.0`` for ``layer1.0.conv1`` and ``layer1.0``."""
    paths = [ops[number].module for number in numbers]
    first, last = min(paths).split("."), max(paths).split(".")
    shared = 0
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    return ".".join(first[:shared])
