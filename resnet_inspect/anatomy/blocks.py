"""Blocks as groups of operators."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from resnet_inspect.anatomy.branches import Branches
from resnet_inspect.anatomy.gates import gates, without_gates
from resnet_inspect.anatomy.regions import regions, skips_past_layers
from resnet_inspect.anatomy.residual import CONTAINERS, common_path, parallel_sums, residual_blocks
from resnet_inspect.anatomy.segments import segments
from resnet_inspect.anatomy.sums import DIFFERENCES, Graph, graph_of
from resnet_inspect.tracing.records import Op

_COLLECTIONS = frozenset({"cat", "stack"})


@dataclass(frozen=True, slots=True)
class BlockOps:
    """The operators of a block.

    Attributes:
        path: dotted path of its module; empty if the data flow alone shows it.
        ops: numbers of its operators, in order; also those before and after its segment that run in the same module.
        branches: roles of the operators.
        stage: number of its stage, from 0.
        fork: number of operators of the main branch before its segment, where the shortcut begins.
    """

    path: str
    ops: tuple[int, ...]
    branches: Branches
    stage: int = 0
    fork: int = 0


class BlockSearch(NamedTuple):
    """The result of the search for blocks.

    Attributes:
        blocks: the blocks, in order; their stages are not numbered yet.
        gates: numbers of all operators that only compute a gate, also outside blocks.
        parallel: sums, in no block or inside one, of parallel layers that are one linear layer together; number ->
            number of what they read.
        undecided: numbers of the sums that close no block; in a network without blocks, also of operators that join a
            tensor with what layers made of it in a way that is not known.
    """

    blocks: tuple[BlockOps, ...]
    gates: frozenset[int]
    parallel: Mapping[int, int]
    undecided: tuple[int, ...]


def find_blocks(ops: Sequence[Op], live: Sequence[int], types: Mapping[str, str]) -> BlockSearch:
    """Find the blocks of a network.

    A network without residual blocks has none, unless it is plain, that is, no operator joins two tensors: there, a
    block is a numbered module that directly holds at least two weighted layers, and is not just one part of the whole
    network.

    Args:
        ops: all operators.
        live: numbers of those whose result reaches an output.
        types: module path -> name of its class.
    """
    gating = gates(ops, live)
    found = _search(ops, live, gating, types)
    if gating and not found.residual:
        # A network of blocks whose output is a mask for its input: one gate, and everything is in it.
        inside = _search(ops, live, frozenset(), types)
        if any(block.branches.kind == "identity" for block in inside.residual):
            gating, found = frozenset(), inside
    if found.residual:
        shared = _shared_layers(ops, found.residual)
        located = [_located(ops, block, shared) for block in found.residual] if shared else found.residual
        blocks = _complete(ops, live, _with_gates(ops, live, located, gating), gating, shared)
        plain = _without_addition(ops, live, blocks, gating | found.again, types)
    else:
        blocks = []
        plain = {} if found.joins else _numbered(ops, live, gating)
    blocks += [_plain(path, numbers, gating) for path, numbers in plain.items()]
    return BlockSearch(
        blocks=tuple(sorted(blocks, key=lambda block: block.ops[0])),
        gates=gating,
        parallel=found.parallel,
        undecided=found.undecided,
    )


class _Found(NamedTuple):
    """Blocks that the data flow shows.

    Attributes:
        residual: the residual blocks, without gates.
        joins: ``True`` if operators outside of them join tensors.
        undecided: as in ``BlockSearch``.
        parallel: as in ``BlockSearch``.
        again: numbers of the weighted layers that are parallel to another one, outside of blocks.
    """

    residual: list[BlockOps]
    joins: bool
    undecided: tuple[int, ...]
    parallel: Mapping[int, int]
    again: frozenset[int]


def _search(ops: Sequence[Op], live: Sequence[int], gating: frozenset[int], types: Mapping[str, str]) -> _Found:
    flow = without_gates(ops, gating)
    flowing = [number for number in live if number not in gating] if gating else live
    graph = graph_of(ops, flow, flowing)
    parts = [part for part in segments(flow, flowing) if len(part.ops) > 1]
    outer = [region for part in parts for region in regions(graph, part)]
    found, others = residual_blocks(graph, outer, types)
    residual = [BlockOps(block.path, block.ops, block.branches) for block in found]
    taken = {number for segment in others for number in segment.ops}.union(*(block.ops for block in residual))
    joins = [number for number in flowing if number not in taken and _joins(graph, number)]
    undecided = [number for number in joins if number in graph.sums]
    if not (undecided or residual):
        undecided = [number for part in parts for number in skips_past_layers(graph, part)]
    again = frozenset(number for part in others for number in [n for n in part.ops if ops[n].weighted][1:])
    return _Found(residual, bool(joins or undecided), tuple(undecided), parallel_sums(graph, outer, found), again)


def _joins(graph: Graph, number: int) -> bool:
    """Return whether an operator joins several tensors into one, a difference not counted."""
    name = graph.ops[number].name
    if name in _COLLECTIONS:
        return len(set(graph.flow[number])) > 1
    return number in graph.sums and name not in DIFFERENCES


def _with_gates(
    ops: Sequence[Op], live: Sequence[int], blocks: Sequence[BlockOps], gating: Collection[int]
) -> list[BlockOps]:
    """Add to each block the operators that compute its gates; to the first one, if several need them."""
    if not gating:
        return list(blocks)
    users = {number: index for index, block in enumerate(blocks) for number in block.ops}
    for number in reversed(live):
        if number in users:
            for source in ops[number].sources:
                if source in gating:
                    users[source] = min(users[number], users.get(source, len(blocks)))
    added: dict[int, list[int]] = {}
    for number in gating:
        if number in users:
            added.setdefault(users[number], []).append(number)
    return [_with(block, added.get(index, ()), gating) for index, block in enumerate(blocks)]


def _shared_layers(ops: Sequence[Op], blocks: Sequence[BlockOps]) -> frozenset[str]:
    """Return the paths of layers that run in several blocks, such as one PReLU for all: they do not tell where."""
    uses = Counter(module for block in blocks for module in {ops[number].module for number in block.ops})
    shared = {module for module, count in uses.items() if count > 1}
    if not shared:
        return frozenset()
    owners = {parent(name) for op in ops for name in op.parameters} - {parent(op.module) for op in ops}
    return frozenset(shared & owners)


def _located(ops: Sequence[Op], block: BlockOps, shared: Collection[str]) -> BlockOps:
    """Return a block with the path of the module around its operators, those of shared layers not counted."""
    own = [number for number in block.ops if ops[number].module not in shared]
    return replace(block, path=common_path(ops, own)) if own else block


def _plain(path: str, numbers: Sequence[int], gating: Collection[int]) -> BlockOps:
    main = tuple(number for number in numbers if number not in gating)
    attention = tuple(number for number in numbers if number in gating)
    return BlockOps(path, tuple(numbers), Branches(main, (), attention, "none"))


def _numbered(ops: Sequence[Op], numbers: Sequence[int], gating: Collection[int]) -> dict[str, list[int]]:
    """Find the numbered modules, such as ``layer1.0``, with two weighted layers or more; return their operators."""
    weighted = Counter(parent(ops[n].module) for n in numbers if ops[n].weighted and n not in gating)
    paths = {path for path, count in weighted.items() if count >= 2 and is_numbered(path)}
    members = len(paths) > 1 or any(map(parent, paths))  # one part of the whole network, as VGG's first, is no block
    return _by_owner(ops, numbers, paths.__contains__) if members else {}


def _without_addition(
    ops: Sequence[Op],
    live: Sequence[int],
    blocks: Sequence[BlockOps],
    uncounted: Collection[int],
    types: Mapping[str, str],
) -> dict[str, list[int]]:
    """Find the modules that are built like the residual blocks, with two convolutions or more, but add nothing.

    They lie between residual blocks, in the same module; or have the same class; or lie in a numbered module next to
    one that holds residual blocks, as ``blocks.0.0`` next to ``blocks.1.0``.
    """
    taken = {number for block in blocks for number in block.ops}
    paths = {block.path for block in blocks}
    classes = {types.get(path, "") for path in paths} - CONTAINERS
    containers = {parent(path) for path in paths} - {""}
    lists = {parent(path) for path in containers if is_numbered(path)} - {""}
    start, end = min(block.ops[0] for block in blocks), max(block.ops[-1] for block in blocks)
    rank = len(ops[blocks[0].ops[-1]].output_shape)

    def is_like_them(path: str) -> bool:
        around = parent(path)
        return types.get(path) in classes or (is_numbered(around) and parent(around) in lists)

    def is_block(path: str, numbers: Sequence[int]) -> bool:
        convolutions = [number for number in numbers if ops[number].weighted and number not in uncounted]
        enough = sum(len(ops[number].output_shape) == rank for number in convolutions) > 1
        return enough and path not in paths and (is_like_them(path) or start < numbers[0] < end)

    free = [number for number in live if number not in taken]
    found = _by_owner(ops, free, lambda path: path in paths or parent(path) in containers or is_like_them(path))
    return {path: numbers for path, numbers in found.items() if is_block(path, numbers)}


def _complete(
    ops: Sequence[Op], live: Sequence[int], blocks: Sequence[BlockOps], gating: Collection[int], shared: Collection[str]
) -> list[BlockOps]:
    """Add what the modules of blocks run before and after their segments: a pre-activation, the last ReLU."""
    uses = Counter(block.path for block in blocks)
    taken = {number for block in blocks for number in block.ops}
    free = [number for number in live if number not in taken and ops[number].module not in shared]
    paths = {path for path, count in uses.items() if path and count == 1}
    outside = _by_owner(ops, free, paths.__contains__)
    return [_with(block, outside[block.path], gating) if block.path in outside else block for block in blocks]


def _with(block: BlockOps, added: Sequence[int], gating: Collection[int]) -> BlockOps:
    main = [number for number in added if number not in gating]
    attention = [number for number in added if number in gating]
    roles = block.branches
    return replace(
        block,
        ops=tuple(sorted((*block.ops, *added))),
        branches=replace(
            roles,
            main=tuple(sorted((*roles.main, *main))),
            attention=tuple(sorted((*roles.attention, *attention))),
        ),
        fork=sum(number < block.ops[0] for number in main),
    )


def _by_owner(ops: Sequence[Op], numbers: Sequence[int], wanted: Callable[[str], bool]) -> dict[str, list[int]]:
    """Group operators by the innermost wanted module that they ran in."""
    found: dict[str, list[int]] = {}
    for number in numbers:
        owner = _climb(ops[number].module, wanted)
        if owner:
            found.setdefault(owner, []).append(number)
    return found


def _climb(path: str, wanted: Callable[[str], bool]) -> str:
    """Return the innermost wanted module among ``path`` and the modules around it; empty if none is."""
    while path and not wanted(path):
        path = parent(path)
    return path


def parent(path: str) -> str:
    """Return the path of the parent module: ``layer1`` for ``layer1.0``."""
    return path.rpartition(".")[0]


def is_numbered(path: str) -> bool:
    """Return whether a module is called by a number, as those of a list are."""
    return path.rpartition(".")[2].isdigit()
