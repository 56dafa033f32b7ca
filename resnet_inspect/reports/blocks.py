"""``blocks``: the distinct kinds of residual block in a network, and where each is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from resnet_inspect.anatomy.facts import Anatomy, Block, Layer, ShortcutKind
from resnet_inspect.notebook import ShownInNotebooks
from resnet_inspect.reports.model_ref import ModelRef
from resnet_inspect.shapes import Shape
from resnet_inspect.trace.records import Failure

SCHEMA = "resnet-inspect/blocks/1"


@dataclass(frozen=True, slots=True)
class BlockLayer:
    """One operation of a drawn block.

    Attributes:
        name: within the block: ``conv1``, ``downsample.0``; the operation's name for a functional one.
        op: ATen name.
        kernel, stride, padding, dilation, groups: as in ``Layer``.
        in_channels, out_channels: as in ``Layer``.
        output_shape: batch included.
        weighted: as in ``Layer``.
    """

    name: str
    op: str
    kernel: Shape | None
    stride: Shape | None
    padding: Shape | None
    dilation: Shape | None
    groups: int | None
    in_channels: int | None
    out_channels: int | None
    output_shape: Shape
    weighted: bool


@dataclass(frozen=True, slots=True)
class BlockKind:
    """Blocks that are the same but for their channels and sizes; the first one stands for all.

    Attributes:
        title: what sets it apart: ``bottleneck, projection shortcut, channels change, stride 2``.
        kind: basic, bottleneck, or kernels.
        shortcut: kind of the shortcut.
        stride: by which it reduces (h, w); empty where they grow, or where there are none.
        channels_change: whether its output has other channels than its input.
        count: how many blocks are of this kind.
        used: where, e.g. ``stage2 (conv3_x) block 1``; blocks counted from 1.
        example: path of the block that is shown.
        input_shape, output_shape: of that block.
        shared: its operations before the shortcut branches off: the activation that a v2 projection reads too.
        main, shortcut_layers, attention: its other operations, per branch, in order; ``main`` ends before the addition.
        side_by_side: whether a weighted layer of the main branch does not read the one before it.
        joined: names of the operations from the addition on: ``add``, ``relu``; ``sub`` for x - f(x).
        params, macs: of that block.
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
    shared: tuple[BlockLayer, ...]
    main: tuple[BlockLayer, ...]
    shortcut_layers: tuple[BlockLayer, ...]
    attention: tuple[BlockLayer, ...]
    side_by_side: bool
    joined: tuple[str, ...]
    params: int
    macs: int


@dataclass(frozen=True)
class BlocksReport(ShownInNotebooks):
    """The kinds of block of a model.

    Attributes:
        model, input_shape, failure: as in ``LayersReport``.
        kinds: in order of first use.
        total: number of blocks.
    """

    model: ModelRef
    input_shape: Shape
    kinds: tuple[BlockKind, ...]
    total: int
    failure: Failure | None


def blocks_report(model: ModelRef, anatomy: Anatomy, failure: Failure | None) -> BlocksReport:
    """Group the blocks by what they do, whatever their channels and sizes."""
    alike: dict[object, list[Block]] = {}
    for block in anatomy.blocks:
        alike.setdefault(_signature(block, anatomy), []).append(block)
    kinds = tuple(_kind(blocks, anatomy) for blocks in alike.values())
    return BlocksReport(model, anatomy.input_shape, kinds, len(anatomy.blocks), failure)


def _signature(block: Block, anatomy: Anatomy) -> object:
    operations = anatomy.operations
    branches = (block.main, block.shortcut_layers, block.attention)
    shape = tuple(tuple(_geometry(operations[number]) for number in branch) for branch in branches)
    return shape, block.shortcut, block.fork, block.stride, _channels_change(block)


def _geometry(layer: Layer) -> object:
    return layer.op, layer.kernel, layer.stride, layer.padding, layer.dilation, layer.groups, layer.adaptive


def _channels_change(block: Block) -> bool:
    return block.input_shape[1:2] != block.output_shape[1:2]


def _kind(blocks: Sequence[Block], anatomy: Anatomy) -> BlockKind:
    block = blocks[0]
    operations = anatomy.operations
    main = [operations[number] for number in block.main]
    joint = len(main) if block.shortcut == "none" else _joint(main)
    fork = 0 if block.shortcut == "none" else block.fork
    return BlockKind(
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
        shared=tuple(_layer(layer, block) for layer in main[:fork]),
        main=tuple(_layer(layer, block) for layer in main[fork:joint]),
        shortcut_layers=tuple(_layer(operations[number], block) for number in block.shortcut_layers),
        attention=tuple(_layer(operations[number], block) for number in block.attention),
        side_by_side=not block.in_a_row,
        joined=tuple(str(layer.op) for layer in main[joint:]),
        params=block.params,
        macs=block.macs,
    )


def _joint(main: Sequence[Layer]) -> int:
    """Where in a main branch it is joined: at its last addition; without one, at its last difference."""
    for joining in ("add", "sub"):
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
    """Where there is no stride to tell."""
    sizes = block.input_shape[2:], block.output_shape[2:]
    return "H and W grow" if sum(sizes[1]) > sum(sizes[0]) else "stride unknown"


def _used(blocks: Sequence[Block], anatomy: Anatomy) -> tuple[str, ...]:
    """``stage1 (conv2_x): block 1``, ``stage2 (conv3_x): blocks 2–4``."""
    titles = {stage.name: stage.title for stage in anatomy.stages}
    places = []
    for stage, members in groupby(blocks, key=lambda block: block.stage):
        indices = [block.index + 1 for block in members]
        run = indices[-1] - indices[0] + 1 == len(indices)
        listed = f"{indices[0]}–{indices[-1]}" if run and len(indices) > 1 else ", ".join(map(str, indices))
        places.append(f"{titles[stage]}: block{'s' if len(indices) > 1 else ''} {listed}")
    return tuple(places)


def _layer(layer: Layer, block: Block) -> BlockLayer:
    inside = layer.name.removeprefix(f"{block.name}.") if block.name else layer.name
    return BlockLayer(
        name=str(layer.op) if ":" in inside else inside.partition("#")[0],
        op=str(layer.op),
        kernel=layer.kernel,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        groups=layer.groups,
        in_channels=layer.in_channels,
        out_channels=layer.out_channels,
        output_shape=layer.output_shape,
        weighted=layer.weighted,
    )
