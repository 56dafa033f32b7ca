"""Anatomy -> entry of a lock."""

from __future__ import annotations

from collections.abc import Iterator

from resnet_inspect.anatomy.facts import Anatomy, Layer, Role, Stage
from resnet_inspect.checks.lock.entry import LockedBlock, LockedLayer, LockedNet, LockedOperations, LockedStage
from resnet_inspect.config.schema import ResNetConfig
from resnet_inspect.text import sanitise

_LONGEST_NAME = 200


def record(config: ResNetConfig | None, anatomy: Anatomy) -> LockedNet:
    """What a lock says of a network that ran to its end; ``config`` is ``None`` where it is built from none."""
    return LockedNet(
        model=sanitise(anatomy.model, _LONGEST_NAME - 1),
        input_shape=anatomy.input_shape,
        output_shape=anatomy.output_shape or (),
        depth=anatomy.depth.depth,
        params=anatomy.totals.params,
        macs=anatomy.totals.macs,
        buffers=anatomy.totals.buffers,
        stride_placement=anatomy.placement.version,
        shortcut_convolutions=anatomy.depth.shortcut,
        weight_standardized=None if config is None else config.weight_standardized,
        stages=tuple(_stage(part) for part in anatomy.parts),
        blocks=tuple(
            LockedBlock(stage=block.stage, block=block.index, name=block.name, kind=block.kind, shortcut=block.shortcut)
            for block in anatomy.blocks
        ),
        layers=tuple(map(_layer, anatomy.layers)),
        operations=tuple(_operations(anatomy)),
    )


def _stage(stage: Stage) -> LockedStage:
    return LockedStage(
        name=stage.name,
        blocks=stage.blocks,
        kind=stage.kind,
        output_shape=stage.output_shape,
        stride=stage.stride,
        params=stage.params,
        macs=stage.macs,
    )


def _layer(layer: Layer) -> LockedLayer:
    dilated = max(layer.dilation or (), default=1) > 1
    return LockedLayer(
        stage=layer.stage,
        block=layer.block,
        role=layer.role,
        name=layer.name,
        op=str(layer.op),
        kernel=layer.kernel,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation if dilated else None,
        groups=1 if layer.groups is None else layer.groups,
        in_channels=layer.in_channels,
        out_channels=layer.out_channels,
        bias=bool(layer.bias),
        adaptive=layer.adaptive,
        ceil_mode=layer.ceil_mode,
        input_shape=layer.input_shape,
        output_shape=layer.output_shape,
        params=layer.params,
        macs=layer.macs,
    )


def _operations(anatomy: Anatomy) -> Iterator[LockedOperations]:
    """Normalisations, activations, additions, branch by branch."""
    branches: dict[tuple[str | None, int | None, Role], list[str]] = {}
    for layer in anatomy.operations:
        if not (layer.weighted or layer.pooling):
            branches.setdefault((layer.stage, layer.block, layer.role), []).append(str(layer.op))
    for (stage, block, role), ops in branches.items():
        yield LockedOperations(stage=stage, block=block, role=role, ops=", ".join(ops))
