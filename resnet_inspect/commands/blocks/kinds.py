"""The distinct kinds of residual block in a network."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from resnet_inspect.anatomy.records import Anatomy, Block, Layer, ShortcutKind
from resnet_inspect.anatomy.sums import SUMS
from resnet_inspect.shapes import Shape

_DRAWN = {
    "fields": (
        "name", "op", "kernel", "stride", "padding", "dilation", "groups", "in_channels", "out_channels",
        "output_shape", "weighted",
    )
}  # fmt: skip
"""Metadata of the fields of layers: JSON has the fields that the drawing shows."""


@dataclass(frozen=True, slots=True)
class DistinctBlock:
    """Blocks that are equal except for channels and sizes; the first one is the example.

    Attributes:
        title: distinguishing features: ``bottleneck, projection shortcut: channels change, stride 2``.
        kind: basic, bottleneck, or the kernels of the main branch.
        shortcut: kind of the shortcut.
        stride: factors by which (h, w) shrink; empty if they grow, or if there are none.
        channels_change: ``True`` if the numbers of input and output channels differ.
        count: number of blocks.
        used: the blocks of each stage, counted from 1: ``stage2 (conv3_x): blocks 2–4``.
        example: dotted path of the example.
        input_shape, output_shape: shapes of the example's input and output, batch included.
        shared: its operations before the shortcut branches off, such as the activation that a v2 projection reads too.
        main, shortcut_layers, attention: its other operations, per branch, in order; ``main`` ends before the addition.
            Names are relative to the block: ``conv1``, ``downsample.0``; functional operations are named by operator.
        side_by_side: ``True`` if some weighted layer of the main branch does not depend on the one before it.
        joined: operators from the addition on: ``add``, ``relu``; ``sub`` for x - f(x).
        params, macs: parameters and multiply-accumulates of the example.
    """

    title: str
    kind: str
    shortcut: ShortcutKind
    stride: Shape
    channels_change: bool
    count: int
    used: tuple[str, ...]
    example: str
    input_shape: Shape
    output_shape: Shape
    shared: tuple[Layer, ...] = field(metadata=_DRAWN)
    main: tuple[Layer, ...] = field(metadata=_DRAWN)
    shortcut_layers: tuple[Layer, ...] = field(metadata=_DRAWN)
    attention: tuple[Layer, ...] = field(metadata=_DRAWN)
    side_by_side: bool
    joined: tuple[str, ...]
    params: int
    macs: int


def block_kinds(anatomy: Anatomy) -> tuple[DistinctBlock, ...]:
    """Group blocks that are equal except for channels and sizes; in order of first use."""
    groups: dict[object, list[Block]] = {}
    for block in anatomy.blocks:
        groups.setdefault(_signature(block, anatomy), []).append(block)
    return tuple(_kind(blocks, anatomy) for blocks in groups.values())


def _signature(block: Block, anatomy: Anatomy) -> object:
    operations = anatomy.operations
    branches = (block.main, block.shortcut_layers, block.attention)
    shape = tuple(tuple(_geometry(operations[number]) for number in branch) for branch in branches)
    return shape, block.shortcut, block.fork, block.stride, _channels_change(block)


def _geometry(layer: Layer) -> object:
    return layer.op, layer.kernel, layer.stride, layer.padding, layer.dilation, layer.groups, layer.adaptive


def _channels_change(block: Block) -> bool:
    return block.input_shape[1:2] != block.output_shape[1:2]


def _kind(blocks: Sequence[Block], anatomy: Anatomy) -> DistinctBlock:
    block = blocks[0]
    operations = anatomy.operations
    main = [operations[number] for number in block.main]
    joint = len(main) if block.shortcut == "none" else _joint(main)
    fork = 0 if block.shortcut == "none" else block.fork
    return DistinctBlock(
        title=_title(block, main),
        kind=block.kind,
        shortcut=block.shortcut,
        stride=block.stride,
        channels_change=_channels_change(block),
        count=len(blocks),
        used=_used(blocks, anatomy),
        example=block.name or block.paper_name,
        input_shape=block.input_shape,
        output_shape=block.output_shape,
        shared=tuple(_within(layer, block) for layer in main[:fork]),
        main=tuple(_within(layer, block) for layer in main[fork:joint]),
        shortcut_layers=tuple(_within(operations[number], block) for number in block.shortcut_layers),
        attention=tuple(_within(operations[number], block) for number in block.attention),
        side_by_side=not block.is_chain,
        joined=tuple(str(layer.op) for layer in main[joint:]),
        params=block.params,
        macs=block.macs,
    )


def _joint(main: Sequence[Layer]) -> int:
    """Return the index of the last addition of a main branch; without one, of the last other sum or difference."""
    for joining in SUMS:
        for index in range(len(main) - 1, -1, -1):
            if main[index].op == joining:
                return index
    return len(main)


def _title(block: Block, main: Sequence[Layer]) -> str:
    shortcut = "no shortcut" if block.shortcut == "none" else f"{block.shortcut} shortcut"
    changes = "channels change" if _channels_change(block) else "same channels"
    stride = f"stride {'×'.join(map(str, sorted(set(block.stride))))}" if block.stride else _resized(block)
    dilation = max((max(layer.dilation) for layer in main if layer.dilation), default=1)
    dilated = f", dilation {dilation}" if dilation > 1 else ""
    return f"{block.kind}, {shortcut}: {changes}, {stride}{dilated}"


def _resized(block: Block) -> str:
    """Describe how a block without a stride changes H and W."""
    sizes = block.input_shape[2:], block.output_shape[2:]
    return "H and W grow" if sum(sizes[1]) > sum(sizes[0]) else "stride unknown"


def _used(blocks: Sequence[Block], anatomy: Anatomy) -> tuple[str, ...]:
    """Return ``stage1 (conv2_x): block 1``, ``stage2 (conv3_x): blocks 2–4``."""
    titles = {stage.name: stage.title for stage in anatomy.stages}
    places = []
    for stage, members in groupby(blocks, key=lambda block: block.stage):
        indices = [block.index + 1 for block in members]
        run = indices[-1] - indices[0] + 1 == len(indices)
        listed = f"{indices[0]}–{indices[-1]}" if run and len(indices) > 1 else ", ".join(map(str, indices))
        places.append(f"{titles[stage]}: block{'s' if len(indices) > 1 else ''} {listed}")
    return tuple(places)


def _within(layer: Layer, block: Block) -> Layer:
    """Return a layer with its name relative to a block."""
    inside = layer.name.removeprefix(f"{block.name}.") if block.name else layer.name
    return replace(layer, op=str(layer.op), name=str(layer.op) if ":" in inside else inside.partition("#")[0])
