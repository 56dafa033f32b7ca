"""The position of each operator (stem, stage, block, head), and its role."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from resnet_inspect.anatomy.blocks import BlockOps
from resnet_inspect.anatomy.names import paper_block_name, paper_layer_name
from resnet_inspect.anatomy.role_names import Role
from resnet_inspect.tracing.records import Op


class LayerPosition(NamedTuple):
    """The position of an operator.

    Attributes:
        stage: ``stem``, ``stage1`` ..., ``head``; ``None`` in a network without blocks.
        block: number of the block in its stage, from 0; ``None`` outside blocks.
        role: as in ``Layer``.
        paper_name: as in ``Layer``.
    """

    stage: str | None
    block: int | None
    role: Role
    paper_name: str


OUTSIDE_BLOCKS = LayerPosition(None, None, "main", "")


def assign_roles(
    ops: Sequence[Op],
    live: Sequence[int],
    blocks: Sequence[BlockOps],
    gates: Collection[int],
    parallel: Collection[int],
) -> dict[int, LayerPosition]:
    """Return operator number -> position, for every operator that reads data.

    Operators that lead to no block are the head, those that no block leads to are the stem; those between blocks belong
    to the stage that they lead to.

    Args:
        ops: all operators.
        live: numbers of the operators whose result reaches an output; the others are unused.
        blocks: in order.
        gates: numbers of all operators that only compute a gate.
        parallel: indices of the blocks that do not follow the one before them; from the first of these on, operators
            have no names in the paper.
    """
    found = _inside_blocks(blocks, min(parallel, default=len(blocks)))
    ahead = _blocks_ahead(ops, live, blocks)
    behind = _behind_blocks(ops, live, found)
    reaching = frozenset(live)
    begin = blocks[0].ops[0] if blocks else 0
    by_time = 0
    for number, op in enumerate(ops):
        if not op.sources or number in found:
            continue
        if not blocks:
            position = OUTSIDE_BLOCKS
        elif number in reaching:
            position = _outside(op, blocks, ahead.get(number), fed=number in behind)
        else:
            # It leads nowhere, so only the time at which it ran tells where it belongs.
            while by_time < len(blocks) and number >= blocks[by_time].ops[-1]:
                by_time += 1
            position = _outside(op, blocks, by_time if by_time < len(blocks) else None, fed=number > begin)
        role = "unused" if number not in reaching else "attention" if number in gates else position.role
        found[number] = position._replace(role=role)
    return found


def _outside(op: Op, blocks: Sequence[BlockOps], following: int | None, *, fed: bool) -> LayerPosition:
    """Return the position of an operator outside blocks.

    Args:
        op: the operator.
        blocks: in order.
        following: index of the block that it leads to; ``None`` if to none.
        fed: ``True`` if it depends on a block.
    """
    if following is None:
        return LayerPosition("head", None, "head", paper_layer_name(op, "head"))
    if not fed:
        return LayerPosition("stem", None, "stem", paper_layer_name(op, "stem"))
    return LayerPosition(f"stage{blocks[following].stage + 1}", None, "main", "")


def _blocks_ahead(ops: Sequence[Op], live: Sequence[int], blocks: Sequence[BlockOps]) -> dict[int, int]:
    """Return operator number -> index of the first block that it leads to or is in."""
    ahead = {number: index for index, block in enumerate(blocks) for number in block.ops}
    if not ahead:
        return {}
    for number in reversed(live):
        leads_to = ahead.get(number)
        if leads_to is not None:
            for source in ops[number].sources:
                if ahead.get(source, leads_to) >= leads_to:
                    ahead[source] = leads_to
    return ahead


def _behind_blocks(ops: Sequence[Op], live: Sequence[int], inside: Collection[int]) -> set[int]:
    """Return the numbers of the operators in blocks, and of those that depend on them."""
    behind = set(inside)
    for number in live:
        if number not in behind and not behind.isdisjoint(ops[number].sources):
            behind.add(number)
    return behind


def _inside_blocks(blocks: Sequence[BlockOps], named: int) -> dict[int, LayerPosition]:
    found: dict[int, LayerPosition] = {}
    indices: dict[int, int] = {}
    for count, block in enumerate(blocks):
        index = indices[block.stage] = indices.get(block.stage, -1) + 1
        stage = f"stage{block.stage + 1}"
        name = paper_block_name(stage, index) if count < named else ""
        parts: tuple[tuple[Role, tuple[int, ...]], ...] = (
            ("main", block.branches.main),
            ("shortcut", block.branches.shortcut),
            ("attention", block.branches.attention),
        )
        for role, numbers in parts:
            found.update(dict.fromkeys(numbers, LayerPosition(stage, index, role, name)))
    return found
