"""Where each operator stands: stem, stage, block, head; and its role there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from resnet_inspect.anatomy.blocks import Grouping
from resnet_inspect.anatomy.facts import Role
from resnet_inspect.anatomy.naming import paper_block_name, paper_place
from resnet_inspect.trace.records import Op


class Place(NamedTuple):
    """Where an operator stands.

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


_NOWHERE = Place(None, None, "main", "")


def places(
    ops: Sequence[Op],
    alive: Sequence[int],
    blocks: Sequence[Grouping],
    gates: Collection[int],
    beside: Collection[int],
) -> dict[int, Place]:
    """Operator number -> place, for every operator that reads data.

    What leads to no block is the head, what no block leads to is the stem; what stands between blocks is with the
    stage that it leads to.

    Args:
        ops: all operators.
        alive: numbers of those whose result reaches an output; the others are unused.
        blocks: in order.
        gates: numbers of all operators that only compute a gate.
        beside: indices of the blocks that do not follow the one before them; from the first on that does not, places
            have no names in the paper.
    """
    found = _inside(blocks, min(beside, default=len(blocks)))
    ahead = _blocks_ahead(ops, alive, blocks)
    behind = _behind_blocks(ops, alive, found)
    useful = frozenset(alive)
    begin = blocks[0].ops[0] if blocks else 0
    by_time = 0
    for number, op in enumerate(ops):
        if not op.sources or number in found:
            continue
        if not blocks:
            place = _NOWHERE
        elif number in useful:
            place = _outside(op, blocks, ahead.get(number), fed=number in behind)
        else:
            # It leads nowhere, so that only the time at which it ran says where it stands.
            while by_time < len(blocks) and number >= blocks[by_time].ops[-1]:
                by_time += 1
            place = _outside(op, blocks, by_time if by_time < len(blocks) else None, fed=number > begin)
        role = "unused" if number not in useful else "attention" if number in gates else place.role
        found[number] = place._replace(role=role)
    return found


def _outside(op: Op, blocks: Sequence[Grouping], following: int | None, *, fed: bool) -> Place:
    """The place of an operator outside blocks.

    Args:
        op: the operator.
        blocks: in order.
        following: which block it leads to; ``None`` if to none.
        fed: whether a block leads to it.
    """
    if following is None:
        return Place("head", None, "head", paper_place(op, "head"))
    if not fed:
        return Place("stem", None, "stem", paper_place(op, "stem"))
    return Place(f"stage{blocks[following].stage + 1}", None, "main", "")


def _blocks_ahead(ops: Sequence[Op], alive: Sequence[int], blocks: Sequence[Grouping]) -> dict[int, int]:
    """Operator number -> the first block that it leads to or stands in."""
    ahead = {number: index for index, block in enumerate(blocks) for number in block.ops}
    if not ahead:
        return {}
    for number in reversed(alive):
        leads_to = ahead.get(number)
        if leads_to is not None:
            for source in ops[number].sources:
                if ahead.get(source, leads_to) >= leads_to:
                    ahead[source] = leads_to
    return ahead


def _behind_blocks(ops: Sequence[Op], alive: Sequence[int], inside: Collection[int]) -> set[int]:
    """Numbers of the operators that stand in a block or that one leads to."""
    behind = set(inside)
    for number in alive:
        if number not in behind and not behind.isdisjoint(ops[number].sources):
            behind.add(number)
    return behind


def _inside(blocks: Sequence[Grouping], named: int) -> dict[int, Place]:
    found: dict[int, Place] = {}
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
            found.update(dict.fromkeys(numbers, Place(stage, index, role, name)))
    return found
