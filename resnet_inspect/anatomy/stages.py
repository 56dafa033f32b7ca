"""Which operators make a block, and which blocks make a stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from resnet_inspect.anatomy.branches import Branches, branches
from resnet_inspect.anatomy.flow import segments
from resnet_inspect.trace.records import Op, Shape


@dataclass(frozen=True, slots=True)
class Grouping:
    """One block as a group of operators.

    Attributes:
        path: dotted path of its module; empty if the data flow alone shows it.
        ops: numbers of its operators, in order; what stands before and after its segment in the same module included.
        branches: roles of the operators of its segment.
        stage: number of its stage, from 0.
        fork: how many operators of the main branch stand before its segment, where the shortcut begins.
    """

    path: str
    ops: tuple[int, ...]
    branches: Branches
    stage: int = 0
    fork: int = 0


def group(ops: Sequence[Op], alive: Sequence[int]) -> tuple[Grouping, ...]:
    """Find the blocks, in order, each with its stage.

    A residual block is a segment with an addition. Between the first and the last of them, a module that stands beside
    residual blocks is a block without shortcut. In a network with no residual block at all (a plain net), a block is a
    numbered module that holds at least two weighted layers directly.
    """
    told_apart = [branches(ops, segment) for segment in segments(ops, alive)]
    residual = [_residual(ops, found) for found in told_apart if found.kind != "none"]
    gates = frozenset(number for found in told_apart for number in found.attention)
    plain = _between(ops, alive, residual) if residual else _numbered(ops, alive)
    blocks = [*residual, *(_without_shortcut(path, numbers, gates) for path, numbers in plain.items())]
    return _with_stages(ops, _completed(ops, alive, sorted(blocks, key=_first)))


def _first(block: Grouping) -> int:
    return block.ops[0]


def _residual(ops: Sequence[Op], found: Branches) -> Grouping:
    numbers = tuple(sorted((*found.main, *found.shortcut, *found.attention)))
    return Grouping(_common_path([ops[number].module for number in numbers]), numbers, found)


def _without_shortcut(path: str, numbers: Sequence[int], gates: frozenset[int]) -> Grouping:
    main = tuple(number for number in numbers if number not in gates)
    attention = tuple(number for number in numbers if number in gates)
    return Grouping(path, tuple(numbers), Branches(main, (), attention, "none"))


def _common_path(paths: Sequence[str]) -> str:
    """``layer1.0`` for ``layer1.0.conv1`` and ``layer1.0``."""
    first, last = min(paths).split("."), max(paths).split(".")
    shared = 0
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    return ".".join(first[:shared])


def _numbered(ops: Sequence[Op], alive: Sequence[int]) -> dict[str, list[int]]:
    """Modules such as ``layer1.0`` that hold two weighted layers or more, with their operators."""
    weighted = Counter(_parent(ops[number].module) for number in alive if ops[number].weighted)
    paths = {path for path, count in weighted.items() if count >= 2 and path.rpartition(".")[2].isdigit()}
    return _by_owner(ops, alive, paths)


def _between(ops: Sequence[Op], alive: Sequence[int], residual: list[Grouping]) -> dict[str, list[int]]:
    """Modules that stand beside residual blocks, and have weighted layers, but no shortcut."""
    paths = {block.path for block in residual}
    containers = {_parent(path) for path in paths} - {""}
    start, end = residual[0].ops[0], residual[-1].ops[-1]
    found: dict[str, list[int]] = {}
    for number in alive:
        if start < number < end:
            beside = _climb(ops[number].module, lambda path: _parent(path) in containers)
            if beside and beside not in paths:
                found.setdefault(beside, []).append(number)
    return {path: numbers for path, numbers in found.items() if any(ops[number].weighted for number in numbers)}


def _completed(ops: Sequence[Op], alive: Sequence[int], blocks: Sequence[Grouping]) -> list[Grouping]:
    """Add what a block's module does before and after its segment: a pre-activation, the last ReLU."""
    uses = Counter(block.path for block in blocks)
    taken = {number for block in blocks for number in block.ops}
    free = [number for number in alive if number not in taken]
    outside = _by_owner(ops, free, {path for path, count in uses.items() if path and count == 1})
    return [_with_main(block, outside[block.path]) if block.path in outside else block for block in blocks]


def _with_main(block: Grouping, added: Sequence[int]) -> Grouping:
    told = block.branches
    main = tuple(sorted((*told.main, *added)))
    ops = tuple(sorted((*block.ops, *added)))
    fork = sum(number < block.ops[0] for number in added)
    return Grouping(block.path, ops, Branches(main, told.shortcut, told.attention, told.kind), fork=fork)


def _by_owner(ops: Sequence[Op], numbers: Sequence[int], paths: Collection[str]) -> dict[str, list[int]]:
    """Group operators by the module of ``paths`` that they ran in."""
    found: dict[str, list[int]] = {}
    for number in numbers:
        owner = _climb(ops[number].module, paths.__contains__)
        if owner:
            found.setdefault(owner, []).append(number)
    return found


def _climb(path: str, wanted: Callable[[str], bool]) -> str:
    """The innermost of ``path`` and the modules around it that is wanted; empty if none is."""
    while path and not wanted(path):
        path = _parent(path)
    return path


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _with_stages(ops: Sequence[Op], blocks: Sequence[Grouping]) -> tuple[Grouping, ...]:
    """Number the stages: each is a run of blocks that have the same key."""
    keys = _stage_keys(ops, blocks)
    staged: list[Grouping] = []
    for stage, (_, run) in enumerate(groupby(range(len(blocks)), key=keys.__getitem__)):
        staged += [replace(blocks[i], stage=stage) for i in run]
    return tuple(staged)


def _stage_keys(ops: Sequence[Op], blocks: Sequence[Grouping]) -> Sequence[str | Shape]:
    """Blocks in one module are a stage; where modules do not tell stages, runs of equal output shape are.

    If every block has a module of its own around it, that module is the block's, and the next one around it counts;
    but if there is none, or if the module is a list of blocks, its stages have one block each.
    """
    parents = [_parent(block.path) for block in blocks]
    containers = [_parent(path) for path in parents]
    for level in (parents, containers):
        if _tells_stages(level) and len(set(level)) < len(blocks):
            return level
    if _tells_stages(parents) and (not any(containers) or all(map(_listed, blocks))):
        return parents
    return [ops[block.ops[-1]].output_shape[1:] for block in blocks]


def _listed(block: Grouping) -> bool:
    """Whether a block is a numbered member of a module with a name, such as ``stages.0.blocks.0``."""
    container, _, own = block.path.rpartition(".")
    return own.isdigit() and not container.rpartition(".")[2].isdigit()


def _tells_stages(paths: Sequence[str]) -> bool:
    """Whether there are several modules, none of which is left and entered again."""
    runs = [path for path, _ in groupby(paths)]
    return len(runs) > 1 and len(set(runs)) == len(runs) and all(runs)
