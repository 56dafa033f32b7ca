"""The stages that blocks make, and the blocks that do not follow one another."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from resnet_inspect.anatomy.blocks import BlockOps, is_numbered, parent
from resnet_inspect.shapes import Shape
from resnet_inspect.tracing.records import Op


def number_stages(ops: Sequence[Op], blocks: Sequence[BlockOps]) -> tuple[BlockOps, ...]:
    """Assign stage numbers: each stage is a run of blocks with the same key."""
    keys = _stage_keys(ops, blocks)
    staged: list[BlockOps] = []
    for stage, (_, run) in enumerate(groupby(range(len(blocks)), key=keys.__getitem__)):
        staged += [replace(blocks[i], stage=stage) for i in run]
    return tuple(staged)


def _stage_keys(ops: Sequence[Op], blocks: Sequence[BlockOps]) -> Sequence[str | Shape]:
    """Return one key per block: its parent module, or its output shape if modules do not show the stages.

    A module that is little more than a block, as one that adds an activation, counts as the block. If every block has a
    module of its own around it, that module belongs to the block, and the next one around it is the key; but if there
    is none, or if the module is a list of blocks, each stage has one block.
    """
    shapes = [ops[block.ops[-1]].output_shape[1:] for block in blocks]
    paths = [block.path for block in blocks]
    while _are_in_units(paths, shapes):
        paths = list(map(parent, paths))
    parents = list(map(parent, paths))
    containers = list(map(parent, parents))
    for level in (parents, containers):
        if _show_stages(level) and len(set(level)) < len(blocks):
            return level
    if _show_stages(parents) and (not any(containers) or all(map(_is_list_item, paths))):
        return parents
    return shapes


def _are_in_units(paths: Sequence[str], shapes: Sequence[Shape]) -> bool:
    """Return whether the modules around the blocks are units, such as a residual part with its activation.

    Some that follow each other have blocks of one shape, as stages have not, and two of these hold: each has a single
    block; each has a number for its name; no block has one.
    """
    parents = list(map(parent, paths))
    pairs = pairwise(zip(parents, shapes, strict=True))
    alike = any(one != other and shape == after for (one, shape), (other, after) in pairs)
    signs = (len(set(parents)) == len(paths), all(map(is_numbered, parents)), not any(map(is_numbered, paths)))
    return alike and sum(signs) > 1


def _is_list_item(path: str) -> bool:
    """Return whether a block is a numbered member of a module with a name, such as ``stages.0.blocks.0``."""
    container, _, own = path.rpartition(".")
    return own.isdigit() and not container.rpartition(".")[2].isdigit()


def _show_stages(paths: Sequence[str]) -> bool:
    """Return whether there are several modules, none of which is left and entered again."""
    runs = [path for path, _ in groupby(paths)]
    return len(runs) > 1 and len(set(runs)) == len(runs) and all(runs)


def parallel_blocks(ops: Sequence[Op], blocks: Sequence[BlockOps]) -> frozenset[int]:
    """Return the indices of the blocks that do not depend on the one before them, but run in parallel to it."""
    pairs = enumerate(pairwise(blocks), start=1)
    return frozenset(index for index, (before, after) in pairs if not _leads_to(ops, before, after))


def _leads_to(ops: Sequence[Op], before: BlockOps, after: BlockOps) -> bool:
    if before.ops[-1] in ops[after.ops[0]].sources:
        return True
    fed, goal = set(before.ops), set(after.ops)
    for number in range(before.ops[0], after.ops[-1] + 1):
        if not fed.isdisjoint(ops[number].sources):
            if number in goal:
                return True
            fed.add(number)
    return False
