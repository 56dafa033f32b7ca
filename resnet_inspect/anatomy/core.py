"""The part of a block between fork and join, and a network divided into other stages."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from resnet_inspect.anatomy.records import Anatomy, Block, Layer, Stage
from resnet_inspect.anatomy.role_names import Role

_JOINS = frozenset({"add", "sub", "lerp", "addcmul", "sum"})


def core(anatomy: Anatomy, block: Block) -> tuple[int, ...]:
    """Return the numbers of the layers of a block's main branch from the fork to the addition.

    What is around them belongs to the block only because its module runs it: the activation after the addition is the
    same operator in a module between two blocks. A block without shortcut has no addition, and is returned whole.
    """
    main = block.main[block.fork :]
    if block.shortcut == "none":
        return main
    joins = [place for place, number in enumerate(main, start=1) if anatomy.operations[number].op in _JOINS]
    return main[: joins[-1]] if joins else main


def restaged(anatomy: Anatomy, stage_blocks: Sequence[int]) -> Anatomy:
    """Divide a network into stages of so many blocks, and take what lies around the cores out of the blocks.

    Two networks with the same data flow then have the same positions, whatever their modules are.
    """
    places = [(f"stage{stage}", index) for stage, count in enumerate(stage_blocks, start=1) for index in range(count)]
    blocks = tuple(
        replace(block, stage=stage, index=index) for block, (stage, index) in zip(anatomy.blocks, places, strict=True)
    )
    inside: dict[int, Block] = {}
    ends: list[int] = []
    for block in blocks:
        main = core(anatomy, block)
        inside |= dict.fromkeys((*main, *block.shortcut_layers, *block.attention), block)
        ends.append(main[-1])
    operations = tuple(
        _placed(layer, inside.get(number), bisect_left(ends, number), places)
        for number, layer in enumerate(anatomy.operations)
    )
    counts = [stage.blocks for stage in anatomy.stages]
    stages = anatomy.stages if counts == list(stage_blocks) else tuple(_stages(blocks, stage_blocks))
    return replace(anatomy, operations=operations, blocks=blocks, stages=stages)


def _placed(layer: Layer, block: Block | None, passed: int, places: Sequence[tuple[str, int]]) -> Layer:
    """Move a layer to its block, or to the part of the network that follows as many blocks as it has passed."""
    if block is not None:
        return replace(layer, stage=block.stage, block=block.index)
    stage, role = _outside(passed, places)
    return replace(layer, stage=stage, block=None, role=layer.role if layer.role in {"attention", "unused"} else role)


def _outside(passed: int, places: Sequence[tuple[str, int]]) -> tuple[str, Role]:
    if not passed:
        return "stem", "stem"
    return (places[passed][0], "main") if passed < len(places) else ("head", "head")


def _stages(blocks: Sequence[Block], stage_blocks: Sequence[int]) -> Iterator[Stage]:
    start = 0
    for number, count in enumerate(stage_blocks, start=1):
        inside = blocks[start : start + count]
        start += count
        strides = [block.stride for block in inside]
        yield Stage(
            name=f"stage{number}",
            paper_name="",
            blocks=count,
            kind=" + ".join(dict.fromkeys(block.kind for block in inside)),
            output_shape=inside[-1].output_shape,
            stride=tuple(map(math.prod, zip(*strides, strict=True))) if all(strides) else (),
            params=sum(block.params for block in inside),
            macs=sum(block.macs for block in inside),
            receptive_field=None,
            total_stride=None,
        )
