"""Entry of a lock -> as much of an anatomy as ``anatomy.compare`` reads."""

from __future__ import annotations

from collections.abc import Iterator

from resnet_inspect.anatomy.facts import Anatomy, Block, Depth, Layer, Placement, Stage, Totals
from resnet_inspect.checks.lock.entry import LockedBlock, LockedLayer, LockedNet, LockedOperations, LockedStage


def restore(net: LockedNet) -> Anatomy:
    """The anatomy that was locked; receptive fields, the paper's names and classes are not in a lock."""
    stages = {stage.name: _stage(stage) for stage in net.stages}
    return Anatomy(
        model=net.model,
        input_shape=net.input_shape,
        output_shape=net.output_shape,
        operations=(*map(_layer, net.layers), *(layer for branch in net.operations for layer in _operations(branch))),
        stem=stages.get("stem"),
        stages=tuple(stage for name, stage in stages.items() if name.startswith("stage")),
        head=stages.get("head"),
        blocks=tuple(map(_block, net.blocks)),
        depth=Depth(net.depth, 0, 0, 0, net.shortcut_convolutions, 0, 0, ""),
        totals=Totals(net.params, net.macs, net.buffers),
        placement=Placement(net.stride_placement, (), ""),
        uncalled=(),
        unmeasured=(),
    )


def _stage(stage: LockedStage) -> Stage:
    return Stage(
        name=stage.name,
        paper_name="",
        blocks=stage.blocks,
        kind=stage.kind,
        output_shape=stage.output_shape,
        stride=stage.stride,
        params=stage.params,
        macs=stage.macs,
        receptive_field=None,
        total_stride=None,
    )


def _block(block: LockedBlock) -> Block:
    return Block(
        name=block.name,
        paper_name="",
        stage=block.stage,
        index=block.block,
        kind=block.kind,
        shortcut=block.shortcut,
        stride=(),
        main=(),
        shortcut_layers=(),
        attention=(),
        fork=0,
        input_shape=(),
        output_shape=(),
        params=0,
        macs=0,
    )


def _layer(layer: LockedLayer) -> Layer:
    weighted = layer.in_channels is not None
    return Layer(
        name=layer.name,
        paper_name="",
        op=layer.op,
        type="",
        stage=layer.stage,
        block=layer.block,
        role=layer.role,
        kernel=layer.kernel,
        stride=layer.stride,
        padding=layer.padding,
        dilation=(1,) * len(layer.kernel) if layer.kernel and not layer.dilation else layer.dilation,
        groups=layer.groups if weighted else None,
        in_channels=layer.in_channels,
        out_channels=layer.out_channels,
        bias=layer.bias if weighted else None,
        input_shape=layer.input_shape,
        output_shape=layer.output_shape,
        params=layer.params,
        macs=layer.macs,
        weighted=weighted,
        adaptive=layer.adaptive,
        ceil_mode=layer.ceil_mode,
        receptive_field=None,
        total_stride=None,
        module="",
    )


def _operations(branch: LockedOperations) -> Iterator[Layer]:
    """Operations that have neither a window nor a weight: of these, nothing but the name is compared."""
    blank = LockedLayer(
        stage=branch.stage,
        block=branch.block,
        role=branch.role,
        name=branch.stage or branch.role,
        op="operation",
        input_shape=(),
        output_shape=(),
        params=0,
        macs=0,
    )
    for op in branch.ops.split(", "):
        yield _layer(blank.model_copy(update={"op": op}))
