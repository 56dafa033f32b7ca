"""The entry of a network in a lock, made from its anatomy and restored as far as ``anatomy.compare`` reads it."""

from collections.abc import Iterator
from typing import Any, TypeVar

from resnet_inspect.anatomy.computation import TRAINING_ONLY
from resnet_inspect.anatomy.equality import fingerprint
from resnet_inspect.anatomy.records import Anatomy, Block, Depth, Layer, Placement, Stage, Totals
from resnet_inspect.anatomy.role_names import Role
from resnet_inspect.checking.lock.entry import (
    LockedBlock,
    LockedLayer,
    LockedNet,
    LockedOperations,
    LockedStage,
    LockRecord,
    without_arguments,
)
from resnet_inspect.configs.schema import ResNetConfig
from resnet_inspect.text import sanitise
from resnet_inspect.tracing.records import Scalar, Trace

_Record = TypeVar("_Record", bound=LockRecord)


def record(config: ResNetConfig | None, anatomy: Anatomy, trace: Trace) -> LockedNet:
    """Return the entry of a network whose forward succeeded; ``config`` is ``None`` if it is not built from one."""
    net = LockedNet(
        model=sanitise(anatomy.model, 199),
        input_shape=anatomy.input_shape,
        output_shape=anatomy.output_shape or (),
        depth=anatomy.depth.depth,
        params=anatomy.totals.params,
        macs=anatomy.totals.macs,
        buffers=anatomy.totals.buffers,
        stride_placement=anatomy.placement.version,
        shortcut_convolutions=anatomy.depth.shortcut,
        weight_standardized=None if config is None else config.weight_standardized,
        function=fingerprint(trace),
        stages=tuple(_recorded(LockedStage, part) for part in anatomy.parts),
        blocks=tuple(_recorded(LockedBlock, block, block=block.index) for block in anatomy.blocks),
        layers=tuple(map(_record_layer, anatomy.layers)),
        operations=tuple(_record_operations(anatomy)),
    )
    # A number that the forward took out of a tensor may be another one in the next run.
    return net if all(op.dtype for op in trace.ops) else without_arguments(net)


def restore(net: LockedNet) -> Anatomy:
    """Return the locked anatomy; what a lock does not hold, such as the paper's names, is empty or 0."""
    stages = {
        stage.name: Stage(**dict(stage), paper_name="", receptive_field=None, total_stride=None) for stage in net.stages
    }
    others = (layer for branch in net.operations for layer in _restore_operations(branch))
    return Anatomy(
        model=net.model,
        input_shape=net.input_shape,
        output_shape=net.output_shape,
        operations=(*map(_restore_layer, net.layers), *others),
        stem=stages.get("stem"),
        stages=tuple(stage for name, stage in stages.items() if name.startswith("stage")),
        head=stages.get("head"),
        blocks=tuple(map(_restore_block, net.blocks)),
        depth=Depth(net.depth, 0, 0, 0, net.shortcut_convolutions, 0, 0, 0, ""),
        totals=Totals(net.params, net.macs, net.buffers),
        placement=Placement(net.stride_placement, (), ""),
        uncalled=(),
        unmeasured=(),
    )


def _recorded(kind: type[_Record], fact: object, **others: Any) -> _Record:
    """Return a record with the values of the equally named fields of ``fact``, except for ``others``."""
    return kind(**{name: getattr(fact, name) for name in kind.model_fields if name not in others}, **others)


def _restore_block(block: LockedBlock) -> Block:
    return Block(
        **block.model_dump(exclude={"block"}),
        paper_name="",
        index=block.block,
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


def _record_layer(layer: Layer) -> LockedLayer:
    dilated = max(layer.dilation or (), default=1) > 1
    return _recorded(
        LockedLayer,
        layer,
        op=str(layer.op),
        dilation=layer.dilation if dilated else None,
        groups=1 if layer.groups is None else layer.groups,
        bias=bool(layer.bias),
        arguments=_written(layer),
    )


def _restore_layer(layer: LockedLayer) -> Layer:
    weighted = layer.in_channels is not None
    known = {
        **dict(layer),
        "dilation": (1,) * len(layer.kernel) if layer.kernel and not layer.dilation else layer.dilation,
        "groups": layer.groups if weighted else None,
        "bias": layer.bias if weighted else None,
        "arguments": _read(layer.arguments),
    }
    return Layer(**known, paper_name="", type="", weighted=weighted, module="")


def _record_operations(anatomy: Anatomy) -> Iterator[LockedOperations]:
    """Yield normalisations, activations and additions, branch by branch."""
    branches: dict[tuple[str | None, int | None, Role], list[str]] = {}
    for layer in anatomy.operations:
        if not (layer.weighted or layer.pooling):
            ops = branches.setdefault((layer.stage, layer.block, layer.role), [])
            ops.append(f"{layer.op} {_written(layer)}".rstrip())
    for (stage, block, role), ops in branches.items():
        yield LockedOperations(stage=stage, block=block, role=role, ops=", ".join(ops))


def _restore_operations(branch: LockedOperations) -> Iterator[Layer]:
    """Yield operations that have neither a window nor a weight: their names and arguments are compared."""
    for written in branch.ops.split(", "):
        op, _, arguments = written.partition(" ")
        yield Layer(
            name=f"{branch.stage or branch.role}:{op}",
            paper_name="",
            op=op,
            type="",
            stage=branch.stage,
            block=branch.block,
            role=branch.role,
            input_shape=(),
            output_shape=(),
            arguments=_read(arguments),
            module="",
        )


def _written(layer: Layer) -> str:
    """Return the arguments that change what is computed, as ``eps=1e-05 dim=2,3``; not those that are off."""
    return " ".join(f"{name}={_text(value)}" for name, value in layer.settings.items() if name not in TRAINING_ONLY)


def _text(value: Scalar) -> str:
    parts = value if isinstance(value, tuple) else (value,)
    return ",".join("".join(str(part).split()) for part in parts)


def _read(arguments: str) -> dict[str, Scalar]:
    """Return arguments as they are in a lock, with text as their values."""
    return {name: value for name, _, value in (pair.partition("=") for pair in arguments.split())}
