"""Which blocks make a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from resnet_inspect.anatomy.blocks import Grouping, parent
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import Op


def with_stages(ops: Sequence[Op], blocks: Sequence[Grouping]) -> tuple[Grouping, ...]:
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
    parents = [parent(block.path) for block in blocks]
    containers = [parent(path) for path in parents]
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


def breaks(ops: Sequence[Op], blocks: Sequence[Grouping]) -> frozenset[int]:
    """Indices of the blocks that do not depend on the one before them: they stand beside it."""
    pairs = enumerate(pairwise(blocks), start=1)
    return frozenset(index for index, (before, after) in pairs if not _leads_to(ops, before, after))


def _leads_to(ops: Sequence[Op], before: Grouping, after: Grouping) -> bool:
    if before.ops[-1] in ops[after.ops[0]].sources:
        return True
    fed, goal = set(before.ops), set(after.ops)
    for number in range(before.ops[0], after.ops[-1] + 1):
        if not fed.isdisjoint(ops[number].sources):
            if number in goal:
                return True
            fed.add(number)
    return False
